/**
 * /etc/ld.so.cache: which file ldconfig found for each name, with entries for better processors before the plain one. In glibc:
 * elf/dl-cache.c:search_cache, sysdeps/generic/dl-cache.h.
 *
 * What can go wrong: the order. The table is sorted as `_dl_cache_libcmp` compares, numbers by value and downwards, and a search
 * that compares otherwise misses names that are there. A cache that makes no sense is as good as none.
 */
import { type Bytes, Malformed } from './bytes.js';

/** What a processor and a release make of the entries. */
export interface CacheReader {
  /** Names of glibc-hwcaps subfolders, best first. */
  readonly named: readonly string[];
  /** Bits of the old hwcap field that count; undefined where an entry with any is passed over. */
  readonly legacy: bigint | undefined;
  /** Level of x86-64. */
  readonly level: number;
}

/** A path, or that there is none. */
export type CacheLookup = (name: string) => string | undefined;

const OLD_MAGIC = 'ld.so-1.7.0';
const NEW_MAGIC = 'glibc-ld.so.cache1.1';
const OLD_HEAD = 16;
const OLD_ENTRY = 12;
const NEW_HEAD = 48;
const NEW_ENTRY = 24;
const EXTENSION_MAGIC = 0xeaa42174;
const what = 'ld.so.cache';

/** Flags of an entry for a 64-bit x86 library of glibc 2 and later; 1 is any ELF library. */
const X86_64_LIBC6 = 0x0303;

/** Where the tables of a cache lie. */
interface Layout {
  readonly entries: number;
  readonly count: number;
  readonly size: 12 | 24;
  /** Where string offsets count from. */
  readonly strings: number;
  /** The names of glibc-hwcaps subfolders that entries point at. */
  readonly hwcaps: readonly string[];
}

const startsWith = (bytes: Bytes, offset: number, magic: string): boolean =>
  offset + magic.length <= bytes.size && bytes.slice(offset, magic.length, what).toString('latin1') === magic;

/** @source elf/dl-cache.c:_dl_load_cache_lookup */
function layoutOf(bytes: Bytes): Layout | undefined {
  if (startsWith(bytes, 0, NEW_MAGIC)) return newLayout(bytes, 0);
  if (!startsWith(bytes, 0, OLD_MAGIC) || bytes.size <= OLD_HEAD) return undefined;
  const count = bytes.u32(12, what);
  if ((bytes.size - OLD_HEAD) / OLD_ENTRY < count) return undefined;
  const end = OLD_HEAD + count * OLD_ENTRY;
  const aligned = Math.ceil(end / 8) * 8;
  if (startsWith(bytes, aligned, NEW_MAGIC)) return newLayout(bytes, aligned);
  return { entries: OLD_HEAD, count, size: OLD_ENTRY, strings: end, hwcaps: [] };
}

function newLayout(bytes: Bytes, start: number): Layout | undefined {
  if (bytes.size - start <= NEW_HEAD) return undefined;
  const count = bytes.u32(start + 20, what);
  const order = bytes.u8(start + 28, what);
  if ((bytes.size - start - NEW_HEAD) / NEW_ENTRY < count) return undefined;
  // Without a mark nothing is said of the byte order; 2 is little-endian.
  if (order !== 0 && (order & 3) !== 2) return undefined;
  const hwcaps = hwcapsOf(bytes, start, bytes.u32(start + 32, what));
  return { entries: start + NEW_HEAD, count, size: NEW_ENTRY, strings: start, hwcaps };
}

/** Most names of subfolders. */
const HWCAPS_MAX = 1024;

/** The extension section of hwcaps names. Its offsets count from the start of the file. */
function hwcapsOf(bytes: Bytes, start: number, extensions: number): readonly string[] {
  if (extensions === 0 || extensions % 4 !== 0) return [];
  if (bytes.u32(extensions, what) !== EXTENSION_MAGIC) return [];
  const count = Math.min(bytes.u32(extensions + 4, what), 64);
  for (const section of bytes.records(extensions + 8, count, 16, what)) {
    if (section.readUInt32LE(0) !== 1) continue;
    const [offset, size] = [section.readUInt32LE(8), section.readUInt32LE(12)];
    if (size % 4 !== 0 || offset % 4 !== 0 || size / 4 > HWCAPS_MAX) return [];
    const places = Array.from(bytes.records(offset, size / 4, 4, what), (each) => each.readUInt32LE());
    return places.map((place) => bytes.cString(start + place, what));
  }
  return [];
}

/**
 * How ldconfig orders names: numbers within them by value.
 *
 * @source elf/dl-cache.c:_dl_cache_libcmp
 */
export function compareNames(a: string, b: string): number {
  const digit = (text: string, at: number) => /^\d/.test(text.charAt(at));
  let [i, j] = [0, 0];
  while (i < a.length) {
    if (digit(a, i) !== digit(b, j)) return digit(a, i) ? 1 : -1;
    if (digit(a, i)) {
      const [m = '', n = ''] = [/^\d+/.exec(a.slice(i))?.[0], /^\d+/.exec(b.slice(j))?.[0]];
      if (Number(m) !== Number(n)) return Number(m) - Number(n);
      i += m.length;
      j += n.length;
    } else {
      if (a[i] !== b[j]) return a.charCodeAt(i) - (j < b.length ? b.charCodeAt(j) : 0);
      i++;
      j++;
    }
  }
  return j < b.length ? -1 : 0;
}

/** One entry of the table. */
class Entry {
  readonly #record: Buffer;

  constructor(
    bytes: Bytes,
    private readonly layout: Layout,
    index: number,
  ) {
    this.#record = bytes.slice(layout.entries + index * layout.size, layout.size, what);
  }

  get flags(): number {
    return this.#record.readInt32LE(0);
  }

  get key(): number {
    return this.layout.strings + this.#record.readUInt32LE(4);
  }

  get value(): number {
    return this.layout.strings + this.#record.readUInt32LE(8);
  }

  /** The hwcap field; none in the old format. */
  get hwcap(): bigint {
    return this.layout.size === NEW_ENTRY ? this.#record.readBigUInt64LE(16) : 0n;
  }
}

/** Bit 62, and the bits of the level beside it. */
const EXTENSION = 1n << 62n;
const LEVEL_BITS = 0x3ffn;
/** The bits of platforms and of `tls`, which every process has. */
const TLS_BIT = 1n << 63n;

/**
 * How much an entry is wanted: undefined not at all, 0 as the plain one, otherwise the lower the better.
 *
 * @source elf/dl-cache.c:search_cache
 */
function rankOf(entry: Entry, { hwcaps }: Layout, reader: CacheReader): number | undefined {
  const { hwcap } = entry;
  const isNamed = ((hwcap >> 32n) & ~LEVEL_BITS) << 32n === EXTENSION;
  if (isNamed) {
    if (Number((hwcap >> 32n) & LEVEL_BITS) >= reader.level) return undefined;
    const name = hwcaps[Number(hwcap & 0xffffffffn)];
    const rank = name === undefined ? -1 : reader.named.indexOf(name);
    return rank < 0 ? undefined : rank + 1;
  }
  if (reader.legacy === undefined) return hwcap === 0n ? 0 : undefined;
  return (hwcap & ~(reader.legacy | TLS_BIT)) === 0n ? 0 : undefined;
}

/** Most entries of one name: one for each kind of processor, and some to spare. */
const ALIKE_MAX = 4096;

/** The first of the entries of a name; undefined when there is none. */
function firstOf(keyAt: (index: number) => string, count: number, name: string): number | undefined {
  let [left, right] = [0, count - 1];
  while (left <= right) {
    const middle = (left + right) >> 1;
    const order = compareNames(name, keyAt(middle));
    if (order === 0) {
      let first = middle;
      const least = Math.max(0, middle - ALIKE_MAX);
      while (first > least && compareNames(name, keyAt(first - 1)) === 0) first--;
      return first;
    }
    if (order < 0) left = middle + 1;
    else right = middle - 1;
  }
  return undefined;
}

function lookUp(bytes: Bytes, layout: Layout, reader: CacheReader, name: string): string | undefined {
  const entryAt = (index: number) => new Entry(bytes, layout, index);
  const keyAt = (index: number) => bytes.cString(entryAt(index).key, what);
  const first = firstOf(keyAt, layout.count, name);
  if (first === undefined) return undefined;
  const end = Math.min(layout.count, first + ALIKE_MAX);
  let best: { readonly path: string; readonly rank: number } | undefined;
  for (let i = first; i < end && compareNames(name, keyAt(i)) === 0; i++) {
    const entry = entryAt(i);
    if (entry.flags !== 1 && entry.flags !== X86_64_LIBC6) continue;
    const rank = rankOf(entry, layout, reader);
    if (rank === undefined || (best !== undefined && best.rank > 0 && rank >= best.rank)) continue;
    if (rank === 0 && best !== undefined && best.rank > 0) break;
    best = { path: bytes.cString(entry.value, what), rank };
    if (rank === 0 && entry.flags === X86_64_LIBC6) break;
  }
  return best?.path;
}

/** How names are looked up in the bytes of a cache; a damaged one knows none. */
export function cacheLookup(bytes: Bytes, reader: CacheReader): CacheLookup {
  const careful = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (error instanceof Malformed) return undefined;
      throw error;
    }
  };
  const layout = careful(() => layoutOf(bytes));
  return (name) => (layout === undefined ? undefined : careful(() => lookUp(bytes, layout, reader, name)));
}
