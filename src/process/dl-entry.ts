/**
 * What every dl function does first: find out whether the loader is ready for it, and find this thread's buffer for dlerror. In
 * glibc (to 2.33): dlfcn/dlerror.c:_dlerror_run, dlfcn/dlopen.c and its siblings.
 *
 * What can go wrong: dlerror's buffer is under a thread-specific key, whose values are shared by all libc copies of a thread. A
 * key of the same index in another namespace hands it a pointer that is not its own.
 */
import { isStatic, programOf } from '../libc/program.js';
import { createKey, libcCopy, tcbOf } from '../libc/state.js';
import { dieOf } from '../libc/trace.js';
import { leadsNowhere, libpthread, loaderOf, mapAt, namespaceAt } from '../loader/linkmap.js';
import { libcFor } from '../loader/rtld.js';
import type { Cpu } from '../machine/cpu.js';

/** Code of `map` calls a function of libc; the slots of an object whose first table is still being relocated lead nowhere. */
export function callLibc(cpu: Cpu, map: number): void {
  if (leadsNowhere(mapAt(cpu.read(loaderOf), map))) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/** dlerror prints its text, for which libc needs the tables that its early initialisation sets. */
export function readDlerror(cpu: Cpu, map: number): void {
  const { release } = programOf(cpu);
  if (isStatic(programOf(cpu)) || !release.earlyInit || libcCopy(cpu, libcFor(cpu, map), false).told > 0) return;
  dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/** Enter a dl function from code of `map`. */
export function enterDl(cpu: Cpu, map: number): void {
  callLibc(cpu, map);
  const program = programOf(cpu);
  if (isStatic(program)) return;
  if (program.release.dlNeedsActiveLoader && !cpu.read(loaderOf).active) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
  if (program.release.dlerrorKey) findBuffer(cpu, map);
}

function findBuffer(cpu: Cpu, map: number): void {
  const copy = libcCopy(cpu, libcFor(cpu, map), true);
  if (copy.dlerrorKey === null) copy.dlerrorKey = hasLibpthread(cpu, map) ? createKey(copy, null).index : 'none';
  if (copy.dlerrorKey === 'none') return;
  const index = copy.dlerrorKey;
  const seq = copy.keys[index]?.seq ?? 1;
  const tcb = cpu.edit(tcbOf);
  const value = tcb.tsd[index];
  if (value?.seq === seq) {
    if (!value.dlerror) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
    return;
  }
  while (tcb.tsd.length <= index) tcb.tsd.push(null);
  tcb.tsd[index] = { seq, dlerror: true };
  tcb.tsdUsed = true;
}

function hasLibpthread(cpu: Cpu, map: number): boolean {
  const loader = cpu.read(loaderOf);
  return namespaceAt(loader, mapAt(loader, map).ns).list.some((id) => mapAt(loader, id).file === libpthread);
}
