/**
 * The first of the two sorts: an object moves behind the last one that depends on it, as often as there is one. In glibc:
 * elf/dl-sort-maps.c:_dl_sort_maps_original (before 2.35: elf/dl-fini.c:_dl_sort_fini).
 *
 * What can go wrong: in a cycle objects move around for ever, so each place counts how often it has seen an object and gives up;
 * what it leaves then is the order. Some hundred objects in a cycle take many millions of moves. But who moves next depends on the
 * order alone, so when an order comes back the moves since then come back too, and whole rounds can be counted without being made.
 */
import type { Sortable } from './sort.js';

/** The line of objects while it is sorted: objects are numbers, by their place in the input. */
interface Line {
  readonly order: Int32Array;
  readonly placeOf: Int32Array;
  /** For each object those that must stand before it. */
  readonly users: readonly (readonly number[])[];
}

/** Sort by moves; `forFini`: relocation dependencies count. A new list. */
export function sortByMoves(input: readonly Sortable[], forceFirst: boolean, forFini: boolean): Sortable[] {
  const head = forceFirst ? input.slice(0, 1) : [];
  const list = input.slice(head.length);
  const order = Int32Array.from(list.keys());
  const line: Line = { order, placeOf: order.slice(), users: dependents(list, forFini) };
  for (let i = 0; i < order.length - 1; i++) settle(line, i);
  return [...head, ...[...order].flatMap((o) => list[o] ?? [])];
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

/** Find the object for place `i`: the first that nobody behind it depends on, or whoever is there when the place gives up. */
function settle(line: Line, i: number): void {
  const most = line.order.length - i;
  const seen = new Int32Array(line.order.length);
  const rounds = new Rounds();
  for (;;) {
    const o = line.order[i] ?? 0;
    seen[o] = (seen[o] ?? 0) + 1;
    const last = lastUser(line, o, i);
    if (last === i) return;
    move(line, i, last);
    if ((seen[line.order[i] ?? 0] ?? 0) > most) return;
    rounds.skip(line.order, i, seen, most);
  }
}

/** Place of the last object that must stand before `o`; `from` when none stands behind it. */
function lastUser({ placeOf, users }: Line, o: number, from: number): number {
  let last = from;
  for (const user of users[o] ?? []) last = Math.max(last, placeOf[user] ?? 0);
  return last;
}

/** The object at `from` goes to `to`; those between move up. */
function move({ order, placeOf }: Line, from: number, to: number): void {
  const moved = order[from] ?? 0;
  order.copyWithin(from, from + 1, to + 1);
  order[to] = moved;
  for (let at = from; at <= to; at++) placeOf[order[at] ?? 0] = at;
}

/** Notices that an order has come back, and counts the rounds that would follow. */
class Rounds {
  private moves = 0;
  private nextMark = 16;
  private order: Int32Array | null = null;
  private seen = new Int32Array(0);

  /** Called after each move: adds to `seen` what whole rounds would, short of what makes the place give up. */
  skip(order: Int32Array, from: number, seen: Int32Array, most: number): void {
    if (this.order !== null && isAgain(order, from, this.order)) {
      const before = this.seen;
      let rounds = most;
      for (const [o, count] of seen.entries()) {
        const each = count - (before[o] ?? 0);
        if (each > 0) rounds = Math.max(0, Math.min(rounds, Math.floor((most - count) / each)));
      }
      for (const [o, count] of seen.entries()) seen[o] = count + rounds * (count - (before[o] ?? 0));
      this.order = null;
      this.nextMark = Number.POSITIVE_INFINITY;
    } else if (++this.moves >= this.nextMark) {
      this.nextMark *= 1.5;
      this.order = order.slice(from);
      this.seen = seen.slice();
    }
  }
}

function isAgain(order: Int32Array, from: number, before: Int32Array): boolean {
  for (let i = 0; i < before.length; i++) if (order[from + i] !== before[i]) return false;
  return true;
}
