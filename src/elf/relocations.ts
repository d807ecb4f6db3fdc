/**
 * Relocations that call something or name something: those of symbols, and IRELATIVE ones, whose addend is a resolver. Stands for
 * the tables that elf/do-rel.h:elf_dynamic_do_Rela walks; relative ones (DT_RELR too) move pointers and are only counted.
 *
 * What can go wrong: DT_RELA may reach over DT_JMPREL. An entry in both is one relocation, and belongs to the PLT.
 */
import { Malformed, wordAt } from './bytes.js';
import { DT } from './dynamic.js';
import { type SymbolAt, symbolsOf, type TablesOf, tableAt } from './symbols.js';

/** A relocation that is not relative. */
export interface Relocation {
  /** Of the data, or of the PLT. */
  readonly table: 'dyn' | 'plt';
  /** R_X86_64_..., without that prefix; a number where it has no name here. */
  readonly type: string;
  /** The symbol's index; 0 for none. */
  readonly symbol: number;
  readonly addend: number;
}

/** The relocations of a file in the order of its tables. */
export interface Relocations {
  readonly entries: readonly Relocation[];
  /** How many are relative, DT_RELR counted word by word. */
  readonly relative: number;
  readonly symbolAt: SymbolAt;
}

const TYPES: Readonly<Record<number, string>> = {
  1: '64',
  5: 'COPY',
  6: 'GLOB_DAT',
  7: 'JUMP_SLOT',
  16: 'DTPMOD64',
  17: 'DTPOFF64',
  18: 'TPOFF64',
  36: 'TLSDESC',
  37: 'IRELATIVE',
};

const RELATIVE = 8;
const ENTRY = 24;

/** Most relocations that are kept, and most that are counted. */
const KEPT_MAX = 1 << 20;
const COUNTED_MAX = 1 << 24;

/** Read all tables of relocations. */
export function readRelocations(file: TablesOf): Relocations {
  const entries: Relocation[] = [];
  const rela = spanOf(file, DT.rela, DT.relaSize, 'DT_RELA');
  const plt =
    file.dynamic.valueUnder(DT.pltRel) === DT.rela ? spanOf(file, DT.jmpRel, DT.pltRelSize, 'DT_JMPREL') : none;
  const ends = plt.offset === rela.offset + rela.size - plt.size ? plt.offset : rela.offset + rela.size;
  const data = { ...rela, size: Math.max(0, ends - rela.offset) };
  const relative = walk(file, 'dyn', data, entries) + walk(file, 'plt', plt, entries);
  const packed = spanOf(file, DT.relr, DT.relrSize, 'DT_RELR');
  return { entries, relative: relative + Math.floor(packed.size / 8), symbolAt: symbolsOf(file) };
}

interface Span {
  readonly offset: number;
  readonly size: number;
  readonly what: string;
}

const none: Span = { offset: 0, size: 0, what: 'no table' };

function spanOf(file: TablesOf, tag: number, sizeTag: number, what: string): Span {
  const size = file.dynamic.valueUnder(sizeTag) ?? 0;
  if (file.dynamic.valueUnder(tag) === undefined || size === 0) return { ...none, what };
  if (size > COUNTED_MAX * ENTRY) throw new Malformed(`${what} claims ${size} bytes`);
  return { offset: tableAt(file, tag, size, what) ?? 0, size, what };
}

/** Put the entries of a table that are not relative at the end of `entries`; how many are. */
function walk(file: TablesOf, table: Relocation['table'], span: Span, entries: Relocation[]): number {
  let relative = 0;
  for (const record of file.bytes.records(span.offset, Math.floor(span.size / ENTRY), ENTRY, span.what)) {
    const type = record.readUInt32LE(8);
    if (type === RELATIVE || type === 0) relative++;
    else {
      const addend = wordAt(record, 16);
      entries.push({ table, type: TYPES[type] ?? String(type), symbol: record.readUInt32LE(12), addend });
      if (entries.length > KEPT_MAX) throw new Malformed(`more than ${KEPT_MAX} relocations name symbols`);
    }
  }
  return relative;
}
