/**
 * The set of states already reached: vectors of small integers, one number a component, numbered in order of arrival.
 *
 * What can go wrong: components are discovered while the search runs, so vectors grow. A component nobody had heard of yet is absent,
 * number 0, and a 0 takes no part in the hash: an old short vector and a new long one ending in zeros are the same state.
 */

const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;

/** The share of one component in a state's hash. The hash is their sum, so that a step changes it by a difference. */
export function hashShare(component: number, id: number): number {
  if (id === 0) return 0;
  let h = Math.imul(component + 1, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}

/** The hash of a vector. */
export function hashOf(ids: Int32Array): number {
  let h = 0;
  for (let c = 0; c < ids.length; c++) h = (h + hashShare(c, ids[c] as number)) | 0;
  return h;
}

/** The same numbers in a longer array. */
export function grown(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(old);
  return wider;
}

export class StateTable {
  /** How many states there are. */
  count = 0;
  /** Vectors, CHUNK of them side by side; each chunk is as wide as the widest vector in it. */
  readonly #chunks: Int32Array[] = [];
  readonly #strides: number[] = [];
  #hashes = new Int32Array(CHUNK);
  /** Open addressing; state number + 1, 0 for a free place. At most half full. */
  #table = new Int32Array(4 * CHUNK);
  #place = 0;

  /** The number of the state equal to `ids`, or -1. After -1, `add` may follow with the same arguments. */
  find(ids: Int32Array, hash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = (hash ^ (hash >>> 16)) & mask;
    for (;;) {
      const state = (table[place] as number) - 1;
      if (state < 0) break;
      if (this.#hashes[state] === hash && this.#equals(state, ids)) return state;
      place = (place + 1) & mask;
    }
    this.#place = place;
    return -1;
  }

  /** Add the state that `find` has just not found; returns its number. */
  add(ids: Int32Array, hash: number): number {
    const state = this.count++;
    if (state >= this.#hashes.length) this.#hashes = grown(this.#hashes, 2 * state);
    this.#hashes[state] = hash;
    this.#table[this.#place] = state + 1;
    this.#store(state, ids);
    if (2 * this.count > this.#table.length) this.#rehash();
    return state;
  }

  /** Copy state `state` into `ids` and return its hash. */
  load(state: number, ids: Int32Array): number {
    const chunk = this.#chunks[state >>> CHUNK_BITS] as Int32Array;
    const stride = this.#strides[state >>> CHUNK_BITS] as number;
    const from = (state & (CHUNK - 1)) * stride;
    for (let c = 0; c < stride; c++) ids[c] = chunk[from + c] as number;
    ids.fill(0, stride);
    return this.#hashes[state] as number;
  }

  /** Bytes held. */
  get bytes(): number {
    const vectors = this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    return vectors + this.#hashes.byteLength + this.#table.byteLength;
  }

  #equals(state: number, ids: Int32Array): boolean {
    const chunk = this.#chunks[state >>> CHUNK_BITS] as Int32Array;
    const stride = this.#strides[state >>> CHUNK_BITS] as number;
    const from = (state & (CHUNK - 1)) * stride;
    for (let c = 0; c < stride; c++) if (chunk[from + c] !== ids[c]) return false;
    for (let c = stride; c < ids.length; c++) if (ids[c] !== 0) return false;
    return true;
  }

  #store(state: number, ids: Int32Array): void {
    const number = state >>> CHUNK_BITS;
    const inside = state & (CHUNK - 1);
    const stride = this.#strides[number];
    if (stride === undefined) {
      this.#chunks.push(new Int32Array(CHUNK * ids.length));
      this.#strides.push(ids.length);
    } else if (stride < ids.length) {
      this.#widen(number, stride, ids.length, inside);
    }
    this.#chunks[number]?.set(ids, inside * ids.length);
  }

  #widen(number: number, from: number, to: number, used: number): void {
    const narrow = this.#chunks[number] as Int32Array;
    const wide = new Int32Array(CHUNK * to);
    for (let i = 0; i < used; i++) wide.set(narrow.subarray(i * from, (i + 1) * from), i * to);
    this.#chunks[number] = wide;
    this.#strides[number] = to;
  }

  #rehash(): void {
    const table = new Int32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let state = 0; state < this.count; state++) {
      const hash = this.#hashes[state] as number;
      let place = (hash ^ (hash >>> 16)) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = state + 1;
    }
    this.#table = table;
  }
}
