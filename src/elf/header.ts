/**
 * The ELF header and the program headers, held to what ld.so and the kernel demand of a file before they map it. Stands for
 * elf/dl-load.c:open_verify and fs/binfmt_elf.c:load_elf_binary.
 *
 * What can go wrong: a file for another machine. A search goes on past one of another class or machine, and stops with an error
 * at one that is merely broken; the two must not be confused.
 */
import { type Bytes, Malformed, wordAt } from './bytes.js';

/** What a file is, beside a good one: `foreign` is passed over by a search, the others end it. */
export type FaultKind = 'not ELF' | 'foreign' | 'malformed';

/** Why a file cannot be used. */
export interface ElfFault {
  readonly kind: FaultKind;
  /** What is wrong, as a clause without a full stop. */
  readonly message: string;
}

/** One program header. Addresses and offsets in bytes. */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file, and in memory. */
  readonly fileSize: number;
  readonly memorySize: number;
  readonly align: number;
}

/** What the first bytes of a file say. */
export interface ElfHeader {
  readonly type: 'dyn' | 'exec';
  readonly entry: number;
  readonly segments: readonly Segment[];
  /** Where the section headers lie, which only tools read: offset, number, number of the one with their names. */
  readonly sections: { readonly offset: number; readonly count: number; readonly names: number };
}

export const PT = { load: 1, dynamic: 2, interp: 3, note: 4, tls: 7, property: 0x6474e553, stack: 0x6474e551 } as const;

const HEADER = 64;
const SEGMENT = 56;

const CLASSES: Readonly<Record<number, string>> = { 1: '32-bit' };
const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86 (i386)',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S/390',
  40: 'ARM',
  43: 'SPARC 64',
  50: 'IA-64',
  183: 'AArch64',
  243: 'RISC-V',
  258: 'LoongArch',
};
const TYPES: Readonly<Record<number, string>> = { 1: 'a relocatable object (.o)', 4: 'a core file' };

const fault = (kind: FaultKind, message: string): ElfFault => ({ kind, message });

/**
 * Read the header and the program headers.
 *
 * @source elf/dl-load.c:open_verify
 */
export function readHeader(bytes: Bytes): ElfHeader | ElfFault {
  if (bytes.size < 4 || bytes.slice(0, 4, 'the magic number').toString('latin1') !== '\x7fELF') {
    return fault('not ELF', bytes.size < HEADER ? 'file too short' : 'invalid ELF header');
  }
  if (bytes.size < HEADER) return fault('malformed', 'file too short');
  const head = bytes.slice(0, HEADER, 'the ELF header');
  const unfit = unfitIdent(head) ?? unfitHeader(head);
  if (unfit !== undefined) return unfit;
  return {
    type: head.readUInt16LE(16) === 2 ? 'exec' : 'dyn',
    entry: wordAt(head, 24),
    segments: segmentsOf(bytes, wordAt(head, 32), head.readUInt16LE(56)),
    sections: { offset: wordAt(head, 40), count: head.readUInt16LE(60), names: head.readUInt16LE(62) },
  };
}

/** What is wrong with the first sixteen bytes; undefined when nothing is. */
function unfitIdent(head: Buffer): ElfFault | undefined {
  const [kind, order, version, osabi, abiVersion] = [...head.subarray(4, 9)];
  if (kind !== 2) return fault('foreign', `wrong ELF class: ${CLASSES[kind ?? 0] ?? `class ${kind}`}, not 64-bit`);
  if (order !== 1) return fault('malformed', 'ELF file data encoding not little-endian');
  if (version !== 1) return fault('malformed', 'ELF file version ident does not match current one');
  if (osabi !== 0 && osabi !== 3) return fault('malformed', `ELF file OS ABI invalid (${osabi})`);
  if (abiVersion !== 0 && !(osabi === 3 && (abiVersion ?? 0) <= 3)) {
    return fault('malformed', `ELF file ABI version invalid (${abiVersion})`);
  }
  return head.subarray(9, 16).every((byte) => byte === 0)
    ? undefined
    : fault('malformed', 'nonzero padding in e_ident');
}

/** What is wrong with the fields after them. */
function unfitHeader(head: Buffer): ElfFault | undefined {
  const [type, machine] = [head.readUInt16LE(16), head.readUInt16LE(18)];
  if (head.readUInt32LE(20) !== 1) return fault('malformed', 'ELF file version does not match current one');
  if (machine !== 62) {
    return fault('foreign', `for another machine: ${MACHINES[machine] ?? `number ${machine}`}, not x86-64`);
  }
  if (type !== 2 && type !== 3) {
    return fault('malformed', `only ET_DYN and ET_EXEC can be loaded, and this is ${TYPES[type] ?? `type ${type}`}`);
  }
  if (head.readUInt16LE(54) !== SEGMENT) {
    return fault('malformed', `ELF file's phentsize not the expected size (${head.readUInt16LE(54)}, not ${SEGMENT})`);
  }
  return head.readUInt16LE(56) === 0 ? fault('malformed', 'object file has no loadable segments') : undefined;
}

function segmentsOf(bytes: Bytes, offset: number, count: number): Segment[] {
  const segments = Array.from(bytes.records(offset, count, SEGMENT, 'the table of program headers'), (record) => ({
    type: record.readUInt32LE(0),
    offset: wordAt(record, 8),
    address: wordAt(record, 16),
    fileSize: wordAt(record, 32),
    memorySize: wordAt(record, 40),
    align: wordAt(record, 48),
  }));
  if (!segments.some(({ type }) => type === PT.load)) throw new Malformed('object file has no loadable segments');
  return segments;
}

/** Where in the file the `length` bytes at an address lie. */
export function offsetOf(segments: readonly Segment[], address: number, length: number, what: string): number {
  const home = segments.find(
    ({ type, address: start, fileSize }) =>
      type === PT.load && address >= start && address + length <= start + fileSize,
  );
  if (home === undefined) throw new Malformed(`${what} points outside of every loaded segment`);
  return home.offset + (address - home.address);
}
