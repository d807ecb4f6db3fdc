/**
 * The set of states already reached, numbered in order of arrival: packed words in one array, the state each was first reached from in
 * another, and a table of numbers to find them by.
 *
 * What can go wrong: memory. Growing is refused beyond a ceiling, and a set that is full says so instead of failing.
 */
import { type Layout, pack } from './layout.js';
import { entrySize, MOST_STATES, type Probe, probeFor, rehash, repack, type Store, spread } from './probe.js';

const numbers = (length: number): Int32Array<ArrayBuffer> => new Int32Array(length);

/** Numbers that threads can share. */
export function sharedNumbers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

/** The same numbers in a longer array, which `make` makes. */
export function grown(old: Int32Array, length: number): Int32Array<ArrayBuffer>;
export function grown(old: Int32Array, length: number, make: (length: number) => Int32Array): Int32Array;
export function grown(old: Int32Array, length: number, make: (length: number) => Int32Array = numbers): Int32Array {
  const wider = make(length);
  wider.set(old);
  return wider;
}

/** The same bytes in a longer array. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(length);
  wider.set(old);
  return wider;
}

/** From so many states on, room is made less generously. */
const MANY = 1 << 22;
const FIRST_CAPACITY = 1 << 10;
/** States and places in the table: at most this share of the places is taken. */
const SHARE = 0.6;

export class PackedStates implements Store {
  count = 0;
  capacity = FIRST_CAPACITY;
  crowded = FIRST_CAPACITY - 1;
  arena: Int32Array;
  table: Int32Array;
  /** What leaves add to the words; the first `words` places stay 0. */
  deltas: Int32Array;
  /** For each state, the state it was first reached from. */
  parents = new Int32Array(FIRST_CAPACITY);
  asked = new Int32Array(64);
  /** Another number for each layout, and for each time that all states were packed anew. */
  edition = 0;
  packing = 0;
  /** States proposed and not settled. */
  waiting = 0;
  /** For each state, what the search wants to remember of it. */
  flags = new Uint8Array(FIRST_CAPACITY);
  /** The ceiling stopped the set from growing. */
  full = false;
  /** States there is memory for. */
  #room = FIRST_CAPACITY;
  #closed = false;
  /** Where the words and the table get their room. */
  #numbers: (length: number) => Int32Array = numbers;
  #layout: Layout;
  #probe: Probe;

  constructor(
    layout: Layout,
    private ids: Int32Array,
    private readonly most: { readonly bytes: number; readonly states: number },
  ) {
    this.capacity = Math.min(FIRST_CAPACITY, most.states);
    this.#layout = layout;
    this.arena = new Int32Array((this.#room + 1) * layout.words);
    this.table = new Int32Array(2 * FIRST_CAPACITY * entrySize(layout));
    this.deltas = new Int32Array(layout.words);
    this.#probe = probeFor(layout, this);
    this.#attach();
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** Bytes held. */
  get bytes(): number {
    const { arena, table, parents, flags, deltas } = this;
    return arena.byteLength + table.byteLength + parents.byteLength + flags.byteLength + deltas.byteLength;
  }

  /** Keep the words and the table where threads can share them, from now on. */
  share(): void {
    this.#numbers = sharedNumbers;
    this.arena = grown(this.arena, this.arena.length, sharedNumbers);
    this.table = grown(this.table, this.table.length, sharedNumbers);
    this.#attach();
  }

  /** Find or add what was proposed elsewhere, from place `from` to `to` of an array; see `Probe.add`. */
  add(proposed: Int32Array, from: number, to: number): number {
    return this.#probe.add(proposed, from, to);
  }

  /** Have numbers unpacked to `ids` from now on. */
  unpackTo(ids: Int32Array): void {
    if (ids === this.ids) return;
    this.ids = ids;
    this.#attach();
  }

  /** Unpack state `state` into the numbers in hand. */
  load(state: number): void {
    this.#probe.load(state);
  }

  /** Ask `asked[count]` to be the place of deltas `at`; see `propose`. */
  ask(count: number, at: number): void {
    if (count >= this.asked.length) {
      this.asked = grown(this.asked, 2 * count);
      this.#attach();
    }
    this.asked[count] = at;
  }

  /** Propose where the first `count` deltas asked for lead from the state in hand; those that are new get this parent when they settle. */
  propose(count: number, parent: number): void {
    this.#probe.propose(count, parent);
    this.waiting += count;
  }

  /** Find or add what was proposed. Returns how many were done before one had no room. */
  settle(): number {
    this.waiting = 0;
    return this.#probe.settle();
  }

  /** Whether `more` states beside those that wait have room for certain, new or not; room is made where it can be. */
  hasRoomFor(more: number): boolean {
    const need = this.count + this.waiting + more;
    if (this.full || this.#closed || need > this.most.states) return false;
    if (need > this.#room && this.bytes + this.#costOf(this.#next) <= this.most.bytes) {
      this.#widen();
      this.#bound();
      this.#attach();
    }
    const places = SHARE * this.#places;
    const hasPlaces = need <= places || (need <= 2 * places && this.bytes + 4 * this.table.length <= this.most.bytes);
    return need <= this.#room && hasPlaces;
  }

  /** Take the deltas at `at` without storing where that leads. */
  move(at: number): void {
    this.#probe.move(at);
  }

  /** Let nothing new in any more. */
  close(): void {
    this.capacity = this.count;
    this.#closed = true;
  }

  /** Find the state in hand or add it, with this parent. Its number when it is new, KNOWN, or FULL. */
  here(parent: number): number {
    return this.#probe.here(parent);
  }

  /** Have the numbers `ids` in hand, made canonical. */
  take(ids: Int32Array): void {
    const words = new Int32Array(this.#layout.words);
    pack(this.#layout, ids, words, 0);
    const from = this.deltas.slice(0, words.length);
    this.deltas.set(words);
    this.#probe.load(this.#zero());
    this.#probe.move(0);
    this.deltas.set(from);
  }

  /** Pack all states anew; `ids` is where numbers are unpacked from now on. Deltas are the caller's to lay again. */
  adopt(layout: Layout, ids: Int32Array): void {
    const places = this.#places;
    const fresh = this.#numbers((this.#room + 1) * layout.words);
    repack(this.#layout, layout, this.arena, fresh, this.count);
    this.#hold(layout, fresh, places, ids);
  }

  /** Go on with a layout in which numbers stand where they stood, and some have more bits. */
  extend(layout: Layout, ids: Int32Array): void {
    this.edition++;
    this.#layout = layout;
    this.ids = ids;
    this.#probe = probeFor(layout, this);
    this.#attach();
  }

  /** Hold the states of an arena that is packed by a layout; deltas are the caller's to lay. */
  #hold(layout: Layout, arena: Int32Array, places: number, ids: Int32Array): void {
    this.packing++;
    this.arena = arena;
    this.deltas = new Int32Array(layout.words);
    this.table = this.#numbers(places * entrySize(layout));
    rehash(layout, this);
    this.extend(layout, ids);
  }

  /** Hold these states, and no others, as they were held before; deltas are the caller's to lay. */
  putBack(layout: Layout, words: Int32Array, parents: Int32Array, ids: Int32Array): void {
    this.count = parents.length;
    this.#room = Math.max(FIRST_CAPACITY, parents.length);
    this.parents = grown(parents, this.#room);
    this.flags = new Uint8Array(this.#room);
    let places = 2 * FIRST_CAPACITY;
    while (this.count > SHARE * places) places *= 2;
    this.#hold(layout, grown(words, (this.#room + 1) * layout.words), places, ids);
    this.#bound();
  }

  /** Make room for deltas up to `length` words. */
  deltasUpTo(length: number): void {
    if (length <= this.deltas.length) return;
    this.deltas = grown(this.deltas, 2 * length);
    this.#attach();
  }

  /** Called when the table is crowded or the arena at its end. */
  grow(): void {
    if (this.count >= this.#room) this.#widen();
    if (this.count > SHARE * this.#places) this.#spread();
    this.#bound();
    this.#attach();
  }

  #bound(): void {
    this.capacity = this.full || this.#closed ? this.count : Math.min(this.#room, this.most.states);
    this.crowded = Math.min(this.capacity - 1, Math.floor(SHARE * this.#places));
  }

  /** Entries that the table can hold. */
  get #places(): number {
    return this.table.length / entrySize(this.#layout);
  }

  /** So many states will have room when room is made the next time. */
  get #next(): number {
    return Math.min(MOST_STATES, Math.ceil(this.#room * (this.#room < MANY ? 2 : 1.5)));
  }

  /** Bytes that room for so many states takes beyond what is held. */
  #costOf(room: number): number {
    return (room - this.#room) * (4 * this.#layout.words + 5);
  }

  #widen(): void {
    const room = this.#next;
    if (room === this.#room || this.bytes + this.#costOf(room) > this.most.bytes) {
      this.full = true;
      return;
    }
    this.arena = grown(this.arena, (room + 1) * this.#layout.words, this.#numbers);
    this.parents = grown(this.parents, room);
    this.flags = grownBytes(this.flags, room);
    this.#room = room;
  }

  #spread(): void {
    if (this.bytes + 4 * this.table.length > this.most.bytes) {
      this.full = true;
      return;
    }
    const before = this.table;
    this.table = this.#numbers(2 * before.length);
    spread(this.#layout, this, before);
  }

  /** A place in the arena past the last state, where all words are 0. */
  #zero(): number {
    return this.#room;
  }

  #attach(): void {
    this.#probe.attach(this.ids);
  }
}
