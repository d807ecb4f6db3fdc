/**
 * From a name to an object: the namespace's list is asked first, then the auditors, then the file system; a new object is put on
 * the list and announced. In glibc: elf/dl-load.c:_dl_map_object and _dl_map_object_from_fd, elf/dl-object.c:_dl_new_object.
 *
 * What can go wrong: ld.so is mapped once for all namespaces; another namespace gets a proxy. Whether auditors hear of it, and
 * whether they hear ADD before or after the object is on the list, changed between releases.
 */

import { placeLibc } from '../libc/guard.js';
import { freshImage, imagesOf } from '../libc/memory.js';
import { describedObject, programOf } from '../libc/program.js';
import { freshLibc, libcsOf } from '../libc/state.js';
import { dieOf } from '../libc/trace.js';
import type { Cpu } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { notifyAuditors } from './audit.js';
import {
  factsOf,
  fileOf,
  filesOfSoname,
  isAuditNamespace,
  type LinkMap,
  type Loader,
  ldso,
  libc,
  loaderOf,
  type MapType,
  mapAt,
  mapFacts,
  nameOf,
  namespaceAt,
  sonameOf,
} from './linkmap.js';
import { takeModid } from './static-tls.js';

/** What `_dl_map_object` is asked for. */
export interface MapRequest {
  name: string;
  ns: number;
  /** Who asks, for auditors. */
  askedBy: number | null;
  /** `l_loader` of a new object; null when it is opened by itself. */
  loader: number | null;
  type: MapType;
  deepbind: boolean;
  noload: boolean;
  /** `__RTLD_AUDIT`: no auditor hears of it by activity. */
  audit: boolean;
  made: number | null;
}

/** Find a loaded object by its file name or its soname; the executable, first on its list, has a soname of its own. */
export function findByName(cpu: Cpu, loader: Loader, ns: number, name: string): number | null {
  const program = programOf(cpu);
  const namespace = namespaceAt(loader, ns);
  const head = namespace.list[0];
  if (head !== undefined && mapAt(loader, head).file === 'exe' && sonameOf(program, 'exe') === name) return head;
  const file = fileOf(program, name);
  const loaded = [...filesOfSoname(program, name), ...(file === null ? [] : [file])].flatMap((each) => {
    const map = loader.maps[namespace.files[each] ?? 0];
    return map === undefined || map.removed ? [] : [map.id];
  });
  const [only] = loaded;
  if (loaded.length < 2) return only ?? null;
  return namespace.list.find((id) => loaded.includes(id)) ?? null;
}

export function freshMap(id: number, file: string, ns: number, type: MapType): LinkMap {
  return {
    id,
    file,
    ns,
    type,
    real: null,
    closure: null,
    initfini: null,
    reldeps: [],
    hasReldeps: false,
    directOpencount: 0,
    initCalled: false,
    needTlsInit: false,
    oldThread: 0,
    relocated: false,
    nodelete: 'no',
    global: false,
    tlsDtorCount: 0,
    mainMap: false,
    auditing: false,
    plainPlt: false,
    slot: id,
    at: id,
    pltState: 'mapped',
    block: id,
    removed: false,
    scope: [],
    loader: null,
    plt: {},
    got: {},
    tlsOffset: 'none',
  };
}

/** The described objects are all of about one size and fill each other's holes; glibc's own are far larger. */
export function holeFor(file: string): string {
  return file.includes('.') ? file : 'described';
}

/** `_dl_new_object`: a map with its scopes, not yet on any list. */
export function newObject(cpu: Cpu, loader: Loader, file: string, request: MapRequest): LinkMap {
  const map = freshMap(loader.nextId++, file, request.ns, request.type);
  map.slot = loader.holes[holeFor(file)]?.shift() ?? map.id;
  const place = `${map.slot} ${file}`;
  loader.places[place] ??= map.id;
  map.at = loader.places[place];
  if (factsOf(programOf(cpu), file).type === 'exec') map.pltState = 'ready';
  map.block = loader.freed[file.length]?.shift() ?? map.id;
  const first = namespaceAt(loader, request.ns).list[0];
  let root = map.id;
  for (let at = request.loader; at !== null; at = mapAt(loader, at).loader) root = at;
  map.loader = request.loader;
  map.scope = first === undefined || first === root ? [root] : request.deepbind ? [root, first] : [first, root];
  if (describedObject(programOf(cpu), file)?.flags?.includes('symbolic') === true) map.scope.unshift(-map.id);
  loader.maps[map.id] = map;
  takeModid(programOf(cpu), loader, map);
  const object = file === 'exe' ? programOf(cpu).world.exe : programOf(cpu).world.objects[file];
  const { ownerFlag } = programOf(cpu).rseq;
  const defines =
    object?.handled === 'define' || (file === ldso && ownerFlag === 'ldso') || (file === libc && ownerFlag === 'libc');
  cpu.edit(imagesOf).images[map.id] = freshImage(defines ? 0 : null, map.at);
  if (file === libc) {
    cpu.edit(libcsOf).copies[map.id] = freshLibc();
    placeLibc(cpu, map.id, request.ns === 0, request.ns === 0 && !loader.started);
  }
  return map;
}

function addToNamespace(cpu: Cpu, loader: Loader, map: LinkMap): void {
  const namespace = namespaceAt(loader, map.ns);
  namespace.list.push(map.id);
  namespace.files[map.file] = map.id;
  if (map.file === libc) namespace.libc = map.id;
  const facts = mapFacts(cpu, map);
  if (facts.flags_1.includes('NODELETE')) map.nodelete = map.type === 'loaded' ? 'pending' : 'active';
  if (facts.flags_1.includes('INITFIRST')) loader.initfirst = map.id;
}

/** Before 2.35 auditors were told of the namespace's first object before there was one (glibc bug 28062). */
function addCrashes(cpu: Cpu, loader: Loader, file: string, request: MapRequest): boolean {
  if (request.audit || loader.auditors.length === 0 || programOf(cpu).release.auditAddAfterInsert) return false;
  return file !== ldso && namespaceAt(loader, request.ns).list.length === 0;
}

const cannotOpen = 'cannot open shared object file';
/** The text of a failed open, as dlerror and fatal messages give it after the file's name. */
export const noSuchFile = `${cannotOpen}: No such file or directory`;

export const mapObject = lifecycle<MapRequest>(
  'mapObject',
  {
    find: { source: 'elf/dl-load.c:_dl_map_object', on: { found: 'done', search: 'askAuditors' } },
    askAuditors: { source: 'elf/dl-load.c:_dl_map_object', on: { returned: 'open' } },
    open: { source: 'elf/dl-load.c:open_path', on: { mapped: 'tellAdd', none: 'done', proxy: 'tellProxy' } },
    tellAdd: { source: 'elf/dl-load.c:_dl_map_object_from_fd', on: { returned: 'announce', quiet: 'announce' } },
    announce: { source: 'elf/dl-audit.c:_dl_audit_objopen', on: { returned: 'give' } },
    tellProxy: { source: 'elf/dl-load.c:_dl_map_object_from_fd', on: { returned: 'give', quiet: 'give' } },
    give: { source: 'elf/dl-load.c:_dl_map_object', on: { ok: 'done' } },
  },
  {
    find(cpu, request) {
      const id = findByName(cpu, cpu.read(loaderOf), request.ns, request.name);
      if (id === null) return 'search';
      cpu.give(id);
      return 'found';
    },
    askAuditors(cpu, request) {
      const asker = request.askedBy;
      return notifyAuditors({
        callback: 'la_objsearch',
        subject: asker ?? 0,
        text: request.name,
        quiet: asker === null || mapAt(cpu.read(loaderOf), asker).auditing,
      });
    },
    open(cpu, request) {
      const program = programOf(cpu);
      const file = fileOf(program, request.name);
      const loader = cpu.edit(loaderOf);
      if (file === null) {
        cpu.give(`${request.name}: ${noSuchFile}`);
        return 'none';
      }
      if (request.noload) {
        cpu.give(null);
        return 'none';
      }
      if (addCrashes(cpu, loader, file, request)) return dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
      const map = newObject(cpu, loader, file, request);
      if (file === ldso && request.ns !== 0) {
        map.real = 2;
        map.relocated = true;
        map.nodelete = 'no';
      }
      addToNamespace(cpu, loader, map);
      request.made = map.id;
      return map.real === null ? 'mapped' : 'proxy';
    },
    tellAdd(cpu, request) {
      const loader = cpu.edit(loaderOf);
      const namespace = namespaceAt(loader, request.ns);
      if (namespace.rState !== 'consistent') return 'quiet';
      namespace.rState = 'add';
      if (request.audit) return 'quiet';
      const quiet = isAuditNamespace(loader, request.ns);
      return notifyAuditors({ callback: 'la_activity', subject: namespace.list[0] ?? 0, text: 'add', quiet });
    },
    announce(cpu, request) {
      return announceOpen(cpu, request.made ?? 0);
    },
    tellProxy(cpu, request) {
      return programOf(cpu).release.auditProxy ? announceOpen(cpu, request.made ?? 0) : 'quiet';
    },
    give(cpu, request) {
      cpu.give(request.made);
      return 'ok';
    },
  },
);

/** Tell auditors that an object was mapped. */
export function announceOpen(cpu: Cpu, id: number) {
  const loader = cpu.read(loaderOf);
  const map = mapAt(loader, id);
  return notifyAuditors({
    callback: 'la_objopen',
    subject: id,
    text: `${nameOf(programOf(cpu), map)}@${map.ns}`,
    quiet: isAuditNamespace(loader, map.ns),
  });
}
