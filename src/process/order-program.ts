/**
 * A real program that is known by what its files' dynamic sections say: when ld.so would call the initialisers and finalisers of
 * each file. It runs through the whole model, with one function in each file that says when it was called.
 *
 * What can go wrong: `calling init` is reported for every object but the executable, also where there is nothing to call;
 * `calling fini` at first only where there was, since _dl_call_fini for all (elf/dl-init.c:call_init, elf/dl-call_fini.c).
 */
import type { ElfFacts, RecordedEvent, WorldObject } from '../scenario/world-schema.js';
import { type Build, programFor } from './builds.js';
import { runProgram } from './run.js';

/** What the model needs to know of a file. */
export interface FileOfProgram {
  readonly needed: readonly string[];
  readonly flags_1: readonly string[];
  readonly bind_now: boolean;
  /** It has a DT_FINI or DT_FINI_ARRAY. */
  readonly finalised: boolean;
  /** DT_FILTER and DT_AUXILIARY, by the names in the dynamic section. */
  readonly filter?: readonly string[];
  readonly auxiliary?: readonly string[];
}

/** A program: its executable, and the other files by name. */
export interface FilesOfProgram {
  readonly executable: FileOfProgram;
  readonly files: Readonly<Record<string, FileOfProgram>>;
  /** The file behind each name that a dynamic section can ask for. */
  readonly byName: Readonly<Record<string, string>>;
  /** Names of what LD_PRELOAD and then /etc/ld.so.preload load. */
  readonly preload?: readonly string[];
  /** Names that are opened while it runs, in order. */
  readonly opens?: readonly string[];
}

/** Initialisers and finalisers in the order of their calls, by file; `error`: what ld.so says instead of starting. */
export interface ProgramOrder {
  readonly init: readonly string[];
  readonly fini: readonly string[];
  readonly error?: string;
}

/** How the executable is called among the files. */
export const EXECUTABLE = '(main)';

function objectOf({ finalised, filter, auxiliary }: FileOfProgram, libc: Build): WorldObject {
  return {
    ctors: [{}],
    dtors: finalised || libc.release.finiMarksFirst ? [{}] : [],
    ...(filter === undefined ? {} : { filter }),
    ...(auxiliary === undefined ? {} : { auxiliary }),
  };
}

function factsOf({ needed, flags_1, bind_now }: FileOfProgram): ElfFacts {
  return {
    type: 'dyn',
    needed,
    init: false,
    fini: false,
    init_array: 1,
    fini_array: 1,
    preinit_array: 0,
    flags_1,
    bind_now,
    tls: false,
    relocs: [],
  };
}

const opening = (file: string, i: number) => ({ op: 'dlopen' as const, file, flags: ['lazy' as const], as: `h${i}` });

/**
 * The order of a program that starts, opens what it is said to open, and exits.
 *
 * @param sort `glibc.rtld.dynamic_sort`; null for the build's default
 */
export function programOrder(program: FilesOfProgram, libc: Build, sort: 1 | 2 | null): ProgramOrder {
  const { executable: main, files, byName, preload = [], opens = [] } = program;
  const entries = Object.entries(files).map(([name, file]) => [inner(name), file] as const);
  const names = Object.entries(byName).map(([name, file]) => [name, inner(file)] as const);
  const world = {
    exe: { ...objectOf(main, libc), ctors: [], main: opens.map(opening) },
    objects: Object.fromEntries(entries.map(([name, file]) => [name, objectOf(file, libc)])),
    ...(preload.length === 0 ? {} : { preload }),
    ...(sort === null ? {} : { tunables: { 'glibc.rtld.dynamic_sort': String(sort) } }),
  };
  const elf = Object.fromEntries([['exe', factsOf(main)], ...entries.map(([name, file]) => [name, factsOf(file)])]);
  const { events } = runProgram({ ...programFor(libc, world, elf), files: Object.fromEntries(names) });
  const called = (kind: string): string[] => events.filter((event) => event.kind === kind).map(fileOf);
  const error = events.find(({ kind }) => kind === 'stderr')?.detail?.trim();
  return { init: called('ctor'), fini: called('dtor'), ...(error === undefined ? {} : { error }) };
}

/** The name of a file within the model, where the executable is called `exe`; and back. */
const inner = (file: string): string => (file === 'exe' ? './exe' : file);
const outer = (name: string): string => (name === './exe' ? 'exe' : name);

const fileOf = ({ obj }: RecordedEvent): string => (obj === 'exe' ? EXECUTABLE : outer(obj));
