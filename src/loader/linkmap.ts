/**
 * Link maps, namespaces and auditors: what ld.so knows of mapped objects. In glibc: include/link.h:struct link_map,
 * sysdeps/generic/ldsodefs.h:struct link_namespaces. Fields keep their glibc names without the `l_`.
 *
 * What can go wrong: an id is given out once and never again within a process, so an id that is no longer in `maps` is an
 * object that was unmapped; code and data of such an object are gone too.
 */
import { describedObject, type Program, programOf } from '../libc/program.js';
import { component } from '../machine/component.js';
import type { Cpu } from '../machine/cpu.js';
import type { ElfFacts } from '../scenario/world-schema.js';

/** How an object came: the executable, mapped at start, or by dlopen. */
export type MapType = 'executable' | 'library' | 'loaded';

export interface LinkMap {
  id: number;
  /** `exe`, the name of a described object, or the file name of a library of glibc. */
  file: string;
  ns: number;
  type: MapType;
  /** A proxy stands for ld.so in another namespace: the id of the real map. */
  real: number | null;
  /** `searchlist`: breadth-first closure; the first object's is its namespace's global scope. */
  closure: number[] | null;
  /** `initfini`: full sorted closure of a root, direct dependencies of others. */
  initfini: number[] | null;
  reldeps: number[];
  hasReldeps: boolean;
  directOpencount: number;
  initCalled: boolean;
  relocated: boolean;
  nodelete: 'no' | 'pending' | 'active';
  /** In its namespace's global scope. */
  global: boolean;
  tlsDtorCount: number;
  /** `main_map`: set only when ld.so itself was started as the program. */
  mainMap: boolean;
  auditing: boolean;
  /** Relocated as, or with, an audit module: its lazy slots are never reported. */
  plainPlt: boolean;
  /** Which stretch of the address space; holes are filled again. */
  slot: number;
  /** The file at that stretch: code and data of a file that comes back to its old place are where stale pointers look. */
  at: number;
  /** Slots of the PLT. `mapped`: as in the file, as all its tables are; `raw`: as in the file; `binding`: being bound one by one; `ready`: they lead to the loader. */
  pltState: 'mapped' | 'raw' | 'binding' | 'ready';
  /** Which place on the heap the link map itself has: freed ones are used again, and a stale handle then names the newcomer. */
  block: number;
  removed: boolean;
  /** Maps whose closures are searched, in order; negative (DT_SYMBOLIC): that map alone. */
  scope: number[];
  /** The object that asked for it; null when it was opened by itself. */
  loader: number | null;
  /** PLT slots that are bound: symbol to defining map. */
  plt: Record<string, number>;
  /** Data references bound by relocation: symbol to defining map. */
  got: Record<string, number | null>;
  /** `tls_offset`: bytes below the thread pointer; not decided yet; or allocated for each thread at first use. */
  tlsOffset: number | 'none' | 'dynamic';
  /** `l_need_tls_init`: its static block was given before it was relocated, and its initial values wait for a dlopen. */
  needTlsInit: boolean;
  /** The youngest thread that was there when it was entered in the table of blocks; later ones were given their static block with their stack. */
  oldThread: number;
}

export interface Namespace {
  /** `_ns_loaded`: maps in list order. */
  list: number[];
  /** The youngest map of each file. */
  files: Record<string, number>;
  libc: number | null;
  rState: 'consistent' | 'add' | 'delete';
}

export interface Auditor {
  map: number;
  /** Cookies that a la_objopen of this module has announced. */
  known: Record<number, string>;
  /** Cookies that a la_objclose has taken back. */
  closed: Record<number, boolean>;
}

export interface Gone {
  file: string;
  at: number;
  block: number;
  ns: number;
  tlsOffset: LinkMap['tlsOffset'];
  /** Its number among those with thread-local storage; -1 when it had none. */
  tlsModid: number;
  /** The number that the next map got. */
  next: number;
  /** It went while memory was of ld.so's own malloc, which hands nothing out again. */
  early: boolean;
}

export interface Loader {
  nextId: number;
  /** Stretches of the address space that were left free, highest first, by the size of object that fits. */
  holes: Record<string, number[]>;
  /** `at` by slot and file. */
  places: Record<string, number>;
  /** Freed link maps by the length of the name that is stored with them, oldest first. */
  freed: Record<number, number[]>;
  /** What was known of the maps that are gone. */
  gone: Record<number, Gone>;
  maps: Record<number, LinkMap>;
  namespaces: Namespace[];
  auditors: Auditor[];
  /** `dl_initfirst`. */
  initfirst: number | null;
  /** State of `_dl_close_worker`. */
  closing: 'no' | 'pending' | 'rerun';
  /** The thread pointer is set. */
  tlsReady: boolean;
  /** Which opened object has which TLS module number; 0 where a number is free. @source elf/dl-tls.c:_dl_assign_tls_modid */
  tlsModids: number[];
  /**
   * Opened objects that are not in the table of blocks yet, and what a thread's own list says at their numbers: nothing yet, that the
   * block of an object that is gone was freed, or that and the table knows the object already.
   */
  tlsPending: Record<number, 'new' | 'freed' | 'known'>;
  /** Static TLS, in bytes without the thread's control block: `dl_tls_static_size` and `dl_tls_static_used`. */
  staticTls: { size: number; used: number };
  /** The search paths are known: `rtld_active`. */
  active: boolean;
  /** Relocation is over and the loader's mutexes are real. */
  started: boolean;
}

export const loaderOf = component<Loader>('loader', 'process', {
  nextId: 1,
  holes: {},
  places: {},
  freed: {},
  gone: {},
  maps: {},
  namespaces: [],
  auditors: [],
  initfirst: null,
  closing: 'no',
  tlsReady: false,
  tlsModids: [],
  tlsPending: {},
  staticTls: { size: 0, used: 0 },
  active: false,
  started: false,
});

export const ldso = 'ld-linux-x86-64.so.2';
export const vdso = 'linux-vdso.so.1';
export const libc = 'libc.so.6';
export const libpthread = 'libpthread.so.0';
export const libdl = 'libdl.so.2';
export const libgcc = 'libgcc_s.so.1';

/** The slots of its PLT are as in the file: they lead nowhere. */
export function leadsNowhere({ pltState }: Pick<LinkMap, 'pltState'>): boolean {
  return pltState === 'mapped' || pltState === 'raw';
}

/** The map behind an id that must be mapped. */
export function mapAt(loader: Loader, id: number): LinkMap {
  const map = loader.maps[id];
  if (map === undefined) throw new Error(`invariant: link map ${id} is not mapped`);
  return map;
}

export function namespaceAt(loader: Loader, ns: number): Namespace {
  const namespace = loader.namespaces[ns];
  if (namespace === undefined) throw new Error(`invariant: namespace ${ns} does not exist`);
  return namespace;
}

/** The map whose code is now where map `id` was: itself, or one that came after it to the same place. */
export function codeAt(loader: Loader, id: number): LinkMap | undefined {
  return loader.maps[id] ?? newcomer(loader, id, 'at');
}

/**
 * The map that ld.so takes for its caller's: whose code is where it will return to; where nothing is any more, the main program's.
 * @source elf/dl-open.c:_dl_find_dso_for_object, elf/dl-sym.c:_dl_sym_find_caller_link_map
 */
export function callerAt(loader: Loader, id: number): LinkMap {
  return codeAt(loader, id) ?? mapAt(loader, loader.namespaces[0]?.list[0] ?? id);
}

/** The map that has taken over the place of one that is gone. */
function newcomer(loader: Loader, id: number, place: 'at' | 'block'): LinkMap | undefined {
  const left = loader.gone[id]?.[place];
  return left === undefined ? undefined : Object.values(loader.maps).find((other) => other[place] === left);
}

/** The id a handle stands for now: of the map itself, or of one whose link map was put where the freed one was. */
export function handleAt(loader: Loader, id: number): number {
  return loader.maps[id] === undefined ? (newcomer(loader, id, 'block')?.id ?? id) : id;
}

/** The namespace a handle's link map says it is in: freed memory still says it. */
export function namespaceOfHandle(loader: Loader, id: number): number {
  return loader.maps[id]?.ns ?? loader.gone[id]?.ns ?? 0;
}

/** The real map: of a proxy the one ld.so, of others the map itself. */
export function realMap(loader: Loader, id: number): LinkMap {
  const map = mapAt(loader, id);
  return map.real === null ? map : mapAt(loader, map.real);
}

const noFacts: ElfFacts = {
  type: 'dyn',
  needed: [],
  init: false,
  fini: false,
  init_array: 0,
  fini_array: 0,
  preinit_array: 0,
  flags_1: [],
  bind_now: false,
  tls: false,
  relocs: [],
};

/** DT_NEEDED of the files that glibc itself brings. */
const glibcNeeded: Readonly<Record<string, readonly string[]>> = {
  [ldso]: [],
  [vdso]: [],
  [libc]: [ldso],
  [libpthread]: [libc, ldso],
  [libdl]: [libc, ldso],
  [libgcc]: [libc],
};

/** Static facts of the file `file`. */
export function factsOf(program: Program, file: string): ElfFacts {
  const facts = program.elf[file];
  if (facts !== undefined) return facts;
  const needed = glibcNeeded[file];
  if (needed === undefined) return noFacts;
  const flags = file === libpthread && program.release.separateLibpthread ? ['INITFIRST', 'NODELETE'] : [];
  return { ...noFacts, needed: [...needed], flags_1: flags, init_array: file === ldso || file === vdso ? 0 : 1 };
}

/** The file a library name stands for, or null when there is none on disk. */
export function fileOf(program: Program, name: string): string | null {
  if (program.files !== undefined) return Object.hasOwn(program.files, name) ? (program.files[name] ?? null) : null;
  if (Object.hasOwn(glibcNeeded, name) && name !== vdso) return name;
  if (!name.endsWith('.so')) return null;
  const file = name.slice(0, -3);
  const object = file === 'exe' ? undefined : describedObject(program, file);
  return object === undefined || object.absent === true ? null : file;
}

/** DT_SONAME; null for an executable without one. */
export function sonameOf(program: Program, file: string): string | null {
  const own = describedObject(program, file)?.soname;
  if (file === 'exe' && isLibcItself(program)) return libc;
  if (own !== undefined) return `${own}.so`;
  if (file === 'exe') return null;
  return program.files === undefined && Object.hasOwn(program.world.objects, file) ? `${file}.so` : file;
}

/** The program is libc.so.6 itself, which has an entry of its own. */
export function isLibcItself({ world: { exe } }: Program): boolean {
  return exe.soname === 'libc' && exe.libc === false;
}

const renamed = new WeakMap<object, ReadonlyMap<string, readonly string[]>>();

/** Libraries whose DT_SONAME is not the name of their file, by that soname. */
export function filesOfSoname(program: Program, name: string): readonly string[] {
  let known = renamed.get(program.world);
  if (known === undefined) {
    const files = Object.entries(program.world.objects).filter(([, { soname }]) => soname !== undefined);
    const names = new Map<string, string[]>();
    for (const [file, { soname }] of files) names.set(`${soname}.so`, [...(names.get(`${soname}.so`) ?? []), file]);
    known = names;
    renamed.set(program.world, known);
  }
  return known.get(name) ?? [];
}

/** How auditors and messages call an object. */
export function nameOf(program: Program, map: LinkMap): string {
  if (map.file === 'exe') return '(main)';
  return program.files === undefined && describedObject(program, map.file) !== undefined ? `${map.file}.so` : map.file;
}

/** The name of a map's object in events. */
export function eventName(map: LinkMap): string {
  return map.file;
}

/** Facts of a mapped object. */
export function mapFacts(cpu: Cpu, map: LinkMap): ElfFacts {
  return factsOf(programOf(cpu), map.file);
}

/** The namespace belongs to an auditor: its first object is one. */
export function isAuditNamespace(loader: Loader, ns: number): boolean {
  const first = loader.namespaces[ns]?.list[0];
  return first !== undefined && mapAt(loader, first).auditing;
}
