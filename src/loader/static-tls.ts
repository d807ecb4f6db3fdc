/**
 * Static TLS: the blocks that lie at fixed distances below the thread pointer, and the room that is left for objects that come
 * after start. In glibc: elf/dl-tls.c:_dl_determine_tlsoffset, _dl_tls_static_surplus_init; elf/dl-reloc.c:_dl_try_allocate_static_tls;
 * elf/dl-close.c:_dl_close_worker; csu/libc-tls.c:__libc_setup_tls.
 *
 * What can go wrong: the room is set once, before anybody can know who will come. Every libc in a namespace of its own takes some, and
 * with audit modules even the program's libraries do, since the blocks are laid out before those are mapped. What lies under a block
 * that stays is not given back.
 */
import { describedObject, isStatic, type Program, programOf, tunable } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { linkedFile, roundUp, type TlsBlock } from './link-file.js';
import { type LinkMap, type Loader, libc, libpthread, loaderOf, mapAt, namespaceAt } from './linkmap.js';

/** What `TLS_STATIC_SURPLUS` came to, and what the tunables' defaults still give: bytes. */
const defaultSurplus = 1664;
const defaultNamespaces = 4;
const namespacesMax = 16;
const defaultOptional = 512;
/** `TCB_ALIGNMENT`. */
const tcbAlignment = 64;
const area: TlsBlock = { size: 32, align: 32 };

/** @source elf/dl-tls.c:_dl_tls_static_surplus_init */
function surplus(program: Program, audited: number): number {
  const { tlsPerNamespace } = program.release;
  if (tlsPerNamespace === 0) return defaultSurplus;
  const number = (name: string, otherwise: number) => Number(tunable(program, `glibc.rtld.${name}`) ?? otherwise);
  const namespaces = Math.min(number('nns', defaultNamespaces), namespacesMax) + audited;
  const optional = number('optional_static_tls', defaultOptional);
  return defaultSurplus + (namespaces - defaultNamespaces) * tlsPerNamespace + optional - defaultOptional;
}

/** The segment of thread-local storage of a file. */
export function blockOf(program: Program, file: string): TlsBlock | null {
  const object = describedObject(program, file);
  if (object !== undefined) {
    if (file === 'exe' && isStatic(program)) return { size: program.release.libcTls, align: 8 };
    return linkedFile(file, object).block;
  }
  const { area: rseqArea, areaIn } = program.rseq;
  const holdsArea = rseqArea === 'rseq_abi' && file === (areaIn === 'libc' ? libc : libpthread);
  const own = file === libc ? program.release.libcTls : 0;
  if (holdsArea) return { size: area.size + own, align: area.align };
  return own === 0 ? null : { size: own, align: 8 };
}

/** An opened object with thread-local storage gets a number. @source elf/dl-tls.c:_dl_assign_tls_modid */
export function takeModid(program: Program, loader: Loader, { id, file, type }: LinkMap): void {
  if (type !== 'loaded' || blockOf(program, file) === null) return;
  const { tlsModids, gone } = loader;
  const gap = program.release.tlsNumbersAgain ? tlsModids.indexOf(0) : -1;
  const modid = gap < 0 ? tlsModids.length : gap;
  const wasUsed = Object.values(gone).some(({ tlsModid }) => tlsModid === modid);
  tlsModids[modid] = id;
  loader.tlsPending[id] = gap >= 0 ? 'known' : wasUsed ? 'freed' : 'new';
}

/** A number is free again; returns it, -1 when the object was in no table. @source elf/dl-close.c:remove_slotinfo */
export function giveUpModid(loader: Loader, id: number): number {
  const modid = loader.tlsModids.indexOf(id);
  if (modid < 0) return -1;
  loader.tlsModids[modid] = 0;
  while (loader.tlsModids.at(-1) === 0) loader.tlsModids.pop();
  const wasPending = loader.tlsPending[id] !== undefined;
  delete loader.tlsPending[id];
  return wasPending ? -1 : modid;
}

/**
 * Lay out the blocks of what is mapped, leave room, and settle it for the life of the process.
 *
 * @param audited how many audit modules are named
 * @source elf/dl-tls.c:_dl_determine_tlsoffset; csu/libc-tls.c:init_static_tls
 */
export function layOutStaticTls(cpu: Cpu, audited: number): void {
  const program = programOf(cpu);
  const loader = cpu.edit(loaderOf);
  let used = 0;
  let gap = { top: 0, bottom: 0 };
  let widest = tcbAlignment;
  for (const id of namespaceAt(loader, 0).list) {
    const map = mapAt(loader, id);
    const block = blockOf(program, map.file);
    if (block === null) continue;
    const { size, align } = block;
    widest = Math.max(widest, align);
    const inGap = roundUp(gap.top + size, align);
    if (gap.bottom - gap.top >= size && inGap <= gap.bottom) {
      gap.top = inGap;
      map.tlsOffset = inGap;
      continue;
    }
    const offset = roundUp(used + size, align);
    if (offset > used + size + (gap.bottom - gap.top)) gap = { top: used, bottom: offset - size };
    used = offset;
    map.tlsOffset = offset;
  }
  if (program.rseq.area === 'extra-tls') used = roundUp(used, area.align) + area.size;
  loader.staticTls = { size: roundUp(used + surplus(program, audited), widest), used };
}

/**
 * Give static blocks to whatever the object reaches by fixed distances: its own, and the one of the `__rseq_abi` that it found.
 *
 * @param given told of each object that gets its block now
 * @returns the object for whose block there is no room; null when all have theirs
 * @source elf/dl-reloc.c:_dl_allocate_static_tls
 */
export function needStaticTls(cpu: Cpu, map: LinkMap, given: (map: LinkMap) => void): LinkMap | null {
  const program = programOf(cpu);
  const loader = cpu.edit(loaderOf);
  const object = describedObject(program, map.file);
  const own = object === undefined ? map.file === libc : linkedFile(map.file, object).ownStatic;
  const abi = map.got.__rseq_abi ?? null;
  const wanted = [...(own ? [map.id] : []), ...(abi === null ? [] : [abi])];
  for (const id of wanted) {
    const target = mapAt(loader, id);
    const isNew = typeof target.tlsOffset !== 'number';
    if (!hasStaticTls(program, loader, target)) return target;
    if (isNew) given(target);
  }
  return null;
}

/** @source elf/dl-reloc.c:_dl_try_allocate_static_tls */
function hasStaticTls(program: Program, loader: Loader, map: LinkMap): boolean {
  if (typeof map.tlsOffset === 'number') return true;
  const block = blockOf(program, map.file);
  if (block === null) return true;
  const { size, used } = loader.staticTls;
  const free = size - used;
  if (map.tlsOffset === 'dynamic' || free < block.size) return false;
  const offset = used + (free - Math.floor((free - block.size) / block.align) * block.align);
  loader.staticTls.used = offset;
  map.tlsOffset = offset;
  if (!map.relocated) map.needTlsInit = true;
  return true;
}

/**
 * Blocks of unmapped objects are given back when, put together, they lie at the end of what is used.
 *
 * @source elf/dl-close.c:_dl_close_worker
 */
export function reclaimStaticTls(cpu: Cpu, loader: Loader, removed: readonly number[]): void {
  const { staticTls } = loader;
  let chunk: { start: number; end: number } | null = null;
  for (const id of removed) {
    const { file, tlsOffset: end } = mapAt(loader, id);
    if (typeof end !== 'number') continue;
    const start = end - (blockOf(programOf(cpu), file)?.size ?? 0);
    if (chunk === null) chunk = { start, end };
    else if (end === chunk.start) chunk.start = start;
    else if (start === chunk.end) chunk.end = end;
    else if (chunk.end === staticTls.used) {
      staticTls.used = chunk.start;
      chunk = { start, end };
    } else if (end === staticTls.used) staticTls.used = start;
    else if (chunk.end < end) chunk = { start, end };
  }
  if (chunk?.end === staticTls.used) staticTls.used = chunk.start;
}
