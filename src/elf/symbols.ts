/**
 * The dynamic symbol table: how many symbols it has, which of them are IFUNC symbols, and what version each carries. Stands for
 * what elf/dl-lookup.c walks; the count is in no tag and follows from a hash table.
 *
 * What can go wrong: DT_GNU_HASH holds only symbols that can be found, so that of a file which defines none the count is not to be
 * known, and a relocation names symbols beyond it. And a chain whose end bit was lost runs on through the file.
 */
import { type Bytes, Malformed, wordAt } from './bytes.js';
import { DT, type Dynamic } from './dynamic.js';
import { type ElfHeader, offsetOf } from './header.js';
import { readVersions } from './versions.js';

/** A dynamic symbol. */
export interface DynamicSymbol {
  readonly name: string;
  /** STT_GNU_IFUNC: its value is a resolver. */
  readonly ifunc: boolean;
  /** Other files can find it. */
  readonly defined: boolean;
  readonly thread: boolean;
  readonly value: number;
  /** The version it has, or asks for; undefined for none. */
  readonly version: string | undefined;
  /** Found only by who asks for just this version. */
  readonly hiddenVersion: boolean;
}

const SYMBOL = 24;
const STT = { thread: 6, ifunc: 10 } as const;

/** Most symbols of a table: a few times what the largest known library has. */
const SYMBOLS_MAX = 1 << 22;

/** A file as far as its tables have to be found. */
export interface TablesOf {
  readonly bytes: Bytes;
  readonly header: ElfHeader;
  readonly dynamic: Dynamic;
}

/** Where a table lies that a tag points to; undefined without the tag. */
export function tableAt({ header, dynamic }: TablesOf, tag: number, length: number, what: string): number | undefined {
  const address = dynamic.valueUnder(tag);
  return address === undefined ? undefined : offsetOf(header.segments, address, length, what);
}

/**
 * The number of symbols by DT_HASH (its chains have one entry for each), else by DT_GNU_HASH up to the last that can be found; 0
 * without either.
 */
export function symbolCount(file: TablesOf): number {
  const { bytes } = file;
  const hash = tableAt(file, DT.hash, 8, 'DT_HASH');
  const count = hash === undefined ? gnuCount(file) : bytes.u32(hash + 4, 'DT_HASH');
  if (count > SYMBOLS_MAX) throw new Malformed(`a hash table claims ${count} symbols`);
  return count;
}

function gnuCount(file: TablesOf): number {
  const what = 'DT_GNU_HASH';
  const { bytes } = file;
  const at = tableAt(file, DT.gnuHash, 16, what);
  if (at === undefined) return 0;
  const [buckets, first, words] = [bytes.u32(at, what), bytes.u32(at + 4, what), bytes.u32(at + 8, what)];
  const start = at + 16 + words * 8;
  let last = 0;
  for (const bucket of bytes.records(start, buckets, 4, what)) last = Math.max(last, bucket.readUInt32LE());
  if (last < first) return first;
  const chains = start + buckets * 4;
  const most = Math.min(SYMBOLS_MAX, Math.floor((bytes.size - chains) / 4) + first);
  for (let i = last; i < most; i++) if ((bytes.u32(chains + (i - first) * 4, what) & 1) !== 0) return i + 1;
  throw new Malformed(`the last chain of ${what} has no end`);
}

/** A symbol's name, its place in the table being known. */
export type SymbolAt = (index: number) => DynamicSymbol;

function symbolOf(record: Buffer, name: string, version: ReturnType<ReturnType<typeof readVersions>>): DynamicSymbol {
  const kind = record.readUInt8(4) & 15;
  return {
    name,
    ifunc: kind === STT.ifunc,
    thread: kind === STT.thread,
    defined: record.readUInt16LE(6) !== 0,
    value: wordAt(record, 8),
    version: version?.name,
    hiddenVersion: version?.hidden ?? false,
  };
}

/** Symbols by their index, as relocations name them. */
export function symbolsOf(file: TablesOf): SymbolAt {
  const versionOf = readVersions(file);
  return (index) => {
    const table = tableAt(file, DT.symbols, (index + 1) * SYMBOL, 'DT_SYMTAB');
    if (table === undefined) throw new Malformed('a symbol is named and there is no DT_SYMTAB');
    const record = file.bytes.slice(table + index * SYMBOL, SYMBOL, 'DT_SYMTAB');
    return symbolOf(record, nameAt(file, record.readUInt32LE(0)), versionOf(index));
  };
}

function nameAt(file: TablesOf, at: number): string {
  const strings = file.dynamic.valueUnder(DT.strings);
  if (strings === undefined) throw new Malformed('symbols have names and there is no DT_STRTAB');
  const where = offsetOf(file.header.segments, strings + at, 1, 'the name of a symbol');
  return file.bytes.cString(where, 'the name of a symbol');
}

/** Call `see` with each symbol that other files can find and `wanted` takes by its name. */
export function eachDefined(
  file: TablesOf,
  wanted: (name: string) => boolean,
  see: (symbol: DynamicSymbol) => void,
): void {
  const count = symbolCount(file);
  const table = tableAt(file, DT.symbols, count * SYMBOL, 'DT_SYMTAB');
  if (table === undefined || count === 0) return;
  const versionOf = readVersions(file);
  let index = -1;
  for (const record of file.bytes.records(table, count, SYMBOL, 'DT_SYMTAB')) {
    index++;
    const bind = record.readUInt8(4) >> 4;
    if (record.readUInt16LE(6) === 0 || bind === 0 || record.readUInt32LE(0) === 0) continue;
    const name = nameAt(file, record.readUInt32LE(0));
    if (wanted(name)) see(symbolOf(record, name, versionOf(index)));
  }
}
