/**
 * The search that remembers: breadth first over packed vectors of numbers. Most steps are looked up, not run, so the speed is that of
 * integer arrays whatever the values behind the numbers are.
 *
 * Reductions, each of which can be left out: of interchangeable actors only one order is kept; of steps that do not touch each other only
 * one schedule; and of states with a single way on only the last.
 *
 * What can go wrong: see `remember.ts` for hidden inputs, `reduction.ts` for what a reduction rests on and `exploration.ts` for bounds.
 * Order is part of the answer: states are numbered in the order of the model's actors and of their answers, so that without
 * reductions witnesses are shortest and always the same.
 */
import { putBack, snapshotOf } from './checkpoint.js';
import { Deltas } from './deltas.js';
import { Expansion } from './expansion.js';
import { type Bound, boundsOf, type Exploration, type ExploreOptions } from './exploration.js';
import { BrokenInvariant } from './invariant.js';
import { type Keeper, Lane } from './lane.js';
import type { Model } from './model.js';
import { PackedStates } from './packed.js';
import { FULL } from './probe.js';
import { Reduction } from './reduction.js';
import { type Leaf, RememberedModel } from './remember.js';
import type { Snapshot } from './snapshot.js';
import { Tallies } from './tallies.js';
import { Together } from './together.js';
import { Told } from './told.js';
import { roomyLayout, Upkeep } from './upkeep.js';
import { Ways } from './ways.js';

const PROGRESS_EVERY = 1 << 13;
/** Longest stretch that is gone in one step; a cycle without a branch ends here. */
const LONGEST_STRETCH = 250;
/** So many proposals wait for each other before they are settled: more than a processor's looks at memory that are under way at once. */
const WAITING = 64;
/** A state's flag: all who could go went; else, as a mask, who did; where that does not fit or a stretch was gone by it, somebody was left. */
const WHOLE = 0;
const SOMEBODY_LEFT = 255;

class RememberingSearch {
  readonly #tallies = new Tallies();
  readonly #told: Told;
  readonly #known: RememberedModel;
  readonly #states: PackedStates;
  readonly #deltas: Deltas;
  readonly #reduction: Reduction | undefined;
  readonly #bounds;
  readonly #sorts: boolean;
  readonly #stretches: boolean;
  /** Nothing is left out. */
  readonly #isWhole: boolean;
  /** What the state being expanded leads to, and what the one on the way does. */
  readonly #first: Expansion;
  readonly #onTheWay: Expansion;
  readonly #start: Int32Array;
  readonly #together: Together | undefined;
  readonly #lane: Lane | undefined;
  #bound: Bound | undefined;
  #transitions = 0;
  #steps = 0;
  #depth = 0;
  readonly #upkeep: Upkeep;

  constructor(
    model: Model,
    private readonly options: ExploreOptions,
  ) {
    this.#bounds = boundsOf(options);
    const { partialOrder = false, symmetry = false, stretches = false } = options.reduce ?? {};
    this.#known = new RememberedModel(model, options);
    this.#told = new Told(this.#known, this.#tallies);
    this.#sorts = symmetry && (model.interchangeable ?? []).length > 0;
    this.#stretches = stretches;
    this.#reduction = partialOrder ? new Reduction(this.#known) : undefined;
    this.#deltas = new Deltas(this.#known);
    this.#start = this.#known.ids.slice();
    this.#states = new PackedStates(roomyLayout(this.#known, this.#sorts), this.#known.ids, {
      bytes: this.#bounds.maxBytes,
      states: this.#bounds.maxStates,
    });
    this.#upkeep = new Upkeep({
      known: this.#known,
      states: this.#states,
      deltas: this.#deltas,
      reduction: this.#reduction,
      sorts: this.#sorts,
    });
    this.#isWhole = this.#reduction === undefined && !this.#sorts && !stretches;
    if (this.#isWhole && options.recheckEvery === undefined) {
      this.#lane = new Lane(this.#keeper());
      if (options.crew !== undefined) this.#together = new Together(this.#keeper(), this.#lane, options.crew);
    }
    this.#first = new Expansion(this.#known, this.#reduction);
    this.#onTheWay = new Expansion(this.#known, this.#reduction);
  }

  run(): Exploration {
    try {
      return this.#search();
    } finally {
      this.#together?.end();
    }
  }

  #search(): Exploration {
    const { resume } = this.options;
    if (resume === undefined) {
      this.#states.take(this.#start);
      this.#states.here(0);
    } else this.#resume(resume);
    let head = this.#expandFrom(resume?.place.head ?? 0, resume?.place.levelEnd);
    while (this.#bound === undefined && this.#upkeep.mustLookAgain()) {
      this.#lookAgain(head);
      if (this.#bound === undefined) head = this.#expandFrom(head);
    }
    for (let state = head; state < this.#states.count; state++) {
      this.#states.load(state);
      this.#tallies.note(state, this.#known.marks(), false);
    }
    return this.#result();
  }

  /** Expand states in order, from `from` on. Returns the number of the first state that a bound left unexpanded. */
  #expandFrom(from: number, end = this.#states.count): number {
    const { progress, interrupted } = this.options;
    let levelEnd = end;
    let head = from;
    let ask = PROGRESS_EVERY;
    while (!this.#mustStop()) {
      if (head === levelEnd) {
        this.#settle();
        if (head === this.#states.count) break;
        this.#depth++;
        levelEnd = this.#states.count;
      }
      if (this.#depth >= this.#bounds.maxDepth) this.#states.close();
      if (this.#steps >= this.#bounds.maxSteps) {
        this.#bound ??= 'steps';
        break;
      }
      const next = this.#advance(head, levelEnd);
      if (next === head) this.#expand(head++, true);
      else head = next;
      if (head < ask) continue;
      ask = head + PROGRESS_EVERY;
      if (interrupted?.() === true) this.#bound = 'interrupted';
      progress?.({ states: this.#states.count, expanded: head, depth: this.#depth, bytes: this.#states.bytes });
      if (this.#isWhole) this.options.checkpoint?.(() => this.#snapshot(head, levelEnd));
    }
    this.#settle();
    if (this.#states.count > levelEnd) this.#depth++;
    return head;
  }

  /** Expand many states at once, where that can be done. Returns the first that is still to expand, at most `end`. */
  #advance(head: number, end: number): number {
    const next = this.#together?.advance(head, end) ?? head;
    if (next > head || this.#lane?.isOpen !== true) return next;
    this.#settle();
    return this.#lane.advance(head, end, this.#bounds.maxSteps - this.#steps);
  }

  #snapshot(head: number, levelEnd: number): Snapshot {
    this.#settle();
    const place = { head, levelEnd, depth: this.#depth, transitions: this.#transitions, steps: this.#steps };
    return snapshotOf(this.#parts, place);
  }

  #resume(snapshot: Snapshot): void {
    if (!this.#isWhole) throw new BrokenInvariant('a-snapshot-is-of-this-search', 'a search with reductions has none');
    const { depth, transitions, steps } = snapshot.place;
    this.#upkeep.isTight();
    putBack(this.#parts, snapshot, (expansion, state) => this.#look(expansion, state));
    [this.#depth, this.#transitions, this.#steps] = [depth, transitions, steps];
  }

  get #parts() {
    return { known: this.#known, states: this.#states, tallies: this.#tallies, told: this.#told };
  }

  #mustStop(): boolean {
    return this.#bound === 'states' || this.#bound === 'memory' || this.#bound === 'interrupted';
  }

  /** Expand again, by what is known now, the states before the last growth that were not expanded in full. */
  #lookAgain(expanded: number): void {
    const upTo = this.#upkeep.beginAgain(expanded);
    for (let state = 0; state < upTo && !this.#mustStop(); state++) {
      if (this.#states.flags[state] === WHOLE || !this.#mayExpandOtherwise(state)) continue;
      this.#expand(state, false);
      this.#settle();
      if (this.options.interrupted !== undefined && state % PROGRESS_EVERY === 0 && this.options.interrupted()) {
        this.#bound = 'interrupted';
      }
    }
  }

  /** Whether a state's expansion may be another by now. What was decided on the way of a stretch rests on states that nobody has stored. */
  #mayExpandOtherwise(state: number): boolean {
    if (this.#stretches) return true;
    this.#states.load(state);
    return this.#upkeep.mayDecideOtherwise(state);
  }

  #expand(head: number, isNew: boolean): void {
    const here = this.#first;
    this.#states.load(head);
    this.#look(here, head);
    if (isNew) this.#note(head, here.count === 0);
    const who = here.mask > 0 && here.mask < SOMEBODY_LEFT && !this.#stretches ? here.mask : SOMEBODY_LEFT;
    const wentBefore = !isNew && who !== SOMEBODY_LEFT && this.#states.flags[head] === who;
    if (wentBefore) return;
    let rests = here.isReduced;
    if (this.#stretches) rests = this.#takeStretches(head, isNew) || rests;
    else this.#take(head, isNew);
    if (!this.#isWhole) this.#states.flags[head] = rests ? who : WHOLE;
  }

  /** All steps from the state in hand, each gone on by as long as there is one way. True when a reduction was used on the way. */
  #takeStretches(head: number, isNew: boolean): boolean {
    const here = this.#first;
    let rests = false;
    for (let i = 0; i < here.count && !this.#mustStop(); i++) {
      this.#count(head, i, isNew);
      if (i > 0) this.#states.load(head);
      this.#states.move(this.#deltaOf(here, i));
      rests = this.#follow(head) || rests;
    }
    return rests;
  }

  /** All steps from the state in hand, each to a state that is stored. */
  #take(head: number, isNew: boolean): void {
    const { count } = this.#first;
    const isSafe = this.#states.hasRoomFor(count);
    if (!isSafe) this.#settle();
    for (let i = 0; i < count; i++) this.#states.ask(i, this.#deltaOf(this.#first, i));
    this.#states.propose(count, head);
    const taken = isSafe ? count : this.#settle();
    if (taken < count) this.#meetBound();
    const told = this.#mustStop() ? Math.min(taken + 1, count) : count;
    for (let i = 0; i < told; i++) this.#count(head, i, isNew);
    if (this.#states.waiting >= WAITING) this.#settle();
  }

  /** Store what was proposed. Returns how much of it had room. */
  #settle(): number {
    return this.#states.waiting === 0 ? 0 : this.#states.settle();
  }

  #count(head: number, i: number, isNew: boolean): void {
    const leaf = this.#first.leaves[i] as number;
    if (this.#known.telling[leaf] === 1 && (isNew || !this.#told.has(leaf))) this.#told.tell(head, leaf);
    this.#transitions++;
  }

  #note(state: number, isFinal: boolean): void {
    const weight = isFinal && this.#sorts ? this.#known.cast.weightOf(this.#known.ids) : 1;
    this.#tallies.note(state, this.#known.marks(), isFinal, weight);
  }

  /** From the state in hand on, as long as there is one way and nothing new to tell; store where that ends. True when a reduction was used. */
  #follow(head: number): boolean {
    const here = this.#onTheWay;
    let rests = false;
    for (let length = 0; length < LONGEST_STRETCH; length++) {
      this.#look(here, head);
      if (here.count !== 1) break;
      const { judged } = this.#known.leaves[here.leaves[0] as number] as Leaf;
      if (this.#tallies.isNews(judged, this.#known.marks())) break;
      rests ||= here.isReduced;
      this.#transitions++;
      this.#states.move(this.#deltaOf(here, 0));
    }
    if (this.#states.here(head) === FULL) this.#meetBound();
    return rests;
  }

  /** Where the deltas of an expansion's outcome number `i` stand. */
  #deltaOf(expansion: Expansion, i: number): number {
    return this.#deltas.at(expansion.leaves[i] as number, expansion.actorOf(i), this.#states.layout.words);
  }

  /** There was no room for a state. */
  #meetBound(): void {
    if (this.#depth >= this.#bounds.maxDepth) this.#bound ??= 'depth';
    else this.#bound = this.#states.count >= this.#bounds.maxStates ? 'states' : 'memory';
  }

  #keeper(): Keeper {
    return {
      known: this.#known,
      states: this.#states,
      deltas: this.#deltas,
      settle: () => void this.#settle(),
      alone: (state) => {
        this.#expand(state, true);
        this.#settle();
      },
      takeDown: (state, mark, outcomes, going) => {
        this.#steps += outcomes;
        this.#transitions += going;
        this.#tallies.note(state, this.#known.markList(mark), going === 0);
      },
      outcomesLeft: () => this.#bounds.maxSteps - this.#steps,
      tell: (state, leaf) => this.#told.tell(state, leaf),
    };
  }

  /** Find out what the state in hand leads to, learning what is not known yet. */
  #look(expansion: Expansion, head: number): void {
    this.#steps += expansion.gather();
    this.#upkeep.attend(head);
    expansion.decide();
  }

  #result(): Exploration {
    this.#told.count();
    const bound = this.#bound;
    const { rich } = this.#known;
    const ways = new Ways({ known: this.#known, states: this.#states, start: this.#start, expansion: this.#first });
    return {
      complete: bound === undefined,
      ...(bound === undefined ? {} : { bound }),
      states: this.#states.count,
      transitions: this.#transitions,
      depth: this.#depth,
      ...this.#tallies.result(
        (state) => ways.to(state),
        (state, leaf) => ways.through(state, leaf),
      ),
      steps: { rich, remembered: this.#steps - rich },
      kept: { values: this.#known.census(), bytes: this.#states.bytes },
    };
  }
}

/**
 * Explore everything the model can do, breadth first, remembering steps.
 * @throws BrokenInvariant when the model breaks a promise that can be seen; UninternableValue when a component holds no plain data
 */
export function search(model: Model, options: ExploreOptions = {}): Exploration {
  return new RememberingSearch(model, options).run();
}
