/**
 * What must hold of the loader in every world and under every release: 1,000 worlds drawn from a fixed seed, each run once. A
 * violation names the world, so that it can be pasted into a scenario.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom, walk } from '../../src/explore/index.js';
import type { RawEvent } from '../../src/libc/trace.js';
import { type Loader, loaderOf } from '../../src/loader/linkmap.js';
import { keyOf } from '../../src/machine/component.js';
import { type Build, buildNamed, programFor } from '../../src/process/builds.js';
import { recordedEvents } from '../../src/process/events.js';
import { endOf, modelOf } from '../../src/process/model.js';
import { runProgram } from '../../src/process/run.js';
import type { RecordedEvent, World } from '../../src/scenario/world-schema.js';
import { auditor, chains, type Drawn, drawn, releases, worlds } from './loader-worlds.js';

function build(name: string): Build {
  const found = buildNamed(name);
  if (found === undefined) throw new Error(`no libc build is called ${name}`);
  return found;
}

interface Run extends Drawn {
  readonly events: readonly RecordedEvent[];
  readonly end: string;
  /** Events of an object that was not mapped when it spoke. */
  readonly ghosts: readonly string[];
}

/** Run a world, looking at the link maps after each step. A closed object is unmapped at the beginning of a step. */
function run(given: Drawn): Run {
  const model = modelOf(programFor(build(given.libc), given.world, undefined));
  const { steps, end } = walk(model, { pick: seededRandom(given.seed), maxSteps: 2000 });
  let loader = loaderOf.initial;
  const ghosts: string[] = [];
  for (const { changes, events } of steps) {
    for (const { component, after } of changes) if (component === keyOf(loaderOf, 1)) loader = after as Loader;
    for (const event of events as readonly RawEvent[]) {
      if (event.map !== 0 && loader.maps[event.map] === undefined) ghosts.push(`${event.obj} ${event.kind}`);
    }
  }
  const result = endOf(end) ?? 'timeout';
  const raw = steps.flatMap(({ events }) => events as readonly RawEvent[]);
  return { ...given, events: recordedEvents(raw, result), end: result, ghosts };
}

const runs = fc.sample(drawn, { seed: 20, numRuns: 1000 }).map(run);

/** What a check finds wrong, with the world it is wrong in. */
function violations(check: (run: Run) => readonly string[], among: readonly Run[] = runs): object[] {
  return among
    .flatMap((each) => {
      const { libc, seed, world } = each;
      return check(each).map((wrong) => ({ wrong, libc, seed, world: JSON.stringify(world) }));
    })
    .slice(0, 3);
}

const instance = ({ obj, inst }: RecordedEvent): string => `${obj}#${inst ?? 1}`;

/** Objects that an object needs, directly or not. */
function reachable(world: World, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...(world.objects[from]?.needed ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(world.objects[name]?.needed ?? []));
  }
  return seen;
}

const has = (world: World, op: string): boolean => JSON.stringify(world).includes(`"op":"${op}"`);

/** The algorithm that a run sorts with. */
const sortOf = ({ world, libc }: Run): '1' | '2' => {
  const { sortTunable, sortDefault } = build(libc).release;
  const asked = world.tunables?.['glibc.rtld.dynamic_sort'];
  return sortTunable && (asked === '1' || asked === '2') ? asked : sortDefault === 1 ? '1' : '2';
};

describe('the drawn worlds', () => {
  test('end in every way, most of them well', () => {
    const ended = (start: string) => runs.filter(({ end }) => end.startsWith(start)).length;
    expect(ended('exit 0')).toBeGreaterThan(600);
    expect(ended('exit 127')).toBeGreaterThan(20);
    const kinds = new Set(runs.flatMap(({ events }) => events.map(({ kind }) => kind)));
    for (const kind of ['dlopen', 'dlmopen', 'dlclose', 'dlsym', 'func', 'la_activity', 'stderr', 'spawn.ret'])
      expect(kinds).toContain(kind);
    expect(
      runs.filter(({ world }) => Object.keys(world.objects).some((name) => reachable(world, name).has(name))).length,
    ).toBeGreaterThan(400);
  });
});

describe('constructors', () => {
  test('run once for each time an object is loaded', () => {
    // A destructor that opens what needs its own object, or one that is finalised, has it constructed anew.
    const reopens = ({ world }: Run) =>
      Object.values(world.objects).some(({ dtors }) => /"dlm?open"/.test(JSON.stringify(dtors)));
    const twice = (each: Run) => {
      const constructed = new Set<string>();
      return each.events.flatMap((event) => {
        if (event.kind === 'dtor' && reopens(each)) constructed.delete(instance(event));
        if (event.kind !== 'ctor') return [];
        const again = constructed.has(instance(event));
        constructed.add(instance(event));
        return again ? [`${instance(event)} constructed twice`] : [];
      });
    };
    expect(runs.filter((each) => !reopens(each)).length).toBeGreaterThan(500);
    expect(violations(twice)).toEqual([]);
  });

  test('run after those of the objects they need, outside cycles', () => {
    // In a cycle the sort by moves may misplace others too. Where several copies can be loaded, an event does not say whose is
    // whose; an initfirst object goes before all.
    const isClear = (each: Run) =>
      !has(each.world, 'dlmopen') &&
      !Object.values(each.world.objects).some(({ flags }) => flags?.includes('initfirst') === true) &&
      (sortOf(each) === '2' || !Object.keys(each.world.objects).some((name) => reachable(each.world, name).has(name)));
    const early = ({ world, events }: Run) => {
      const alive = new Set<string>();
      return events.flatMap(({ kind, obj }) => {
        if (kind === 'dtor') alive.delete(obj);
        if (kind !== 'ctor') return [];
        alive.add(obj);
        const needs = (world.objects[obj]?.needed ?? []).filter((name) => !reachable(world, name).has(obj));
        return needs.filter((name) => !alive.has(name)).map((name) => `${obj} constructed before ${name}`);
      });
    };
    const clear = runs.filter(isClear);
    expect(clear.length).toBeGreaterThan(300);
    expect(violations(early, clear)).toEqual([]);
  });
});

describe('destructors', () => {
  test('run only where the constructor did, and once', () => {
    const orphans = ({ events }: Run) => {
      const constructed = new Set<string>();
      return events.flatMap((event) => {
        if (event.kind === 'ctor') constructed.add(instance(event));
        if (event.kind !== 'dtor') return [];
        return constructed.delete(instance(event)) ? [] : [`${instance(event)} destroyed without a constructor`];
      });
    };
    expect(violations(orphans)).toEqual([]);
  });

  test('of all that was constructed have run when main returned and the process left by exit', () => {
    const left = ({ events, end }: Run) => {
      if (!end.startsWith('exit') || !events.some(({ kind }) => kind === 'main.ret')) return [];
      if (events.some(({ kind }) => kind === 'stderr')) return [];
      // What a destructor opens at exit comes too late for the sorted list.
      const exit = events.findIndex(({ kind }) => kind === 'main.ret');
      if (events.slice(exit).some(({ kind }) => kind === 'dlopen' || kind === 'dlmopen')) return [];
      const alive = new Set<string>();
      for (const event of events) {
        if (event.kind === 'ctor') alive.add(instance(event));
        if (event.kind === 'dtor') alive.delete(instance(event));
      }
      return [...alive].map((each) => `${each} never destroyed`);
    };
    expect(violations(left)).toEqual([]);
  });
});

describe('an object that was unmapped', () => {
  test('says nothing any more', () => {
    expect(violations(({ ghosts }) => ghosts)).toEqual([]);
  });
});

describe('auditors', () => {
  const audited = runs.filter(({ world }) => world.audit !== undefined);

  /** What the auditor was told of the base namespace's activity, as a state before each event. */
  function* told({ events }: Run): Generator<{ event: RecordedEvent; state: string; exiting: boolean }> {
    let state = 'none';
    let exiting = false;
    for (const event of events) {
      yield { event, state, exiting };
      // Once the executable is closed its name is taken back, and activity has no name.
      if (event.kind === 'main.ret' || event.kind === 'exit') exiting = true;
      const [, word] = /^\(main\)@0 (\w+)$/.exec(event.detail ?? '') ?? [];
      if (event.kind === 'la_activity' && word !== undefined) state = word;
    }
  }

  test('hear of new objects between ADD and CONSISTENT only', () => {
    const outside = (each: Run) =>
      [...told(each)].flatMap(({ event, state, exiting }) => {
        if (exiting) return [];
        const isNew = event.kind === 'la_objopen' && /^[a-h]\.so@0$/.test(event.detail ?? '');
        return isNew && state !== 'add' ? [`${event.detail} opened after ${state}`] : [];
      });
    expect(audited.length).toBeGreaterThan(150);
    expect(violations(outside, audited)).toEqual([]);
  });

  test('hear CONSISTENT before constructors run', () => {
    const inside = (each: Run) =>
      [...told(each)].flatMap(({ event, state, exiting }) =>
        event.kind === 'ctor' && !exiting && event.obj !== auditor && state === 'add'
          ? [`${event.obj} constructed after ADD`]
          : [],
      );
    expect(violations(inside, audited)).toEqual([]);
  });

  test('hear CONSISTENT at the end of whatever was begun', () => {
    const open = (each: Run) => {
      const { events, end } = each;
      if (!end.startsWith('exit') || !events.some(({ kind }) => kind === 'main.ret')) return [];
      if (events.some(({ kind }) => kind === 'stderr')) return [];
      const state = [...told(each)].at(-1)?.state;
      return state === 'consistent' ? [] : [`left after ${state}`];
    };
    expect(violations(open, audited)).toEqual([]);
  });

  test('hear CONSISTENT only when something was begun, where dlopen tells it late', () => {
    const late = audited.filter(({ libc }) => build(libc).release.auditConsistentLate);
    const again = (each: Run) =>
      [...told(each)].flatMap(({ event, state, exiting }) => {
        const isConsistent = event.kind === 'la_activity' && event.detail === '(main)@0 consistent';
        return isConsistent && state === 'consistent' && !exiting ? ['CONSISTENT after CONSISTENT'] : [];
      });
    expect(late.length).toBeGreaterThan(10);
    expect(violations(again, late)).toEqual([]);
  });
});

describe('two ways to the same order', () => {
  const eventsOf = (world: World, libc: string) =>
    runProgram(programFor(build(libc), world, undefined), { maxSteps: 2000 }).events;
  const withSort = (world: World, sort: string): World => ({ ...world, tunables: { 'glibc.rtld.dynamic_sort': sort } });

  test('both algorithms agree on chains, event for event', () => {
    const choice = fc.constantFrom(...releases.filter((name) => build(name).release.sortTunable));
    fc.assert(
      fc.property(chains, choice, (world, libc) => {
        expect(eventsOf(withSort(world, '1'), libc)).toEqual(eventsOf(withSort(world, '2'), libc));
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  test('a start through ld.so is a start by the kernel, unless a library needs the executable', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(...releases), (world, libc) => {
        expect(eventsOf({ ...world, via_ldso: true }, libc)).toEqual(eventsOf(world, libc));
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test('where one does, constructors still run in the same order, and all of the sort by moves does', () => {
    const named = chains.map((world): World => {
      const [last = 'c'] = Object.keys(world.objects).slice(-1);
      const objects = { ...world.objects, [last]: { ...world.objects[last], needed: ['self'] } };
      return { exe: { ...world.exe, soname: 'self', needed: [Object.keys(objects)[0] ?? 'c'], main: [] }, objects };
    });
    let differing = 0;
    fc.assert(
      fc.property(named, (world) => {
        const ctors = (events: readonly RecordedEvent[]) => events.filter(({ kind }) => kind === 'ctor');
        const both = (sort: string) => {
          const chosen = withSort(world, sort);
          return [eventsOf(chosen, 'debian-2.36'), eventsOf({ ...chosen, via_ldso: true }, 'debian-2.36')] as const;
        };
        const [kernel, ldso] = both('2');
        expect(ctors(ldso)).toEqual(ctors(kernel));
        if (JSON.stringify(kernel) !== JSON.stringify(ldso)) differing++;
        const [one, other] = both('1');
        expect(other).toEqual(one);
      }),
      { seed: 6, numRuns: 60 },
    );
    expect(differing).toBeGreaterThan(0);
  });
});
