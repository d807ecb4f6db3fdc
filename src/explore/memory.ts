/**
 * What steps did, remembered. For each rememberer (an actor's step, the list of actors, the marks of a state) a tree: an inner node
 * names the component that was read next and has a branch for each value it had; a choice node has a branch for each answer; a leaf
 * is the outcome. Going down the tree costs a few array loads, whatever the step behind it costs.
 *
 * A component stands here as a *slot*: its index, or, for a component that the rememberer owns itself, the complement of its place among
 * those. So interchangeable actors share one tree: what one has learned, all know.
 *
 * What can go wrong: a step that depends on something else than its view takes two different ways from one node. When the two ways meet
 * here, that is an error by name; when they do not, only running remembered steps again finds it (see `recheckEvery`).
 */

import { grown } from './grown.js';
import { BrokenInvariant } from './invariant.js';

/** A reference is a position shifted left by two, and what stands there. 0 is not known yet. */
export const UNKNOWN = 0;
export const READ = 1;
export const CHOICE = 2;
export const LEAF = 3;

/** The components that an actor owns, by place; the slot `~place` means one of them. */
export type Own = Int32Array;

export const OWNS_NOTHING: Own = new Int32Array(0);

/** The component that a slot means to the owner of `own`. */
export function componentAt(slot: number, own: Own): number {
  return slot < 0 ? (own[~slot] as number) : slot;
}

/** One question in numbers: a component that was read and the value it had, or a choice and its answer. */
export type Question =
  | { readonly kind: typeof READ; readonly slot: number; readonly id: number }
  | { readonly kind: typeof CHOICE; readonly of: number; readonly answer: number };

/** Smallest number of branches a read node gets. */
const FEW = 4;

export class StepMemory {
  /** READ: slot, position of branches, number of branches. CHOICE: n, n branches. A leaf's reference holds its number, not a position. */
  cells: Int32Array = new Int32Array(1 << 12);
  readonly #roots: number[] = [];
  readonly #names: string[] = [];
  /** Position 0 stays unused, so that no reference is 0 by accident. */
  #top = 1;
  readonly #pending: number[] = [];
  /** Ways learned. */
  learned = 0;

  /** What another has learned so far, to be asked only. */
  static over(cells: Int32Array, roots: readonly number[]): StepMemory {
    const memory = new StepMemory();
    memory.cells = cells;
    memory.#roots.push(...roots);
    return memory;
  }

  /** Where each rememberer's tree begins. */
  get roots(): readonly number[] {
    return this.#roots;
  }

  /** A new rememberer; returns its number. `name` is for error messages. */
  open(name: string): number {
    this.#names.push(name);
    return this.#roots.push(UNKNOWN) - 1;
  }

  /**
   * Numbers of the leaves of one rememberer in the state `ids`, into `leaves` from place `from` on, in lexicographic order of the choices.
   * Returns the place after the last, or -1 when one of them is not known yet.
   */
  outcomes(who: number, ids: Int32Array, own: Own, leaves: number[], from = 0): number {
    const cells = this.cells;
    const pending = this.#pending;
    let waiting = 0;
    let found = from;
    let ref = this.#roots[who] as number;
    for (;;) {
      const at = ref >>> 2;
      switch (ref & 3) {
        case READ: {
          const slot = cells[at] as number;
          const id = ids[slot < 0 ? (own[~slot] as number) : slot] as number;
          ref = id < (cells[at + 2] as number) ? (cells[(cells[at + 1] as number) + id] as number) : UNKNOWN;
          break;
        }
        case CHOICE:
          for (let i = cells[at] as number; i > 1; i--) pending[waiting++] = cells[at + i] as number;
          ref = cells[at + 1] as number;
          break;
        case LEAF:
          leaves[found++] = at;
          if (waiting === 0) return found;
          ref = pending[--waiting] as number;
          break;
        default:
          return -1;
      }
    }
  }

  /**
   * Go down with the given answers. A leaf's number, or -1 when the way is unknown, or, when one more answer is needed, the number of
   * answers there are.
   */
  follow(
    who: number,
    ids: Int32Array,
    own: Own,
    answers: readonly number[],
  ): { readonly leaf: number } | { readonly ask: number } {
    const cells = this.cells;
    let used = 0;
    let ref = this.#roots[who] as number;
    for (;;) {
      const at = ref >>> 2;
      if ((ref & 3) === READ) {
        const id = ids[componentAt(cells[at] as number, own)] as number;
        ref = id < (cells[at + 2] as number) ? (cells[(cells[at + 1] as number) + id] as number) : UNKNOWN;
      } else if ((ref & 3) === CHOICE) {
        const answer = answers[used++];
        if (answer === undefined) return { ask: cells[at] as number };
        ref = cells[at + 1 + answer] as number;
      } else {
        return { leaf: ref === UNKNOWN ? -1 : at };
      }
    }
  }

  /** Remember that one way from the root leads to the leaf with this number. @throws BrokenInvariant */
  learn(who: number, way: readonly Question[], leaf: number): void {
    let from = -1;
    for (const question of way) {
      let ref = this.#at(who, from);
      if (ref === UNKNOWN) {
        ref = question.kind === READ ? this.#newRead(question.slot) : this.#newChoice(question.of);
        this.#put(who, from, ref);
      }
      from = this.#branch(who, ref, question);
    }
    if (this.#at(who, from) !== UNKNOWN) this.#broken(who, 'it went further this time');
    this.#put(who, from, (leaf << 2) | LEAF);
    this.learned++;
  }

  /** The number of the leaf at the end of a way, or -1 when the tree does not know that way. */
  find(who: number, way: readonly Question[]): number {
    const cells = this.cells;
    let ref = this.#roots[who] as number;
    for (const question of way) {
      const at = ref >>> 2;
      if ((ref & 3) !== question.kind) return -1;
      if (question.kind === CHOICE) {
        if (cells[at] !== question.of) return -1;
        ref = cells[at + 1 + question.answer] as number;
      } else {
        if (cells[at] !== question.slot || question.id >= (cells[at + 2] as number)) return -1;
        ref = cells[(cells[at + 1] as number) + question.id] as number;
      }
    }
    return (ref & 3) === LEAF ? ref >>> 2 : -1;
  }

  /** Where the branch that `question` took is written down. */
  #branch(who: number, ref: number, question: Question): number {
    const at = ref >>> 2;
    const stands = this.cells[at];
    if (question.kind === CHOICE) {
      if ((ref & 3) !== CHOICE || stands !== question.of) this.#broken(who, `it offered ${question.of} answers here`);
      return at + 1 + question.answer;
    }
    if ((ref & 3) !== READ || stands !== question.slot) this.#broken(who, 'it asked for another component here');
    if (question.id >= (this.cells[at + 2] as number)) this.#moreBranches(at, question.id);
    return (this.cells[at + 1] as number) + question.id;
  }

  #newRead(slot: number): number {
    const at = this.#allocate(3);
    this.cells[at] = slot;
    return (at << 2) | READ;
  }

  #newChoice(of: number): number {
    const at = this.#allocate(1 + of);
    this.cells[at] = of;
    return (at << 2) | CHOICE;
  }

  #moreBranches(at: number, id: number): void {
    const count = Math.max(FEW, 1 << (32 - Math.clz32(id)));
    const to = this.#allocate(count);
    const from = this.cells[at + 1] as number;
    this.cells.copyWithin(to, from, from + (this.cells[at + 2] as number));
    this.cells[at + 1] = to;
    this.cells[at + 2] = count;
  }

  /** A position of -1 is the root. */
  #at(who: number, position: number): number {
    return (position < 0 ? this.#roots[who] : this.cells[position]) as number;
  }

  #put(who: number, position: number, ref: number): void {
    if (position < 0) this.#roots[who] = ref;
    else this.cells[position] = ref;
  }

  #allocate(count: number): number {
    const at = this.#top;
    this.#top += count;
    if (this.#top > this.cells.length) this.cells = grown(this.cells, Math.max(2 * this.cells.length, this.#top));
    return at;
  }

  #broken(who: number, what: string): never {
    throw new BrokenInvariant('step-is-a-function-of-its-reads', `${this.#names[who]}: after the same reads ${what}`);
  }
}
