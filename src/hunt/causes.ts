/**
 * Which failures are the same one: they break alike, and the later world has all that the smallest of the earlier ones was made of.
 * Without this the commonest way to break a property would hide all rarer ones, as a fuzzer's easiest crash does; shrinking a rare one
 * would slip into it ("taming compiler fuzzers", Chen and others, PLDI 2013).
 *
 * What can go wrong: a common failure in a hundred dresses. A kind that has come about in so many ways is not looked at again.
 */
import { actionsOf } from '../scenario/names.js';
import type { Scenario } from '../scenario/schema.js';

/** How many ways to one kind of failure are written down. */
const WAYS_MAX = 8;

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

/** What a world is made of: kinds of actions, claimants, and what is unusual about its objects and its start. */
export function ingredientsOf({ world, claimants }: Scenario): string[] {
  const actions = [world.exe, ...Object.values(world.objects)].flatMap((object) => actionsOf(object));
  const ops = actions.flatMap(({ action }) => {
    if (dull.has(action.op)) return [];
    if (action.op === 'claimant') return [action.who];
    return [action.op === 'start' || action.op === 'spawn' ? 'thread' : action.op];
  });
  const objects = [world.exe, ...Object.values(world.objects)];
  const resolves = objects.some(({ ifuncs = {} }) => Object.values(ifuncs).some(({ resolver }) => resolver.length > 0));
  const start = [
    ...(resolves || claimants.some(({ at }) => at === 'resolver') ? ['resolver'] : []),
    ...(objects.some(({ handled }) => handled !== undefined) ? ['handled'] : []),
    ...(world.audit === undefined ? [] : ['audit']),
    ...(world.preload === undefined ? [] : ['preload']),
    ...(world.tunables === undefined ? [] : ['tunables']),
    ...(world.exe.kind === undefined ? [] : [world.exe.kind]),
  ];
  return [...new Set([...ops, ...claimants.map(({ who }) => who), ...start])].sort();
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
