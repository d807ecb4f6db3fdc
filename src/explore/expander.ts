/**
 * Expands states by looking up alone: what each leads to, told as rows of numbers that whoever keeps the set of states reads in order. It
 * needs no model, so a thread that holds a copy of what is remembered can do it, over the one table of states that all share.
 *
 * What can go wrong: a step that is not remembered yet. Its state is passed over and marked, and the keeper expands it himself. A state
 * that is found in the table is known for certain; one that is not may be new, or be found by two at once, which the keeper sees.
 */
import type { KnownActor } from './cast.js';
import { sharedNumbers } from './grown.js';
import type { Layout } from './layout.js';
import { OWNS_NOTHING, StepMemory } from './memory.js';
import { type Probe, probeFor, type Store } from './probe.js';

/** What an expander knows. Plain values and arrays: it can be sent to a thread. */
export interface Knowledge {
  readonly layout: Layout;
  /** Another one for each layout. */
  readonly edition: number;
  readonly arena: Int32Array;
  readonly table: Int32Array;
  /** What each leaf adds to the words, and where that stands; see `deltas.ts`. */
  readonly deltas: Int32Array;
  readonly places: Int32Array;
  /** The trees of all rememberers; see `memory.ts`. */
  readonly cells: Int32Array;
  readonly roots: readonly number[];
  readonly actorTree: number;
  readonly markTree: number;
  readonly actorLists: readonly (readonly KnownActor[])[];
  /** Whether marks are asked for. */
  readonly marks: boolean;
  readonly went: Uint8Array;
  readonly telling: Uint8Array;
  /** Components there are numbers for. */
  readonly components: number;
}

/** What a row of `heads` says of a state, by place; `marks` is the number of a list, or one of those below. */
export const ROW = { marks: 0, outcomes: 1, going: 2, found: 3, told: 4, size: 5 } as const;
/** Something about this state is not remembered. */
export const MISSED = -1;
const UNMARKED = -2;

/** Where an expander writes. */
export interface Sheet {
  /** A row for each state. `found` and `told` are where its share of those arrays ends. */
  readonly heads: Int32Array;
  /** Words, hash and parent of states that were not in the table. */
  readonly found: Int32Array;
  /** Leaves with judged events, in order. */
  readonly told: Int32Array;
}

/** States expanded at a time. */
export const SHEET_STATES = 4096;
const FOUND_PER_STATE = 8;
const TOLD_PER_STATE = 16;

/** A sheet for states of so many words, that threads can share. */
export function newSheet(words: number): Sheet {
  return {
    heads: sharedNumbers(SHEET_STATES * ROW.size),
    found: sharedNumbers(SHEET_STATES * FOUND_PER_STATE * (words + 2)),
    told: sharedNumbers(SHEET_STATES * TOLD_PER_STATE),
  };
}

const NOTHING = new Int32Array(0);

/** The states as a probe sees them that adds none. */
function storeOf(asked: Int32Array): Store {
  const grow = (): never => {
    throw new Error('invariant: an expander adds no state');
  };
  const arrays = { arena: NOTHING, table: NOTHING, deltas: NOTHING, parents: NOTHING, asked };
  return { ...arrays, count: 0, capacity: 0, crowded: 0, grow };
}

export class Expander {
  #knowledge: Knowledge;
  #memory: StepMemory;
  #probe: Probe;
  #ids = NOTHING;
  readonly #asked = new Int32Array(1 << 10);
  readonly #store = storeOf(this.#asked);
  readonly #leaves: number[] = [];
  readonly #list: number[] = [];
  /** By place among the leaves: who brings each about. */
  readonly #who: KnownActor[] = [];
  #toldEnd = 0;

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge;
    this.#memory = new StepMemory();
    this.#probe = probeFor(knowledge.layout, this.#store);
    this.know(knowledge);
  }

  /** Go on with what is known now. The code for a layout is kept as long as the layout is: it gets fast with use. */
  know(knowledge: Knowledge): void {
    const { layout, edition, components, cells, roots, arena, table, deltas } = knowledge;
    if (edition !== this.#knowledge.edition) this.#probe = probeFor(layout, this.#store);
    this.#knowledge = knowledge;
    this.#memory = StepMemory.over(cells, roots);
    this.#ids = new Int32Array(components);
    Object.assign(this.#store, { arena, table, deltas });
    this.#probe.attach(this.#ids);
  }

  /** Expand the states from `from` to `to`, that one not included. Returns how many were done before the sheet was full. */
  expand(from: number, to: number, { heads, found, told }: Sheet): number {
    let foundEnd = 0;
    let toldEnd = 0;
    for (let state = from; state < to; state++) {
      const row = (state - from) * ROW.size;
      this.#probe.load(state);
      const marks = this.#marks();
      const outcomes = marks === MISSED ? MISSED : this.#gather();
      if (outcomes === MISSED) {
        heads[row + ROW.marks] = MISSED;
      } else {
        const going = this.#go(state, outcomes, told, toldEnd);
        const foundNow = going < 0 ? -1 : this.#probe.sift(found, foundEnd);
        if (foundNow < 0) return state - from;
        foundEnd = foundNow;
        toldEnd = this.#toldEnd;
        heads[row + ROW.marks] = marks;
        heads[row + ROW.outcomes] = outcomes;
        heads[row + ROW.going] = going;
      }
      heads[row + ROW.found] = foundEnd;
      heads[row + ROW.told] = toldEnd;
    }
    return to - from;
  }

  #marks(): number {
    const { marks, markTree } = this.#knowledge;
    if (!marks) return UNMARKED;
    return this.#memory.outcomes(markTree, this.#ids, OWNS_NOTHING, this.#list) < 0
      ? MISSED
      : (this.#list[0] as number);
  }

  /** Look up what everybody's step does. Returns how many outcomes there are, or that one is missing. */
  #gather(): number {
    const { actorTree, actorLists } = this.#knowledge;
    if (this.#memory.outcomes(actorTree, this.#ids, OWNS_NOTHING, this.#list) < 0) return MISSED;
    let at = 0;
    for (const actor of actorLists[this.#list[0] as number] ?? []) {
      const end = this.#memory.outcomes(actor.tree, this.#ids, actor.own, this.#leaves, at);
      if (end < 0) return MISSED;
      for (; at < end; at++) this.#who[at] = actor;
    }
    return at;
  }

  /** Propose where the outcomes lead that go, and say which of them tell something. Returns how many go, or -1 where there is no room. */
  #go(state: number, outcomes: number, told: Int32Array, from: number): number {
    const { went, telling, places, layout } = this.#knowledge;
    let going = 0;
    this.#toldEnd = from;
    for (let i = 0; i < outcomes; i++) {
      const leaf = this.#leaves[i] as number;
      if (went[leaf] === 0) continue;
      if (going === this.#asked.length || this.#toldEnd === told.length) return -1;
      this.#asked[going++] = (places[leaf] as number) + (this.#who[i] as KnownActor).member * layout.words;
      if (telling[leaf] === 1) told[this.#toldEnd++] = leaf;
    }
    this.#probe.propose(going, state);
    return going;
  }
}
