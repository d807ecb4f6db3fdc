/**
 * A program and everything that is loaded with it, in the order of loading: preloads, then breadth first what each object needs,
 * filtees before their filters. In glibc: elf/rtld.c:dl_main, elf/dl-deps.c:_dl_map_object_deps, elf/dl-load.c:_dl_map_object.
 *
 * What can go wrong: two names for one file. A name is first compared with the names and sonames of what is loaded, and a file
 * with the device and inode of what is loaded; without either a library would be there twice.
 */
import { dirname } from 'node:path';
import type { ElfFile } from './file.js';
import type { Root } from './root.js';
import { type Found, LibrarySearch, type Loaded, type PassedOver, type SearchPlace } from './search.js';
import { hasToken, substitute } from './tokens.js';

/** A name that no file answers to. */
export interface Missing {
  readonly name: string;
  readonly neededBy: Loaded;
  /** A preload or an auxiliary filtee that is missing is passed over; anything else ends the start. */
  readonly fatal: boolean;
  /** What ld.so says. */
  readonly message: string;
}

/** A program with its libraries. */
export interface Closure {
  readonly main: Loaded;
  readonly interpreter: Loaded;
  /** Everything but the program, in load order; ld.so among it where something needs it. */
  readonly libraries: readonly Loaded[];
  /** Names of what is preloaded, in order, missing ones among them. */
  readonly preloads: { readonly environment: readonly string[]; readonly system: readonly string[] };
  /** Names of what was opened later, in order. */
  readonly opened: readonly string[];
  /** The object behind each name that was asked for. */
  readonly byName: ReadonlyMap<string, Loaded>;
  readonly missing: readonly Missing[];
  readonly passedOver: readonly PassedOver[];
}

/** Most objects of a program; the largest desktop programs load some four hundred. */
export const OBJECTS_MAX = 2000;
/** Most names that are looked up. */
const NAMES_MAX = 50_000;

/** The program would load more than is looked at. */
export interface TooMany {
  readonly tooMany: number;
}

class Walk {
  readonly queue: Loaded[];
  readonly byName = new Map<string, Loaded>();
  readonly missing: Missing[] = [];
  readonly #loaded: Loaded[];
  #names = 0;

  constructor(
    readonly search: LibrarySearch,
    readonly main: Loaded,
    interpreter: Loaded,
  ) {
    this.#loaded = [main, interpreter];
    this.queue = [main];
  }

  get tooMany(): boolean {
    return this.#loaded.length > OBJECTS_MAX || this.#names > NAMES_MAX;
  }

  /** Find or load what a name stands for; undefined where it is missing. */
  load(name: string, loader: Loaded, fatal: boolean): Loaded | undefined {
    this.#names++;
    const known = this.#loaded.find(({ names, file }) => names.has(name) || file.dynamic?.soname === name);
    const object = known ?? this.#mapped(name, loader, fatal);
    if (object !== undefined) this.byName.set(name, object);
    return object;
  }

  #mapped(name: string, loader: Loaded, fatal: boolean): Loaded | undefined {
    const found = this.search.find(name, loader);
    if ('error' in found) {
      this.missing.push({ name, neededBy: loader, fatal, message: found.error });
      return undefined;
    }
    const same = this.#loaded.find(({ id }) => id === found.id);
    same?.names.add(name);
    const object = same ?? newObject(found, name, loader);
    if (same === undefined) this.#loaded.push(object);
    return object;
  }

  /** Everything the queue needs, breadth first. */
  dependencies(): void {
    const done = new Set<Loaded>();
    for (let at = 0; at < this.queue.length && !this.tooMany; ) {
      const object = this.queue[at];
      if (object === undefined || done.has(object)) at++;
      else {
        done.add(object);
        at = Math.min(at, this.#needsOf(object));
      }
    }
  }

  /** Load what is opened, and what it needs; whether it was there. */
  open(name: string, by: string): boolean {
    const loader = this.#loaded.find(({ path }) => path === by) ?? this.main;
    const found = this.load(name, loader, false);
    if (found === undefined) return false;
    if (!this.queue.includes(found)) this.queue.push(found);
    this.dependencies();
    return true;
  }

  /** Queue what an object needs; where the queue has to be read on. */
  #needsOf(object: Loaded): number {
    let readOn = this.queue.length;
    for (const { kind, name: written } of object.file.dynamic?.dependencies ?? []) {
      if (this.tooMany) return readOn;
      const fatal = kind !== 'auxiliary';
      const name = hasToken(written) ? (substitute(written, this.search.tokensOf(object)) ?? '') : written;
      const found = this.load(name, object, fatal);
      if (found === undefined) continue;
      this.byName.set(written, found);
      if (kind === 'needed') {
        if (!this.queue.includes(found)) this.queue.push(found);
      } else readOn = Math.min(readOn, this.#placeFiltee(object, found));
    }
    return Math.min(readOn, this.queue.indexOf(object));
  }

  /** A filtee stands before its filter, unless it stands further forward already. */
  #placeFiltee(filter: Loaded, found: Loaded): number {
    const [at, known] = [this.queue.indexOf(filter), this.queue.indexOf(found)];
    if (known >= 0 && known < at) return known;
    if (known >= 0) this.queue.splice(known, 1);
    this.queue.splice(at, 0, found);
    return at;
  }
}

function newObject({ path, file, id, why }: Exclude<Found, { error: string }>, name: string, loader: Loaded): Loaded {
  // Not tidied: ld.so keeps the dots of a path as they were asked for.
  const origin = path.startsWith('/') ? dirname(path) : dirname(`${process.cwd()}/${path}`);
  return { path, file, id, loader, requested: name, origin, why, names: new Set([path, name]) };
}

/** The program itself, as the kernel maps it: `origin` is the folder of the file behind all links. */
export function programObject(path: string, file: ElfFile, origin: string): Loaded {
  const names = new Set<string>();
  return { path, file, id: undefined, loader: undefined, requested: path, origin, why: { by: 'program' }, names };
}

/** ld.so, as the kernel maps it. */
export function interpreterObject(path: string, file: ElfFile): Loaded {
  const names = new Set([path]);
  const origin = dirname(path);
  return { path, file, id: undefined, loader: undefined, requested: path, origin, why: { by: 'interpreter' }, names };
}

/** What is to be loaded before what the program needs. */
export interface Preloads {
  /** LD_PRELOAD. */
  readonly environment: readonly string[];
  /** /etc/ld.so.preload. */
  readonly system: readonly string[];
}

/** A dlopen that is known to come: the name, and the path of the object that calls. */
export interface Opening {
  readonly name: string;
  readonly by: string;
}

/** Load a program and all it needs, and what it opens. */
export function closureOf(
  main: Loaded,
  interpreter: Loaded,
  place: SearchPlace,
  preloads: Preloads,
  openings: readonly Opening[] = [],
): Closure | TooMany {
  const walk = new Walk(new LibrarySearch(place, main), main, interpreter);
  for (const name of [...preloads.environment, ...preloads.system]) {
    const found = walk.load(name, main, false);
    if (found !== undefined && !walk.queue.includes(found)) walk.queue.push(found);
  }
  walk.dependencies();
  const opened = openings.flatMap(({ name, by }) => (walk.open(name, by) ? [name] : []));
  if (walk.tooMany) return { tooMany: OBJECTS_MAX };
  const { byName, missing, search } = walk;
  const libraries = walk.queue.filter((object) => object !== main);
  return { main, interpreter, libraries, preloads, opened, byName, missing, passedOver: search.passedOver };
}

/** The names in LD_PRELOAD. */
export function preloadNames(text: string): readonly string[] {
  return text.split(/[ :]+/).filter((name) => name !== '');
}

/** The names in /etc/ld.so.preload, without comments. @source elf/rtld.c:dl_main */
export function systemPreloads(root: Root): readonly string[] {
  const text = root.bytes('/etc/ld.so.preload', (bytes) =>
    bytes.size > 1 << 16 ? '' : bytes.slice(0, bytes.size, '/etc/ld.so.preload').toString('latin1'),
  );
  if (typeof text !== 'string') return [];
  return text
    .replace(/#.*$/gm, '')
    .split(/[ \t\n:]+/)
    .filter((name) => name !== '');
}
