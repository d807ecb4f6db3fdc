/**
 * Room in static TLS for objects that come after start and reach their thread-local storage by fixed offsets. In glibc:
 * elf/dl-reloc.c:_dl_try_allocate_static_tls, sysdeps/generic/dl-static-tls.c, elf/dl-tls.c:_dl_tls_static_surplus_init.
 *
 * What can go wrong: the room is set once, before anybody can know who will come; an object that finds none cannot be opened.
 * Counted is what scenarios say of their objects. libc's own block (144 bytes, read from the 2.36 that was recorded) stands in the
 * rounding; blocks of inner libcs and of the claim protocols are not counted.
 */
import { describedObject, programOf } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { type LinkMap, type Loader, loaderOf } from './linkmap.js';

/** Surplus with the default tunables, in bytes: 2.31 computes it from DL_NNS, later releases from `glibc.rtld.nns`. */
const surplus = 1664;
/** What each audit module adds: one namespace's share. */
const perAuditor = 288;
const libcBlock = 144;
const alignment = 64;

function room(cpu: Cpu, loader: Loader): number {
  const { release } = programOf(cpu);
  const asked = surplus + (release.auditTags ? perAuditor * loader.auditors.length : 0);
  return Math.ceil((libcBlock + asked) / alignment) * alignment - libcBlock;
}

function bytesOf(cpu: Cpu, map: LinkMap): number {
  return describedObject(programOf(cpu), map.file)?.static_tls ?? 0;
}

/** Whether an object that was opened after start finds room for its block. */
export function fitsStaticTls(cpu: Cpu, map: LinkMap): boolean {
  const own = bytesOf(cpu, map);
  if (own === 0 || map.type !== 'loaded') return true;
  const loader = cpu.read(loaderOf);
  const others = Object.values(loader.maps).filter((m) => m.type === 'loaded' && m.relocated && m.id !== map.id);
  const taken = others.reduce((sum, m) => sum + bytesOf(cpu, m), 0);
  return taken + own <= room(cpu, loader);
}
