/**
 * Destructors: of one object, and of everything at exit, namespace by namespace from the highest, auditors last. In glibc:
 * elf/dl-fini.c:_dl_fini, elf/dl-close.c:call_destructors, csu/libc-start.c:call_fini for static programs.
 *
 * What can go wrong: the order is sorted anew, not remembered. Objects that were never initialised get neither destructor nor
 * la_objclose here. The lock is held while sorting only.
 */
import { describedObject, isStatic, programOf } from '../libc/program.js';
import { dieOf } from '../libc/trace.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { blocked, type Call, lifecycle } from '../machine/lifecycle.js';
import type { WorldObject } from '../scenario/world-schema.js';
import { notifyAuditors } from './audit.js';
import { sortAlgorithm, sortable } from './deps.js';
import { arrayCall, defaultPriority, dsoHandle, inArrayOrder, libcOfMap } from './init.js';
import { isAuditNamespace, type Loader, loaderOf, mapAt, namespaceAt } from './linkmap.js';
import { dropLoadLock, takeLoadLock } from './lock.js';
import { sortMaps } from './sort.js';

interface FiniFrame {
  map: number;
  next: number;
}

/** Finalisers of an object by position: array backwards with the compiler's own entry in it, then DT_FINI; null at the end. */
function finiEntry(cpu: Cpu, object: WorldObject, map: number, next: number): Call | null {
  const order = inArrayOrder(object.dtors);
  const isPlain = (prio: number | null) => prio === null || prio === defaultPriority;
  const plain = order.filter((e) => isPlain(e.prio)).reverse();
  const prioritised = order.filter((e) => !isPlain(e.prio)).reverse();
  const entry = plain[next];
  if (entry !== undefined) return arrayCall(map, 'dtor', entry);
  const rest = next - plain.length;
  if (rest === 0) return finalizeCall(cpu, object, map);
  const late = prioritised[rest - 1];
  if (late !== undefined) return arrayCall(map, 'dtor', late);
  if (rest - 1 > prioritised.length || object.fini === undefined || isStatic(programOf(cpu))) return null;
  return { call: 'function', ctx: { map, kind: 'fini', detail: '', result: '', at: 'fini' } };
}

/**
 * `__cxa_finalize (__dso_handle)`: in the start files of everything that is position-independent (crtbeginS.o).
 * The reference is weak, and a static link brings no definition.
 */
function finalizeCall(cpu: Cpu, object: WorldObject, map: number): Call {
  const needsLibc = object.libc !== false && dsoHandle(cpu, map) !== null && !isStatic(programOf(cpu));
  return { call: 'finalizeHandlers', ctx: { dso: map, libc: needsLibc ? mappedLibc(cpu, map) : null } };
}

/** The libc that the object's `__cxa_finalize` was bound to. When that is unmapped, the call is a page fault. */
function mappedLibc(cpu: Cpu, map: number): number {
  const libc = libcOfMap(cpu, map);
  if (libc === null || cpu.read(loaderOf).maps[libc] === undefined) return dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
  return libc;
}

export const finalizeHandlers = lifecycle<{ dso: number; libc: number | null; begun?: boolean }>(
  'finalizeHandlers',
  { run: { source: 'crtstuff.c:__do_global_dtors_aux', on: { returned: 'done', none: 'done' } } },
  {
    run: (_cpu, ctx) => (ctx.libc === null ? 'none' : { call: 'cxaFinalize', ctx: { dso: ctx.dso, libc: ctx.libc } }),
  },
);

export const finiObject = lifecycle<FiniFrame>(
  'finiObject',
  { next: { source: 'elf/dl-fini.c:_dl_fini', on: { returned: 'next', end: 'done' } } },
  {
    next(cpu, ctx) {
      const map = mapAt(cpu.read(loaderOf), ctx.map);
      const object = describedObject(programOf(cpu), map.file);
      if (object === undefined) return 'end';
      return finiEntry(cpu, object, ctx.map, ctx.next++) ?? 'end';
    },
  },
);

/** A static executable's finalisers: no ld.so is there to run them. */
export const finaliseStatic = lifecycle<object>(
  'finaliseStatic',
  { run: { source: 'csu/libc-start.c:call_fini', on: { returned: 'done' } } },
  { run: (cpu) => ({ call: 'finiObject', ctx: { map: executableOf(cpu.read(loaderOf)), next: 0 } }) },
);

function executableOf(loader: Loader): number {
  return namespaceAt(loader, 0).list[0] ?? 0;
}

interface AllFrame {
  /** Namespace to do next; -1 before the first. */
  next: number;
  auditors?: boolean;
  ns?: number;
  order?: number[];
  at?: number;
}

/** Pick the next namespace of this pass, highest first; null when both passes are over. */
function nextNamespace(loader: Loader, ctx: AllFrame): number | null {
  if (ctx.next < 0) ctx.next = loader.namespaces.length;
  for (;;) {
    ctx.next--;
    if (ctx.next < 0) {
      if (ctx.auditors === true || loader.auditors.length === 0) return null;
      ctx.auditors = true;
      ctx.next = loader.namespaces.length;
      continue;
    }
    const { list } = namespaceAt(loader, ctx.next);
    if (list.length > 0 && isAuditNamespace(loader, ctx.next) === (ctx.auditors === true)) return ctx.next;
  }
}

function sortedForFini(cpu: Cpu, loader: Loader, ns: number): number[] {
  const plain = plainOf(loader);
  const list = namespaceAt(plain, ns).list.filter((id) => mapAt(plain, id).real === null);
  const { dfsForceFirst } = programOf(cpu).release;
  const options = { forceFirst: ns === 0, forFini: true, dfsForceFirst };
  const sortables = list.map((id) => sortable(plain, id));
  return sortMaps(sortables, sortAlgorithm(cpu), options).map((m) => m.id);
}

export const loaderFini = lifecycle<AllFrame>(
  'loaderFini',
  {
    namespace: { source: 'elf/dl-fini.c:_dl_fini', on: { end: 'done', found: 'lock' } },
    lock: { source: 'elf/dl-fini.c:_dl_fini', on: { ok: 'tellDelete' }, visible: true },
    tellDelete: { source: 'elf/dl-fini.c:_dl_fini', on: { returned: 'sort', quiet: 'sort' } },
    sort: { source: 'elf/dl-fini.c:_dl_fini', on: { ok: 'next' } },
    next: { source: 'elf/dl-fini.c:_dl_fini', on: { returned: 'tellClose', skip: 'next', end: 'proxy' } },
    tellClose: { source: 'elf/dl-audit.c:_dl_audit_objclose', on: { returned: 'drop' } },
    drop: { source: 'elf/dl-fini.c:_dl_fini', on: { ok: 'next' } },
    proxy: { source: 'elf/dl-fini.c:_dl_fini', on: { returned: 'tellConsistent', quiet: 'tellConsistent' } },
    tellConsistent: { source: 'elf/dl-fini.c:_dl_fini', on: { returned: 'namespace', quiet: 'namespace' } },
  },
  {
    namespace(cpu, ctx) {
      const ns = nextNamespace(cpu.read(loaderOf), ctx);
      if (ns === null) return 'end';
      ctx.ns = ns;
      return 'found';
    },
    lock: (cpu) => (takeLoadLock(cpu) ? 'ok' : blocked),
    tellDelete: (cpu, ctx) => exitActivity(cpu, ctx, 'delete'),
    sort(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      ctx.order = sortedForFini(cpu, loader, ctx.ns ?? 0);
      ctx.at = 0;
      for (const id of ctx.order) mapAt(loader, id).directOpencount++;
      dropLoadLock(cpu);
      return 'ok';
    },
    next(cpu, ctx) {
      const id = ctx.order?.[ctx.at ?? 0];
      if (id === undefined) return 'end';
      ctx.at = (ctx.at ?? 0) + 1;
      const map = cpu.edit(loaderOf).maps[id];
      if (map === undefined) return 'skip';
      if (!map.initCalled) {
        map.directOpencount--;
        return 'skip';
      }
      map.initCalled = false;
      return { call: 'finiObject', ctx: { map: id, next: 0 } };
    },
    tellClose: (cpu, ctx) => tellObjclose(cpu, justFinalised(ctx)),
    drop(cpu, ctx) {
      const map = cpu.edit(loaderOf).maps[justFinalised(ctx)];
      if (map !== undefined) map.directOpencount--;
      return 'ok';
    },
    proxy(cpu, ctx) {
      const loader = cpu.read(loaderOf);
      const proxy = namespaceAt(loader, ctx.ns ?? 0).list.find((id) => mapAt(loader, id).real !== null);
      if (proxy === undefined || !programOf(cpu).release.auditProxy) return 'quiet';
      return tellObjclose(cpu, proxy);
    },
    tellConsistent: (cpu, ctx) => exitActivity(cpu, ctx, 'consistent'),
  },
);

function justFinalised(ctx: AllFrame): number {
  return ctx.order?.[(ctx.at ?? 0) - 1] ?? 0;
}

function exitActivity(cpu: Cpu, ctx: AllFrame, text: string): Call | string {
  if (!programOf(cpu).release.auditExitActivity || ctx.auditors === true) return 'quiet';
  const head = namespaceAt(cpu.read(loaderOf), ctx.ns ?? 0).list[0] ?? 0;
  return notifyAuditors({ callback: 'la_activity', subject: head, text, quiet: false });
}

/** la_objclose for one map, unless its namespace is an auditor's. */
export function tellObjclose(cpu: Cpu, id: number): Call {
  const loader = cpu.read(loaderOf);
  const quiet = isAuditNamespace(loader, mapAt(loader, id).ns);
  return notifyAuditors({ callback: 'la_objclose', subject: id, text: '', quiet });
}

/** la_preinit goes out for the base executable only. */
export const tellPreinit = lifecycle<{ map: number }>(
  'tellPreinit',
  { tell: { source: 'elf/dl-audit.c:_dl_audit_preinit', on: { returned: 'done' } } },
  { tell: (_cpu, ctx) => notifyAuditors({ callback: 'la_preinit', subject: ctx.map, text: '', quiet: false }) },
);
