/**
 * Symbol versions: which version each dynamic symbol has or asks for, and which versions of which files a file cannot do without.
 * Stands for elf/dl-version.c:_dl_check_map_versions.
 *
 * What can go wrong: both tables are chains of offsets within themselves. An offset of zero ends a chain, and a liar's chain
 * comes back to where it was; each link must lead forward, and their number is bounded.
 */
import { type Bytes, Malformed } from './bytes.js';
import { DT } from './dynamic.js';
import { offsetOf } from './header.js';
import { type TablesOf, tableAt } from './symbols.js';

/** A version of a symbol. */
export interface SymbolVersion {
  readonly name: string;
  /** Not the default: the name alone does not find it. */
  readonly hidden: boolean;
}

/** A version that a file asks another for. */
export interface NeededVersion {
  readonly file: string;
  readonly name: string;
  /** It may be missing. */
  readonly weak: boolean;
}

/** Most links of a chain. */
const LINKS_MAX = 1 << 16;

/** Follow a chain: `visit` says how far the next link is, 0 for the end. */
function follow(what: string, start: number, visit: (at: number) => number): void {
  let at = start;
  for (let links = 0; links < LINKS_MAX; links++) {
    const next = visit(at);
    if (next === 0) return;
    at += next;
  }
  throw new Malformed(`${what} goes on for more than ${LINKS_MAX} entries`);
}

interface Names {
  readonly byIndex: Map<number, string>;
  readonly needed: NeededVersion[];
}

const textAt = ({ bytes, header, dynamic }: TablesOf, at: number, what: string): string => {
  const strings = dynamic.valueUnder(DT.strings) ?? 0;
  return bytes.cString(offsetOf(header.segments, strings + at, 1, what), what);
};

/** DT_VERNEED: for each file the versions asked of it. */
function readNeeded(file: TablesOf, names: Names): void {
  const what = 'DT_VERNEED';
  const start = tableAt(file, DT.versionsNeeded, 16, what);
  if (start === undefined) return;
  const { bytes } = file;
  let room = LINKS_MAX;
  follow(what, start, (at) => {
    const from = textAt(file, bytes.u32(at + 4, what), what);
    follow(what, at + bytes.u32(at + 8, what), (aux) => {
      if (--room < 0) throw new Malformed(`${what} has more than ${LINKS_MAX} entries`);
      const [flags, index] = [bytes.u16(aux + 4, what), bytes.u16(aux + 6, what)];
      const name = textAt(file, bytes.u32(aux + 8, what), what);
      names.byIndex.set(index & 0x7fff, name);
      names.needed.push({ file: from, name, weak: (flags & 2) !== 0 });
      return bytes.u32(aux + 12, what);
    });
    return bytes.u32(at + 12, what);
  });
}

/** DT_VERDEF: the versions a file defines; the first of each names it. */
function readDefined(file: TablesOf, names: Names): void {
  const what = 'DT_VERDEF';
  const start = tableAt(file, DT.versionsDefined, 20, what);
  if (start === undefined) return;
  const { bytes } = file;
  follow(what, start, (at) => {
    const [flags, index] = [bytes.u16(at + 2, what), bytes.u16(at + 4, what)];
    const name = textAt(file, bytes.u32(at + bytes.u32(at + 12, what), what), what);
    if ((flags & 1) === 0) names.byIndex.set(index & 0x7fff, name);
    return bytes.u32(at + 16, what);
  });
}

function namesOf(file: TablesOf): Names {
  const names: Names = { byIndex: new Map(), needed: [] };
  readNeeded(file, names);
  readDefined(file, names);
  return names;
}

/** The version of each symbol by its index; undefined for local and for global without one. */
export function readVersions(file: TablesOf): (index: number) => SymbolVersion | undefined {
  const what = 'DT_VERSYM';
  const table = tableAt(file, DT.versionOf, 2, what);
  if (table === undefined) return () => undefined;
  const { byIndex } = namesOf(file);
  const bytes: Bytes = file.bytes;
  return (index) => {
    const word = bytes.u16(table + 2 * index, what);
    const name = byIndex.get(word & 0x7fff);
    return name === undefined ? undefined : { name, hidden: (word & 0x8000) !== 0 };
  };
}

/** The versions that a file asks others for, in file order. */
export function neededVersions(file: TablesOf): readonly NeededVersion[] {
  return namesOf(file).needed;
}
