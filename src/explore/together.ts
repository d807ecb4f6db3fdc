/**
 * A search by a crew: large levels are expanded by several threads at once, and what they found is taken down here in the order in which one
 * alone would have found it. So numbers of states, counts and witnesses are those of a search alone, byte for byte.
 *
 * What can go wrong: what was found by what was known before. A state whose steps nobody knows is expanded alone in its turn; if that makes
 * another layout, or other ground, the words found after it say nothing any more, and their states are expanded again.
 */
import { Crew, type Expanded, type Hire } from './crew.js';
import { MOST_PAGES } from './ground.js';
import type { Standing } from './holding.js';
import type { Keeper, Lane } from './lane.js';
import { LANE, MISSED, ON_SHEET, ROW, sheetPlaces, sheetText } from './lane-text.js';
import { assembled } from './tongue.js';

/** States from which on threads are worth their start, and states of a level that are worth cutting up. */
const WORTH_THREADS = 20_000;
const WORTH_CUTTING = 1_000;

/** A sheet that is read up to a state: numbers, where they begin, and where its share of what was found and told begins. */
class Reading {
  readonly #at;
  readonly #numbers: Int32Array;
  #found: number;
  #told: number;

  constructor(
    private readonly keeper: Keeper,
    private readonly lane: Lane,
    private readonly part: Expanded,
    private readonly standing: Standing,
  ) {
    this.#at = sheetPlaces(0, part.sheet);
    this.#numbers = keeper.states.sheets;
    this.#found = this.#at.found;
    this.#told = this.#at.told;
  }

  isMissed(state: number): boolean {
    return this.#numbers[this.#rowOf(state) + ROW.outcomes] === MISSED;
  }

  /** The first state from `from` on about which something is unknown, or before which a bound is met. */
  end(from: number): number {
    let left = this.keeper.outcomesLeft();
    let row = this.#rowOf(from) + ROW.outcomes;
    let state = from;
    for (; state < this.part.next && left > 0; state++, row += ROW.size) {
      const outcomes = this.#numbers[row] as number;
      if (outcomes === MISSED) break;
      left -= outcomes;
    }
    return state;
  }

  #rowOf(state: number): number {
    return this.#at.rows + (state - this.part.from) * ROW.size;
  }

  /** Take down and store what states lead to, from the first that is unread up to `end`. False, and nothing done, where there may be no room. */
  read(from: number, end: number): boolean {
    const { states } = this.keeper;
    const stride = states.layout.words + 2;
    const last = this.#foundOf(end, stride);
    if (states.count + (last - this.#found) / stride > states.crowded) return false;
    const { sheets } = this.standing;
    this.lane.store(sheets + this.#found, sheets + last);
    this.#found = last;
    const rows = { numbers: this.#numbers, begin: sheets, row: this.#rowOf(from), told: this.#told };
    this.#told = this.lane.takeDown(rows, from, end);
    return true;
  }

  /** Where that ends which was found before a state. */
  #foundOf(end: number, stride: number): number {
    const whole = (this.#numbers[this.#at.count] as number) - this.standing.sheets;
    if (end === this.part.next) return whole;
    let place = this.#found;
    while (place < whole && (this.#numbers[place + stride - 1] as number) < end) place += stride;
    return place;
  }
}

export class Together {
  #crew: Crew | undefined;
  /** What the crew was told last. */
  #edition = -1;
  #standing: Standing | undefined;
  /** A bound is near, and whoever comes near it goes alone: which state met it is part of the answer. */
  #isOver = false;

  constructor(
    private readonly keeper: Keeper,
    private readonly lane: Lane,
    private readonly threads: { readonly size: number; readonly hire: Hire },
  ) {}

  end(): void {
    this.#crew?.dismiss();
  }

  /** Expand states of a level, from `head` on, `end` not included. Returns the first that is still to expand, `head` itself when there are too few. */
  advance(head: number, end: number): number {
    const { states } = this.keeper;
    const { size, hire } = this.threads;
    if (this.#isOver || states.count < WORTH_THREADS || end - head < WORTH_CUTTING) return head;
    if (this.#crew === undefined) {
      states.share(size);
      this.#crew = new Crew(size, hire);
    }
    if (!this.#crew.isReady) return head;
    this.keeper.settle();
    this.#isOver = !states.reserve(size * ON_SHEET);
    if (this.#isOver || !this.lane.isReady() || !this.#tell(this.#crew)) return head;
    const to = Math.min(end, head + size * LANE.states);
    let next = head;
    for (const part of this.#crew.expand({ from: head, to, mask: states.mask }, LANE.states)) {
      if (part.from !== next) break;
      next = this.#read(part);
    }
    return next;
  }

  /** Tell the crew when its code is another. False where there is no ground. */
  #tell(crew: Crew): boolean {
    const { known, states } = this.keeper;
    const { standing, edition, layout } = states;
    if (standing === undefined) return false;
    if (edition === this.#edition && standing === this.#standing) return true;
    this.#edition = edition;
    this.#standing = standing;
    crew.tell((sheet) => {
      const text = sheetText(layout, standing, known.lookups.marks, sheetPlaces(standing.sheets, sheet));
      return { code: assembled(text, MOST_PAGES, true), memory: standing.ground.memory };
    });
    return true;
  }

  /** Read a sheet. Returns the first state that is still to expand. */
  #read(part: Expanded): number {
    const { keeper } = this;
    const { states } = keeper;
    const { standing, edition } = states;
    if (standing === undefined) return part.from;
    const reading = new Reading(keeper, this.lane, part, standing);
    for (let state = part.from; state < part.next; ) {
      const end = reading.end(state);
      if (end > state && !reading.read(state, end)) return state;
      state = end;
      if (state === part.next || !reading.isMissed(state)) return state;
      keeper.alone(state++);
      if (states.standing !== standing || states.edition !== edition) return state;
    }
    return part.next;
  }
}
