/**
 * One ELF file: header, dynamic section, and on demand its tables. Stands for what ld.so knows of a file when it has mapped it
 * (struct link_map's l_info), without mapping it.
 *
 * What can go wrong: a file that lies. Whatever is wrong comes back as one {@link ElfFault}; only the system's refusal to open it
 * is told apart, by the name of its errno.
 */
import { type Bytes, Malformed, type Unopened, withFile } from './bytes.js';
import { type Dynamic, readDynamic } from './dynamic.js';
import { type ElfFault, type ElfHeader, PT, readHeader } from './header.js';
import { type Notes, readNotes } from './notes.js';
import { type Relocations, readRelocations } from './relocations.js';
import { type DynamicSymbol, eachDefined } from './symbols.js';
import { type NeededVersion, neededVersions } from './versions.js';

/** What is read of every file. */
export interface ElfFile {
  readonly type: 'dyn' | 'exec';
  /** PT_INTERP. */
  readonly interpreter: string | undefined;
  /** Undefined in a static program. */
  readonly dynamic: Dynamic | undefined;
  /** PT_TLS: bytes of thread-local storage in memory; undefined for none. */
  readonly tls: number | undefined;
}

/** A file that is open, with the tables that few ask for. */
export interface OpenElf {
  readonly file: ElfFile;
  readonly bytes: Bytes;
  readonly header: ElfHeader;
  readonly notes: () => Notes;
  /** Empty in a static program. */
  readonly relocations: () => Relocations;
  readonly neededVersions: () => readonly NeededVersion[];
  /** Visit the symbols that others can find, by their names. */
  readonly eachDefined: (wanted: (name: string) => boolean, see: (symbol: DynamicSymbol) => void) => void;
}

/** Most bytes of a path in PT_INTERP. */
const PATH_MAX = 4096;

function interpreterOf(bytes: Bytes, { segments }: ElfHeader): string | undefined {
  const segment = segments.find(({ type }) => type === PT.interp);
  if (segment === undefined) return undefined;
  if (segment.fileSize < 2 || segment.fileSize > PATH_MAX) throw new Malformed('PT_INTERP holds no path');
  const text = bytes.slice(segment.offset, segment.fileSize, 'PT_INTERP').toString('latin1');
  const end = text.indexOf('\0');
  if (end < 1) throw new Malformed('PT_INTERP holds no path');
  return text.slice(0, end);
}

function open(bytes: Bytes, header: ElfHeader): OpenElf {
  const dynamic = readDynamic(bytes, header);
  const tls = header.segments.find(({ type }) => type === PT.tls)?.memorySize;
  const file = { type: header.type, interpreter: interpreterOf(bytes, header), dynamic, tls };
  const tables = dynamic === undefined ? undefined : { bytes, header, dynamic };
  const noSymbol = (): never => {
    throw new Malformed('a symbol is named and there is no dynamic section');
  };
  return {
    file,
    bytes,
    header,
    notes: () => readNotes(bytes, header),
    relocations: () =>
      tables === undefined ? { entries: [], relative: 0, symbolAt: noSymbol } : readRelocations(tables),
    neededVersions: () => (tables === undefined ? [] : neededVersions(tables)),
    eachDefined: (wanted, see) => (tables === undefined ? undefined : eachDefined(tables, wanted, see)),
  };
}

/** Read an ELF file from bytes. `use` may ask for its tables; what it finds malformed is the answer then. */
export function elfOf<T>(bytes: Bytes, use: (elf: OpenElf) => T): { readonly value: T } | { readonly fault: ElfFault } {
  try {
    const header = readHeader(bytes);
    return 'kind' in header ? { fault: header } : { value: use(open(bytes, header)) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { fault: { kind: 'malformed', message: error.message } };
  }
}

/** What became of reading a file: what `use` made of it, what is wrong with it, or why the system does not open it. */
export type ElfAnswer<T> = { readonly value: T } | { readonly fault: ElfFault } | Unopened;

/** Read the ELF file at a path, which is open while `use` works. */
export function readElf<T>(path: string, use: (elf: OpenElf) => T): ElfAnswer<T> {
  return withFile(path, (bytes) => elfOf(bytes, use));
}

/** The parts of a file that are always read. */
export function readElfFile(path: string): ElfAnswer<ElfFile> {
  return readElf(path, ({ file }) => file);
}
