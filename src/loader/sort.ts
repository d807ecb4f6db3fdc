/**
 * The two sorts of link maps: by repeated moves (the only one up to 2.34) and depth first (since 2.35). Input is a list with
 * the object of interest first, output is a list in which an object stands before what it needs. In glibc:
 * elf/dl-sort-maps.c:_dl_sort_maps_original and _dl_sort_maps_dfs (before 2.35: elf/dl-fini.c:_dl_sort_fini, elf/dl-deps.c).
 *
 * What can go wrong: edges are the asymmetric init lists, so the answer depends on who was once opened as a root. In a cycle
 * the two sorts differ, and so do starts by the kernel and through ld.so (`isMain`).
 */
import { sortByMoves } from './sort-by-moves.js';

/** A map as the sorts see it. `initfini` null: not known yet, as for a root that is being opened. */
export interface Sortable {
  readonly id: number;
  readonly initfini: readonly number[] | null;
  readonly reldeps: readonly number[];
  /** The list of relocation dependencies was allocated once, even if it is empty now. */
  readonly hasReldeps: boolean;
  /** `l_main_map`. */
  readonly isMain: boolean;
  /** A proxy of ld.so, or (in dlclose) an object that stays. */
  readonly fixed: boolean;
}

export interface SortOptions {
  readonly forceFirst: boolean;
  /** Sorting for destruction: relocation dependencies count. */
  readonly forFini: boolean;
  /** The depth-first sort obeys `forceFirst`. */
  readonly dfsForceFirst: boolean;
}

/** Sort by algorithm 1 or 2; a new list. */
export function sortMaps(list: readonly Sortable[], algorithm: 1 | 2, options: SortOptions): Sortable[] {
  return algorithm === 1 ? sortByMoves(list, options.forceFirst, options.forFini) : sortDepthFirst(list, options);
}

/** @source elf/dl-sort-maps.c:_dl_sort_maps_dfs */
function sortDepthFirst(list: readonly Sortable[], options: SortOptions): Sortable[] {
  const byId = new Map(list.map((m) => [m.id, m]));
  let order = postOrder(list, byId, options.forFini);
  if (options.forFini && list.some((m) => m.hasReldeps)) order = postOrder(order, byId, false);
  const first = list[0];
  if (!options.dfsForceFirst || !options.forceFirst || first === undefined || order[0] === first) return order;
  return [first, ...order.filter((m) => m !== first)];
}

/** Reverse post-order from the end of the list. An explicit stack: closures of thousands of objects must not end ours. */
function postOrder(roots: readonly Sortable[], byId: ReadonlyMap<number, Sortable>, useReldeps: boolean): Sortable[] {
  const out: Sortable[] = [];
  const visited = new Set<number>();
  const open: { map: Sortable; edges: readonly number[]; next: number }[] = [];
  const enter = (map: Sortable) => {
    visited.add(map.id);
    const edges = [...(map.initfini ?? []), ...(useReldeps ? [...map.reldeps].reverse() : [])];
    open.push({ map, edges, next: 0 });
  };
  for (let i = roots.length - 1; i >= 0; i--) {
    const root = roots[i];
    if (root === undefined || visited.has(root.id)) continue;
    enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const edge = top.edges[top.next++];
      if (edge === undefined) {
        out.push(top.map);
        open.pop();
        continue;
      }
      const target = byId.get(edge);
      if (target !== undefined && !visited.has(edge) && !target.isMain) enter(target);
    }
  }
  return out.reverse();
}
