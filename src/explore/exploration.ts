/**
 * What a search is asked and what it answers; the same for the naive search and the remembering one, so that they can be compared.
 *
 * What can go wrong: a search that met a bound has proved nothing. `complete` says whether every reachable state was expanded; a bound
 * counts as met only when something lay beyond it.
 */
import type { Hire } from './crew.js';
import { BrokenInvariant } from './invariant.js';
import type { Actor, ComponentKey, View } from './model.js';
import type { Path } from './path.js';
import type { Snapshot } from './snapshot.js';
import type { EventCount, MarkCount } from './tallies.js';

export interface ExploreOptions {
  /** Names of what holds in a state. A function of what it reads through the view; judged once for each distinct reading. */
  readonly marks?: (view: View) => readonly string[];
  /** Names of what an event means. A function of its arguments; judged once for each distinct step. */
  readonly judge?: (event: unknown, actor: Actor) => readonly string[];
  /** Most states to visit. Default 2,000,000. */
  readonly maxStates?: number;
  /** Longest path to follow, in steps. */
  readonly maxDepth?: number;
  /** Steps to spend, rich and remembered together, those that could not go included; may be overrun within one state. */
  readonly maxSteps?: number;
  /** Run every k-th remembered answer again and throw when it differs. For tests: it costs what remembering saves. */
  readonly recheckEvery?: number;
  /** What the search may leave out because it cannot change the answer. Default: nothing. */
  readonly reduce?: Reductions;
  /** Bytes that the states may take. The ceiling is not exceeded, it is a bound like others. */
  readonly maxBytes?: number;
  /** Called now and then, for whoever waits. */
  readonly progress?: (so: Progress) => void;
  /** Threads to search with, this one included, and how to begin one. The answer is the same, byte for byte. Not with reductions. */
  readonly crew?: { readonly size: number; readonly hire: Hire };
  /** Called now and then with a way to take a snapshot of the search, to go on with as `resume`. Not with reductions. */
  readonly checkpoint?: (snapshot: () => Snapshot) => void;
  /** Go on from there. The model, the marks and the judge must be those of the search that it is of. */
  readonly resume?: Snapshot;
  /** Asked now and then; true ends the search with the bound `interrupted`. */
  readonly interrupted?: () => boolean;
}

/** How far a search has come. */
export interface Progress {
  readonly states: number;
  readonly expanded: number;
  /** Steps from the start to the states that are being expanded, when nothing is left out. */
  readonly depth: number;
  /** Held by the states. */
  readonly bytes: number;
}

/**
 * Reductions. Under each of them final states, what holds in them and how many there are stay the same, so does whether an event ever
 * happens, and whether a mark that stays true once it is true ever holds. Counts of states and transitions shrink.
 */
export interface Reductions {
  /** Of steps that do not touch each other, only one order. Needs actors that say what they own. Witnesses may be longer than need be. */
  readonly partialOrder?: boolean;
  /** Of interchangeable actors, only one order. Witnesses stay shortest. */
  readonly symmetry?: boolean;
  /** Of states with a single way on, only the last. Witnesses may be longer than need be. */
  readonly stretches?: boolean;
}

export type Bound = 'states' | 'depth' | 'steps' | 'memory' | 'interrupted';

export interface Exploration {
  /** Every reachable state was visited and expanded. */
  readonly complete: boolean;
  /** Which bound was met first, when one was. */
  readonly bound?: Bound;
  readonly states: number;
  /** Outcomes of steps that could go, those that lead back to a known state included. */
  readonly transitions: number;
  /** States in which no actor can go. */
  readonly finals: number;
  /** A shortest way to a final state. */
  readonly firstFinal: Path | null;
  /** Steps to the farthest state visited. */
  readonly depth: number;
  readonly marks: ReadonlyMap<string, MarkCount>;
  readonly events: ReadonlyMap<string, EventCount>;
  /** Steps that ran the model's code, and steps that were looked up. */
  readonly steps: { readonly rich: number; readonly remembered: number };
  /** Of the remembering search: what it had to keep. A component with far more values than others is cut wrongly. */
  readonly kept?: {
    readonly values: ReadonlyMap<ComponentKey, number>;
    readonly bytes: number;
  };
}

export interface Bounds {
  readonly maxBytes: number;
  readonly maxStates: number;
  readonly maxDepth: number;
  readonly maxSteps: number;
}

const MOST_STATES = 2_000_000;

function count(name: string, given: number | undefined, otherwise: number, least: number): number {
  const value = given ?? otherwise;
  if (value !== Number.POSITIVE_INFINITY && (!Number.isInteger(value) || value < least)) {
    throw new BrokenInvariant('bound-is-a-count', `${name} is ${value}; a whole number from ${least} is wanted`);
  }
  return value;
}

/** The bounds with their defaults. @throws BrokenInvariant `bound-is-a-count` */
export function boundsOf(options: ExploreOptions): Bounds {
  count('recheckEvery', options.recheckEvery, 1, 1);
  return {
    maxBytes: count('maxBytes', options.maxBytes, Number.POSITIVE_INFINITY, 1),
    maxStates: count('maxStates', options.maxStates, MOST_STATES, 1),
    maxDepth: count('maxDepth', options.maxDepth, Number.POSITIVE_INFINITY, 0),
    maxSteps: count('maxSteps', options.maxSteps, Number.POSITIVE_INFINITY, 0),
  };
}
