/**
 * A search by a crew: large levels are expanded by several threads at once, and what they found is taken down here in the order in which one
 * alone would have found it. So numbers of states, counts and witnesses are those of a search alone, byte for byte.
 *
 * What can go wrong: what was found by what was known before. A state whose steps nobody knows is expanded alone in its turn; if that makes
 * another layout, the words found after it say nothing any more, and their states are expanded again.
 */
import { Crew, type Expanded, type Hire } from './crew.js';
import type { Deltas } from './deltas.js';
import { type Knowledge, MISSED, ROW, SHEET_STATES } from './expander.js';
import type { PackedStates } from './packed.js';
import type { RememberedModel } from './remember.js';

/** States from which on threads are worth their start, and states of a level that are worth cutting up. */
const WORTH_THREADS = 20_000;
const WORTH_CUTTING = 1_000;

/** The search, as a crew needs it. */
export interface Keeper {
  readonly known: RememberedModel;
  readonly states: PackedStates;
  readonly deltas: Deltas;
  /** Store what was proposed so far: whoever goes next must find it there. */
  settle(): void;
  /** Expand a state alone, in its turn, and store where it leads. */
  alone(state: number): void;
  /** Take down that a state has marks, and so many outcomes of which some go. */
  takeDown(state: number, marks: readonly string[], outcomes: number, going: number): void;
  /** Take down that a step out of a state told something. */
  tell(state: number, leaf: number): void;
}

/** A sheet that is read up to a state. */
class Reading {
  constructor(private readonly part: Expanded) {}

  at(state: number, what: number): number {
    return this.part.sheet.heads[(state - this.part.from) * ROW.size + what] as number;
  }

  isMissed(state: number): boolean {
    return this.at(state, ROW.marks) === MISSED;
  }

  /** Where a state's share of `found` or `told` begins. */
  begin(state: number, what: number): number {
    return state === this.part.from ? 0 : this.at(state - 1, what);
  }

  told(state: number): Int32Array {
    return this.part.sheet.told.subarray(this.begin(state, ROW.told), this.at(state, ROW.told));
  }
}

export class Together {
  #crew: Crew | undefined;
  /** What the crew was told last. */
  #rich = -1;
  #arena: Int32Array | undefined;
  #table: Int32Array | undefined;
  /** A bound is near, and whoever comes near it goes alone: which state met it is part of the answer. */
  #isOver = false;

  constructor(
    private readonly keeper: Keeper,
    private readonly threads: { readonly size: number; readonly hire: Hire },
  ) {}

  end(): void {
    this.#crew?.dismiss();
  }

  /** Expand states of a level, from `head` on, `end` not included. Returns the first that is still to expand, `head` itself when there are too few. */
  advance(head: number, end: number): number {
    const { states } = this.keeper;
    if (this.#isOver || states.count < WORTH_THREADS || end - head < WORTH_CUTTING) return head;
    if (this.#crew === undefined) {
      states.share();
      this.#crew = new Crew(this.threads.size, this.threads.hire);
    }
    if (!this.#crew.isReady) return head;
    this.keeper.settle();
    const to = Math.min(end, head + this.threads.size * SHEET_STATES);
    this.#notice(this.#crew);
    const parts = this.#crew.expand(head, to, () => this.#knowledge());
    let next = head;
    for (const part of parts) {
      if (part.from !== next || part.from === part.to) break;
      next = this.#read(part);
    }
    return next;
  }

  /** Notice what has changed since the crew was told. */
  #notice(crew: Crew): void {
    const { known, states } = this.keeper;
    if (known.rich === this.#rich && states.arena === this.#arena && states.table === this.#table) return;
    this.#rich = known.rich;
    this.#arena = states.arena;
    this.#table = states.table;
    crew.forget();
  }

  #knowledge(): Knowledge {
    const { known, states, deltas } = this.keeper;
    const { layout, edition, arena, table } = states;
    return { ...known.lookups, layout, edition, arena, table, deltas: states.deltas, places: deltas.places };
  }

  /** Read a sheet. Returns the first state that is still to expand. */
  #read(part: Expanded): number {
    const { states } = this.keeper;
    const reading = new Reading(part);
    const end = part.from + part.done;
    for (let state = part.from; state < end; ) {
      let missed = state;
      while (missed < end && !reading.isMissed(missed)) missed++;
      if (!this.#store(part, reading, state, missed)) return state;
      for (; state < missed; state++) this.#takeDown(reading, state);
      if (state === end) break;
      const { packing } = states;
      this.keeper.alone(state++);
      if (states.packing !== packing) return state;
    }
    return end;
  }

  /** Store what states from one to another lead to; false when there may not be room. */
  #store(part: Expanded, reading: Reading, from: number, to: number): boolean {
    if (from === to) return true;
    const [begin, end] = [reading.begin(from, ROW.found), reading.at(to - 1, ROW.found)];
    const { states } = this.keeper;
    this.#isOver = !states.hasRoomFor((end - begin) / (states.layout.words + 2));
    if (this.#isOver) return false;
    states.add(part.sheet.found, begin, end);
    return true;
  }

  #takeDown(reading: Reading, state: number): void {
    const marks = this.keeper.known.markList(reading.at(state, ROW.marks));
    this.keeper.takeDown(state, marks, reading.at(state, ROW.outcomes), reading.at(state, ROW.going));
    for (const leaf of reading.told(state)) this.keeper.tell(state, leaf);
  }
}
