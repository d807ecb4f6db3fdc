/**
 * Which failures are the same one: they break alike, and the later world has all that the smallest of the earlier ones was made of.
 * Without this the commonest way to break a property would hide all rarer ones, as a fuzzer's easiest crash does; shrinking a rare one
 * would slip into it ("taming compiler fuzzers", Chen and others, PLDI 2013).
 *
 * What can go wrong: a common failure in a hundred dresses. A kind that has come about in so many ways is not looked at again.
 */
import { actionsOf } from '../scenario/names.js';
import type { Scenario } from '../scenario/schema.js';
import type { WorldObject } from '../scenario/world-schema.js';
import { newest } from './shrink.js';

/** How many ways to one kind of failure are written down. */
const WAYS_MAX = 16;

/** One way to a kind of failure. */
export interface Cause {
  readonly breaks: string;
  /** What the smallest world that showed it was made of. */
  readonly by: readonly string[];
}

/** Actions that say nothing of the mechanism: marks, calls, what ends what another began. */
const dull: ReadonlySet<string> = new Set([
  'mark',
  'call',
  'dlsym_call',
  'join',
  'detach',
  'spin',
  'rseq_info',
  'handled_info',
]);

/** What is unusual about a world's objects: what shrinking takes away unless the failure needs it. */
function traitsOf(object: WorldObject): string[] {
  const { ifuncs = {}, flags = [], handled, kind, libc = true, soname } = object;
  const resolves = Object.values(ifuncs).some(({ resolver }) => resolver.length > 0);
  return [
    ...flags.filter((flag) => flag !== 'rdynamic'),
    ...(resolves ? ['resolver'] : []),
    ...(handled === undefined ? [] : ['handled']),
    ...(kind === undefined ? [] : [kind]),
    ...(soname === undefined ? [] : ['program']),
    ...(libc || soname !== undefined ? [] : ['without libc']),
  ];
}

/** What is unusual about its start. */
function settingOf({ world, claimants, kernel = newest }: Scenario): string[] {
  const { audit, preload, tunables, bind_now: bindsNow, via_ldso: byLdso } = world;
  return [
    ...(audit === undefined ? [] : ['audit']),
    ...(preload === undefined ? [] : ['preload']),
    ...(tunables === undefined ? [] : ['tunables']),
    ...(bindsNow === true ? ['bind_now'] : []),
    ...(byLdso === true ? ['via_ldso'] : []),
    ...(kernel === newest ? [] : ['kernel']),
    ...(claimants.some(({ at }) => at === 'resolver') ? ['resolver'] : []),
  ];
}

/** What a world is made of: kinds of actions, claimants, and what is unusual about its objects and its start. */
export function ingredientsOf(scenario: Scenario): string[] {
  const { world, claimants } = scenario;
  const objects = [world.exe, ...Object.values(world.objects)];
  const ops = objects.flatMap(actionsOf).flatMap(({ action }) => {
    if (dull.has(action.op)) return [];
    if (action.op === 'claimant') return [action.who];
    return [action.op === 'start' || action.op === 'spawn' ? 'thread' : action.op];
  });
  const who = claimants.map((each) => each.who);
  return [...new Set([...ops, ...who, ...objects.flatMap(traitsOf), ...settingOf(scenario)])].sort();
}

/** The causes that are known by now. */
export class Causes {
  readonly #known = new Map<string, (readonly string[])[]>();

  constructor(known: readonly Cause[] = []) {
    for (const cause of known) this.add(cause);
  }

  add({ breaks, by }: Cause): void {
    this.#known.set(breaks, [...(this.#known.get(breaks) ?? []), by]);
  }

  /** Whether a world that breaks like this has all that some known cause takes. */
  explain(breaks: string, scenario: Scenario): boolean {
    const ways = this.#known.get(breaks) ?? [];
    if (ways.length === 0) return false;
    const there = new Set(ingredientsOf(scenario));
    return ways.length >= WAYS_MAX || ways.some((by) => by.every((one) => there.has(one)));
  }
}
