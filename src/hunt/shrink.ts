/**
 * The smallest scenario that still fails in the same way: without a library, a claimant, a setting, a function, an action, on the
 * newest kernel if that will do.
 *
 * What can go wrong: shrinking into another failure. A smaller scenario counts only if the same kind of failure is found in it.
 */
import { pruned } from '../arbitraries/index.js';
import { smallerWorlds } from '../real/shrink-world.js';
import { actionsOf } from '../scenario/names.js';
import type { Scenario } from '../scenario/schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';
import { foldings } from './fold.js';

/** The kernel that a scenario is on if any will do. */
export const newest = '6.18';

type Named = { readonly [name: string]: unknown };

/** An object without each of its functions, one at a time, and one without libc with it. */
function smallerObjects(object: WorldObject): WorldObject[] {
  const { libc, ...linked } = object;
  const out: WorldObject[] = libc === false ? [linked] : [];
  for (const field of ['bodies', 'funcs', 'ifuncs'] as const) {
    const all: Named = object[field] ?? {};
    for (const name of Object.keys(all)) {
      const rest = Object.fromEntries(Object.entries(all).filter(([other]) => other !== name));
      const { [field]: _all, ...others } = object;
      out.push((Object.keys(rest).length > 0 ? { ...others, [field]: rest } : others) as WorldObject);
    }
  }
  return out;
}

function withObject(world: World, name: string, object: WorldObject): World {
  return name === 'exe' ? { ...world, exe: object } : { ...world, objects: { ...world.objects, [name]: object } };
}

/** Lists that say nothing when they are empty. */
const lists = ['needed', 'flags', 'preinit', 'init', 'fini', 'ctors', 'dtors', 'refs'] as const;

function tidyObject(object: WorldObject): WorldObject {
  const empty = lists.filter((field) => object[field]?.length === 0);
  const rest = Object.fromEntries(
    Object.entries(object).filter(([name]) => !(empty as readonly string[]).includes(name)),
  );
  return rest as WorldObject;
}

/** Without lists that shrinking has emptied. */
export function tidied(world: World): World {
  const { preload, audit, ...rest } = world;
  return {
    ...rest,
    exe: tidyObject(world.exe),
    objects: Object.fromEntries(Object.entries(world.objects).map(([name, object]) => [name, tidyObject(object)])),
    ...(preload === undefined || preload.length === 0 ? {} : { preload }),
    ...(audit === undefined || audit.length === 0 ? {} : { audit }),
  };
}

function withWorld(scenario: Scenario, world: World): Scenario {
  const fit = tidied(pruned(world));
  const there = (object: string) => object === 'exe' || Object.hasOwn(fit.objects, object);
  return { ...scenario, world: fit, claimants: scenario.claimants.filter(({ object }) => there(object)) };
}

/** Plainer forms of single actions, where there are any. */
function plainerWorlds(world: World): World[] {
  const text = JSON.stringify(world);
  const swaps: readonly (readonly [string, string])[] = [
    ['"op":"start"', '"op":"spawn"'],
    ['"other"', '"run"'],
  ];
  return swaps.flatMap(([from, to]) => (text.includes(from) ? [JSON.parse(text.replace(from, to)) as World] : []));
}

/** Without a library, whose users then need what it needed. */
function shortcuts(world: World): World[] {
  return Object.entries(world.objects).flatMap(([gone, { needed: inherited = [] }]) => {
    if (inherited.length === 0) return [];
    const past = (object: WorldObject): WorldObject =>
      object.needed?.includes(gone) === true
        ? { ...object, needed: object.needed.flatMap((name) => (name === gone ? inherited : [name])) }
        : object;
    const others = Object.entries(world.objects).filter(([name]) => name !== gone);
    const objects = Object.fromEntries(others.map(([name, object]) => [name, past(object)]));
    const { preload = [] } = world;
    return [
      {
        ...world,
        exe: past(world.exe),
        objects,
        preload: preload.flatMap((name) => (name === gone ? inherited : [name])),
      },
    ];
  });
}

/** Threads that somebody waits for, and all threads, by the object that names them. */
function threadsOf({ world }: Scenario): {
  readonly awaited: ReadonlySet<string>;
  readonly started: ReadonlySet<string>;
} {
  const awaited = new Set<string>();
  const started = new Set<string>();
  for (const [name, object] of [['exe', world.exe] as const, ...Object.entries(world.objects)]) {
    for (const { action } of actionsOf(object)) {
      if (action.op === 'start') started.add(`${name} ${action.as}`);
      if (action.op === 'join' || action.op === 'detach') awaited.add(`${name} ${action.thread}`);
    }
  }
  return { awaited, started };
}

/**
 * Scenarios one step smaller than this one, the largest steps first. Nobody stops waiting for a thread that is still started: without
 * its join a world has more schedules, in some of which the program's end overtakes the thread, and that is another failure.
 */
export function smallerScenarios(scenario: Scenario): Scenario[] {
  const { awaited } = threadsOf(scenario);
  return oneStepSmaller(scenario).filter((smaller) => {
    const after = threadsOf(smaller);
    return [...awaited].every((thread) => after.awaited.has(thread) || !after.started.has(thread));
  });
}

function oneStepSmaller(scenario: Scenario): Scenario[] {
  const { world, claimants } = scenario;
  const functions = [['exe', world.exe] as const, ...Object.entries(world.objects)].flatMap(([name, object]) =>
    smallerObjects(object).map((smaller) => withObject(world, name, smaller)),
  );
  return [
    ...(scenario.kernel === newest ? [] : [{ ...scenario, kernel: newest }]),
    ...claimants.map((_, i) => ({ ...scenario, claimants: claimants.filter((__, j) => j !== i) })),
    ...[...shortcuts(world), ...smallerWorlds(world), ...functions, ...plainerWorlds(world)].map((smaller) =>
      withWorld(scenario, smaller),
    ),
    ...foldings(scenario).map((smaller) => withWorld(smaller, smaller.world)),
  ];
}

/** How large a scenario is: objects, the executable included, and what they do. */
export function sizeOf({ world, claimants }: Scenario): { readonly objects: number; readonly actions: number } {
  const objects = [world.exe, ...Object.values(world.objects)];
  const actions = objects.reduce((sum, object) => sum + actionsOf(object).length, 0);
  return { objects: objects.length, actions: actions + claimants.length };
}

/** Most smaller scenarios that are tried. */
const TRIES_MAX = 400;

/**
 * The smallest scenario found by taking single steps while `fails` holds.
 *
 * @param scenario one that fails
 * @param fails whether a scenario still fails in the way that is wanted; asked of nothing twice
 * @returns a scenario that fails
 */
export function shrunk(scenario: Scenario, fails: (smaller: Scenario) => boolean): Scenario {
  const fit = withWorld(scenario, scenario.world);
  const tried = new Set([scenario, fit].map((each) => JSON.stringify(each)));
  let best = tried.size === 1 || fails(fit) ? fit : scenario;
  let tries = 0;
  for (let changed = true; changed && tries < TRIES_MAX; ) {
    changed = false;
    let candidates = smallerScenarios(best);
    for (let i = 0; i < candidates.length && tries < TRIES_MAX; i++) {
      const smaller = candidates[i] as Scenario;
      const text = JSON.stringify(smaller);
      if (tried.has(text)) continue;
      tried.add(text);
      tries++;
      if (!fails(smaller)) continue;
      best = smaller;
      changed = true;
      candidates = smallerScenarios(best);
      i = Math.max(-1, i - 2);
    }
  }
  return best;
}
