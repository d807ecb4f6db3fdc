/**
 * dlopen and dlmopen: map, find dependencies, relocate, then constructors, all under the loader's lock. In glibc:
 * elf/dl-open.c:_dl_open, dl_open_worker_begin.
 *
 * What can go wrong: an object that is open already is handed back at once, constructors or not. A failure before the point of
 * no return removes what this call mapped, without running any of it. RTLD_GLOBAL takes effect after the constructors.
 */

import { fatal } from '../libc/end.js';
import { isStatic, programOf } from '../libc/program.js';
import { dieOf } from '../libc/trace.js';
import type { Cpu } from '../machine/cpu.js';
import { blocked, type Call, lifecycle } from '../machine/lifecycle.js';
import { notifyAuditors } from './audit.js';
import { depsFrame, sortAlgorithm, sortable } from './deps.js';
import { passesCaller, raiseOwn } from './dl-error.js';
import { closeWorker, trimNamespaces } from './dlclose.js';
import { earlyInit } from './earlyinit.js';
import { initFrame } from './init.js';
import { callerAt, isAuditNamespace, type Loader, loaderOf, mapAt, namespaceAt } from './linkmap.js';
import { dropLoadLock, dropTlsLock, takeLoadLock, takeTlsLock } from './lock.js';
import { relocFrame } from './relocate.js';
import { sortMaps } from './sort.js';
import { initialiseStaticTls } from './tls-init.js';

export interface OpenRequest {
  /** Name as given to dlopen; null for the program itself. */
  name: string | null;
  ns: number | 'new' | 'caller';
  caller: number;
  flags: readonly string[];
  /** `__RTLD_AUDIT`. */
  audit: boolean;
  map?: number;
  libcBefore?: boolean;
  order?: number[];
  at?: number;
  error?: string;
}

/** DL_NNS. */
export const namespaceLimit = 16;

export const dlopen = lifecycle<OpenRequest>(
  'dlopen',
  {
    lock: { source: 'elf/dl-open.c:_dl_open', on: { ok: 'namespace' }, visible: true },
    namespace: { source: 'elf/dl-open.c:_dl_open', on: { ok: 'map', failed: 'unlock' } },
    map: { source: 'elf/dl-load.c:_dl_map_object', on: { returned: 'opened', self: 'opened' } },
    opened: {
      source: 'elf/dl-open.c:dl_open_worker_begin',
      on: { fresh: 'dependencies', known: 'unlock', failed: 'tellFailed' },
    },
    dependencies: { source: 'elf/dl-deps.c:_dl_map_object_deps', on: { returned: 'mapped' } },
    mapped: { source: 'elf/dl-open.c:dl_open_worker_begin', on: { ok: 'tellMapped', failed: 'tellFailed' } },
    tellMapped: { source: 'elf/dl-open.c:dl_open_worker_begin', on: { returned: 'plan', quiet: 'plan' } },
    plan: { source: 'elf/dl-open.c:dl_open_worker_begin', on: { ok: 'relocate' } },
    relocate: { source: 'elf/dl-reloc.c:_dl_relocate_object', on: { returned: 'relocated', end: 'commit' } },
    relocated: { source: 'elf/dl-open.c:dl_open_worker_begin', on: { ok: 'relocate', failed: 'tellFailed' } },
    commit: { source: 'elf/dl-open.c:update_scopes', on: { ok: 'earlyInit' } },
    earlyInit: { source: 'elf/dl-open.c:dl_open_worker_begin', on: { ok: 'tellRelocated' }, visible: true },
    tellRelocated: { source: 'elf/dl-open.c:dl_open_worker', on: { returned: 'constructors', quiet: 'constructors' } },
    constructors: { source: 'elf/dl-init.c:_dl_init', on: { returned: 'global' } },
    global: { source: 'elf/dl-open.c:add_to_global_update', on: { ok: 'unlock' } },
    tellFailed: { source: 'elf/dl-open.c:dl_open_worker', on: { returned: 'undo', quiet: 'undo' } },
    undo: { source: 'elf/dl-open.c:_dl_open', on: { returned: 'unlock', none: 'unlock' } },
    unlock: { source: 'elf/dl-open.c:_dl_open', on: { ok: 'done' } },
  },
  {
    lock: (cpu) => (takeLoadLock(cpu) ? 'ok' : blocked),
    namespace(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      ctx.caller = callerAt(loader, ctx.caller).id;
      const ns = pickNamespace(loader, ctx);
      if (typeof ns === 'string') {
        ctx.error = ns;
        cpu.give(ns);
        return 'failed';
      }
      ctx.ns = ns;
      ctx.libcBefore = namespaceAt(loader, ns).libc !== null;
      takeTlsLock(cpu);
      return 'ok';
    },
    map(cpu, ctx) {
      const ns = nsOf(ctx);
      if (ctx.name === null) {
        cpu.give(namespaceAt(cpu.read(loaderOf), ns).list[0] ?? null);
        return 'self';
      }
      const request = {
        name: ctx.name,
        ns,
        askedBy: ctx.caller,
        loader: null,
        type: 'loaded',
        deepbind: ctx.flags.includes('deepbind'),
        noload: ctx.flags.includes('noload'),
        audit: ctx.audit,
        made: null,
      };
      return { call: 'mapObject', ctx: request };
    },
    opened(cpu, ctx) {
      const answer = opened(cpu, ctx);
      if (answer === 'known') dropTlsLock(cpu);
      return answer;
    },
    dependencies(_cpu, ctx) {
      return { call: 'mapDependencies', ctx: depsFrame(ctx.map ?? 0, [], ctx.flags.includes('deepbind'), ctx.audit) };
    },
    mapped(cpu, ctx) {
      const { value } = cpu.stack;
      if (typeof value === 'number') return 'ok';
      ctx.error = String(value);
      return 'failed';
    },
    tellMapped(cpu, ctx) {
      if (programOf(cpu).release.auditConsistentLate) return 'quiet';
      return consistent(cpu, ctx);
    },
    plan(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      ctx.order = relocationOrder(cpu, loader, ctx);
      ctx.at = 0;
      return 'ok';
    },
    relocate(cpu, ctx) {
      const id = ctx.order?.[ctx.at ?? 0];
      if (id === undefined) return 'end';
      ctx.at = (ctx.at ?? 0) + 1;
      const lazy = !ctx.flags.includes('now') && programOf(cpu).world.bind_now !== true;
      return { call: 'relocateObject', ctx: relocFrame(id, lazy, ctx.audit) };
    },
    relocated(cpu, ctx) {
      const { value } = cpu.stack;
      if (typeof value !== 'string') return 'ok';
      ctx.error = value;
      return 'failed';
    },
    commit(cpu, ctx) {
      if (ctx.flags.includes('global') && programOf(cpu).release.globalGrowsEarly) growGlobal(cpu, nsOf(ctx));
      updateScopes(cpu.edit(loaderOf), ctx.map ?? 0);
      initialiseStaticTls(cpu, ctx.map ?? 0);
      return 'ok';
    },
    earlyInit(cpu, ctx) {
      const ns = nsOf(ctx);
      const { libc } = namespaceAt(cpu.read(loaderOf), ns);
      if (ctx.libcBefore === true) return 'ok';
      if (libc !== null) earlyInit(cpu, libc, false);
      else if (programOf(cpu).release.earlyInitNeedsLibc) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
      return 'ok';
    },
    tellRelocated(cpu, ctx) {
      dropTlsLock(cpu);
      return lateConsistent(cpu, ctx);
    },
    constructors: (_cpu, ctx) => ({ call: 'runInit', ctx: initFrame(ctx.map ?? 0) }),
    global(cpu, ctx) {
      if (ctx.flags.includes('global')) {
        growGlobal(cpu, nsOf(ctx));
        addToGlobal(cpu.edit(loaderOf), ctx.map ?? 0);
      }
      cpu.give(ctx.map ?? null);
      return 'ok';
    },
    tellFailed(cpu, ctx) {
      dropTlsLock(cpu);
      return lateConsistent(cpu, ctx);
    },
    undo(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      const namespace = namespaceAt(loader, nsOf(ctx));
      // An error out of a constructor leaves a libc that the destructors still need.
      const hasBegun = ctx.map !== undefined && mapAt(loader, ctx.map).initCalled;
      if (ctx.libcBefore !== true && !hasBegun) namespace.libc = null;
      if (ctx.map === undefined) return 'none';
      return closeWorker(ctx.map);
    },
    unlock(cpu, ctx) {
      const { error } = ctx;
      trimNamespaces(cpu.edit(loaderOf));
      if (error === badMode) raiseOwn(cpu, ctx.caller);
      else if (error !== undefined) {
        if (passesCaller(cpu, ctx.caller, error, 'error while loading shared libraries')) return 'ok';
      }
      if (error !== undefined) cpu.give(error);
      dropLoadLock(cpu);
      return 'ok';
    },
  },
);

/** Said by the caller's own libc, before it asks ld.so. `@source dlfcn/dlmopen.c:dlmopen_doit` */
const badMode = 'invalid mode: Invalid argument';

function nsOf(ctx: OpenRequest): number {
  return typeof ctx.ns === 'number' ? ctx.ns : 0;
}

function pickNamespace(loader: Loader, ctx: OpenRequest): number | string {
  const isInner = ctx.ns !== 'caller' && ctx.ns !== 0;
  if (isInner && ctx.flags.includes('global')) return badMode;
  if (!ctx.flags.includes('lazy') && !ctx.flags.includes('now')) return told(ctx, 'invalid mode for dlopen()');
  if (ctx.ns === 'caller') return mapAt(loader, ctx.caller).ns;
  if (ctx.ns === 'new') {
    const free = loader.namespaces.findIndex((n, i) => i > 0 && n.list.length === 0);
    if (free > 0) return free;
    if (loader.namespaces.length === namespaceLimit) return told(ctx, 'no more namespaces available for dlmopen()');
    return loader.namespaces.push({ list: [], files: {}, libc: null, rState: 'consistent' }) - 1;
  }
  const namespace = loader.namespaces[ctx.ns];
  if (ctx.ns === 0) return 0;
  if (namespace === undefined || namespace.list.length === 0 || isAuditNamespace(loader, ctx.ns)) {
    return told(ctx, 'invalid target namespace in dlmopen()');
  }
  return ctx.ns;
}

/** `_dl_signal_error (EINVAL, file, NULL, text)`, as dlerror gives it back. */
function told(ctx: OpenRequest, text: string): string {
  return `${ctx.name ?? ''}: ${text}: Invalid argument`.replace(/^: /, '');
}

/** The object is there: count it, and see whether there is more to do. */
function opened(cpu: Cpu, ctx: OpenRequest): string {
  const { value } = cpu.stack;
  if (typeof value !== 'number') {
    if (typeof value === 'string') ctx.error = value;
    else assertConsistent(cpu, nsOf(ctx), '_dl_open');
    return value === null ? 'known' : 'failed';
  }
  const loader = cpu.edit(loaderOf);
  const map = mapAt(loader, value);
  ctx.map = value;
  map.directOpencount++;
  if (map.closure === null) {
    if (ctx.flags.includes('nodelete')) markNodelete(cpu, map);
    return 'fresh';
  }
  assertConsistent(cpu, map.ns, 'worker');
  if (ctx.flags.includes('nodelete')) map.nodelete = 'active';
  if (ctx.flags.includes('global') && !map.global) growGlobal(cpu, map.ns);
  if (ctx.flags.includes('global')) addToGlobal(loader, value);
  cpu.give(value);
  return 'known';
}

const stateChecks = {
  initialize: '_dl_debug_initialize (0, ARGSnsid)->r_state == RT_CONSISTENT',
  update: '_dl_debug_update (ARGSnsid)->r_state == RT_CONSISTENT',
  variable: 'r_state == RT_CONSISTENT',
};

/** Nothing was mapped, so nothing has made the namespace consistent: until start-up is over it is not. */
function assertConsistent(cpu: Cpu, ns: number, where: 'worker' | '_dl_open'): void {
  const { openStateCheck } = programOf(cpu).release;
  const state = cpu.read(loaderOf).namespaces[ns]?.rState ?? 'consistent';
  if (openStateCheck === 'none' || state === 'consistent' || isStatic(programOf(cpu))) return;
  const worker = openStateCheck === 'initialize' ? 'dl_open_worker' : 'dl_open_worker_begin';
  const condition = stateChecks[openStateCheck].replace('ARGS', where === 'worker' ? 'args->' : 'args.');
  const name = where === 'worker' ? worker : where;
  fatal(cpu, `Inconsistency detected by ld.so: dl-open.c: ?: ${name}: Assertion \`${condition}' failed!\n`);
}

function markNodelete(cpu: Cpu, map: { nodelete: 'no' | 'pending' | 'active' }): void {
  map.nodelete = programOf(cpu).release.nodeleteIsPending && map.nodelete !== 'active' ? 'pending' : 'active';
}

function consistent(cpu: Cpu, ctx: OpenRequest): Call | string {
  const loader = cpu.edit(loaderOf);
  const namespace = namespaceAt(loader, nsOf(ctx));
  namespace.rState = 'consistent';
  const head = namespace.list[0];
  if (head === undefined || mapAt(loader, head).auditing) return 'quiet';
  return notifyAuditors({ callback: 'la_activity', subject: head, text: 'consistent', quiet: false });
}

/** Since 2.41 auditors hear CONSISTENT at the end, and only when something was added. */
function lateConsistent(cpu: Cpu, ctx: OpenRequest): Call | string {
  if (!programOf(cpu).release.auditConsistentLate) return 'quiet';
  const namespace = cpu.read(loaderOf).namespaces[nsOf(ctx)];
  return namespace === undefined || namespace.rState === 'consistent' ? 'quiet' : consistent(cpu, ctx);
}

/** Unrelocated objects, last to first of the init list, or (before 2.32) of a sort of their own. */
function relocationOrder(cpu: Cpu, loader: Loader, ctx: OpenRequest): number[] {
  const { release } = programOf(cpu);
  const map = mapAt(loader, ctx.map ?? 0);
  const pending = (ids: readonly number[]) =>
    ids.filter((id) => !mapAt(loader, id).relocated && mapAt(loader, id).real === null);
  if (!release.relocateInInitOrder) {
    const { list } = namespaceAt(loader, map.ns);
    const unrelocated = pending(list.slice(list.indexOf(map.id)));
    const options = { forceFirst: false, forFini: false, dfsForceFirst: false };
    const sorted = sortMaps(
      unrelocated.map((id) => sortable(loader, id)),
      sortAlgorithm(cpu),
      options,
    );
    return sorted.map((m) => m.id).reverse();
  }
  const order = pending(map.initfini ?? []).reverse();
  const { libc } = namespaceAt(loader, map.ns);
  if (!release.libcRelocatedFirst || libc === null || !order.includes(libc)) return order;
  return [libc, ...order.filter((id) => id !== libc)];
}

/** The new closure becomes searchable; NODELETE becomes final. */
function updateScopes(loader: Loader, root: number): void {
  for (const id of mapAt(loader, root).closure ?? []) {
    const map = mapAt(loader, id);
    if (map.nodelete === 'pending') map.nodelete = 'active';
    if (map.initCalled && map.type === 'loaded' && !map.scope.includes(root)) map.scope.push(root);
  }
}

/**
 * Room for more in a namespace's global scope. Only the base namespace has one: in the others RTLD_GLOBAL follows a null pointer.
 *
 * @source elf/dl-open.c:add_to_global_resize
 */
function growGlobal(cpu: Cpu, ns: number): void {
  if (ns !== 0) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/** RTLD_GLOBAL: the closure joins the list of the namespace's first object. */
function addToGlobal(loader: Loader, root: number): void {
  const map = mapAt(loader, root);
  const first = namespaceAt(loader, map.ns).list[0];
  const head = first === undefined ? undefined : mapAt(loader, first);
  if (head === undefined) return;
  for (const id of map.closure ?? []) {
    const member = mapAt(loader, id);
    if (member.global) continue;
    member.global = true;
    if (head.closure !== null && !head.closure.includes(id)) head.closure.push(id);
  }
}
