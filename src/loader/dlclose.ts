/**
 * dlclose and the collection behind it: mark what is still reachable, sort, finalise what is not, unmap. In glibc:
 * elf/dl-close.c:_dl_close, _dl_close_worker.
 *
 * What can go wrong: nothing is collected except by a dlclose that brings a count to zero; one inside a destructor only asks the
 * running one to go round again. An object that stays may lose the scope through which it was found.
 */
import { imagesOf } from '../libc/memory.js';
import { programOf } from '../libc/program.js';
import { libcsOf } from '../libc/state.js';
import { dieOf } from '../libc/trace.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { blocked, type Call, lifecycle } from '../machine/lifecycle.js';
import { notifyAuditors } from './audit.js';
import { sortAlgorithm, sortable } from './deps.js';
import { tellObjclose } from './fini.js';
import { isAuditNamespace, type LinkMap, type Loader, libc, loaderOf, mapAt, namespaceAt } from './linkmap.js';
import { dropLoadLock, takeLoadLock } from './lock.js';
import { holeFor } from './map.js';
import { sortMaps } from './sort.js';
import { giveUpModid, reclaimStaticTls } from './static-tls.js';

export const dlclose = lifecycle<{ map: number; result?: string }>(
  'dlclose',
  {
    lock: { source: 'elf/dl-close.c:_dl_close', on: { ok: 'close' }, visible: true },
    close: { source: 'elf/dl-close.c:_dl_close', on: { returned: 'unlock', refused: 'unlock' } },
    unlock: { source: 'elf/dl-close.c:_dl_close', on: { ok: 'done' } },
  },
  {
    lock: (cpu) => (takeLoadLock(cpu) ? 'ok' : blocked),
    close(cpu, ctx) {
      const map = cpu.read(loaderOf).maps[ctx.map];
      ctx.result = '0';
      if (map?.nodelete === 'active') return 'refused';
      if (map === undefined || map.directOpencount === 0) {
        ctx.result = '-1';
        return 'refused';
      }
      return closeWorker(ctx.map);
    },
    unlock(cpu, ctx) {
      dropLoadLock(cpu);
      cpu.give(ctx.result ?? '0');
      return 'ok';
    },
  },
);

/** One direct use less of `map`, and the collection if that was the last. */
export function closeWorker(map: number): Call {
  return {
    call: 'closeWorker',
    ctx: { map, ns: 0, first: null, order: [], used: [], at: 0, removed: [], silent: false },
  };
}

interface WorkerFrame {
  map: number;
  ns: number;
  /** The closed object while it is to be finalised first; null on a further round. */
  first: number | null;
  order: number[];
  used: number[];
  at: number;
  removed: number[];
  /** The namespace is an auditor's: nobody hears of it. */
  silent: boolean;
}

export const closeWorkerLifecycle = lifecycle<WorkerFrame>(
  'closeWorker',
  {
    begin: { source: 'elf/dl-close.c:_dl_close_worker', on: { collect: 'mark', kept: 'done' } },
    mark: { source: 'elf/dl-close.c:_dl_close_worker', on: { ok: 'next' } },
    next: {
      source: 'elf/dl-close.c:_dl_close_worker',
      on: { returned: 'tellDelete', unused: 'tellDelete', kept: 'next', end: 'tellLate' },
    },
    tellDelete: { source: 'elf/dl-close.c:_dl_close_worker', on: { returned: 'tellClose', quiet: 'tellClose' } },
    tellClose: { source: 'elf/dl-audit.c:_dl_audit_objclose', on: { returned: 'remove' } },
    remove: { source: 'elf/dl-close.c:_dl_close_worker', on: { ok: 'next' } },
    tellLate: {
      source: 'elf/dl-close.c:_dl_close_worker',
      on: { returned: 'unmap', quiet: 'unmap', nothing: 'again' },
    },
    unmap: { source: 'elf/dl-close.c:_dl_close_worker', on: { ok: 'tellConsistent' }, visible: true },
    tellConsistent: { source: 'elf/dl-close.c:_dl_close_worker', on: { returned: 'again', quiet: 'again' } },
    again: { source: 'elf/dl-close.c:_dl_close_worker', on: { rerun: 'mark', ok: 'done' } },
  },
  {
    begin(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      const map = mapAt(loader, ctx.map);
      map.directOpencount--;
      if (map.directOpencount > 0 || map.type !== 'loaded') return 'kept';
      if (loader.closing !== 'no') {
        loader.closing = 'rerun';
        return 'kept';
      }
      ctx.ns = map.ns;
      ctx.first = map.id;
      ctx.silent = isAuditNamespace(loader, map.ns);
      return 'collect';
    },
    mark(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      loader.closing = 'pending';
      ctx.used = [...stillUsed(loader, ctx.ns)];
      ctx.order = collectionOrder(cpu, loader, ctx);
      ctx.at = 0;
      ctx.removed = [];
      return 'ok';
    },
    next(cpu, ctx) {
      const id = ctx.order[ctx.at++];
      if (id === undefined) return 'end';
      const loader = cpu.edit(loaderOf);
      const map = mapAt(loader, id);
      if (ctx.used.includes(id)) {
        if (map.type === 'loaded') keepScope(loader, map, ctx.used);
        return 'kept';
      }
      if (!map.initCalled || map.real !== null) return 'unused';
      if (programOf(cpu).release.finiMarksFirst) map.initCalled = false;
      return { call: 'finiObject', ctx: { map: id, next: 0 } };
    },
    tellDelete(cpu, ctx) {
      if (!programOf(cpu).release.auditProxy || ctx.removed.length > 0) return 'quiet';
      return activity(cpu, ctx.ns, 'delete');
    },
    tellClose: (cpu, ctx) => tellObjclose(cpu, ctx.order[ctx.at - 1] ?? 0),
    remove(cpu, ctx) {
      const id = ctx.order[ctx.at - 1] ?? 0;
      mapAt(cpu.edit(loaderOf), id).removed = true;
      ctx.removed.push(id);
      return 'ok';
    },
    tellLate(cpu, ctx) {
      if (ctx.removed.length === 0) return 'nothing';
      namespaceAt(cpu.edit(loaderOf), ctx.ns).rState = 'delete';
      return programOf(cpu).release.auditProxy ? 'quiet' : activity(cpu, ctx.ns, 'delete');
    },
    unmap(cpu, ctx) {
      unmapAll(cpu, ctx);
      return 'ok';
    },
    tellConsistent(cpu, ctx) {
      const namespace = cpu.read(loaderOf).namespaces[ctx.ns];
      if (namespace === undefined || namespace.list.length === 0) {
        if (!ctx.silent && emptyCrashes(cpu)) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
        return 'quiet';
      }
      namespaceAt(cpu.edit(loaderOf), ctx.ns).rState = 'consistent';
      return activity(cpu, ctx.ns, 'consistent');
    },
    again(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      ctx.first = null;
      if (loader.closing === 'rerun' && loader.namespaces[ctx.ns] !== undefined) return 'rerun';
      loader.closing = 'no';
      return 'ok';
    },
  },
);

/** Before 2.32 auditors were told of the first object of a namespace that had none left (glibc bug 26076). */
function emptyCrashes(cpu: Cpu): boolean {
  return cpu.read(loaderOf).auditors.length > 0 && !programOf(cpu).release.auditEmptyQuiet;
}

function activity(cpu: Cpu, ns: number, text: string): Call | string {
  const head = cpu.read(loaderOf).namespaces[ns]?.list[0];
  if (head === undefined) return 'quiet';
  const quiet = mapAt(cpu.read(loaderOf), head).auditing;
  return notifyAuditors({ callback: 'la_activity', subject: head, text, quiet });
}

/** What must stay: roots, and all that they need or have bound to. */
function stillUsed(loader: Loader, ns: number): Set<number> {
  const used = new Set<number>();
  const open = namespaceAt(loader, ns).list.filter((id) => isRoot(mapAt(loader, id)));
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (used.has(id)) continue;
    used.add(id);
    const map = mapAt(loader, id);
    open.push(...(map.initfini ?? []).slice(1), ...map.reldeps);
  }
  return used;
}

function isRoot(map: LinkMap): boolean {
  return map.type !== 'loaded' || map.directOpencount > 0 || map.nodelete === 'active' || map.tlsDtorCount > 0;
}

function collectionOrder(cpu: Cpu, loader: Loader, ctx: WorkerFrame): number[] {
  const { release } = programOf(cpu);
  const list = [...namespaceAt(loader, ctx.ns).list];
  let forceFirst = ctx.ns === 0;
  if (release.closedFirst) {
    forceFirst = ctx.first !== null;
    const at = ctx.first === null ? 0 : list.indexOf(ctx.first);
    const head = list[0];
    if (at > 0 && ctx.first !== null && head !== undefined) {
      list[at] = head;
      list[0] = ctx.first;
    }
  }
  const plain = plainOf(loader);
  const sortables = list.map((id) => sortable(plain, id, ctx.used.includes(id)));
  const options = { forceFirst, forFini: true, dfsForceFirst: release.dfsForceFirst };
  return sortMaps(sortables, sortAlgorithm(cpu), options).map((m) => m.id);
}

/** An object that stays drops the scopes of those that go; if it had no list of its own it gets its direct dependencies. */
function keepScope(_loader: Loader, map: LinkMap, used: readonly number[]): void {
  const kept: number[] = [];
  let own = map.closure === null && map.initfini !== null;
  let removedAny = false;
  for (const root of map.scope) {
    if (root < 0 || used.includes(root)) {
      kept.push(root);
      continue;
    }
    removedAny = true;
    if (own) kept.push(map.id);
    own = false;
  }
  if (removedAny) {
    if (map.closure === null && map.initfini !== null) map.closure = [...map.initfini];
    map.scope = kept;
  }
  if (map.loader !== null && !used.includes(map.loader)) map.loader = null;
}

function unmapAll(cpu: Cpu, ctx: WorkerFrame): void {
  const { release } = programOf(cpu);
  const loader = cpu.edit(loaderOf);
  const namespace = namespaceAt(loader, ctx.ns);
  reclaimStaticTls(cpu, loader, ctx.removed);
  for (const id of ctx.removed) {
    const map = mapAt(loader, id);
    if (map.file === libc && release.earlyInitAgain) namespace.libc = null;
    if (loader.initfirst === id) loader.initfirst = null;
    const { file, at, block, ns, tlsOffset } = map;
    const tlsModid = giveUpModid(loader, id);
    const times = { next: loader.nextId, early: !loader.started };
    loader.gone[id] = { file, at, block, ns, tlsOffset, tlsModid, ...times };
    loader.freed[map.file.length] = [...(loader.freed[map.file.length] ?? []), map.block];
    loader.holes[holeFor(map.file)] = [...(loader.holes[holeFor(map.file)] ?? []), map.slot].sort((a, b) => a - b);
    delete loader.maps[id];
    delete cpu.edit(imagesOf).images[id];
    if (map.file === libc) delete cpu.edit(libcsOf).copies[id];
  }
  const isGone = (id: number) => ctx.removed.includes(id);
  namespace.list = namespace.list.filter((id) => !isGone(id));
  const head = namespace.list[0];
  const first = head === undefined ? undefined : mapAt(loader, head);
  if (first?.closure) first.closure = first.closure.filter((id) => !isGone(id));
  if (namespace.list.length === 0) namespace.rState = 'consistent';
}

/** Emptied namespaces at the end of the table are given up. */
export function trimNamespaces(loader: Loader): void {
  while (loader.namespaces.length > 1 && loader.namespaces.at(-1)?.list.length === 0) loader.namespaces.pop();
}
