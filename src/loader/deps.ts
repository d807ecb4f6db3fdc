/**
 * The closure of an object: DT_NEEDED breadth first, the search list in that order, and the sorted init list. In glibc:
 * elf/dl-deps.c:_dl_map_object_deps.
 *
 * What can go wrong: only the root's init list is its whole closure. A dependency keeps just its direct dependencies, and one
 * that was loaded before keeps the list it has; every later sort walks these uneven edges.
 */
import { describedObject, programOf, tunable } from '../libc/program.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { type LinkMap, type Loader, loaderOf, mapAt, mapFacts, namespaceAt } from './linkmap.js';
import type { MapRequest } from './map.js';
import { type Sortable, sortMaps } from './sort.js';

export interface DepsFrame {
  root: number;
  /** Closure so far; starts with the root and the preloaded objects. */
  queue: number[];
  /** Objects whose dynamic sections were read, and the place before which all of the queue were. */
  done: Record<number, true>;
  at: number;
  /** The object being read; null before the first and between two. */
  current: number | null;
  /** The next name of the current object. */
  need: number;
  direct: number[];
  deepbind: boolean;
  audit: boolean;
}

export function depsFrame(root: number, preloads: readonly number[], deepbind: boolean, audit: boolean): DepsFrame {
  return { root, queue: [root, ...preloads], done: {}, at: 0, current: null, need: 0, direct: [], deepbind, audit };
}

/** A name in a dynamic section: a needed object, or a filtee. */
interface Tag {
  kind: 'needed' | 'filter' | 'auxiliary';
  name: string;
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
  const program = programOf(cpu);
  const { release } = program;
  const asked = tunable(program, 'glibc.rtld.dynamic_sort');
  if (!release.sortTunable || (asked !== '1' && asked !== '2')) return release.sortDefault;
  return asked === '1' ? 1 : 2;
}

/** Names in the order of the dynamic section; the link editor writes DT_NEEDED first. */
function tagsOf(cpu: Cpu, map: LinkMap): readonly Tag[] {
  if (map.real !== null) return [];
  const object = describedObject(programOf(cpu), map.file);
  const needed = mapFacts(cpu, map).needed.map((name): Tag => ({ kind: 'needed', name }));
  if (object?.filter === undefined && object?.auxiliary === undefined) return needed;
  const suffix = programOf(cpu).files === undefined ? '.so' : '';
  const filters = (object.filter ?? []).map((name): Tag => ({ kind: 'filter', name: `${name}${suffix}` }));
  const auxiliaries = (object.auxiliary ?? []).map((name): Tag => ({ kind: 'auxiliary', name: `${name}${suffix}` }));
  return [...needed, ...filters, ...auxiliaries];
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
        const id = ctx.current ?? begin(ctx);
        if (id === null) return 'end';
        const map = mapAt(loader, id);
        const tag = tagsOf(cpu, map)[ctx.need];
        if (tag !== undefined) return { call: 'mapObject', ctx: requestFor(ctx, map, tag.name) };
        if (id !== ctx.root && map.closure === null && map.initfini === null && map.real === null) {
          map.initfini = [id, ...ctx.direct];
        }
        ctx.current = null;
      }
    },
    take(cpu, ctx) {
      const found = cpu.stack.value;
      const map = mapAt(cpu.read(loaderOf), ctx.current ?? ctx.root);
      const tag = tagsOf(cpu, map)[ctx.need];
      ctx.need++;
      if (typeof found !== 'number') return tag?.kind === 'auxiliary' ? 'next' : 'failed';
      if (tag?.kind === 'needed') append(ctx, found);
      else placeFiltee(cpu.edit(loaderOf), ctx, map, found);
      ctx.direct = [...ctx.direct, found];
      return 'next';
    },
    finish(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      const root = mapAt(loader, ctx.root);
      root.closure = [...ctx.queue];
      root.reldeps = root.reldeps.filter((id) => id === root.id || !ctx.queue.includes(id));
      const rest = ctx.queue.filter((id) => id !== root.id);
      root.initfini = sortClosure(cpu, loader, root, [root.id, ...rest]);
      cpu.give(root.id);
      return 'ok';
    },
  },
);

/** Take up the next object of the queue that was not read yet. */
function begin(ctx: DepsFrame): number | null {
  let id = ctx.queue[ctx.at];
  while (id !== undefined && ctx.done[id] === true) id = ctx.queue[++ctx.at];
  if (id === undefined) return null;
  ctx.current = id;
  ctx.done[id] = true;
  ctx.need = 0;
  ctx.direct = [];
  return id;
}

function append(ctx: DepsFrame, found: number): void {
  if (!ctx.queue.includes(found)) ctx.queue = [...ctx.queue, found];
}

/** A filtee stands before its filter, in the search list and in the namespace's list, unless it stands further forward already. */
function placeFiltee(loader: Loader, ctx: DepsFrame, filter: LinkMap, found: number): void {
  const at = ctx.queue.indexOf(filter.id);
  const known = ctx.queue.indexOf(found);
  if (known >= 0 && known < at) return;
  const before = (list: readonly number[]) => {
    const others = list.filter((id) => id !== found);
    others.splice(others.indexOf(filter.id), 0, found);
    return others;
  };
  ctx.queue = before(ctx.queue);
  ctx.at = Math.min(ctx.at, ctx.queue.indexOf(found));
  const namespace = namespaceAt(loader, filter.ns);
  namespace.list = before(namespace.list);
}

function requestFor(ctx: DepsFrame, map: LinkMap, name: string): MapRequest {
  return {
    name,
    ns: map.ns,
    askedBy: map.id,
    loader: map.id,
    type: map.type === 'executable' ? 'library' : map.type,
    deepbind: ctx.deepbind,
    noload: false,
    audit: ctx.audit,
    made: null,
  };
}

function sortClosure(cpu: Cpu, loader: Loader, root: LinkMap, queue: readonly number[]): number[] {
  const { release } = programOf(cpu);
  const isLibc = release.libcRootNotFirst && namespaceAt(loader, root.ns).libc === root.id;
  const plain = plainOf(loader);
  const list = queue.map((id) => sortable(plain, id));
  const options = { forceFirst: !isLibc, forFini: false, dfsForceFirst: release.dfsForceFirst };
  return sortMaps(list, sortAlgorithm(cpu), options).map((m) => m.id);
}
