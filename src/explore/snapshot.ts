/**
 * A search that was left, as a value: the states and how each was first reached, what their numbers mean, how far the search is and what it
 * has counted. What steps do is not in it; whoever goes on runs each step once more when it is needed.
 *
 * What can go wrong: going on with another model. Numbers would mean what they never meant; whoever keeps a snapshot keeps beside it what it
 * is of. Not for interchangeable actors, nor with reductions, whose decisions rest on all that was learned.
 */
import type { Meanings } from './intern.js';
import type { Layout } from './layout.js';
import type { PathStep } from './path.js';
import type { TalliesSoFar } from './tallies.js';

/** How far a search is. */
export interface Place {
  /** The next state to expand, and the end of its level. */
  readonly head: number;
  readonly levelEnd: number;
  readonly depth: number;
  readonly transitions: number;
  readonly steps: number;
}

/** A judged event so far: how often, and the first step on which it happened, told without numbers of leaves. */
export interface EventSoFar {
  readonly name: string;
  readonly transitions: number;
  readonly from: number;
  readonly actor: string;
  readonly choices: PathStep['choices'];
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
