/**
 * Drawn worlds for what must hold of every run of the loader: objects that need each other in any way, cycles included, open and
 * close each other from constructors, destructors, threads and main, call what may not be there, and need what does not exist.
 *
 * What can go wrong: worlds that all end early. A failure is drawn rarely, and most worlds reach the end of main.
 */
import fc from 'fast-check';
import type { Action } from '../../src/scenario/action-schema.js';
import type { World, WorldObject } from '../../src/scenario/world-schema.js';

/** Releases that load, sort or audit differently. */
export const releases = ['2.31', '2.32', '2.34', '2.36', 'debian-2.36', '2.38', '2.39', '2.42'] as const;

export interface Drawn {
  readonly world: World;
  readonly libc: (typeof releases)[number];
  /** Of the schedule; it matters where threads are. */
  readonly seed: number;
}

const rarely = (n: number): fc.Arbitrary<boolean> => fc.nat({ max: n - 1 }).map((drawn) => drawn === 0);

/** The auditor of worlds that have one: it has every callback that tells of namespaces. */
export const auditor = 'watcher';
const callbacks = { la_version: [], la_objopen: [], la_activity: [], la_objclose: [], la_preinit: [] };

function actionsOn(names: readonly string[], calls: boolean): fc.Arbitrary<Action> {
  const file = fc.constantFrom(...names);
  const handle = fc.constantFrom('h', 'i', 'k');
  const flags = fc.subarray(['now' as const, 'global' as const, 'nodelete' as const, 'noload' as const], {
    maxLength: 2,
  });
  const usual = fc.constantFrom<readonly ('now' | 'lazy' | 'global')[]>(['lazy'], ['now'], ['lazy', 'global']);
  const modes = fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: flags });
  const open = fc.record({
    op: fc.constant('dlopen' as const),
    file,
    flags: modes.map((each) => [...each]),
    as: handle,
  });
  const apart = fc.record({
    op: fc.constant('dlmopen' as const),
    file,
    ns: fc.constantFrom('new', 'new', 'h'),
    flags: fc.constant(['now' as const]),
    as: handle,
  });
  const close = fc.record({ op: fc.constant('dlclose' as const), handle });
  const call = fc.oneof(
    fc.record({ op: fc.constant('dlsym_call' as const), handle, sym: file.map((name) => `w_${name}`) }),
    fc.record({ op: fc.constant('call' as const), sym: file.map((name) => `w_${name}`) }),
  );
  return fc.oneof(
    { weight: 6, arbitrary: open },
    { weight: 5, arbitrary: close },
    { weight: 1, arbitrary: apart },
    { weight: calls ? 1 : 0, arbitrary: call },
  );
}

/** One library: what it needs, and a constructor, destructor and function that may open and close. */
function library(names: readonly string[], self: string, acyclic: boolean): fc.Arbitrary<WorldObject> {
  const later = names.slice(names.indexOf(self) + 1);
  const others = acyclic ? later : names.filter((name) => name !== self);
  const few = fc.array(actionsOn(names, false), { minLength: 1, maxLength: 2 });
  const none = fc.constant([] as Action[]);
  const closing = fc.record({ op: fc.constant('dlclose' as const), handle: fc.constantFrom('h', 'i', 'k') });
  const last = fc.oneof(
    { weight: 12, arbitrary: none },
    { weight: 3, arbitrary: fc.array(closing, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: few },
  );
  const body = fc.oneof({ weight: 5, arbitrary: none }, { weight: 1, arbitrary: few });
  return fc
    .record({
      needed: fc.shuffledSubarray(others, { maxLength: Math.min(3, others.length) }),
      ctor: body,
      dtor: last,
      absent: rarely(40),
      nodelete: rarely(15),
      calls: fc.shuffledSubarray(later, { maxLength: Math.min(1, later.length) }),
    })
    .map(({ needed, ctor, dtor, absent, nodelete, calls }) => ({
      needed,
      ctors: [{ do: ctor }],
      dtors: [{ do: dtor }],
      funcs: { [`w_${self}`]: calls.map((name): Action => ({ op: 'call', sym: `w_${name}` })) },
      ...(absent ? { absent } : {}),
      ...(nodelete ? { flags: ['nodelete' as const] } : {}),
    }));
}

/** A world of `count` libraries. */
function worldOf(count: number, acyclic: boolean): fc.Arbitrary<World> {
  const names = [...'abcdefgh'].slice(0, count);
  const libraries = fc.tuple(...names.map((name) => library(names, name, acyclic)));
  const main = fc.array(actionsOn(names, true), { maxLength: 7 });
  const thread = fc.array(actionsOn(names, false), { minLength: 1, maxLength: 3 });
  const extras = fc.record({
    threads: rarely(8),
    audited: rarely(4),
    bindNow: rarely(5),
    preload: rarely(8),
    sort: fc.constantFrom('1', '2', ''),
    initfirst: rarely(12),
  });
  return fc
    .record({
      libraries,
      main,
      thread,
      needed: fc.shuffledSubarray(names, { maxLength: Math.min(3, names.length) }),
      extras,
    })
    .map(({ libraries: drawn, main: actions, thread: body, needed, extras: with_ }) => {
      const objects: Record<string, WorldObject> = Object.fromEntries(names.map((name, i) => [name, drawn[i] ?? {}]));
      const [first = 'a'] = names;
      if (with_.initfirst) objects[first] = { ...objects[first], flags: ['initfirst'] };
      if (with_.audited) objects[auditor] = { ctors: [{}], dtors: [{}], audit: { callbacks } };
      const begin: Action[] = with_.threads && !with_.audited ? [{ op: 'start', as: 't', body: 'other' }] : [];
      const end: Action[] = begin.length > 0 ? [{ op: 'join', thread: 't' }] : [];
      return {
        exe: { needed, ctors: [{}], dtors: [{}], main: [...begin, ...actions, ...end], bodies: { other: body } },
        objects,
        ...(with_.audited ? { audit: [auditor] } : {}),
        ...(with_.bindNow ? { bind_now: true } : {}),
        ...(with_.preload ? { preload: [names.at(-1) ?? 'a'] } : {}),
        ...(with_.sort === '' ? {} : { tunables: { 'glibc.rtld.dynamic_sort': with_.sort } }),
      };
    });
}

/** Any world: three quarters of them with cycles allowed. */
export const worlds: fc.Arbitrary<World> = fc
  .tuple(fc.integer({ min: 2, max: 8 }), rarely(4))
  .chain(([count, acyclic]) => worldOf(count, acyclic));

export const drawn: fc.Arbitrary<Drawn> = fc.record({
  world: worlds,
  libc: fc.constantFrom(...releases),
  seed: fc.nat({ max: 1000 }),
});

/**
 * A chain: each object needs the next, and some that come later. Only one order puts every object before what it needs, whatever
 * is opened.
 */
export const chains: fc.Arbitrary<World> = fc
  .tuple(
    fc.integer({ min: 2, max: 8 }),
    fc.array(fc.nat({ max: 63 }), { minLength: 8, maxLength: 8 }),
    fc.array(fc.nat({ max: 99 }), { maxLength: 6 }),
  )
  .map(([count, later, acts]) => {
    const names = [...'cahfbged'].slice(0, count);
    const libraryAt = (name: string, i: number): [string, WorldObject] => {
      const next = names.slice(i + 1);
      const chosen = next.filter((_, j) => j === 0 || ((later[i] ?? 0) >> j) % 2 === 1);
      return [name, { needed: (later[i] ?? 0) % 2 === 0 ? chosen : [...chosen].reverse(), ctors: [{}], dtors: [{}] }];
    };
    const main = acts.map((act): Action => {
      const file = names[act % count] ?? 'c';
      return act < 60
        ? { op: 'dlopen', file, flags: ['lazy'], as: `h_${file}` }
        : { op: 'dlclose', handle: `h_${file}` };
    });
    const needed = names.filter((_, i) => (acts[0] ?? 0) % (i + 2) === 1);
    return { exe: { needed, ctors: [{}], dtors: [{}], main }, objects: Object.fromEntries(names.map(libraryAt)) };
  });
