/**
 * The full symbol table of a file, which the loader never reads: names of functions that are local to it. Stands for SHT_SYMTAB as
 * the link editor leaves it (man 5 elf), where the file was not stripped.
 *
 * What can go wrong: there may be none, and a stripped file is no broken file: the answer is then empty.
 */
import { type Bytes, Malformed, wordAt } from './bytes.js';
import type { ElfHeader } from './header.js';

/** A symbol of the full table. */
export interface FullSymbol {
  readonly name: string;
  readonly value: number;
}

const SECTION = 64;
const SYMBOL = 24;
const SHT_SYMTAB = 2;

/** Most symbols of a table that are read. */
const SYMBOLS_MAX = 1 << 22;

/** The symbols whose names are `wanted`, in file order. */
export function fullSymbols(bytes: Bytes, { sections }: ElfHeader, wanted: (name: string) => boolean): FullSymbol[] {
  const { offset, count } = sections;
  if (offset === 0 || count === 0) return [];
  const headers = Array.from(bytes.records(offset, count, SECTION, 'the section headers'), (record) => ({
    type: record.readUInt32LE(4),
    offset: wordAt(record, 24),
    size: wordAt(record, 32),
    link: record.readUInt32LE(40),
  }));
  const table = headers.find(({ type }) => type === SHT_SYMTAB);
  if (table === undefined) return [];
  const strings = headers[table.link];
  if (strings === undefined) throw new Malformed('.symtab names no table of strings');
  const many = Math.floor(table.size / SYMBOL);
  if (many > SYMBOLS_MAX) throw new Malformed(`.symtab claims ${many} symbols`);
  const found: FullSymbol[] = [];
  for (const record of bytes.records(table.offset, many, SYMBOL, '.symtab')) {
    const name = bytes.cString(strings.offset + record.readUInt32LE(0), 'the name of a symbol');
    if (wanted(name)) found.push({ name, value: wordAt(record, 8) });
  }
  return found;
}
