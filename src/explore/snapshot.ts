/**
 * A search that was left, as a value: the states and how each was first reached, what their numbers mean, how far the search is and what it
 * has counted. What steps do is not in it; whoever goes on runs each step once more when it is needed.
 *
 * What can go wrong: going on with another model. Numbers would mean what they never meant; whoever keeps a snapshot keeps beside it what it
 * is of. Not for interchangeable actors, nor with reductions, whose decisions rest on all that was learned.
 */
import { Expansion } from './expansion.js';
import type { Tallies, TalliesSoFar } from './exploration.js';
import type { Meanings } from './intern.js';
import { BrokenInvariant } from './invariant.js';
import type { Layout } from './layout.js';
import type { PackedStates } from './packed.js';
import type { Leaf, RememberedModel } from './remember.js';
import type { Told } from './told.js';

/** How far a search is. */
interface Place {
  /** The next state to expand, and the end of its level. */
  readonly head: number;
  readonly levelEnd: number;
  readonly depth: number;
  readonly transitions: number;
  readonly steps: number;
}

/** A judged event so far: how often, and the first step on which it happened, told without numbers of leaves. */
interface EventSoFar {
  readonly name: string;
  readonly transitions: number;
  readonly from: number;
  readonly actor: string;
  readonly choices: Leaf['choices'];
}

/** Plain values and arrays of numbers. */
export interface Snapshot {
  readonly meanings: Meanings;
  readonly layout: Layout;
  readonly words: Int32Array;
  readonly parents: Int32Array;
  readonly place: Place;
  readonly tallies: TalliesSoFar;
  readonly events: readonly EventSoFar[];
}

/** The parts of a search that a snapshot is of. */
interface Parts {
  readonly known: RememberedModel;
  readonly states: PackedStates;
  readonly tallies: Tallies;
  readonly told: Told;
}

/** Nothing may wait to be stored. */
export function snapshotOf({ known, states, tallies, told }: Parts, place: Place): Snapshot {
  const { layout, count, arena, parents } = states;
  const events = told.soFar().map(({ name, transitions, from, leaf }): EventSoFar => {
    const { actor, choices } = known.leaves[leaf] as Leaf;
    return { name, transitions, from, actor: actor.name, choices };
  });
  return {
    meanings: known.meanings,
    layout,
    words: arena.slice(0, count * layout.words),
    parents: parents.slice(0, count),
    place,
    tallies: tallies.soFar(),
    events,
  };
}

/** Put the states and the counts back; `look` learns what the state in hand leads to. Meanings are recalled already. */
export function putBack(
  { known, states, tallies, told }: Parts,
  { layout, words, parents, tallies: counted, events }: Snapshot,
  look: (expansion: Expansion, state: number) => void,
): void {
  states.putBack(layout, words, parents, known.ids);
  tallies.goOn(counted);
  const expansion = new Expansion(known, undefined);
  for (const { name, transitions, from, actor, choices } of events) {
    states.load(from);
    look(expansion, from);
    const same = (leaf: number): boolean => (known.leaves[leaf] as Leaf).choices.join() === choices.join();
    const at = expansion.leaves.findIndex(
      (leaf, i) => i < expansion.count && expansion.actorOf(i).actor.name === actor && same(leaf),
    );
    if (at < 0) throw new BrokenInvariant('a-snapshot-is-of-this-search', `${actor} does not take a step it took`);
    told.goOn(name, from, expansion.leaves[at] as number, transitions);
  }
}
