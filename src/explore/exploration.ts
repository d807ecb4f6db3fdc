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

/** What a mark came to. All witnesses are shortest; among equally short ones the first in the model's order. */
export interface MarkCount {
  /** States where it holds. */
  readonly states: number;
  /** Final states where it holds. */
  readonly finals: number;
  /** To the first state where it holds. */
  readonly witness: Path | null;
  /** To the first final state where it holds; null when there is none. */
  readonly finalWitness: Path | null;
  /** To the first final state where it does not hold; null when it holds in all of them. */
  readonly finalWithout: Path | null;
}

/** What a judged event came to. */
export interface EventCount {
  /** Transitions on which it happened. */
  readonly transitions: number;
  /** The first such transition, it included. */
  readonly witness: Path;
}

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

/** One mark while the search runs; states by number, -1 for none. */
interface Tally {
  readonly name: string;
  states: number;
  finals: number;
  first: number;
  firstFinal: number;
  firstFinalWithout: number;
  /** The last state noted, so that a final state can ask who is missing. */
  last: number;
}

/** Marks and final states so far. */
export interface TalliesSoFar {
  readonly finals: number;
  readonly firstFinal: number;
  readonly marks: readonly Readonly<Tally>[];
}

/** Counts marks, event marks and final states, told of states in order of discovery. */
export class Tallies {
  finals = 0;
  #firstFinal = -1;
  readonly #marks = new Map<string, Tally>();
  readonly #events = new Map<string, { transitions: number; readonly from: number; readonly step: number }>();

  /** Whether one of these was never heard of: what happens on a way, what holds in a state. */
  isNews(events: readonly string[], marks: readonly string[]): boolean {
    return events.some((name) => !this.#events.has(name)) || marks.some((name) => !this.#marks.has(name));
  }

  /** A state whose marks are `marks`. A state that was not expanded is not known to be final; a final one may stand for several. */
  note(state: number, marks: readonly string[], final: boolean, weight = 1): void {
    if (marks.length === 0 && !final) return;
    for (const name of marks) {
      const tally = this.#tally(name, state);
      if (tally.last === state) continue;
      tally.last = state;
      tally.states++;
      if (!final) continue;
      tally.finals += weight;
      if (tally.firstFinal < 0) tally.firstFinal = state;
    }
    if (final) this.#noteFinal(state, weight);
  }

  /** A transition out of `state`, by the step with this number, on which something happened that is called `names`; or several alike. */
  noteEvents(state: number, step: number, names: readonly string[], transitions = 1): void {
    for (const name of new Set(names)) {
      const seen = this.#events.get(name);
      if (seen === undefined) this.#events.set(name, { transitions, from: state, step });
      else seen.transitions += transitions;
    }
  }

  /** What is counted of states. */
  soFar(): TalliesSoFar {
    const marks = [...this.#marks.values()].map((tally) => ({ ...tally }));
    return { finals: this.finals, firstFinal: this.#firstFinal, marks };
  }

  /** What is counted of events. */
  eventsSoFar() {
    return [...this.#events].map(([name, event]) => ({ name, ...event }));
  }

  /** Go on counting states from there. */
  goOn({ finals, firstFinal, marks }: TalliesSoFar): void {
    this.finals = finals;
    this.#firstFinal = firstFinal;
    for (const tally of marks) this.#marks.set(tally.name, { ...tally });
  }

  #noteFinal(state: number, weight: number): void {
    this.finals += weight;
    for (const tally of this.#marks.values()) {
      if (tally.firstFinalWithout < 0 && tally.last !== state) tally.firstFinalWithout = state;
    }
    if (this.#firstFinal < 0) this.#firstFinal = state;
  }

  #tally(name: string, state: number): Tally {
    const known = this.#marks.get(name);
    if (known !== undefined) return known;
    const fresh = { name, states: 0, finals: 0, first: state, firstFinal: -1, firstFinalWithout: this.#firstFinal };
    const tally: Tally = { ...fresh, last: -1 };
    this.#marks.set(name, tally);
    return tally;
  }

  /** The answer's part; `pathTo` names the way to a state, and `pathThrough` the way through a step out of it. */
  result(
    pathTo: (state: number) => Path,
    pathThrough: (state: number, step: number) => Path,
  ): Pick<Exploration, 'finals' | 'firstFinal' | 'marks' | 'events'> {
    const to = (state: number): Path | null => (state < 0 ? null : pathTo(state));
    const marks = [...this.#marks.values()].map((t): [string, MarkCount] => {
      const { states, finals } = t;
      const witnesses = { finalWitness: to(t.firstFinal), finalWithout: to(t.firstFinalWithout) };
      return [t.name, { states, finals, witness: to(t.first), ...witnesses }];
    });
    const events = [...this.#events].map(([name, e]): [string, EventCount] => {
      return [name, { transitions: e.transitions, witness: pathThrough(e.from, e.step) }];
    });
    return { finals: this.finals, firstFinal: to(this.#firstFinal), marks: new Map(marks), events: new Map(events) };
  }
}
