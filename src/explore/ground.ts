/**
 * Memory in which arrays grow where they stand: the addresses are taken at once, the memory behind them comes page by page when it is
 * first written. An array that is copied into a longer one costs its pages twice, and a page that is new costs a processor more than
 * searching the states on it. It is WebAssembly's memory because no other array of JavaScript grows in place and stays as fast.
 *
 * What can go wrong: a machine that gives no addresses, or not so many. Whoever asked then keeps his arrays as they are.
 */

/** WebAssembly's memory. One that is shared can be sent to a thread. */
export interface Memory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

export type Functions = Readonly<Record<string, (...given: number[]) => number>>;

declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => Memory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly m: { readonly m: Memory } },
  ) => { readonly exports: Functions };
};

const WORDS_A_PAGE = 1 << 14;
/** Pages of 64 KB that can have addresses: 4 GB, and one less so that no length overflows. */
export const MOST_PAGES = (1 << 16) - 1;

const pagesFor = (words: number): number => Math.ceil(words / WORDS_A_PAGE);
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

export class Ground {
  /** The first word of each part. */
  readonly begins: readonly number[];

  private constructor(
    readonly memory: Memory,
    private readonly parts: readonly number[],
    readonly isShared: boolean,
  ) {
    const pages = parts.map(pagesFor);
    this.begins = pages.map((_, i) => WORDS_A_PAGE * sumOf(pages.slice(0, i)));
  }

  /** Ground for arrays of at most so many numbers each, all 0; undefined where there is none. */
  static for(parts: readonly number[], shared: boolean): Ground | undefined {
    const initial = sumOf(parts.map(pagesFor));
    if (initial > MOST_PAGES) return undefined;
    try {
      return new Ground(new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared }), parts, shared);
    } catch {
      return undefined;
    }
  }

  /** Whether a part has addresses for so many numbers. */
  reaches(part: number, length: number): boolean {
    return length <= (this.parts[part] as number);
  }

  /** The first numbers of a part. */
  take(part: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, 4 * (this.begins[part] as number), length);
  }
}

/** The functions of a module that works on a memory. */
export function functionsOf(code: Uint8Array, memory: Memory): Functions {
  return new WebAssembly.Instance(new WebAssembly.Module(code), { m: { m: memory } }).exports;
}
