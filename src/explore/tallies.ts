/**
 * What a search counts beside states and steps: marks, judged events and final states, and where each was met first. It stands for the
 * part of an answer that a verdict is made from.
 *
 * What can go wrong: a state that is told twice. Marks of one state are counted once, and final states with their weight.
 */
import type { Path } from './path.js';

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

/** An answer's part. */
interface Counted {
  readonly finals: number;
  readonly firstFinal: Path | null;
  readonly marks: ReadonlyMap<string, MarkCount>;
  readonly events: ReadonlyMap<string, EventCount>;
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
  result(pathTo: (state: number) => Path, pathThrough: (state: number, step: number) => Path): Counted {
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
