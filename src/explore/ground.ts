/**
 * Memory in which arrays grow where they stand: the addresses are taken at once, the memory behind them comes page by page when it is
 * first written. An array that is copied into a longer one costs its pages twice, and a page that is new costs a processor more than
 * searching the states on it. It is WebAssembly's memory because no other array of JavaScript grows in place and stays as fast.
 *
 * What can go wrong: a machine that gives no addresses, or not so many. Whoever asked then keeps his arrays as they are.
 */

interface Memory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** @throws RangeError when there is no more */
  grow(pages: number): number;
}

declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => Memory;
};

const WORDS_A_PAGE = 1 << 14;
/** Pages of 64 KB that can have addresses: 4 GB, and one less so that no length overflows. */
const MOST_PAGES = (1 << 16) - 1;

const pagesFor = (words: number): number => Math.ceil(words / WORDS_A_PAGE);

export class Ground {
  /** The first word of each part. */
  readonly begins: readonly number[];
  #pages: number;

  private constructor(
    private readonly memory: Memory,
    private readonly parts: readonly number[],
  ) {
    const pages = parts.map(pagesFor);
    this.begins = pages.map((_, i) => WORDS_A_PAGE * pages.slice(0, i).reduce((sum, each) => sum + each, 0));
    this.#pages = memory.buffer.byteLength / (4 * WORDS_A_PAGE);
  }

  /** Ground for arrays of at most so many numbers each, all 0; undefined where there is none. */
  static for(parts: readonly number[], shared: boolean): Ground | undefined {
    const pages = parts.map(pagesFor);
    const initial = pages.slice(0, -1).reduce((sum, each) => sum + each, 0);
    try {
      const memory = new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared });
      return new Ground(memory, parts);
    } catch {
      return undefined;
    }
  }

  /** Have addresses for so many numbers of a part. False where they are not given. Arrays taken before are gone when they were. */
  reach(part: number, length: number): boolean {
    if (length > (this.parts[part] as number)) return false;
    const lacking = pagesFor((this.begins[part] as number) + length) - this.#pages;
    if (lacking <= 0) return true;
    try {
      this.memory.grow(lacking);
    } catch {
      return false;
    }
    this.#pages += lacking;
    return true;
  }

  /** The first numbers of a part, which must reach so far. */
  take(part: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, 4 * (this.begins[part] as number), length);
  }
}
