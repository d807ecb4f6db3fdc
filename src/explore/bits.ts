/**
 * Sets of components as bits, a fixed number of words each, side by side in one array.
 *
 * What can go wrong: a set that is too short for a component that has just appeared. Whoever holds sets makes them anew then.
 */
import { grown } from './grown.js';

/** Words for sets of `members` members, with some room. */
export function wordsFor(members: number): number {
  return ((members + 16) >>> 5) + 1;
}

export class BitSets {
  /** Set number n stands at n times `words`. */
  cells: Int32Array;

  constructor(
    readonly words: number,
    sets = 16,
  ) {
    this.cells = new Int32Array(words * sets);
  }

  /** Make sure there are `sets` sets. */
  upTo(sets: number): void {
    if (sets * this.words <= this.cells.length) return;
    this.cells = grown(this.cells, 2 * sets * this.words);
  }

  /** Add a member; true when it is new. */
  add(set: number, member: number): boolean {
    const place = set * this.words + (member >>> 5);
    const before = this.cells[place] as number;
    this.cells[place] = before | (1 << (member & 31));
    return this.cells[place] !== before;
  }

  /** Add all members of another set; true when one of them is new. */
  addAll(set: number, from: BitSets, other: number): boolean {
    let isNew = false;
    for (let w = 0; w < this.words; w++) {
      const place = set * this.words + w;
      const before = this.cells[place] as number;
      this.cells[place] = before | (from.cells[other * from.words + w] as number);
      isNew ||= this.cells[place] !== before;
    }
    return isNew;
  }
}
