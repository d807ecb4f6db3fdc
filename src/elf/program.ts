/**
 * A program on a disk with all it loads, and the libc build it meets there. Stands for what execve and ld.so find before anything
 * runs: the file, its interpreter, the closure, the release of the libc in it.
 *
 * What can go wrong: which release it is decides which folders are searched, and the search decides which libc is found. The
 * libc is looked for with the folders of every release first, and again where its own release has others.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Release } from '../libc/release.js';
import { ldso, libc } from '../loader/linkmap.js';
import { type Build, buildNamed } from '../process/builds.js';
import { EXECUTABLE, type FileOfProgram, type FilesOfProgram } from '../process/order-program.js';
import { Bytes, type Unopened } from './bytes.js';
import {
  type Closure,
  closureOf,
  interpreterObject,
  type Opening,
  preloadNames,
  programObject,
  systemPreloads,
  type TooMany,
} from './closure.js';
import type { ElfFile } from './file.js';
import type { ElfFault } from './header.js';
import { legacyHwcaps, namedHwcaps, type Processor, subfolders } from './hwcaps.js';
import { type CacheLookup, cacheLookup } from './ld-cache.js';
import type { Root } from './root.js';
import type { Loaded, SearchPlace } from './search.js';
import { libcBanner, type SystemFolders, systemFolders } from './system.js';

/** Where and how a program is started. */
export interface ProgramPlace {
  readonly root: Root;
  readonly processor: Processor;
  /** LD_LIBRARY_PATH and LD_PRELOAD; empty for none. */
  readonly libraryPath: string;
  readonly preload: string;
  /** The libc build to predict for; undefined for the one that is found. */
  readonly libc: Build | undefined;
  /** What the program is known to open while it runs. */
  readonly openings?: readonly Opening[];
}

/** A program ready to be put in order. */
export interface RealProgram {
  readonly path: string;
  readonly closure: Closure;
  /** What it runs on, or undefined where the libc it finds is none that is known. */
  readonly libc: Build | undefined;
  /** What the libc says of itself. */
  readonly banner: string | undefined;
}

/** Why a file is no program to look at. */
export type NoProgram =
  | Unopened
  | TooMany
  | { readonly fault: ElfFault }
  | { readonly noLoader: 'static' | 'library' }
  | { readonly badInterpreter: string; readonly because: string };

/** Largest cache that is read. */
const CACHE_MAX = 1 << 25;

function cacheOf(root: Root, processor: Processor, release: Pick<Release, 'hwcapsFolders'>): CacheLookup {
  const content = root.bytes('/etc/ld.so.cache', (bytes) =>
    bytes.size > CACHE_MAX ? Buffer.alloc(0) : bytes.slice(0, bytes.size, 'ld.so.cache'),
  );
  if ('errno' in content) return () => undefined;
  return cacheLookup(Bytes.of(content), {
    named: namedHwcaps(processor, release),
    legacy: release.hwcapsFolders === 'named' ? undefined : legacyHwcaps(processor),
    level: processor.level,
  });
}

/** The folder of a program behind all links, as /proc/self/exe has it. */
function originOf(root: Root, path: string): string {
  if (!root.own) return dirname(path);
  try {
    return dirname(realpathSync(path));
  } catch {
    return dirname(path);
  }
}

/** The program and its interpreter, read; or why not. */
function startOf(root: Root, path: string): { main: Loaded; interpreter: Loaded } | NoProgram {
  const answer = root.elf(path, ({ file }): ElfFile => file);
  if (!('value' in answer)) return answer;
  const file = answer.value;
  if (file.interpreter === undefined) return { noLoader: file.dynamic?.soname === undefined ? 'static' : 'library' };
  const found = root.elf(file.interpreter, ({ file: own }): ElfFile => own);
  const because = 'errno' in found ? found.errno : 'fault' in found ? found.fault.message : undefined;
  if (because !== undefined || !('value' in found)) {
    return { badInterpreter: file.interpreter, because: because ?? 'unknown' };
  }
  if (found.value.dynamic?.soname !== ldso) {
    return { badInterpreter: file.interpreter, because: `its soname is not ${ldso}` };
  }
  const origin = originOf(root, path);
  return { main: programObject(path, file, origin), interpreter: interpreterObject(file.interpreter, found.value) };
}

/** The libc a closure holds. */
const libcIn = ({ libraries }: Closure): Loaded | undefined =>
  libraries.find(({ file }) => file.dynamic?.soname === libc);

function buildOf(root: Root, closure: Closure): { build: Build | undefined; banner: string | undefined } {
  const found = libcIn(closure);
  const banner = found === undefined ? undefined : libcBanner(root, found.path);
  if (banner === undefined) return { build: undefined, banner: undefined };
  const { release, debian } = banner;
  const build = (debian === undefined ? undefined : buildNamed(`debian-${release}`)) ?? buildNamed(release);
  return { build, banner: debian === undefined ? `glibc ${release}` : `Debian glibc ${debian}` };
}

function closureUnder(
  at: { main: Loaded; interpreter: Loaded },
  { root, processor, libraryPath, preload, openings }: ProgramPlace,
  system: SystemFolders,
  release: Pick<Release, 'hwcapsFolders'>,
): Closure | TooMany {
  const search: SearchPlace = {
    root,
    system,
    platform: release.hwcapsFolders === 'named' ? 'x86_64' : processor.platform,
    subfolders: subfolders(processor, release),
    libraryPath,
    cache: cacheOf(root, processor, release),
  };
  const preloads = { environment: preloadNames(preload), system: systemPreloads(root) };
  return closureOf(at.main, at.interpreter, search, preloads, openings);
}

/** Read a program and everything it loads at its start. */
export function readProgram(path: string, place: ProgramPlace): RealProgram | NoProgram {
  const start = startOf(place.root, path);
  if (!('main' in start)) return start;
  const system = systemFolders(place.root, start.interpreter.path);
  const first = closureUnder(start, place, system, place.libc?.release ?? { hwcapsFolders: 'both' });
  if ('tooMany' in first) return first;
  const { build: found, banner } = buildOf(place.root, first);
  const build = place.libc ?? found;
  const folders = build?.release.hwcapsFolders ?? 'both';
  const closure =
    place.libc !== undefined || folders === 'both'
      ? first
      : closureUnder(start, place, system, { hwcapsFolders: folders });
  return 'tooMany' in closure ? closure : { path, closure, libc: build, banner };
}

/** Short names of objects, each once: the file's own, its path where another has that, and glibc's by their sonames. */
export function shortNames({ libraries }: Closure): ReadonlyMap<Loaded, string> {
  const names = new Map<Loaded, string>();
  const taken = new Set<string>([EXECUTABLE]);
  for (const object of libraries) {
    const soname = object.file.dynamic?.soname;
    const own = soname === libc || soname === ldso ? soname : basename(object.path);
    const name = taken.has(own) ? object.path : own;
    taken.add(name);
    names.set(object, name);
  }
  return names;
}

function fileOfProgram({ file: { dynamic } }: Loaded): FileOfProgram {
  const named = (wanted: string) =>
    (dynamic?.dependencies ?? []).filter(({ kind }) => kind === wanted).map(({ name }) => name);
  const [filter, auxiliary] = [named('filter'), named('auxiliary')];
  return {
    needed: named('needed'),
    flags_1: dynamic?.flags1 ?? [],
    bind_now: dynamic?.bindNow ?? false,
    finalised: (dynamic?.fini ?? false) || (dynamic?.finiArray ?? 0) > 0,
    ...(filter.length === 0 ? {} : { filter }),
    ...(auxiliary.length === 0 ? {} : { auxiliary }),
  };
}

/** A program as the model takes it, its libraries by their short names. */
export function filesOf(closure: Closure): FilesOfProgram {
  const names = shortNames(closure);
  const nameOf = (object: Loaded): string => names.get(object) ?? '';
  const { environment, system } = closure.preloads;
  const asked = [...closure.byName].filter(([, object]) => names.has(object));
  const sonames = closure.libraries.flatMap((object): [string, string][] => {
    const { soname } = object.file.dynamic ?? {};
    return soname === undefined ? [] : [[soname, nameOf(object)]];
  });
  return {
    executable: fileOfProgram(closure.main),
    files: Object.fromEntries(closure.libraries.map((object) => [nameOf(object), fileOfProgram(object)])),
    byName: Object.fromEntries([
      ...sonames,
      ...asked.map(([name, object]): [string, string] => [name, nameOf(object)]),
    ]),
    preload: [...environment, ...system].filter((name) => closure.byName.has(name)),
    opens: closure.opened,
  };
}
