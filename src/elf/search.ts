/**
 * From a name in a dynamic section to a file: DT_RPATH up the chain of loaders, LD_LIBRARY_PATH, DT_RUNPATH, ld.so.cache, the
 * default folders, each folder with its subfolders for better processors. In glibc: elf/dl-load.c:_dl_map_object, open_path,
 * open_verify.
 *
 * What can go wrong: going on where ld.so stops. It passes over files of another class or machine, but a file that is no ELF file,
 * or a broken one, in the first folder that has the name ends the search with an error.
 */
import type { ElfFile } from './file.js';
import type { CacheLookup } from './ld-cache.js';
import type { Root } from './root.js';
import type { SystemFolders } from './system.js';
import { foldersOf, substitute, type Tokens } from './tokens.js';

/** Why a file was taken. */
export type Why =
  | { readonly by: 'program' | 'interpreter' | 'path' | 'cache' }
  | { readonly by: 'library path' | 'default'; readonly folder: string }
  | { readonly by: 'rpath' | 'runpath'; readonly folder: string; readonly of: Loaded };

/** A loaded object: what a link map remembers of its file. */
export interface Loaded {
  /** `l_name`: the path as it was found, which messages use. */
  readonly path: string;
  readonly file: ElfFile;
  /** Device and inode; undefined for the program and ld.so, which the kernel mapped. */
  readonly id: string | undefined;
  /** `l_loader`: who asked first. */
  readonly loader: Loaded | undefined;
  /** The name by which it was asked for first. */
  readonly requested: string;
  /** Its folder, for $ORIGIN. */
  readonly origin: string | null;
  readonly why: Why;
  /** Every name that finds it again. */
  readonly names: Set<string>;
}

/** A file that a search went past. */
export interface PassedOver {
  readonly path: string;
  readonly because: string;
}

/** What a search found: a file, or what ld.so says instead. */
export type Found =
  | { readonly path: string; readonly file: ElfFile; readonly id: string; readonly why: Why }
  | { readonly error: string };

/** What all searches of one program have in common. */
export interface SearchPlace {
  readonly root: Root;
  readonly system: SystemFolders;
  readonly platform: string;
  /** What stands between a folder and a name, in order. */
  readonly subfolders: readonly string[];
  /** LD_LIBRARY_PATH; empty for none. */
  readonly libraryPath: string;
  readonly cache: CacheLookup;
}

/** A list of folders of one origin. */
interface Folders {
  readonly folders: readonly string[];
  readonly why: (folder: string) => Why;
}

const NOT_FOUND = 'cannot open shared object file: No such file or directory';

/** Searches of one program. */
export class LibrarySearch {
  readonly passedOver: PassedOver[] = [];
  readonly #there = new Map<string, boolean>();
  readonly #main: Loaded;
  readonly #place: SearchPlace;

  constructor(place: SearchPlace, main: Loaded) {
    this.#place = place;
    this.#main = main;
  }

  /** What the tokens of an object's names stand for. */
  tokensOf({ origin }: Loaded): Tokens {
    return { ORIGIN: origin, LIB: this.#place.system.lib, PLATFORM: this.#place.platform };
  }

  /** Find the file of a name that `loader` asks for. */
  find(name: string, loader: Loaded): Found {
    if (name.includes('/')) return this.#direct(name, loader);
    const otherClass: PassedOver[] = [];
    for (const folders of this.#before(loader)) {
      const found = this.#inFolders(folders, name, otherClass);
      if (found !== undefined) return found;
    }
    const found = this.#cached(name, loader, otherClass) ?? this.#byDefault(name, loader, otherClass);
    if (found !== undefined) return found;
    const [other] = otherClass;
    return { error: other === undefined ? NOT_FOUND : 'wrong ELF class: ELFCLASS32' };
  }

  /** A name with a slash is a path. */
  #direct(name: string, loader: Loaded): Found {
    const path = substitute(name, this.tokensOf(loader));
    if (path === undefined || path === '') return { error: 'empty dynamic string token substitution' };
    const passed: PassedOver[] = [];
    const found = this.#open(path, { by: 'path' }, passed);
    return found ?? { error: passed.length === 0 ? NOT_FOUND : (passed[0]?.because ?? NOT_FOUND) };
  }

  /** Where ld.so looks before the cache. */
  *#before(loader: Loaded): Generator<Folders, void, undefined> {
    const pathOf = (of: Loaded, by: 'rpath' | 'runpath'): Folders => ({
      folders: foldersOf(of.file.dynamic?.[by] ?? '', ':', this.tokensOf(of)),
      why: (folder) => ({ by, folder, of }),
    });
    // An object with DT_RUNPATH has no DT_RPATH, for itself and for those that it loads.
    const rpathOf = (of: Loaded) => (of.file.dynamic?.runpath === undefined ? [pathOf(of, 'rpath')] : []);
    if (loader.file.dynamic?.runpath === undefined) {
      const chain: Loaded[] = [];
      for (let at: Loaded | undefined = loader; at !== undefined; at = at.loader) chain.push(at);
      if (!chain.includes(this.#main)) chain.push(this.#main);
      for (const of of chain) yield* rpathOf(of);
    }
    const { libraryPath } = this.#place;
    yield {
      folders: foldersOf(libraryPath, ':;', this.tokensOf(this.#main)),
      why: (folder) => ({ by: 'library path', folder }),
    };
    yield pathOf(loader, 'runpath');
  }

  #noDefault({ file }: Loaded): boolean {
    return file.dynamic?.flags1.includes('NODEFLIB') ?? false;
  }

  #cached(name: string, loader: Loaded, otherClass: PassedOver[]): Found | undefined {
    const path = this.#place.cache(name);
    if (path === undefined) return undefined;
    const isDefault = this.#place.system.folders.some((folder) => path.startsWith(folder));
    return isDefault && this.#noDefault(loader) ? undefined : this.#open(path, { by: 'cache' }, otherClass);
  }

  #byDefault(name: string, loader: Loaded, otherClass: PassedOver[]): Found | undefined {
    if (this.#noDefault(loader)) return undefined;
    const { folders } = this.#place.system;
    return this.#inFolders({ folders, why: (folder) => ({ by: 'default', folder }) }, name, otherClass);
  }

  /** @source elf/dl-load.c:open_path */
  #inFolders({ folders, why }: Folders, name: string, otherClass: PassedOver[]): Found | undefined {
    for (const folder of folders) {
      for (const sub of this.#place.subfolders) {
        if (!this.#exists(`${folder}${sub}`)) continue;
        const found = this.#open(`${folder}${sub}${name}`, why(`${folder}${sub}`), otherClass);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #exists(folder: string): boolean {
    const known = this.#there.get(folder);
    if (known !== undefined) return known;
    const found = this.#place.root.locate(folder === '' ? '.' : folder);
    const exists = 'isFolder' in found && found.isFolder;
    this.#there.set(folder, exists);
    return exists;
  }

  /** Open a file; undefined where the search goes on. @source elf/dl-load.c:open_verify */
  #open(path: string, why: Why, otherClass: PassedOver[]): Found | undefined {
    const found = this.#place.root.locate(path);
    if ('errno' in found) return undefined;
    const answer = this.#place.root.elf(path, ({ file }) => file);
    if ('errno' in answer) {
      return answer.errno === 'EACCES' ? undefined : { error: `cannot read file data: ${answer.errno}` };
    }
    if ('fault' in answer) {
      if (answer.fault.kind !== 'foreign') return { error: answer.fault.message };
      const passed = { path, because: answer.fault.message };
      this.passedOver.push(passed);
      if (answer.fault.message.startsWith('wrong ELF class')) otherClass.push(passed);
      return undefined;
    }
    const refused = refusalOf(answer.value);
    return refused === undefined ? { path, file: answer.value, id: found.id, why } : { error: refused };
  }
}

/** Why a good file cannot be a library; undefined when it can. @source elf/dl-load.c:_dl_map_object_from_fd */
function refusalOf({ type, dynamic }: ElfFile): string | undefined {
  if (type === 'exec') return 'cannot dynamically load executable';
  if (dynamic === undefined) return 'object file has no dynamic section';
  return dynamic.flags1.includes('PIE') ? 'cannot dynamically load position-independent executable' : undefined;
}
