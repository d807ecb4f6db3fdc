/**
 * The fast lane of a whole search: many states at once, by code that is fast from its first run and that stands on the ground where states
 * stand. What it meets for the first time it leaves to the search, which learns it and goes on in its own way for one state. Threads beside
 * it go through other states by what it has laid down, each at a desk of its own; see `crew.ts`.
 *
 * What can go wrong: knowledge that has no place on the ground, states that stand elsewhere, a bound that is near. Then it stands aside.
 */
import type { Deltas } from './deltas.js';
import { type Functions, functionsOf, type Ground, MOST_PAGES } from './ground.js';
import { AT, canRun, hasNumbers, hasPlace, LANE, laneText, ROW } from './lane-text.js';
import type { PackedStates } from './packed.js';
import type { RememberedModel } from './remember.js';
import { assembled } from './tongue.js';

const MOST = 2 ** 31 - 1;

/** The search, as whoever expands many states for it needs it. */
export interface Keeper {
  readonly known: RememberedModel;
  readonly states: PackedStates;
  readonly deltas: Deltas;
  /** Store what was proposed so far: whoever goes next must find it there. */
  settle(): void;
  /** Expand a state alone, in its turn, and store where it leads. */
  alone(state: number): void;
  /** Take down that a state has marks, and so many outcomes of which some go. */
  takeDown(state: number, mark: number, outcomes: number, going: number): void;
  /** Take down that a step out of a state told something. */
  tell(state: number, leaf: number): void;
  /** Outcomes until a bound is met. */
  outcomesLeft(): number;
}

/** Rows of states: the numbers they are among, where on the ground those begin, and in them the first row and the first leaf that is told. */
interface Rows {
  readonly numbers: Int32Array;
  readonly begin: number;
  readonly row: number;
  readonly told: number;
}

export class Lane {
  /** The ground that it runs on, and the code. */
  #ground: Ground | undefined;
  #code: Functions = {};
  /** What was laid down there: of which layout, and how much was learned by then. */
  #edition = -1;
  #learned = -1;
  #fits = false;
  #leaves = 0;

  constructor(private readonly keeper: Keeper) {
    keeper.states.spreader = () => this.#spread();
  }

  /** States up to which all that a state leads to has room for certain, as long as those that wait are few. */
  get #limit(): number {
    const { capacity, crowded } = this.keeper.states;
    return Math.min(capacity, crowded) - LANE.waiting - LANE.each;
  }

  /** Whether states stand on ground, and have room on it. */
  get isOpen(): boolean {
    const { states } = this.keeper;
    return states.standing !== undefined && states.count + states.waiting < this.#limit;
  }

  /**
   * Expand states of a level from `head` on, `end` not included, until so many outcomes were met. Returns the first that is still to expand,
   * `head` itself when the search must see to it. Nothing may wait to be stored.
   */
  advance(head: number, end: number, budget: number): number {
    const { states } = this.keeper;
    if (!this.isOpen || !this.isReady()) return head;
    const memory = states.lane;
    memory[AT.count] = states.count;
    const to = Math.min(end, head + LANE.states);
    const next = this.#code.expand?.(head, to, this.#limit, Math.min(budget, MOST), states.mask) ?? head;
    states.count = memory[AT.count] as number;
    this.takeDown({ numbers: memory, row: AT.rows, told: AT.told, begin: 0 }, head, next);
    return next;
  }

  /** Take down what rows say of states, from one to another, that one not included. Returns where what they tell ends. */
  takeDown({ numbers, row: first, told: from, begin }: Rows, state: number, to: number): number {
    const { keeper } = this;
    let told = from;
    for (let at = state, row = first; at < to; at++, row += ROW.size) {
      const outcomes = numbers[row + ROW.outcomes] as number;
      keeper.takeDown(at, numbers[row + ROW.mark] as number, outcomes, numbers[row + ROW.going] as number);
      const end = (numbers[row + ROW.told] as number) - begin;
      for (; told < end; told++) keeper.tell(at, numbers[told] as number);
    }
    return told;
  }

  /** Put the table in order after it was doubled in place. False where somebody else must. */
  #spread(): boolean {
    const { states } = this.keeper;
    if (states.standing?.ground !== this.#ground || states.edition !== this.#edition) return false;
    states.lane[AT.count] = states.count;
    return this.#code.spread?.(states.mask) === 1;
  }

  /** Find or add what stands at these places of the ground. There must be room. */
  store(from: number, last: number): void {
    const { states } = this.keeper;
    states.count = this.#code.settle?.(from, last, states.count, states.mask) ?? states.count;
  }

  /** Whether the code is that of the layout, and everything it must know is laid down. */
  isReady(): boolean {
    const { states, known } = this.keeper;
    const { standing, layout, edition } = states;
    if (standing === undefined || !canRun(layout)) return false;
    const { ground } = standing;
    if (ground !== this.#ground || edition !== this.#edition) {
      const text = laneText(layout, standing, known.lookups.marks);
      this.#code = functionsOf(assembled(text, MOST_PAGES, ground.isShared), ground.memory);
      this.#ground = ground;
      this.#edition = edition;
      this.#learned = -1;
      this.#leaves = 0;
    }
    if (known.memory.learned !== this.#learned) {
      this.#learned = known.memory.learned;
      this.#fits = this.#tell(states.lane);
    }
    return this.#fits;
  }

  /** Lay down what is known. False where it has no place. */
  #tell(memory: Int32Array): boolean {
    const { known, states, deltas } = this.keeper;
    const { cells, roots, actorTree, markTree, actorLists, went, telling, components } = known.lookups;
    const { length } = known.leaves;
    const hasPlaces =
      hasNumbers(components) &&
      hasPlace('cells', cells.length) &&
      hasPlace('deltas', states.deltas.length) &&
      hasPlace('leaves', 2 * length);
    if (!hasPlaces || !this.#tellCast(memory, actorLists, roots, states.layout.words)) return false;
    memory[AT.actors] = roots[actorTree] as number;
    memory[AT.marks] = roots[markTree] as number;
    memory.set(cells, AT.cells);
    memory.set(states.deltas, AT.deltas);
    for (; this.#leaves < length; this.#leaves++) {
      const leaf = this.#leaves;
      memory[AT.leaves + 2 * leaf] = deltas.places[leaf] as number;
      memory[AT.leaves + 2 * leaf + 1] = (went[leaf] as number) | ((telling[leaf] as number) << 1);
    }
    return true;
  }

  #tellCast(
    memory: Int32Array,
    lists: RememberedModel['lookups']['actorLists'],
    roots: readonly number[],
    words: number,
  ): boolean {
    let at: number = AT.cast;
    const end = AT.leaves;
    const owns = new Map<Int32Array, number>();
    if (!hasPlace('lists', lists.length)) return false;
    for (const [i, list] of lists.entries()) {
      for (const { own } of list) {
        if (owns.has(own)) continue;
        if (at + own.length > end) return false;
        owns.set(own, at);
        memory.set(own, at);
        at += own.length;
      }
      if (at + 1 + 3 * list.length > end) return false;
      memory[AT.lists + i] = at;
      memory[at++] = list.length;
      for (const { tree, own, member } of list) {
        memory[at++] = roots[tree] as number;
        memory[at++] = owns.get(own) ?? 0;
        memory[at++] = member * words;
      }
    }
    return true;
  }
}
