/**
 * Symbol lookup and what it leaves behind: scopes in order, first definition wins, and a binding to a dlopened object is
 * remembered so that the object stays while its user does. In glibc: elf/dl-lookup.c:_dl_lookup_symbol_x, add_dependency.
 *
 * What can go wrong: a lookup by handle records nothing; a reference from an object that cannot be unloaded pins the definer for
 * good.
 */
import { programOf } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { type LinkMap, type Loader, loaderOf, mapAt, realMap } from './linkmap.js';
import { definition } from './symbols.js';

/** What was found: the defining map and the kind of symbol. */
export interface Found {
  map: number;
  kind: 'function' | 'ifunc' | 'object';
}

/** The lists a lookup from `map` walks, in order. */
export function scopeLists(loader: Loader, map: LinkMap): readonly (readonly number[])[] {
  return map.scope.map((root) => loader.maps[root]?.closure ?? []);
}

/** First definition of `sym` in `lists`; `after` skips everything up to and including that map (RTLD_NEXT). */
export function lookupIn(
  cpu: Cpu,
  lists: readonly (readonly number[])[],
  sym: string,
  skip: (map: LinkMap) => boolean = () => false,
): Found | null {
  const program = programOf(cpu);
  const loader = cpu.read(loaderOf);
  for (const list of lists) {
    for (const id of list) {
      const map = loader.maps[id] === undefined ? undefined : realMap(loader, id);
      if (map === undefined || map.removed || skip(map)) continue;
      const kind = definition(program, map.file, sym);
      if (kind !== null) return { map: map.id, kind };
    }
  }
  return null;
}

/** Lookup of a relocation or a lazy call of `from`, with its dependency. `relocating`: while an object is being relocated. */
export function lookup(cpu: Cpu, from: number, sym: string, relocating: boolean): Found | null {
  const loader = cpu.read(loaderOf);
  const map = mapAt(loader, from);
  const found = lookupIn(cpu, scopeLists(loader, map), sym);
  if (found !== null) addDependency(cpu, from, found.map, relocating);
  return found;
}

/** Whether recording this binding would need the loader's lock. */
export function needsDependency(loader: Loader, from: number, to: number): boolean {
  const user = mapAt(loader, from);
  const definer = mapAt(loader, to);
  if (from === to || definer.type !== 'loaded' || definer.nodelete === 'active') return false;
  return user.initfini?.includes(to) !== true && !user.reldeps.includes(to);
}

/** @source elf/dl-lookup.c:add_dependency */
export function addDependency(cpu: Cpu, from: number, to: number, relocating: boolean): void {
  if (!needsDependency(cpu.read(loaderOf), from, to)) return;
  const loader = cpu.edit(loaderOf);
  const user = mapAt(loader, from);
  const definer = mapAt(loader, to);
  if (relocating && definer.nodelete === 'pending') return;
  const { nodeleteIsPending } = programOf(cpu).release;
  if (user.type !== 'loaded' || (!nodeleteIsPending && user.nodelete === 'active')) {
    definer.nodelete = relocating && nodeleteIsPending ? 'pending' : 'active';
    return;
  }
  user.reldeps.push(to);
  user.hasReldeps = true;
}
