/**
 * The dynamic section of a file: what it needs, where it wants it searched, what it runs at its start and end, and where its
 * tables lie. Stands for elf/get-dynamic-info.h:elf_get_dynamic_info and the walk of elf/dl-deps.c.
 *
 * What can go wrong: a tag that stands there twice. Of names all count, in their order; of everything else the last.
 */
import { type Bytes, Malformed, wordAt } from './bytes.js';
import { type ElfHeader, offsetOf, PT } from './header.js';

/** Tags of d_tag that are read here. */
export const DT = {
  null: 0,
  needed: 1,
  pltRelSize: 2,
  hash: 4,
  strings: 5,
  symbols: 6,
  rela: 7,
  relaSize: 8,
  stringsSize: 10,
  init: 12,
  fini: 13,
  soname: 14,
  rpath: 15,
  symbolic: 16,
  pltRel: 20,
  textRel: 22,
  jmpRel: 23,
  bindNow: 24,
  initArray: 25,
  finiArray: 26,
  initArraySize: 27,
  finiArraySize: 28,
  runpath: 29,
  flags: 30,
  preinitArray: 32,
  preinitArraySize: 33,
  relrSize: 35,
  relr: 36,
  gnuHash: 0x6ffffef5,
  depaudit: 0x6ffffefb,
  audit: 0x6ffffefc,
  versionOf: 0x6ffffff0,
  flags1: 0x6ffffffb,
  versionsDefined: 0x6ffffffc,
  versionsDefinedCount: 0x6ffffffd,
  versionsNeeded: 0x6ffffffe,
  versionsNeededCount: 0x6fffffff,
  auxiliary: 0x7ffffffd,
  filter: 0x7fffffff,
} as const;

/** Bits of DT_FLAGS. */
const DF = { symbolic: 2, textRel: 4, bindNow: 8, staticTls: 16 } as const;

/** Bits of DT_FLAGS_1, lowest first, by the names that readelf gives them. */
const FLAGS_1 = [
  [0x1, 'NOW'],
  [0x2, 'GLOBAL'],
  [0x4, 'GROUP'],
  [0x8, 'NODELETE'],
  [0x10, 'LOADFLTR'],
  [0x20, 'INITFIRST'],
  [0x40, 'NOOPEN'],
  [0x80, 'ORIGIN'],
  [0x100, 'DIRECT'],
  [0x400, 'INTERPOSE'],
  [0x800, 'NODEFLIB'],
  [0x1000, 'NODUMP'],
  [0x08000000, 'PIE'],
] as const;

/** A name that another file must answer to, in the order of the section. */
export interface Dependency {
  readonly kind: 'needed' | 'filter' | 'auxiliary';
  readonly name: string;
}

/** What a dynamic section says. */
export interface Dynamic {
  readonly dependencies: readonly Dependency[];
  readonly soname: string | undefined;
  /** DT_RPATH and DT_RUNPATH, with colons and unexpanded. */
  readonly rpath: string | undefined;
  readonly runpath: string | undefined;
  readonly audit: readonly string[];
  readonly depaudit: readonly string[];
  readonly init: boolean;
  readonly fini: boolean;
  /** Number of entries. */
  readonly initArray: number;
  readonly finiArray: number;
  readonly preinitArray: number;
  /** Names of the bits of DT_FLAGS_1. */
  readonly flags1: readonly string[];
  /** To be relocated at load time, by whichever of the three ways to say so. */
  readonly bindNow: boolean;
  readonly symbolic: boolean;
  readonly textRel: boolean;
  readonly staticTls: boolean;
  /** The last value under a tag. */
  readonly valueUnder: (tag: number) => number | undefined;
}

/** Most entries: a hundred times what the largest program has; and most characters of all their names. */
const ENTRIES_MAX = 1 << 16;
const NAMES_MAX = 1 << 22;

const ENTRY = 16;

/** A tag with its value. */
type Entry = readonly [tag: number, value: number];

function entriesOf(bytes: Bytes, { segments }: ElfHeader): Entry[] | undefined {
  const segment = segments.find(({ type }) => type === PT.dynamic);
  if (segment === undefined) return undefined;
  const count = Math.floor(segment.fileSize / ENTRY);
  const most = Math.min(count, ENTRIES_MAX);
  const entries: Entry[] = [];
  for (const record of bytes.records(segment.offset, most, ENTRY, 'the dynamic section')) {
    const tag = wordAt(record, 0);
    if (tag === DT.null) return entries;
    entries.push([tag, wordAt(record, 8)]);
  }
  if (count > ENTRIES_MAX) throw new Malformed(`the dynamic section has more than ${ENTRIES_MAX} entries`);
  return entries;
}

/** The text at a place of the string table. */
function textsOf(bytes: Bytes, { segments }: ElfHeader, valueUnder: Dynamic['valueUnder']): (at: number) => string {
  const start = valueUnder(DT.strings);
  let room = NAMES_MAX;
  return (at) => {
    if (start === undefined) throw new Malformed('the dynamic section names strings and has no DT_STRTAB');
    const size = valueUnder(DT.stringsSize);
    if (size !== undefined && at >= size) throw new Malformed('a name lies beyond the end of DT_STRTAB');
    const name = bytes.cString(offsetOf(segments, start + at, 1, 'DT_STRTAB'), 'a name in DT_STRTAB');
    room -= name.length;
    if (room < 0) throw new Malformed(`the names of the dynamic section are longer than ${NAMES_MAX} characters`);
    return name;
  };
}

/** Number of entries of an array of functions. */
function arraySize(valueUnder: Dynamic['valueUnder'], array: number, size: number, what: string): number {
  if (valueUnder(array) === undefined) return 0;
  const bytes = valueUnder(size) ?? 0;
  if (bytes > 2 ** 32) throw new Malformed(`${what} claims ${bytes} bytes`);
  return Math.floor(bytes / 8);
}

const KINDS: Readonly<Record<number, Dependency['kind']>> = {
  [DT.needed]: 'needed',
  [DT.filter]: 'filter',
  [DT.auxiliary]: 'auxiliary',
};

/** Read the dynamic section; undefined in a file that has none. */
export function readDynamic(bytes: Bytes, header: ElfHeader): Dynamic | undefined {
  const entries = entriesOf(bytes, header);
  if (entries === undefined) return undefined;
  const last = new Map(entries);
  const valueUnder = (tag: number): number | undefined => last.get(tag);
  const text = textsOf(bytes, header, valueUnder);
  const textUnder = (tag: number): string | undefined => {
    const at = valueUnder(tag);
    return at === undefined ? undefined : text(at);
  };
  const dependencies = entries.flatMap(([tag, value]): Dependency[] => {
    const kind = KINDS[tag];
    return kind === undefined ? [] : [{ kind, name: text(value) }];
  });
  const named = { soname: textUnder(DT.soname), rpath: textUnder(DT.rpath), runpath: textUnder(DT.runpath) };
  const list = (tag: number): string[] => (textUnder(tag) ?? '').split(':').filter((name) => name !== '');
  const flags = (valueUnder(DT.flags) ?? 0) >>> 0;
  const flags1 = (valueUnder(DT.flags1) ?? 0) >>> 0;
  return {
    ...named,
    dependencies,
    audit: list(DT.audit),
    depaudit: list(DT.depaudit),
    init: last.has(DT.init),
    fini: last.has(DT.fini),
    initArray: arraySize(valueUnder, DT.initArray, DT.initArraySize, 'DT_INIT_ARRAYSZ'),
    finiArray: arraySize(valueUnder, DT.finiArray, DT.finiArraySize, 'DT_FINI_ARRAYSZ'),
    preinitArray: arraySize(valueUnder, DT.preinitArray, DT.preinitArraySize, 'DT_PREINIT_ARRAYSZ'),
    flags1: FLAGS_1.filter(([bit]) => (flags1 & bit) !== 0).map(([, name]) => name),
    bindNow: last.has(DT.bindNow) || (flags & DF.bindNow) !== 0 || (flags1 & 1) !== 0,
    symbolic: last.has(DT.symbolic) || (flags & DF.symbolic) !== 0,
    textRel: last.has(DT.textRel) || (flags & DF.textRel) !== 0,
    staticTls: (flags & DF.staticTls) !== 0,
    valueUnder,
  };
}
