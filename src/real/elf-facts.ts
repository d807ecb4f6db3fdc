/**
 * Facts of a linked file as the recordings carry them, read from the file itself: dynamic section, arrays, relocations of the
 * world's symbols, PT_TLS. Stands for what `readelf -lrd` prints; only little-endian 64-bit files of our own making are read.
 *
 * What can go wrong: names of IRELATIVE relocations. They have no symbol; the resolver is found by its address.
 */
import type { ElfFacts } from '../scenario/world-schema.js';

interface Section {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly address: number;
  readonly link: number;
}

interface Sym {
  readonly name: string;
  readonly value: number;
}

const at = (file: Buffer, offset: number) => Number(file.readBigUInt64LE(offset));

function cString(file: Buffer, offset: number): string {
  return file.toString('latin1', offset, file.indexOf(0, offset));
}

function sectionsOf(file: Buffer): Section[] {
  const start = at(file, 40);
  const count = file.readUInt16LE(60);
  const raw = Array.from({ length: count }, (_, i) => {
    const o = start + 64 * i;
    return {
      nameAt: file.readUInt32LE(o),
      address: at(file, o + 16),
      offset: at(file, o + 24),
      size: at(file, o + 32),
      link: file.readUInt32LE(o + 40),
    };
  });
  const names = raw[file.readUInt16LE(62)]?.offset ?? 0;
  return raw.map(({ nameAt, ...section }) => ({ name: cString(file, names + nameAt), ...section }));
}

function symbolsOf(file: Buffer, sections: readonly Section[], table: string): Sym[] {
  const section = sections.find(({ name }) => name === table);
  if (section === undefined) return [];
  const strings = sections[section.link]?.offset ?? 0;
  return Array.from({ length: section.size / 24 }, (_, i) => {
    const o = section.offset + 24 * i;
    return { name: cString(file, strings + file.readUInt32LE(o)), value: at(file, o + 8) };
  });
}

const types: Readonly<Record<number, string>> = { 1: '64', 5: 'COPY', 6: 'GLOB_DAT', 7: 'JUMP_SLOT', 37: 'IRELATIVE' };

function relocationsOf(file: Buffer, sections: readonly Section[]): ElfFacts['relocs'] {
  const dynamic = symbolsOf(file, sections, '.dynsym');
  const resolvers = new Map(
    symbolsOf(file, sections, '.symtab')
      .filter(({ name }) => name.startsWith('res_w_'))
      .map(({ name, value }) => [value, name]),
  );
  return ['dyn', 'plt'].flatMap((table) => {
    const section = sections.find(({ name }) => name === `.rela.${table}`);
    if (section === undefined) return [];
    return Array.from({ length: section.size / 24 }, (_, i): [string, string, string] => {
      const o = section.offset + 24 * i;
      const type = types[file.readUInt32LE(o + 8)] ?? '?';
      const sym =
        type === 'IRELATIVE'
          ? (resolvers.get(at(file, o + 16)) ?? '')
          : (dynamic[file.readUInt32LE(o + 12)]?.name ?? '');
      return [table, type, sym];
    }).filter(([, , sym]) => /^(res_)?w_/.test(sym) || sym === '__rseq_handled');
  });
}

const flagBits = [
  [0x1, 'NOW'],
  [0x8, 'NODELETE'],
  [0x20, 'INITFIRST'],
  [0x400, 'INTERPOSE'],
  [0x08000000, 'PIE'],
] as const;

const tag = {
  needed: 1,
  init: 12,
  fini: 13,
  bindNow: 24,
  initArray: 27,
  finiArray: 28,
  flags: 30,
  preinitArray: 33,
  flags1: 0x6ffffffb,
};

/** Facts of a linked file. A static program has only a type and thread-local storage. */
export function elfFacts(file: Buffer): ElfFacts {
  const sections = sectionsOf(file);
  const dynamic = sections.find(({ name }) => name === '.dynamic');
  const strings = sections.find(({ name }) => name === '.dynstr')?.offset ?? 0;
  const entries = Array.from({ length: (dynamic?.size ?? 0) / 16 }, (_, i) => {
    const o = (dynamic?.offset ?? 0) + 16 * i;
    return [at(file, o), at(file, o + 8)] as const;
  });
  const has = (wanted: number) => entries.some(([t]) => t === wanted);
  const entryOf = (wanted: number) => entries.find(([t]) => t === wanted)?.[1] ?? 0;
  const flags1 = entryOf(tag.flags1);
  const programs = Array.from({ length: file.readUInt16LE(56) }, (_, i) => file.readUInt32LE(at(file, 32) + 56 * i));
  return {
    type: file.readUInt16LE(16) === 2 ? 'exec' : 'dyn',
    needed: entries.filter(([t]) => t === tag.needed).map(([, v]) => cString(file, strings + v)),
    init: has(tag.init),
    fini: has(tag.fini),
    init_array: entryOf(tag.initArray) / 8,
    fini_array: entryOf(tag.finiArray) / 8,
    preinit_array: entryOf(tag.preinitArray) / 8,
    flags_1: flagBits.filter(([bit]) => (flags1 & bit) !== 0).map(([, name]) => name),
    bind_now: has(tag.bindNow) || (entryOf(tag.flags) & 8) !== 0 || (flags1 & 1) !== 0,
    tls: programs.includes(7),
    relocs: dynamic === undefined ? [] : relocationsOf(file, sections),
  };
}
