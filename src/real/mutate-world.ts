/**
 * Neighbours of a world: one to three small changes, such as another claim, another flag, a setting more or an action less.
 * Stands for the worlds that somebody would write next to the one that is there.
 *
 * What can go wrong: a neighbour that cannot be built, such as an object without libc that calls it; the machine refuses it then,
 * which is not a difference.
 */
import type { Action } from '../scenario/action-schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';
import type { Dice } from './dice.js';

type Mutable<T> = T extends string | number | boolean | null | undefined
  ? T
  : { -readonly [K in keyof T]: Mutable<T[K]> };
type Draft = Mutable<World>;
type ObjectDraft = Mutable<WorldObject>;
type List = Mutable<Action>[];

const claims: readonly Action[] = [
  { op: 'rseq', cmd: 'register', area: 'static' },
  { op: 'rseq', cmd: 'register', area: 'tls' },
  { op: 'rseq', cmd: 'register', area: 'static', sig: '0x11223344' },
  { op: 'rseq', cmd: 'register', area: 'libc' },
  { op: 'rseq', cmd: 'unregister', area: 'static' },
  { op: 'rseq', cmd: 'unregister', area: 'tls' },
  { op: 'rseq', cmd: 'unregister', area: 'libc' },
  { op: 'claim', area: 'static' },
  { op: 'claim', area: 'tls' },
  { op: 'claim_abi' },
  { op: 'rseq', cmd: 'register', area: 'abi' },
  { op: 'claim_handled', area: 'static' },
  { op: 'release_handled', area: 'static' },
  { op: 'release_handled', area: null },
  { op: 'handled_info' },
  { op: 'rseq_info' },
  { op: 'claim_busy_ok', area: 'static' },
  { op: 'claim_busy_ok', area: 'abi' },
  { op: 'claim_note', area: 'static' },
];
const claimOps = new Set(claims.map(({ op }) => op));

/** Every action list of an object. */
function listsOf(object: ObjectDraft): List[] {
  const out: (List | undefined)[] = [object.main, object.init, object.fini, ...(object.preinit ?? [])];
  for (const entry of [...(object.ctors ?? []), ...(object.dtors ?? [])]) {
    if (entry.do === undefined) entry.do = [];
    out.push(entry.do);
  }
  out.push(...Object.values(object.funcs ?? {}), ...Object.values(object.bodies ?? {}));
  for (const ifunc of Object.values(object.ifuncs ?? {})) out.push(ifunc.resolver, ifunc.impl);
  for (const list of Object.values(object.audit?.callbacks ?? {})) out.push(list);
  return out.filter((list) => list !== undefined);
}

/** Objects that have libc; what the others do must need none. */
const objectsOf = (world: Draft): ObjectDraft[] => [
  world.exe,
  ...Object.values(world.objects).filter(({ libc }) => libc !== false),
];

type Mutation = (world: Draft, dice: Dice) => void;

function oneAction(world: Draft, dice: Dice, wanted: (action: Mutable<Action>) => boolean): [List, number] | null {
  const places = objectsOf(world).flatMap((object) =>
    listsOf(object).flatMap((list) => list.flatMap((a, i): [List, number][] => (wanted(a) ? [[list, i]] : []))),
  );
  return places.length === 0 ? null : dice.pick(places);
}

const fresh = (dice: Dice, from: readonly Action[]) => structuredClone(dice.pick(from)) as Mutable<Action>;

const mutations: readonly Mutation[] = [
  (world, dice) => {
    const { 'glibc.pthread.rseq': _old, ...rest } = world.tunables ?? {};
    world.tunables = dice.chance(0.3) ? rest : { ...rest, 'glibc.pthread.rseq': dice.pick(['0', '1']) };
  },
  (world, dice) => {
    const { 'glibc.rtld.dynamic_sort': _old, ...rest } = world.tunables ?? {};
    world.tunables = { ...rest, 'glibc.rtld.dynamic_sort': dice.pick(['1', '2']) };
  },
  (world, dice) => {
    const kind = world.exe.kind ?? 'pie';
    world.exe.kind = kind.startsWith('static')
      ? dice.pick(['static', 'static-pie'])
      : dice.pick(['pie', 'nopie', 'nopie']);
  },
  (world) => {
    if (world.bind_now === true) delete world.bind_now;
    else world.bind_now = true;
  },
  (world) => {
    if (!(world.exe.kind ?? 'pie').startsWith('static')) world.via_ldso = world.via_ldso !== true;
  },
  (world, dice) => {
    const object = dice.pick(objectsOf(world));
    const flag =
      object === world.exe
        ? dice.pick(['rdynamic', 'now', 'initfirst'] as const)
        : dice.pick(['initfirst', 'nodelete', 'now', 'interpose'] as const);
    const flags = object.flags ?? [];
    object.flags = flags.includes(flag) ? flags.filter((f) => f !== flag) : [...flags, flag];
  },
  ...Array.from(
    { length: 3 },
    (): Mutation => (world, dice) => {
      const place = oneAction(world, dice, ({ op }) => claimOps.has(op));
      if (place !== null) place[0][place[1]] = fresh(dice, claims);
    },
  ),
  ...Array.from(
    { length: 2 },
    (): Mutation => (world, dice) => {
      const list = dice.pick(
        objectsOf(world)
          .flatMap(listsOf)
          .concat([world.exe.main ?? []]),
      );
      list.splice(dice.between(0, list.length), 0, fresh(dice, claims));
    },
  ),
  (world, dice) => {
    const place = oneAction(world, dice, ({ op }) => op !== 'spawn');
    if (place !== null) place[0].splice(place[1], 1);
  },
  (world, dice) => {
    const place = oneAction(
      world,
      dice,
      ({ op }) => !['spawn', 'join', 'detach', 'dlopen', 'dlmopen', 'dlclose', 'fork'].includes(op),
    );
    if (place !== null) place[0].splice(place[1], 0, structuredClone(place[0][place[1]]) as Mutable<Action>);
  },
  (world, dice) => {
    const place = oneAction(world, dice, ({ op }) => op === 'dlopen');
    const action = place?.[0][place[1]];
    if (action?.op === 'dlopen')
      action.flags = [
        dice.pick(['now', 'lazy']),
        ...dice.some(['global', 'nodelete', 'noload', 'local'] as const, dice.between(0, 1)),
      ];
  },
  (world, dice) => {
    const place = oneAction(world, dice, ({ op }) => op === 'dlopen');
    const action = place?.[0][place[1]];
    if (place && action?.op === 'dlopen')
      place[0][place[1]] = {
        op: 'dlmopen',
        file: action.file,
        ns: 'new',
        flags: [dice.pick(['now', 'lazy'])],
        as: action.as,
      };
  },
  (world, dice) => {
    const place = oneAction(world, dice, ({ op }) => op === 'join' || op === 'detach');
    const action = place?.[0][place[1]];
    if (place && (action?.op === 'join' || action?.op === 'detach'))
      place[0][place[1]] = { op: action.op === 'join' ? 'detach' : 'join', thread: action.thread };
  },
  (world, dice) => {
    const place = oneAction(world, dice, ({ op }) => ['atexit', 'on_exit', 'at_quick_exit', 'tls_dtor'].includes(op));
    const action = place?.[0][place[1]];
    if (place && action !== undefined && 'body' in action && action.op !== 'spawn' && action.op !== 'start')
      place[0][place[1]] = { op: dice.pick(['atexit', 'on_exit', 'at_quick_exit', 'tls_dtor']), body: action.body };
  },
  (world, dice) => {
    const place = oneAction(world, dice, ({ op }) => op === 'fork');
    const action = place?.[0][place[1]];
    if (place && action?.op === 'fork') {
      // biome-ignore lint/suspicious/noThenProperty: the field's name in the recorded worlds; no promise is near
      place[0][place[1]] = { ...action, then: dice.pick(['_exit', 'exit', 'return']) }; // oxlint-disable-line unicorn/no-thenable
    }
  },
  (world, dice) => {
    const main = world.exe.main ?? [];
    main.push(
      fresh(dice, [
        { op: 'exit', code: 3 },
        { op: '_exit', code: 4 },
        { op: 'quick_exit', code: 5 },
        { op: 'pthread_exit' },
      ]),
    );
    world.exe.main = main;
  },
  (world, dice) => {
    const names = Object.keys(world.objects);
    const object = dice.pick(objectsOf(world));
    if (names.length === 0) return;
    const needed = object.needed ?? [];
    object.needed =
      dice.chance(0.4) && needed.length > 0
        ? dice.shuffle(needed).slice(dice.between(0, 1))
        : [...needed, dice.pick(names)];
  },
  (world, dice) => {
    const names = Object.keys(world.objects).filter((name) => world.objects[name]?.audit === undefined);
    if (names.length > 0) world.preload = dice.some(names, dice.between(1, 2));
  },
  (world, dice) => {
    if (Object.hasOwn(world.objects, 'm')) return;
    const list = (chance: number): List => (dice.chance(chance) ? [fresh(dice, claims)] : []);
    const more = { ...(dice.chance(0.3) ? { la_objsearch: [] } : {}), ...(dice.chance(0.3) ? { la_symbind: [] } : {}) };
    world.objects.m = {
      ctors: [{ do: list(0.5) }],
      dtors: [{}],
      audit: {
        callbacks: {
          la_version: list(0.2),
          la_activity: [],
          la_objopen: [],
          la_preinit: list(0.2),
          la_objclose: [],
          ...more,
        },
      },
    };
    world.audit = [...(world.audit ?? []), 'm'];
  },
  (world, dice) => {
    const object = dice.pick(objectsOf(world));
    const field = dice.pick(['ctors', 'dtors'] as const);
    for (const entry of object[field] ?? []) if (dice.chance(0.5)) entry.prio = dice.pick([101, 150, 1000, 65535]);
  },
  (world, dice) => {
    const object = dice.pick(objectsOf(world));
    const [first, ...rest] = object.ctors ?? [];
    if (first === undefined || object.init !== undefined) return;
    object.init = first.do ?? [];
    object.ctors = rest;
  },
  (world, dice) => {
    const object = dice.pick(objectsOf(world));
    const [first, ...rest] = object.ctors ?? [];
    if (first === undefined) return;
    object.dtors = [...(object.dtors ?? []), first];
    object.ctors = rest;
  },
  (world, dice) => {
    const ifuncs = objectsOf(world).flatMap((object) => Object.values(object.ifuncs ?? {}));
    if (ifuncs.length > 0) dice.pick(ifuncs).hidden = true;
  },
  (world, dice) => {
    const symbols = objectsOf(world).flatMap((object) => [
      ...Object.keys(object.ifuncs ?? {}),
      ...Object.keys(object.funcs ?? {}),
    ]);
    const object = dice.pick(objectsOf(world));
    if (symbols.length > 0)
      object.refs = [...(object.refs ?? []), { sym: dice.pick(symbols), how: dice.pick(['data', 'call']) }];
  },
];

/** A neighbour of a world, at most `strength` changes away. */
export function mutatedWorld(world: World, dice: Dice, strength = 3): World {
  const draft = structuredClone(world) as Draft;
  for (let n = dice.between(1, strength); n > 0; n--) dice.pick(mutations)(draft, dice);
  return draft as World;
}
