/**
 * Partial order: which of those who can go need go first. A set of actors is enough when nothing that the others do, before one of the set
 * has gone, can touch what the set is about to do: then every schedule of the others may as well come later.
 *
 * An actor outside the set is *free* when it can go, or when something that keeps it may be changed by a free one. One who waits for the
 * set is not free, whatever it will do afterwards. In conflict with an actor's present step (which may be to wait) is whoever may change
 * what the step reads away from the value it has now, or may ever read what the step writes.
 *
 * What can go wrong. Knowledge that grows: decisions are looked at again until nothing grows (see `search.ts`). Ignoring somebody for
 * ever on a cycle: one outcome of the set must make progress, to a place of the actor's program from which there is no way back, or to a
 * younger one.
 */

import type { KnownActor } from './cast.js';
import { partsOf } from './cycles.js';
import { Futures, MOST_ACTORS, type Program } from './futures.js';
import { grownBytes } from './grown.js';
import { componentAt } from './memory.js';
import type { Leaf, RememberedModel } from './remember.js';

/** Places of an actor's leaves in the list of those found. */
export interface Found {
  readonly leaves: readonly number[];
  /** By actor's index. */
  readonly from: Int32Array;
  readonly end: Int32Array;
}

/** A conflict that is not worked out yet; no mask of so few actors has this bit. */
const UNKNOWN = -1;

export class Reduction {
  readonly futures: Futures;
  /** For each leaf, whether it makes progress as far as is known. */
  #progress = new Uint8Array(64);
  #judged = 0;
  readonly #parts: Int32Array[] = [];
  /** Leaves and edges when cycles were last looked for. */
  #looked = -1;
  /** The state in hand: its numbers, its leaves, who can go, and what conflicts are worked out so far. */
  #ids: Int32Array = new Int32Array(0);
  #found: Found = { leaves: [], from: this.#ids, end: this.#ids };
  #able = 0;
  readonly #conflicts = new Int32Array(MOST_ACTORS + 1);
  readonly #bases = new Int32Array(MOST_ACTORS + 1);

  constructor(private readonly known: RememberedModel) {
    this.futures = new Futures(known);
  }

  /** Knowledge that decisions rest on, as a number that grows. */
  get version(): number {
    return this.futures.version;
  }

  /** Take in what was learned by now; see `Futures`. */
  learn(now: number): void {
    this.futures.learn(now);
    this.#judge();
  }

  #judge(): void {
    const { leaves } = this.known;
    if (leaves.length > this.#progress.length) this.#progress = grownBytes(this.#progress, 2 * leaves.length);
    for (; this.#judged < leaves.length; this.#judged++) {
      this.#progress[this.#judged] = this.#makesProgress(leaves[this.#judged] as Leaf) ? 1 : 0;
    }
  }

  /** Look for cycles in the programs as they are known now. True when something that seemed progress is none. */
  lookForCycles(): boolean {
    if (this.#looked === this.version) return false;
    this.#looked = this.version;
    this.#parts.length = 0;
    this.#parts.push(...this.futures.programs.map(({ places, before }) => partsOf(places, before)));
    const before = this.#progress.slice(0, this.#judged);
    this.#judged = 0;
    this.#judge();
    return before.some((was, leaf) => was === 1 && this.#progress[leaf] === 0);
  }

  /**
   * The actors to expand, as a mask of their indices, those who can go among them. The mask of all who can go when nothing is gained.
   * `found` has every actor's leaves in the state whose numbers are `ids`.
   */
  choose(found: Found, ids: Int32Array): number {
    const actors = this.known.cast.known.length;
    const able = this.#whoIsAble(found);
    if (actors > MOST_ACTORS || (able & (able - 1)) === 0) return able;
    this.#able = able;
    this.#found = found;
    this.#ids = ids;
    this.#conflicts.fill(UNKNOWN, 0, actors);
    this.#stand();
    let best = able;
    for (let seed = actors - 1; seed >= 0; seed--) {
      if ((able & (1 << seed)) === 0) continue;
      const set = this.#closed(1 << seed) & able;
      if (bitsIn(set) < bitsIn(best) && this.#progresses(set, found)) best = set;
      if ((best & (best - 1)) === 0) break;
    }
    return best;
  }

  #whoIsAble({ leaves, from, end }: Found): number {
    const { went, cast } = this.known;
    const { known } = cast;
    let able = 0;
    for (let a = 0; a < known.length; a++) {
      for (let i = from[a] as number; i < (end[a] as number); i++) {
        if (went[leaves[i] as number] === 0) continue;
        able |= 1 << a;
        break;
      }
    }
    return able;
  }

  /** Where in their sets stands what each actor may still do; -1 for one of whom nothing is known there. */
  #stand(): void {
    const { words, programs } = this.futures;
    const { known } = this.known.cast;
    for (let actor = 0; actor < known.length; actor++) {
      const { local } = known[actor] as KnownActor;
      const place = local < 0 ? 0 : (this.#ids[local] as number);
      this.#bases[actor] = place < (programs[actor]?.places ?? 0) ? place * words : -1;
    }
  }

  /** Who, as a mask, may come in the way of an actor's present step. */
  #conflictsOf(actor: number): number {
    const { words, leafSets, leafReads, leafChanges, programs } = this.futures;
    const { leaves, from, end } = this.#found;
    const { known } = this.known.cast;
    const { member } = known[actor] as KnownActor;
    const [first, last] = [from[actor] as number, end[actor] as number];
    const [readCells, changeCells] = [leafReads.cells, leafChanges.cells];
    let mask = 0;
    for (let w = 0; w < words; w++) {
      let reads = 0;
      let writes = 0;
      for (let i = first; i < last; i++) {
        const cell = ((leafSets[leaves[i] as number] as number) + member) * words + w;
        reads |= readCells[cell] as number;
        writes |= changeCells[cell] as number;
      }
      if ((reads | writes) === 0) continue;
      for (let other = 0; other < known.length; other++) {
        const base = this.#bases[other] as number;
        if (other === actor || base < 0 || (mask & (1 << other)) !== 0) continue;
        const program = programs[other] as Program;
        const both = reads & (program.changes.cells[base + w] as number);
        const isRead = (writes & (program.reads.cells[base + w] as number)) !== 0;
        if (isRead || (both !== 0 && this.#moves(other, both, w))) mask |= 1 << other;
      }
    }
    return mask;
  }

  /** Whether an actor ever changes one of these components of word `w` away from the number it has now. */
  #moves(actor: number, components: number, w: number): boolean {
    for (let rest = components; rest !== 0; rest &= rest - 1) {
      const component = 32 * w + 31 - Math.clz32(rest & -rest);
      const who = this.futures.changers[component]?.[this.#ids[component] as number] ?? 0;
      if ((who & (1 << actor)) !== 0) return true;
    }
    return false;
  }

  /** The smallest set with these actors that is enough. */
  #closed(seeds: number): number {
    const all = 2 ** this.known.cast.known.length - 1;
    let set = seeds;
    for (;;) {
      const free = this.#freeBeside(set, all);
      let wanted = 0;
      for (let a = set; a !== 0; a &= a - 1) wanted |= this.#conflictOf(a) & free;
      if (wanted === 0) return set;
      set |= wanted;
    }
  }

  #freeBeside(set: number, all: number): number {
    let free = this.#able & ~set;
    let kept = all & ~set & ~free;
    for (let more = kept !== 0; more; ) {
      more = false;
      for (let rest = kept; rest !== 0; rest &= rest - 1) {
        if ((this.#conflictOf(rest) & free) === 0) continue;
        free |= rest & -rest;
        kept &= ~(rest & -rest);
        more = kept !== 0;
      }
    }
    return free;
  }

  /** The conflicts of the lowest actor in a mask. */
  #conflictOf(mask: number): number {
    const actor = 31 - Math.clz32(mask & -mask);
    const known = this.#conflicts[actor] as number;
    if (known !== UNKNOWN) return known;
    const found = this.#conflictsOf(actor);
    this.#conflicts[actor] = found;
    return found;
  }

  #progresses(set: number, { leaves, from, end }: Found): boolean {
    for (let rest = set; rest !== 0; rest &= rest - 1) {
      const a = 31 - Math.clz32(rest & -rest);
      for (let i = from[a] as number; i < (end[a] as number); i++) {
        if (this.#progress[leaves[i] as number] === 1) return true;
      }
    }
    return false;
  }

  #makesProgress(leaf: Leaf): boolean {
    const sharers = this.known.cast.sharers[leaf.tree] ?? [];
    return (
      leaf.went &&
      sharers.every(({ index, local, own }) => {
        const write = leaf.writes.find(({ slot }) => componentAt(slot, own) === local);
        if (write === undefined) return false;
        const parts = this.#parts[index];
        const [from, to] = [parts?.[write.old], parts?.[write.id]];
        return from === undefined || from !== to || write.id > write.old;
      })
    );
  }
}

function bitsIn(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
