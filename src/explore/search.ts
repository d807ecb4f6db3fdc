/**
 * The search that remembers: breadth first over vectors of numbers. Most steps are looked up, not run, so the speed is that of integer
 * arrays whatever the values behind the numbers are.
 *
 * What can go wrong: see `remember.ts` for hidden inputs and `exploration.ts` for bounds. Order is part of the answer: states are
 * numbered in the order of the model's actors and of their answers, so that witnesses are shortest and always the same.
 */
import { type Bound, boundsOf, type Exploration, type ExploreOptions, Tallies } from './exploration.js';
import type { Model } from './model.js';
import type { Path, PathStep } from './path.js';
import { FIRST_WRITE, type Outcome, RECORD, RememberedModel, WRITES } from './remember.js';
import { grown, hashOf, hashShare, StateTable } from './states.js';

const PROGRESS_EVERY = 1 << 14;

class RememberingSearch {
  readonly #states = new StateTable();
  readonly #tallies = new Tallies();
  readonly #known: RememberedModel;
  readonly #bounds;
  /** For each state, the state it was first reached from and the outcome that led here. */
  #from = new Int32Array(1024);
  #by = new Int32Array(1024);
  #bound: Bound | undefined;
  #transitions = 0;
  #steps = 0;
  #depth = 0;
  readonly #leaves: number[] = [];
  /** Ids to put back after a step was tried. */
  readonly #undo: number[] = [];

  constructor(
    model: Model,
    private readonly options: ExploreOptions,
  ) {
    this.#bounds = boundsOf(options);
    this.#known = new RememberedModel(model, options);
  }

  run(): Exploration {
    const hash = hashOf(this.#known.ids);
    this.#states.find(this.#known.ids, hash);
    this.#states.add(this.#known.ids, hash);
    const expanded = this.#expandAll();
    for (let state = expanded; state < this.#states.count; state++) {
      this.#states.load(state, this.#known.ids);
      this.#tallies.note(state, this.#known.marks(), false);
    }
    return this.#result();
  }

  /** Returns the number of the first state that a bound left unexpanded. */
  #expandAll(): number {
    const { progress } = this.options;
    let levelEnd = 1;
    let head = 0;
    for (; head < this.#states.count && this.#bound !== 'states'; head++) {
      if (head === levelEnd) {
        this.#depth++;
        levelEnd = this.#states.count;
      }
      if (this.#steps >= this.#bounds.maxSteps) {
        this.#bound ??= 'steps';
        break;
      }
      this.#expand(head);
      if (progress !== undefined && head % PROGRESS_EVERY === PROGRESS_EVERY - 1) {
        progress({ states: this.#states.count, expanded: head + 1 });
      }
    }
    if (this.#states.count > levelEnd) this.#depth++;
    return head;
  }

  #expand(head: number): void {
    const known = this.#known;
    const hash = this.#states.load(head, known.ids);
    const before = this.#transitions;
    for (const actor of known.actors()) {
      const count = known.stepLeaves(actor, this.#leaves);
      this.#steps += count;
      for (let i = 0; i < count && this.#bound !== 'states'; i++) this.#take(head, hash, this.#leaves[i] as number);
      if (this.#bound === 'states') break;
    }
    this.#tallies.note(head, known.marks(), this.#transitions === before);
  }

  /** Follow one remembered outcome from the state in hand, and leave that state in hand again. */
  #take(head: number, hash: number, leaf: number): void {
    const cells = this.#known.memory.cells;
    const ids = this.#known.ids;
    const undo = this.#undo;
    const writes = cells[leaf + WRITES] as number;
    if (writes < 0) return;
    this.#transitions++;
    const record = cells[leaf + RECORD] as number;
    if (this.options.judge !== undefined) this.#judge(head, record);
    let next = hash;
    let moved = false;
    for (let w = 0, at = leaf + FIRST_WRITE; w < writes; w++, at += 2) {
      const component = cells[at] as number;
      const old = ids[component] as number;
      const id = cells[at + 1] as number;
      undo[w] = old;
      if (id === old) continue;
      next = (next - hashShare(component, old) + hashShare(component, id)) | 0;
      ids[component] = id;
      moved = true;
    }
    if (moved) this.#reach(ids, next, head, record);
    for (let w = 0, at = leaf + FIRST_WRITE; w < writes; w++, at += 2) ids[cells[at] as number] = undo[w] as number;
  }

  #reach(ids: Int32Array, hash: number, head: number, record: number): void {
    if (this.#states.find(ids, hash) >= 0) return;
    if (this.#depth >= this.#bounds.maxDepth) {
      this.#bound ??= 'depth';
      return;
    }
    if (this.#states.count >= this.#bounds.maxStates) {
      this.#bound = 'states';
      return;
    }
    const state = this.#states.add(ids, hash);
    if (state >= this.#from.length) {
      this.#from = grown(this.#from, 2 * state);
      this.#by = grown(this.#by, 2 * state);
    }
    this.#from[state] = head;
    this.#by[state] = record;
  }

  #judge(head: number, record: number): void {
    const { step, judged } = this.#outcome(record);
    if (judged.length > 0) this.#tallies.noteEvents(head, step, judged);
  }

  #outcome(record: number): Outcome {
    return this.#known.outcomes[record] as Outcome;
  }

  #pathTo(state: number): Path {
    const steps: PathStep[] = [];
    for (let at = state; at > 0; at = this.#from[at] as number) steps.push(this.#outcome(this.#by[at] as number).step);
    return steps.reverse();
  }

  #result(): Exploration {
    const bound = this.#bound;
    const { rich } = this.#known;
    return {
      complete: bound === undefined,
      ...(bound === undefined ? {} : { bound }),
      states: this.#states.count,
      transitions: this.#transitions,
      depth: this.#depth,
      ...this.#tallies.result((state) => this.#pathTo(state)),
      steps: { rich, remembered: this.#steps - rich },
      kept: { values: this.#known.census(), bytes: this.#states.bytes + this.#from.byteLength + this.#by.byteLength },
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
