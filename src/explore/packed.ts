/**
 * The set of states already reached, numbered in order of arrival: packed words in one array, the state each was first reached from in
 * another, and a table of numbers to find them by.
 *
 * What can go wrong: memory. Growing is refused beyond a ceiling, and a set that is full says so instead of failing.
 */
import { grown } from './grown.js';
import { Holding, SHARE, type Standing } from './holding.js';
import { type Layout, pack } from './layout.js';
import { entrySize, MOST_STATES, type Probe, probeFor, rehash, repack, type Store, spread } from './probe.js';

/** From so many states on, room is made less generously. */
const MANY = 1 << 22;
const FIRST_CAPACITY = 1 << 10;
/** Where a quarter of the bytes are held, a ceiling is near. */
const SHARE_OF_CEILING = 4;

function shapeOf(layout: Layout) {
  return { words: layout.words, entry: entrySize(layout) };
}

export class PackedStates implements Store {
  count = 0;
  capacity = FIRST_CAPACITY;
  crowded = FIRST_CAPACITY - 1;
  /** What leaves add to the words; the first `words` places stay 0. */
  deltas: Int32Array;
  asked = new Int32Array(64);
  /** Another number for each layout, and for each time that all states were packed anew. */
  edition = 0;
  packing = 0;
  /** States proposed and not settled. */
  waiting = 0;
  /** Who puts the table in order, if he can, when it was doubled and its entries still stand in the first half. */
  spreader: (() => boolean) | undefined;
  /** The ceiling stopped the set from growing. */
  full = false;
  #closed = false;
  readonly #holding: Holding;
  #layout: Layout;
  #probe: Probe;

  constructor(
    layout: Layout,
    private ids: Int32Array,
    private readonly most: { readonly bytes: number; readonly states: number },
  ) {
    this.capacity = Math.min(FIRST_CAPACITY, most.states);
    this.#layout = layout;
    this.#holding = new Holding(shapeOf(layout), FIRST_CAPACITY, Math.min(most.states, MOST_STATES));
    this.deltas = new Int32Array(layout.words);
    this.#probe = probeFor(layout, this);
    this.#attach();
  }

  get arena(): Int32Array {
    return this.#holding.arena;
  }

  get table(): Int32Array {
    return this.#holding.table;
  }

  /** For each state, the state it was first reached from. */
  get parents(): Int32Array {
    return this.#holding.parents;
  }

  /** For each state, what the search wants to remember of it. */
  get flags(): Uint8Array {
    return this.#holding.flags;
  }

  /** Where the arrays stand, if they are large; and what else is kept there. */
  get standing(): Standing | undefined {
    return this.#holding.standing;
  }

  get lane(): Int32Array {
    return this.#holding.lane;
  }

  get sheets(): Int32Array {
    return this.#holding.sheets;
  }

  /** What of a hash says where in the table to look. */
  get mask(): number {
    return this.#places - 1;
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** Bytes held. */
  get bytes(): number {
    const { arena, table, parents, flags, deltas } = this;
    return arena.byteLength + table.byteLength + parents.byteLength + flags.byteLength + deltas.byteLength;
  }

  /** Stand where threads can share everything, from now on, with so many sheets beside it. */
  share(sheets: number): void {
    this.#holding.share(sheets);
    this.#attach();
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
    if (need > this.#holding.room && this.bytes + this.#costOf(this.#next) <= this.most.bytes) {
      this.#widen();
      this.#bound();
      this.#attach();
    }
    const places = SHARE * this.#places;
    const hasPlaces = need <= places || (need <= 2 * places && this.bytes + 4 * this.table.length <= this.most.bytes);
    return need <= this.#holding.room && hasPlaces;
  }

  /**
   * Have room for `more` states, in the table too, before anybody asks for it. False near a ceiling: when it is made is part of what a
   * search that meets the ceiling has found.
   */
  reserve(more: number): boolean {
    const { most } = this;
    const need = this.count + this.waiting + more;
    if (this.full || this.#closed || need > most.states || SHARE_OF_CEILING * this.bytes > most.bytes) return false;
    while (need > this.#holding.room && this.#next > this.#holding.room && !this.full) this.#widen();
    while (need > Math.floor(SHARE * this.#places) && !this.full) this.#spread();
    this.#bound();
    this.#attach();
    return need <= this.crowded;
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
    const { arena } = this;
    this.#holding.reshape(shapeOf(layout));
    repack(this.#layout, layout, arena, this.arena, this.count);
    this.#hold(layout, ids);
  }

  /** Go on with a layout in which numbers stand where they stood, and some have more bits. */
  extend(layout: Layout, ids: Int32Array): void {
    this.edition++;
    this.#layout = layout;
    this.ids = ids;
    this.#probe = probeFor(layout, this);
    this.#attach();
  }

  /** The states are packed by this layout now, and their table is empty; deltas are the caller's to lay. */
  #hold(layout: Layout, ids: Int32Array): void {
    this.packing++;
    this.deltas = new Int32Array(layout.words);
    rehash(layout, this);
    this.extend(layout, ids);
  }

  /** Hold these states, and no others, as they were held before; deltas are the caller's to lay. */
  putBack(layout: Layout, words: Int32Array, parents: Int32Array, ids: Int32Array): void {
    this.count = parents.length;
    this.#holding.putBack(shapeOf(layout), words, parents);
    this.#hold(layout, ids);
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
    if (this.count >= this.#holding.room) this.#widen();
    if (this.count > SHARE * this.#places) this.#spread();
    this.#bound();
    this.#attach();
  }

  #bound(): void {
    this.capacity = this.full || this.#closed ? this.count : Math.min(this.#holding.room, this.most.states);
    this.crowded = Math.min(this.capacity - 1, Math.floor(SHARE * this.#places));
  }

  /** Entries that the table can hold. */
  get #places(): number {
    return this.table.length / entrySize(this.#layout);
  }

  /** So many states will have room when room is made the next time. */
  get #next(): number {
    return Math.min(MOST_STATES, Math.ceil(this.#holding.room * (this.#holding.room < MANY ? 2 : 1.5)));
  }

  /** Bytes that room for so many states takes beyond what is held. */
  #costOf(room: number): number {
    return (room - this.#holding.room) * (4 * this.#layout.words + 5);
  }

  #widen(): void {
    const room = this.#next;
    if (room === this.#holding.room || this.bytes + this.#costOf(room) > this.most.bytes) {
      this.full = true;
      return;
    }
    this.#holding.widen(room);
  }

  #spread(): void {
    if (this.bytes + 4 * this.table.length > this.most.bytes) {
      this.full = true;
      return;
    }
    const before = this.table;
    if (!this.#holding.doubleTable()) spread(this.#layout, this, before);
    else if (this.spreader?.() !== true) {
      this.table.fill(0);
      rehash(this.#layout, this);
    }
  }

  /** A place in the arena past the last state, where all words are 0. */
  #zero(): number {
    return this.#holding.room;
  }

  #attach(): void {
    this.#probe.attach(this.ids);
  }
}
