/**
 * What must never happen to rseq, as data: every property of the record by its number, each with its sentence, who argued it, what
 * exactly is observed, and a watcher that reads the events of a run and says at which one the property breaks. Those about two
 * builds of libc are checks over pairs of judgements, in `properties-pairs.ts`.
 *
 * What can go wrong: a property that nothing can break. For each there is a smallest world that breaks it, in the tests.
 */
import { balanceProperties } from './properties-balance.js';
import {
  broken,
  type Memory,
  type Property,
  type ThreadMemories,
  type WatchedEvent,
  type WorldFacts,
} from './properties-form.js';
import { startProperties } from './properties-start.js';
import { threadProperties } from './properties-threads.js';
import { viewProperties } from './properties-view.js';

export {
  broken,
  type Look,
  type Looks,
  libcIntends,
  type Memory,
  type Property,
  type ThreadMemories,
  type WatchedEvent,
  type WorldFacts,
} from './properties-form.js';
export { type Compared, compareProperty, type Judged, type PairProperty, pairProperties } from './properties-pairs.js';

/** Every property of single runs, by number. */
export const properties: readonly Property[] = [
  ...startProperties,
  ...balanceProperties,
  ...viewProperties,
  ...threadProperties,
].toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** The property of that number; undefined when there is none. */
export function propertyNamed(id: string): Property | undefined {
  return properties.find((property) => property.id === id);
}

/** Where a property breaks in a run and which event is to blame, as indices; null when it holds. */
export function breachOf(
  property: Property,
  events: readonly WatchedEvent[],
  facts: WorldFacts,
): { readonly at: number; readonly culprit: number } | null {
  let memory = property.begin;
  const ofThreads = new Map<number, Memory>();
  const threads: ThreadMemories = {
    of: (thread) => ofThreads.get(thread) ?? null,
    keep: (thread, kept) => void ofThreads.set(thread, kept),
    forgetAll: () => ofThreads.clear(),
  };
  for (const [at, event] of events.entries()) {
    memory = property.observe(memory, event, facts, threads);
    if (memory === broken) return { at, culprit: property.culprit?.(events, at) ?? at };
  }
  return null;
}
