/**
 * The closure of an object: DT_NEEDED breadth first, the search list in that order, and the sorted init list. In glibc:
 * elf/dl-deps.c:_dl_map_object_deps.
 *
 * What can go wrong: only the root's init list is its whole closure. A dependency keeps just its direct dependencies, and one
 * that was loaded before keeps the list it has; every later sort walks these uneven edges.
 */
import { programOf } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { isAuditNamespace, type LinkMap, type Loader, loaderOf, mapAt, mapFacts, namespaceAt, realMap } from './linkmap.js';
import type { MapRequest } from './map.js';
import { type Sortable, sortMaps } from './sort.js';

export interface DepsFrame {
  root: number;
  /** Closure so far; starts with the root and the preloaded objects. */
  queue: number[];
  at: number;
  need: number;
  direct: number[];
  deepbind: boolean;
  audit: boolean;
}

export function depsFrame(root: number, preloads: readonly number[], deepbind: boolean, audit: boolean): DepsFrame {
  return { root, queue: [root, ...preloads], at: 0, need: 0, direct: [], deepbind, audit };
}

/** A map as the sorts see it. */
export function sortable(loader: Loader, id: number, staysFixed = false): Sortable {
  const map = mapAt(loader, id);
  return {
    id,
    initfini: map.initfini,
    reldeps: map.reldeps,
    hasReldeps: map.hasReldeps,
    isMain: map.mainMap,
    fixed: staysFixed || map.real !== null,
  };
}

/** Which algorithm this process sorts with. */
export function sortAlgorithm(cpu: Cpu): 1 | 2 {
  const { release, world } = programOf(cpu);
  const tunable = world.tunables?.['glibc.rtld.dynamic_sort'];
  if (!release.sortTunable || (tunable !== '1' && tunable !== '2')) return release.sortDefault;
  return tunable === '1' ? 1 : 2;
}

function neededBy(cpu: Cpu, loader: Loader, id: number): readonly string[] {
  return mapFacts(cpu, realMap(loader, id)).needed;
}

export const mapDependencies = lifecycle<DepsFrame>(
  'mapDependencies',
  {
    scan: { source: 'elf/dl-deps.c:_dl_map_object_deps', on: { returned: 'take', end: 'finish' } },
    take: { source: 'elf/dl-deps.c:openaux', on: { next: 'scan', failed: 'done' } },
    finish: { source: 'elf/dl-deps.c:_dl_map_object_deps', on: { ok: 'done' } },
  },
  {
    scan(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      for (;;) {
        const id = ctx.queue[ctx.at];
        if (id === undefined) return 'end';
        const map = mapAt(loader, id);
        const name = map.real === null ? neededBy(cpu, loader, id)[ctx.need] : undefined;
        if (name !== undefined) {
          const request: MapRequest = {
            name,
            ns: map.ns,
            askedBy: id,
            loader: id,
            type: map.type === 'executable' ? 'library' : map.type,
            deepbind: ctx.deepbind,
            noload: false,
            audit: ctx.audit,
            made: null,
          };
          return { call: 'mapObject', ctx: request };
        }
        if (id !== ctx.root && map.closure === null && map.initfini === null && map.real === null) map.initfini = [id, ...ctx.direct];
        ctx.at++;
        ctx.need = 0;
        ctx.direct = [];
      }
    },
    take(cpu, ctx) {
      const found = cpu.stack.value;
      if (typeof found !== 'number') return 'failed';
      if (!ctx.queue.includes(found)) ctx.queue.push(found);
      ctx.direct.push(found);
      ctx.need++;
      return 'next';
    },
    finish(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      const root = mapAt(loader, ctx.root);
      root.closure = [...ctx.queue];
      root.reldeps = root.reldeps.filter((id) => id === root.id || !ctx.queue.includes(id));
      root.initfini = sortClosure(cpu, loader, root, ctx.queue);
      cpu.give(root.id);
      return 'ok';
    },
  },
);

function sortClosure(cpu: Cpu, loader: Loader, root: LinkMap, queue: readonly number[]): number[] {
  const { release } = programOf(cpu);
  const isLibc = release.libcRootNotFirst && namespaceAt(loader, root.ns).libc === root.id;
  const list = queue.map((id) => sortable(loader, id));
  const options = { forceFirst: !isLibc, forFini: false, dfsForceFirst: release.dfsForceFirst };
  return sortMaps(list, sortAlgorithm(cpu), options).map((m) => m.id);
}

/** Whether auditors may hear of this namespace. */
export function isObserved(loader: Loader, ns: number): boolean {
  return loader.auditors.length > 0 && !isAuditNamespace(loader, ns);
}
