/**
 * The first of the two sorts: an object moves behind the last one that depends on it, as often as there is one. In glibc:
 * elf/dl-sort-maps.c:_dl_sort_maps_original (before 2.35: elf/dl-fini.c:_dl_sort_fini).
 *
 * What can go wrong: in a cycle objects move around for ever, so each place counts how often it has seen an object and gives up;
 * what it leaves then is the order. Some hundred objects in a cycle take many millions of moves. But who moves next depends on the
 * order alone, so when an order comes back the moves since then come back too, and whole rounds can be counted without being made.
 */
import type { Sortable } from './sort.js';

/**
 * The objects that have no place yet, as a chain: objects are numbers, by their place in the input. Labels grow along the chain, so
 * that two objects can be compared, and a move changes one of them.
 */
interface Line {
  head: number;
  /** Who stands behind an object; -1 behind the last. */
  readonly next: Int32Array;
  readonly label: Float64Array;
  /** For each object those that must stand before it. */
  readonly users: readonly (readonly number[])[];
}

/** Sort by moves; `forFini`: relocation dependencies count. A new list. */
export function sortByMoves(input: readonly Sortable[], forceFirst: boolean, forFini: boolean): Sortable[] {
  const head = forceFirst ? input.slice(0, 1) : [];
  const list = input.slice(head.length);
  const next = Int32Array.from(list, (_, i) => (i + 1 < list.length ? i + 1 : -1));
  const line: Line = { head: 0, next, label: Float64Array.from(list.keys()), users: dependents(list, forFini) };
  const sorted = list.flatMap((_, i) => {
    settle(line, list.length - i);
    const settled = line.head;
    line.head = next[settled] ?? -1;
    line.label[settled] = -1;
    return list[settled] ?? [];
  });
  return [...head, ...sorted];
}

/** Those that need an object, and for destruction those that have bound to it, unless it needs them itself. */
function dependents(list: readonly Sortable[], forFini: boolean): readonly (readonly number[])[] {
  const placeOf = new Map(list.map((m, i) => [m.id, i]));
  const users = list.map((): Set<number> => new Set());
  for (const [i, x] of list.entries()) {
    for (const id of x.initfini ?? []) users[placeOf.get(id) ?? -1]?.add(i);
    for (const id of forFini ? x.reldeps : []) {
      const at = placeOf.get(id) ?? -1;
      if (list[at]?.initfini?.includes(x.id) !== true) users[at]?.add(i);
    }
  }
  return users.map((each, i) => (forFini && list[i]?.fixed === true ? [] : [...each]));
}

/** Bring to the head the first object that nobody behind it depends on, or whoever is there when the place gives up. */
function settle(line: Line, most: number): void {
  const seen = new Int32Array(line.next.length);
  const rounds = new Rounds();
  for (;;) {
    const o = line.head;
    seen[o] = (seen[o] ?? 0) + 1;
    const last = lastUser(line, o);
    if (last === o) return;
    moveBehind(line, last);
    if ((seen[line.head] ?? 0) > most) return;
    rounds.skip(line, seen, most);
  }
}

/** The last object that must stand before `o`, the head; `o` itself when none stands behind it. */
function lastUser({ label, users }: Line, o: number): number {
  let last = o;
  for (const user of users[o] ?? []) if ((label[user] ?? 0) > (label[last] ?? 0)) last = user;
  return last;
}

/** The head goes right behind `last`. */
function moveBehind(line: Line, last: number): void {
  const { head, next, label } = line;
  const behind = next[last] ?? -1;
  line.head = next[head] ?? -1;
  next[last] = head;
  next[head] = behind;
  const low = label[last] ?? 0;
  const high = behind < 0 ? low + 2 : (label[behind] ?? 0);
  const middle = (low + high) / 2;
  label[head] = middle;
  if (middle <= low || middle >= high) relabel(line);
}

/** Whole numbers again, after so many halves that two labels have met. */
function relabel({ head, next, label }: Line): void {
  let count = 0;
  for (let o = head; o >= 0; o = next[o] ?? -1) label[o] = count++;
}

/** Notices that an order has come back, and counts the rounds that would follow. */
class Rounds {
  private moves = 0;
  private nextMark = 16;
  private order: readonly number[] = [];
  private seen: Int32Array | null = null;

  /** Called after each move: adds to `seen` what whole rounds would, short of what makes the place give up. */
  skip(line: Line, seen: Int32Array, most: number): void {
    const before = this.seen;
    if (before !== null && this.isAgain(line)) {
      let rounds = most;
      for (const [o, count] of seen.entries()) {
        const each = count - (before[o] ?? 0);
        if (each > 0) rounds = Math.max(0, Math.min(rounds, Math.floor((most - count) / each)));
      }
      for (const [o, count] of seen.entries()) seen[o] = count + rounds * (count - (before[o] ?? 0));
      this.seen = null;
      this.nextMark = Number.POSITIVE_INFINITY;
    } else if (++this.moves >= this.nextMark) {
      this.nextMark *= 1.5;
      this.order = inOrder(line);
      this.seen = seen.slice();
    }
  }

  private isAgain({ head, next }: Line): boolean {
    let o = head;
    for (const before of this.order) {
      if (o !== before) return false;
      o = next[o] ?? -1;
    }
    return true;
  }
}

function inOrder({ head, next }: Line): number[] {
  const order: number[] = [];
  for (let o = head; o >= 0; o = next[o] ?? -1) order.push(o);
  return order;
}
