/**
 * ld.so from its entry to the jump into the executable: the main map, auditors, preloads, the closure, TLS, relocation, libc's
 * early initialisation, constructors of libraries. In glibc: elf/rtld.c:dl_main, elf/dl-sysdep.c, sysdeps/x86_64/dl-machine.h.
 *
 * What can go wrong: where a release registers rseq in this order decides who can be first, and user code runs at more points
 * than constructors: resolvers during relocation, and everything an audit module brings, before libc is even mapped.
 */
import { exitGroup, fatal } from '../libc/end.js';
import { placeLibc, rtldIsActive, startUpBegins } from '../libc/guard.js';
import { imagesOf } from '../libc/memory.js';
import { isStatic, nameFor, programOf } from '../libc/program.js';
import { registerFromLoader, registerMainAt } from '../libc/rseq-registration.js';
import { freshLibc, libcCopy, libcsOf, tcbOf } from '../libc/state.js';
import { setRobustList, setTidAddress } from '../libc/syscalls.js';
import { note } from '../libc/trace.js';
import type { Cpu } from '../machine/cpu.js';
import { type Call, lifecycle } from '../machine/lifecycle.js';
import { notifyAuditors } from './audit.js';
import { depsFrame } from './deps.js';
import { earlyInit } from './earlyinit.js';
import { initFrame } from './init.js';
import { isLibcItself, type Loader, ldso, loaderOf, mapAt, namespaceAt, vdso } from './linkmap.js';
import { find } from './lookup.js';
import { announceOpen, findByName, freshMap, type MapRequest, newObject } from './map.js';
import { relocFrame } from './relocate.js';
import { layOutStaticTls } from './static-tls.js';
import { copyTlsImages } from './tls-init.js';

export const mainMap = 1;
export const ldsoMap = 2;
export const vdsoMap = 3;

interface RtldFrame {
  audit: number;
  preload: number;
  preloaded: number[];
  at: number;
  order: number[];
}

export function rtldFrame(): RtldFrame {
  return { audit: 0, preload: 0, preloaded: [], at: 0, order: [] };
}

export const rtld = lifecycle<RtldFrame>(
  'rtld',
  {
    mainMap: { source: 'elf/rtld.c:dl_main', on: { auditors: 'threadPointerEarly', none: 'preload' } },
    threadPointerEarly: { source: 'elf/rtld.c:init_tls', on: { ok: 'tidEarly' } },
    tidEarly: { source: 'sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp', on: { ok: 'auditModule' } },
    auditModule: { source: 'elf/rtld.c:load_audit_modules', on: { returned: 'auditModule', end: 'announceMain' } },
    announceMain: { source: 'elf/rtld.c:load_audit_modules', on: { returned: 'announceLdso' } },
    announceLdso: { source: 'elf/rtld.c:load_audit_modules', on: { returned: 'tellAdd' } },
    tellAdd: { source: 'elf/rtld.c:dl_main', on: { returned: 'preload' } },
    preload: { source: 'elf/rtld.c:handle_preload_list', on: { returned: 'preloaded', end: 'announceVdso' } },
    preloaded: { source: 'elf/rtld.c:do_preload', on: { ok: 'preload' } },
    announceVdso: { source: 'elf/rtld.c:dl_main', on: { returned: 'dependencies', quiet: 'dependencies' } },
    dependencies: { source: 'elf/dl-deps.c:_dl_map_object_deps', on: { returned: 'globalScope' } },
    globalScope: { source: 'elf/rtld.c:dl_main', on: { ok: 'threadPointer' } },
    threadPointer: { source: 'elf/rtld.c:init_tls', on: { ok: 'relocate' } },
    relocate: { source: 'elf/rtld.c:dl_main', on: { returned: 'relocated', end: 'tlsImages' } },
    relocated: { source: 'elf/rtld.c:dl_main', on: { ok: 'relocate' } },
    tlsImages: { source: 'elf/dl-tls.c:_dl_allocate_tls_init', on: { ok: 'ldsoAgain' } },
    ldsoAgain: { source: 'elf/rtld.c:dl_main', on: { returned: 'announceOwner' } },
    announceOwner: { source: 'elf/rtld.c:dl_main', on: { ok: 'earlyInit' } },
    earlyInit: { source: 'csu/libc_early_init.c:__libc_early_init', on: { ok: 'tellConsistent' }, visible: true },
    tellConsistent: { source: 'elf/rtld.c:dl_main', on: { returned: 'constructors' } },
    constructors: { source: 'elf/dl-init.c:_dl_init', on: { returned: 'enter' } },
    enter: { source: 'sysdeps/x86_64/start.S:_start', on: { returned: 'leave', libcless: 'done' } },
    leave: { source: 'sysdeps/x86_64/start.S:_start', on: {} },
  },
  {
    mainMap(cpu) {
      beginLoader(cpu);
      return auditNames(cpu).length > 0 ? 'auditors' : 'none';
    },
    threadPointerEarly: () => 'ok',
    tidEarly(cpu) {
      setThreadPointer(cpu);
      return 'ok';
    },
    auditModule(cpu, ctx) {
      const name = auditNames(cpu)[ctx.audit];
      if (name === undefined) return 'end';
      ctx.audit++;
      return { call: 'loadAuditModule', ctx: { name: `${name}.so`, map: 0, code: null } };
    },
    announceMain: (cpu) => announceOpen(cpu, mainMap),
    announceLdso: (cpu) => announceOpen(cpu, ldsoMap),
    tellAdd(cpu) {
      namespaceAt(cpu.edit(loaderOf), 0).rState = 'add';
      return notifyAuditors({ callback: 'la_activity', subject: mainMap, text: 'add', quiet: false });
    },
    preload(cpu, ctx) {
      const names = preloadNames(cpu);
      for (;;) {
        const name = names[ctx.preload];
        if (name === undefined) return 'end';
        ctx.preload++;
        if (findByName(cpu, cpu.read(loaderOf), 0, name) === null) return preloadCall(name);
      }
    },
    preloaded(cpu, ctx) {
      const { value } = cpu.stack;
      if (typeof value === 'number') ctx.preloaded.push(value);
      else {
        const name = preloadNames(cpu)[ctx.preload - 1] ?? '';
        const from = ctx.preload > environmentPreloads(cpu).length ? '/etc/ld.so.preload' : 'LD_PRELOAD';
        const detail = `ERROR: ld.so: object '${name}' from ${from} cannot be preloaded (cannot open shared object file): ignored.\n`;
        note(cpu, { obj: 'process', kind: 'stderr', detail });
      }
      return 'ok';
    },
    announceVdso(cpu) {
      return programOf(cpu).release.auditVdso ? announceOpen(cpu, vdsoMap) : 'quiet';
    },
    dependencies: (_cpu, ctx) => ({ call: 'mapDependencies', ctx: depsFrame(mainMap, ctx.preloaded, false, false) }),
    globalScope(cpu, ctx) {
      const { value } = cpu.stack;
      if (typeof value === 'string') fatal(cpu, `exe: error while loading shared libraries: ${value}\n`);
      makeGlobal(cpu, cpu.edit(loaderOf));
      cpu.edit(loaderOf).active = true;
      rtldIsActive(cpu);
      ctx.order = relocationOrder(cpu);
      return 'ok';
    },
    threadPointer(cpu) {
      setThreadPointer(cpu);
      registerBeforeRelocation(cpu);
      return 'ok';
    },
    relocate(cpu, ctx) {
      const id = ctx.order[ctx.at++];
      if (id === undefined) return 'end';
      return { call: 'relocateObject', ctx: relocFrame(id, programOf(cpu).world.bind_now !== true, false) };
    },
    relocated(cpu) {
      const { value } = cpu.stack;
      if (typeof value === 'string') fatal(cpu, `exe: ${occasion(value)}: ${value}\n`);
      return 'ok';
    },
    tlsImages(cpu) {
      copyTlsImages(cpu);
      return 'ok';
    },
    ldsoAgain(cpu) {
      if (programOf(cpu).rseq.ownerFlagAt === 'before-relocation') writeOwnerFlag(cpu, ldsoMap);
      mapAt(cpu.edit(loaderOf), ldsoMap).relocated = false;
      return { call: 'relocateObject', ctx: relocFrame(ldsoMap, true, false) };
    },
    announceOwner(cpu) {
      mapAt(cpu.edit(loaderOf), ldsoMap).relocated = true;
      if (programOf(cpu).rseq.ownerFlagAt === 'after-relocation') announceOwner(cpu);
      return 'ok';
    },
    earlyInit(cpu) {
      const { libc } = namespaceAt(cpu.read(loaderOf), 0);
      if (libc !== null) earlyInit(cpu, libc, true);
      return 'ok';
    },
    tellConsistent(cpu) {
      const loader = cpu.edit(loaderOf);
      namespaceAt(loader, 0).rState = 'consistent';
      loader.started = true;
      return notifyAuditors({ callback: 'la_activity', subject: mainMap, text: 'consistent', quiet: false });
    },
    constructors: () => ({ call: 'runInit', ctx: initFrame(mainMap) }),
    enter(cpu) {
      const { libc } = namespaceAt(cpu.read(loaderOf), 0);
      if (programOf(cpu).world.exe.libc === false) return { call: 'function', ctx: ownEntry };
      return libc === null ? 'libcless' : { call: 'startMain', ctx: { libc, exe: mainMap, isStatic: false } };
    },
    leave: (cpu) => exitGroup(cpu, 0),
  },
);

/** The entry of an executable that brings its own start code and never calls `__libc_start_main`. */
const ownEntry = { map: mainMap, kind: 'main', detail: '', result: '', at: 'main' };

/** What ld.so says it was doing: of the errors of relocation only a missing symbol has words of its own. */
function occasion(error: string): string {
  return error.includes(': undefined symbol: ') ? 'symbol lookup error' : 'error while loading shared libraries';
}

/** Audit modules in the order they are loaded: the environment's, then those the executable's own tags name. */
function auditNames(cpu: Cpu): readonly string[] {
  const { release, world } = programOf(cpu);
  const own = release.auditTags ? [...(world.exe.dt_audit ?? []), ...(world.exe.dt_depaudit ?? [])] : [];
  return [...(world.secure === true ? [] : (world.audit ?? [])), ...own];
}

function environmentPreloads(cpu: Cpu): readonly string[] {
  const { world } = programOf(cpu);
  return world.secure === true ? [] : (world.preload ?? []);
}

function preloadNames(cpu: Cpu): readonly string[] {
  const program = programOf(cpu);
  const names = [...environmentPreloads(cpu), ...(program.world.ld_so_preload ?? [])];
  return names.map((name) => nameFor(program, name));
}

function preloadCall(name: string): Call {
  const request: MapRequest = {
    name,
    ns: 0,
    askedBy: mainMap,
    loader: mainMap,
    type: 'library',
    deepbind: false,
    noload: false,
    audit: false,
    made: null,
  };
  return { call: 'mapObject', ctx: request };
}

/** The base namespace as it stands before any file is opened. */
function beginLoader(cpu: Cpu): void {
  startUpBegins(cpu);
  const loader = cpu.edit(loaderOf);
  loader.namespaces = [{ list: [], files: {}, libc: null, rState: 'consistent' }];
  const blank = {
    name: '',
    ns: 0,
    askedBy: null,
    loader: null,
    deepbind: false,
    noload: false,
    audit: false,
    made: null,
  };
  const main = newObject(cpu, loader, 'exe', { ...blank, type: 'executable' });
  main.directOpencount = 1;
  main.mainMap = programOf(cpu).world.via_ldso === true;
  const base = namespaceAt(loader, 0);
  base.list.push(main.id);
  if (isLibcItself(programOf(cpu))) {
    base.libc = main.id;
    cpu.edit(libcsOf).copies[main.id] = freshLibc();
    placeLibc(cpu, main.id, true, true);
  }
  const real = newObject(cpu, loader, ldso, { ...blank, type: 'library' });
  real.relocated = true;
  const sysinfo = freshMap(loader.nextId++, vdso, 0, 'library');
  sysinfo.relocated = true;
  loader.maps[sysinfo.id] = sysinfo;
  base.list.push(real.id, sysinfo.id);
  base.files[ldso] = real.id;
}

/** `__tls_init_tp`, once: the thread's id, its robust list, and since 2.35 its rseq. */
export function setThreadPointer(cpu: Cpu): void {
  const { release } = programOf(cpu);
  const loader = cpu.read(loaderOf);
  if (loader.tlsReady) return;
  cpu.edit(loaderOf).tlsReady = true;
  layOutStaticTls(cpu, auditNames(cpu).length);
  if (!release.separateLibpthread) {
    setTidAddress(cpu);
    setRobustList(cpu);
  }
  registerFromLoader(cpu);
}

/** The closure is the global scope; ld.so goes to its place in it, or off the list when nobody needs it. */
function makeGlobal(cpu: Cpu, loader: Loader): void {
  const namespace = namespaceAt(loader, 0);
  const closure = mapAt(loader, mainMap).closure ?? [];
  for (const id of closure) mapAt(loader, id).global = true;
  const list = namespace.list.filter((id) => id !== ldsoMap);
  const at = closure.indexOf(ldsoMap);
  if (at > 0) {
    const before = closure[at - 1] ?? mainMap;
    const next = list.indexOf(before) + 1;
    list.splice(list[next] === vdsoMap ? next + 1 : next, 0, ldsoMap);
  } else if (programOf(cpu).release.ldsoAlwaysListed) list.push(ldsoMap);
  namespace.list = list;
}

/** From the end of main's init list, ld.so left out; newer releases take libc first. */
function relocationOrder(cpu: Cpu): number[] {
  const loader = cpu.read(loaderOf);
  const order = [...(mapAt(loader, mainMap).initfini ?? [])].reverse().filter((id) => id !== ldsoMap);
  const { libc } = namespaceAt(loader, 0);
  if (!programOf(cpu).release.libcRelocatedFirst || libc === null) return order;
  return [libc, ...order.filter((id) => id !== libc)];
}

/** Where ld.so is to register libc's area by the address that a symbol lookup gives, nothing is relocated yet. */
function registerBeforeRelocation(cpu: Cpu): void {
  const { libc } = namespaceAt(cpu.read(loaderOf), 0);
  if (libc === null || programOf(cpu).rseq.mainAt !== 'before-relocation') return;
  libcCopy(cpu, libc, true).abi = find(cpu, mainMap, '__rseq_abi')?.map ?? null;
  registerMainAt(cpu, 'before-relocation', libc);
}

/**
 * ld.so says in `__rseq_handled` that libc will own: through its own reference, which an executable or a preload may have captured.
 * Of the flag with four values (L-07f) it takes only UNSET.
 */
function announceOwner(cpu: Cpu): void {
  const { ownerFlag } = programOf(cpu).rseq;
  if (ownerFlag === 'none') return;
  const { libc } = namespaceAt(cpu.read(loaderOf), 0);
  writeOwnerFlag(cpu, ownerFlag === 'libc' ? libc : (mapAt(cpu.read(loaderOf), ldsoMap).got.__rseq_handled ?? ldsoMap));
}

function writeOwnerFlag(cpu: Cpu, target: number | null): void {
  const image = target === null ? undefined : cpu.edit(imagesOf).images[target];
  if (image !== undefined && (programOf(cpu).rseq.ownerFlagStates === 'handled' || image.handled === 0))
    image.handled = 1;
}

/** In a static program the flag is the program's own. */
export function writeStaticOwnerFlag(cpu: Cpu): void {
  const image = cpu.edit(imagesOf).images[mainMap];
  if (image !== undefined) image.handled = programOf(cpu).rseq.ownerFlagStates === 'four' ? 2 : 1;
}

/** The libc copy whose code runs in a map; the executable itself in a static program. */
export function libcFor(cpu: Cpu, map: number): number {
  const loader = cpu.read(loaderOf);
  const { file, ns } = mapAt(loader, map);
  if (file === 'exe' && isStatic(programOf(cpu))) return map;
  return namespaceAt(loader, ns).libc ?? cpu.read(tcbOf).libc;
}
