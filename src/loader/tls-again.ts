/**
 * Thread-local blocks that lie where those of closed objects lay: a static block that was given back and is given again, and memory that
 * was freed and is allocated again. In glibc: elf/dl-reloc.c:_dl_try_allocate_static_tls, elf/dl-tls.c:_dl_update_slotinfo and allocate_dtv_entry,
 * malloc/malloc.c:tcache_get.
 *
 * What can go wrong: the kernel, which knows an area by its address. A library that registered, was closed and is opened again is told
 * EBUSY, not EINVAL: it is registered already, in a life that it does not remember.
 */
import { blankTls, inheritTls, tlsOf, zeroWords } from '../libc/memory.js';
import { describedObject, programOf } from '../libc/program.js';
import { processOf } from '../libc/state.js';
import type { Cpu } from '../machine/cpu.js';
import { linkedFile } from './link-file.js';
import { type LinkMap, loaderOf } from './linkmap.js';
import { blockOf } from './static-tls.js';
import { definition } from './symbols.js';

/** Maps that are gone, the youngest first. */
function goneMaps(cpu: Cpu) {
  return Object.entries(cpu.read(loaderOf).gone)
    .map(([id, gone]) => ({ id: Number(id), ...gone }))
    .sort((a, b) => b.id - a.id);
}

/** Keys of an object's areas by where they lie below the thread pointer. */
function staticAreas(
  cpu: Cpu,
  { id, file, tlsOffset }: Pick<LinkMap, 'id' | 'file' | 'tlsOffset'>,
): [at: number, key: string][] {
  const object = describedObject(programOf(cpu), file);
  if (object === undefined || typeof tlsOffset !== 'number') return [];
  return Object.entries(linkedFile(file, object).areaAt).map(([kind, at]) => [tlsOffset - at, `${kind}:${id}`]);
}

/**
 * A static block was given to an object. Until its initial values come the room reads as each thread left it when it was another's,
 * perhaps in the object's former life; where it was nobody's, zero.
 */
export function blankStaticTls(cpu: Cpu, map: LinkMap): void {
  const former = goneMaps(cpu).flatMap((gone) => staticAreas(cpu, gone));
  const { threads } = cpu.read(processOf);
  for (const [at, key] of staticAreas(cpu, map)) {
    for (const thread of threads) {
      const { areas } = cpu.read(tlsOf, thread);
      const before = former.find(([there, old]) => there === at && areas[old] !== undefined);
      if (before !== undefined && areas[key] === undefined) inheritTls(cpu, before[1], key, thread);
    }
  }
  if (definition(programOf(cpu), map.file, '__rseq_abi') !== null) blankTls(cpu, map.id);
}

/** Bytes that malloc sets aside for a block. @source elf/dl-tls.c:allocate_dtv_entry */
function chunkOf(cpu: Cpu, file: string): number {
  const { size, align } = blockOf(programOf(cpu), file) ?? { size: 0, align: 1 };
  const asked = align <= 16 ? size : size + align;
  return (asked + 8 + 15) & ~15;
}

/** Maps that are gone whose blocks the acting thread frees before it allocates that of an object. @source elf/dl-tls.c:_dl_update_slotinfo */
function freedFor(cpu: Cpu, id: number) {
  const { tlsModids } = cpu.read(loaderOf);
  const { tlsFrees } = programOf(cpu).release;
  const isFreed = ({ tlsModid, next }: { tlsModid: number; next: number }): boolean =>
    (tlsFrees === 'older' || tlsModid < tlsModids.length) && (tlsFrees === 'in-use' || next <= id);
  return goneMaps(cpu).filter((gone) => gone.tlsOffset === 'dynamic' && !gone.early && isFreed(gone));
}

/** The acting thread allocates its block of an object: malloc hands out what was freed last, and numbers are gone through upwards. */
export function inheritFreedTls(cpu: Cpu, { id, file }: LinkMap): void {
  const { areas } = cpu.read(tlsOf);
  const chunk = chunkOf(cpu, file);
  const [former] = freedFor(cpu, id)
    .filter((gone) => areas[`tls:${gone.id}`] !== undefined && chunkOf(cpu, gone.file) === chunk)
    .sort((a, b) => b.tlsModid - a.tlsModid);
  if (former === undefined) return;
  inheritTls(cpu, `tls:${former.id}`, `tls:${id}`);
  cpu.edit(tlsOf).areas[`tls:${id}`] = zeroWords();
}
