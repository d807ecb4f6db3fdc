// Arbitrary scenarios in normal form, every name in them known: the round trip of printer and parser, and whatever
// else must hold of all scenarios, is tested with these. What goes wrong here: an arbitrary too tame to meet the
// texts that need quotation, so free texts are drawn from all of Unicode, lone surrogates included.
import fc from 'fast-check';
import { type Action, AREAS, DLOPEN_FLAGS, FORK_THEN } from '../../src/scenario/action-schema.js';
import { EVENT_KINDS } from '../../src/scenario/event-kinds.js';
import { checkWorldNames, threadNames } from '../../src/scenario/names.js';
import {
  CLAIM_PLACES,
  type Claimant,
  type Ending,
  LIBC_STATES,
  type NamedPredicate,
  type OrderToken,
  type Predicate,
  type Scenario,
  type Vary,
  VERDICT_WORDS,
  type World,
  type WorldObject,
} from '../../src/scenario/schema.js';
import { AUDIT_CALLBACKS, OBJECT_FLAGS } from '../../src/scenario/world-schema.js';

/** Any text, of any code units. */
export const freeText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    'no',
    'null',
    '~',
    '6.10',
    '1e3',
    '- a',
    'a: b',
    '# c',
    'a;b',
    'say "x"',
    ' x ',
    'x\n  y\n',
    '<<',
    '*a',
    '{}',
  ),
);
const aKey = freeText.filter((text) => text !== '__proto__');
const bodyName = fc.constantFrom('b1', 'b2', 'un');
const handleName = fc.constantFrom('h', 'i');
const threadName = fc.constantFrom('t', 'u', 'is');
const keyName = fc.constantFrom('k', 'l');
const symName = fc.constantFrom('w_f', 'w_g', 'w_i');
const area = fc.constantFrom(...AREAS);
const code = fc.nat({ max: 255 });

function flatAction(objects: readonly string[]): fc.Arbitrary<Action> {
  const file = fc.constantFrom(null, ...objects);
  const flags = fc.array(fc.constantFrom(...DLOPEN_FLAGS), { maxLength: 3 });
  const bodied = fc.constantFrom('tls_dtor' as const, 'atexit' as const, 'at_quick_exit' as const, 'on_exit' as const);
  const claiming = fc.constantFrom(
    'claim' as const,
    'claim_handled' as const,
    'claim_busy_ok' as const,
    'claim_note' as const,
  );
  const bare = ['pthread_exit', 'claim_abi', 'handled_info', 'rseq_info', 'spin'] as const;
  const rseq = {
    op: fc.constant('rseq' as const),
    cmd: fc.constantFrom('register' as const, 'unregister' as const),
    area,
  };
  return fc.oneof(
    fc.record({ op: fc.constant('mark' as const), text: freeText }),
    fc.record({ op: fc.constant('call' as const), sym: symName }),
    fc.record({ op: fc.constant('dlopen' as const), file, flags, as: handleName }),
    fc.record({
      op: fc.constant('dlmopen' as const),
      file,
      ns: fc.constantFrom('new', 'base', 'h'),
      flags,
      as: handleName,
    }),
    fc.record({ op: fc.constant('dlclose' as const), handle: handleName }),
    fc.record({
      op: fc.constant('dlsym_call' as const),
      handle: fc.constantFrom('h', 'default', 'next'),
      sym: symName,
    }),
    fc.record({ op: fc.constantFrom('spawn' as const, 'start' as const), as: threadName, body: bodyName }),
    fc.record({ op: fc.constantFrom('join' as const, 'detach' as const), thread: threadName }),
    fc.record({ op: fc.constant('tsd' as const), key: keyName, dtor: fc.option(bodyName) }),
    fc.record({ op: fc.constant('key_delete' as const), key: keyName }),
    fc.record({ op: bodied, body: bodyName }),
    fc.record({
      op: fc.constant('atfork' as const),
      name: handleName,
      prepare: bodyName,
      parent: bodyName,
      child: bodyName,
    }),
    fc.record({ op: fc.constantFrom('exit' as const, '_exit' as const, 'quick_exit' as const), code }),
    fc.record({ ...rseq, sig: fc.constantFrom('0x53053053', '0x1') }, { requiredKeys: ['op', 'cmd', 'area'] }),
    fc.record({ op: claiming, area }),
    fc.record({ op: fc.constant('release_handled' as const), area: fc.option(area) }),
    fc.constantFrom(...bare).map((op): Action => ({ op })),
  );
}

function actionList(objects: readonly string[], depth = 1): fc.Arbitrary<Action[]> {
  const flat = flatAction(objects);
  if (depth === 0) return fc.array(flat, { maxLength: 3 });
  const op = fc.constant('fork' as const);
  // biome-ignore lint/suspicious/noThenProperty: the field's name in the recorded worlds; no promise is near
  const fork = fc.record({ op, child: actionList(objects, depth - 1), then: fc.constantFrom(...FORK_THEN) }); // oxlint-disable-line unicorn/no-thenable
  return fc.array(fc.oneof({ weight: 9, arbitrary: flat }, { weight: 1, arbitrary: fork }), { maxLength: 4 });
}

function worldObject(objects: readonly string[], exe: boolean): fc.Arbitrary<WorldObject> {
  const actions = actionList(objects);
  const entry = fc.record({ prio: fc.integer({ min: 101, max: 65535 }), do: actions }, { requiredKeys: [] });
  const entries = fc.array(entry, { maxLength: 2 });
  const ifunc = fc.record(
    { resolver: actions, impl: actions, hidden: fc.boolean() },
    { requiredKeys: ['resolver', 'impl'] },
  );
  const callbacks = fc.dictionary(fc.constantFrom(...AUDIT_CALLBACKS), actions, { maxKeys: 2, noNullPrototype: true });
  const needed = objects.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...objects), { maxLength: 4 });
  const own = {
    kind: fc.constantFrom('pie' as const, 'nopie' as const, 'static' as const, 'static-pie' as const),
    soname: fc.constantFrom('c', 'null'),
    preinit: fc.array(actions, { maxLength: 2 }),
    main: actions,
    exit_code: code,
  };
  const shared = {
    needed,
    handled: fc.constantFrom('define' as const, 'copy' as const),
    libc: fc.boolean(),
    absent: fc.boolean(),
    flags: fc.subarray([...OBJECT_FLAGS]),
    init: actions,
    fini: actions,
    ctors: entries,
    dtors: entries,
    funcs: fc.dictionary(symName, actions, { maxKeys: 2, noNullPrototype: true }),
    ifuncs: fc.dictionary(symName, ifunc, { maxKeys: 1, noNullPrototype: true }),
    refs: fc.array(fc.record({ sym: symName, how: fc.constantFrom('data' as const, 'call' as const) }), {
      maxLength: 2,
    }),
    bodies: fc.dictionary(bodyName, actions, { maxKeys: 3, noNullPrototype: true }),
    audit: fc.record({ callbacks, version: fc.nat({ max: 99 }) }, { requiredKeys: ['callbacks'] }),
  };
  return fc.record(exe ? { ...own, ...shared } : shared, { requiredKeys: [] });
}

/** The value without what stands at `path`; list elements close up. */
function without(value: unknown, path: readonly (string | number)[]): unknown {
  const [step, ...rest] = path;
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, i) => i !== step)
      : value.map((one, i) => (i === step ? without(one, rest) : one));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === step ? without(one, rest) : one]));
}

/** The world without the actions and references whose names mean nothing in it. */
function pruned(world: World): World {
  const [fault] = checkWorldNames(world).filter((placed) => placed.fault.severity !== 'warning');
  if (fault === undefined) return world;
  const element = fault.path.findLastIndex((step) => typeof step === 'number') + 1;
  return pruned(without(world, fault.path.slice(0, element)) as World);
}

/** A world in which every name means something. */
export const arbitraryWorld: fc.Arbitrary<World> = fc
  .subarray(['a', 'b', 'no', 'ran', 'lib_1'])
  .chain((names) => {
    const several = fc.array(fc.constantFrom('a', 'p', ...names), { maxLength: 2 });
    const objects = fc.record(Object.fromEntries(names.map((name) => [name, worldObject(names, false)])));
    const environment = {
      preload: several,
      audit: several,
      tunables: fc.dictionary(aKey, freeText, { maxKeys: 2, noNullPrototype: true }),
      bind_now: fc.boolean(),
      link_with: freeText,
      via_ldso: fc.boolean(),
    };
    return fc.record({ exe: worldObject(names, true), objects, ...environment }, { requiredKeys: ['exe', 'objects'] });
  })
  .map(pruned);

/** A predicate that speaks of these objects and threads only. */
export function arbitraryPredicate(
  objects: readonly string[],
  threads: readonly string[],
  depth = 3,
): fc.Arbitrary<Predicate> {
  const obj = fc.constantFrom(...objects);
  const thread = fc.constantFrom('main', ...threads);
  const ending: fc.Arbitrary<Ending> = fc.oneof(
    fc.record({ how: fc.constant('exit' as const), code }),
    fc.record({ how: fc.constant('signal' as const), name: fc.constantFrom('SIGSEGV', 'SIGABRT') }),
    fc.constant({ how: 'timeout' as const }),
  );
  const event = { is: fc.constant('ran' as const), obj, kind: fc.constantFrom(...EVENT_KINDS) };
  const atom: fc.Arbitrary<Predicate> = fc.oneof(
    fc.record({ ...event, detail: freeText, result: freeText }, { requiredKeys: ['is', 'obj', 'kind'] }),
    fc.record({ is: fc.constant('owned' as const), thread, by: fc.constantFrom('libc', 'nobody', ...objects) }),
    fc.record({ is: fc.constant('libc' as const), thread, state: fc.constantFrom(...LIBC_STATES) }),
    fc.record({ is: fc.constant('rseq' as const), obj, result: fc.constantFrom('0', 'EINVAL', 'EBUSY') }),
    fc.record({ is: fc.constant('ends' as const), ending }),
    fc.record({ is: fc.constant('property' as const), id: fc.constantFrom('P-01', 'P-24'), broken: fc.boolean() }),
  );
  if (depth === 0) return atom;
  const inner = arbitraryPredicate(objects, threads, depth - 1);
  return fc.oneof(
    atom,
    fc.record({ is: fc.constant('before' as const), first: inner, later: inner }),
    fc.record({ is: fc.constant('not' as const), that: inner }),
    fc.record({ is: fc.constantFrom('and' as const, 'or' as const), left: inner, right: inner }),
  );
}

const label = fc.constantFrom('naive', 'handled', 'no');
const harmless = fc.array(
  fc.constantFrom<Action>({ op: 'spin' }, { op: 'claim', area: 'static' }, { op: 'mark', text: 'a; b' }),
  { maxLength: 3 },
);

function families(world: World): fc.Arbitrary<Vary[]> {
  const all: fc.Arbitrary<Vary>[] = [
    fc.constant({ by: 'onoff', at: 'bind_now', value: true }),
    fc.constant({ by: 'onoff', at: 'tunables.glibc.pthread.rseq', value: '0' }),
    fc
      .dictionary(label, harmless, { minKeys: 1, noNullPrototype: true })
      .map(
        (values): Vary => ({ by: 'oneof', at: 'exe.init', values: values as Extract<Vary, { by: 'oneof' }>['values'] }),
      ),
  ];
  // A value that takes the place of a dlopen would leave its handle unknown.
  const names =
    world.exe.init?.some((action) => 'as' in action || action.op === 'tsd' || action.op === 'fork') ?? false;
  const present = all.filter((_, i) => (i !== 1 || world.tunables !== undefined) && (i !== 2 || !names));
  if ((world.exe.needed?.length ?? 0) > 0) present.push(fc.constant({ by: 'orders', at: 'exe.needed' }));
  return fc.subarray(present).chain((chosen) => fc.tuple(...chosen));
}

function claimants(objects: readonly string[]): fc.Arbitrary<Claimant[]> {
  const wish = fc.record({ who: freeText, area, at: fc.constantFrom(...CLAIM_PLACES) }, { requiredKeys: ['who'] });
  return fc
    .subarray([...objects])
    .chain((some) =>
      fc.tuple(
        ...some.map((object) =>
          fc.array(
            wish.map((one) => ({ object, ...one })),
            { minLength: 1, maxLength: 2 },
          ),
        ),
      ),
    )
    .map((lists) => lists.flat());
}

function orders(objects: readonly string[]): fc.Arbitrary<OrderToken[][]> {
  const run = fc.constantFrom('ctor' as const, 'dtor' as const);
  const token = fc.oneof(fc.record({ run, obj: fc.constantFrom(...objects) }), fc.constant({ run: 'main' as const }));
  return fc.array(fc.array(token, { maxLength: 5 }), { maxLength: 2 });
}

/** A scenario in normal form. */
export const arbitraryScenario: fc.Arbitrary<Scenario> = arbitraryWorld.chain((world) => {
  const objects = ['exe', ...Object.keys(world.objects)];
  const speaking = ['libc', 'process', ...objects];
  const threads = [...threadNames([world.exe, ...Object.values(world.objects)])];
  const that = arbitraryPredicate(speaking, threads);
  const named = fc.record({ name: fc.constantFrom('owner', 'no'), that }, { requiredKeys: ['that'] });
  const some = (minLength = 0): fc.Arbitrary<NamedPredicate[]> => fc.array(named, { minLength, maxLength: 2 });
  const event = { t: fc.integer({ min: 1, max: 9 }), obj: freeText, kind: freeText };
  const events = fc.array(
    fc.record(
      { ...event, inst: fc.constant(1), detail: freeText, result: freeText },
      { requiredKeys: ['t', 'obj', 'kind'] },
    ),
    { maxLength: 3 },
  );
  const verdict = fc.constantFrom(...VERDICT_WORDS);
  return fc.record(
    {
      name: freeText,
      claim: freeText,
      source: freeText,
      kernel: freeText,
      libc: fc.array(freeText, { maxLength: 3 }),
      world: fc.constant(world),
      claimants: claimants(objects),
      vary: families(world),
      forbidden: some(),
      required: some(1),
      allowed: some(1),
      order: orders(speaking),
      expect: fc.dictionary(
        aKey,
        fc.record({ required: verdict, allowed: verdict, states: fc.integer({ min: 1 }) }, { requiredKeys: [] }),
        { maxKeys: 2, noNullPrototype: true },
      ),
      events,
    },
    {
      requiredKeys: [
        'name',
        'libc',
        'world',
        'claimants',
        'vary',
        'forbidden',
        'required',
        'allowed',
        'order',
        'expect',
      ],
    },
  );
});
