/**
 * Symbol lookup and what it leaves behind: scopes in order, first definition wins, and a binding to a dlopened object is
 * remembered so that the object stays while its user does. In glibc: elf/dl-lookup.c:_dl_lookup_symbol_x, add_dependency.
 *
 * What can go wrong: a lookup by handle records nothing; a reference from an object that cannot be unloaded pins the definer for
 * good.
 */
import { describedObject, type Program, programOf } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { type LinkMap, type Loader, libc, loaderOf, mapAt, realMap } from './linkmap.js';
import { definition } from './symbols.js';

/** What was found: the defining map and the kind of symbol. */
export interface Found {
  map: number;
  kind: 'function' | 'ifunc' | 'object';
}

/** The lists a lookup from `map` walks, in order. */
export function scopeLists(loader: Loader, map: LinkMap): readonly (readonly number[])[] {
  return map.scope.map((root) => (root < 0 ? [-root] : (loader.maps[root]?.closure ?? [])));
}

/** What a lookup asks beside the name: the version it wants, and the maps it passes over. */
export interface Wanted {
  readonly version?: string | undefined;
  readonly skip?: (map: LinkMap) => boolean;
}

/** First definition of `sym` in `lists`; with LD_DYNAMIC_WEAK the first strong one, if any. */
export function lookupIn(
  cpu: Cpu,
  lists: readonly (readonly number[])[],
  sym: string,
  { version, skip }: Wanted = {},
): Found | null {
  const program = programOf(cpu);
  const loader = cpu.read(loaderOf);
  const weakCounts = program.world.dynamic_weak === true && program.world.secure !== true;
  let weak: Found | null = null;
  for (const list of lists) {
    for (const id of list) {
      const map = loader.maps[id] === undefined ? undefined : realMap(loader, id);
      if (map === undefined || map.removed || skip?.(map) === true) continue;
      const kind = definition(program, map.file, sym);
      if (kind === null || !hasVersion(program, map, sym, version)) continue;
      if (!weakCounts || !isWeak(program, map, sym)) return { map: map.id, kind };
      weak ??= { map: map.id, kind };
    }
  }
  return weak;
}

/** An unversioned definition satisfies every reference; a versioned one only those that want that version or none. */
function hasVersion(program: Program, map: LinkMap, sym: string, wanted: string | undefined): boolean {
  const own = describedObject(program, map.file)?.versions?.[sym];
  return own === undefined || wanted === undefined || own === wanted;
}

function isWeak(program: Program, map: LinkMap, sym: string): boolean {
  return describedObject(program, map.file)?.weak?.includes(sym) === true;
}

/** Lookup of a relocation or a lazy call of `from`, without its dependency. */
export function find(cpu: Cpu, from: number, sym: string): Found | null {
  const loader = cpu.read(loaderOf);
  const map = mapAt(loader, from);
  const object = describedObject(programOf(cpu), map.file);
  if (object?.protected?.includes(sym) === true) {
    const kind = definition(programOf(cpu), map.file, sym);
    if (kind !== null) return { map: from, kind };
  }
  return lookupIn(cpu, scopeLists(loader, map), sym, { version: object?.wants?.[sym] });
}

/** Lookup of a relocation or a lazy call of `from`, with its dependency. `relocating`: while an object is being relocated. */
export function lookup(cpu: Cpu, from: number, sym: string, relocating: boolean): Found | null {
  const found = find(cpu, from, sym);
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

/** Files with a clean-up function that libc refers to weakly, in the order of the references. */
const cleanedUp = ['libdl.so.2', 'libpthread.so.0'];

/** libc binds to the clean-up functions of the files that it was split into, where they are in its scope. @source malloc/set-freeres.c:__libc_freeres */
export function bindCleanUps(cpu: Cpu, from: LinkMap): void {
  if (from.file !== libc || !programOf(cpu).release.separateLibpthread) return;
  const loader = cpu.read(loaderOf);
  const scope = scopeLists(loader, from).flat();
  for (const file of cleanedUp) {
    const found = scope.find((id) => loader.maps[id]?.file === file);
    if (found !== undefined) addDependency(cpu, from.id, found, true);
  }
}
