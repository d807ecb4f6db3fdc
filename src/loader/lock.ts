/**
 * dl_load_lock: one recursive lock around opening, closing, symbol queries by handle and the sorting at exit; and since 2.35
 * dl_load_tls_lock, around mapping and relocation, which a new thread's blocks need too. In glibc:
 * sysdeps/generic/ldsodefs.h:_dl_load_lock.
 *
 * What can go wrong: constructors and destructors of dlopen and dlclose run with the lock held, so a thread they wait for must
 * not need it. That is a deadlock of the real thing, and an end state here.
 */
import { programOf } from '../libc/program.js';
import { loadLockOf, tcbOf, tlsLockOf } from '../libc/state.js';
import type { Cpu } from '../machine/cpu.js';
import { loaderOf } from './linkmap.js';

/** Since 2.34 the loader's mutexes do nothing until libc is relocated; what runs before (audit modules) never excludes others. */
function locksWork(cpu: Cpu): boolean {
  return programOf(cpu).release.separateLibpthread || cpu.read(loaderOf).started;
}

/** Take the lock, or say that another thread has it. */
export function takeLoadLock(cpu: Cpu): boolean {
  if (!locksWork(cpu)) return true;
  if (cpu.read(tcbOf).loadLock === 0) {
    if (cpu.read(loadLockOf).held) return false;
    cpu.edit(loadLockOf).held = true;
  }
  cpu.edit(tcbOf).loadLock++;
  return true;
}

export function dropLoadLock(cpu: Cpu): void {
  if (cpu.read(tcbOf).loadLock === 0) return;
  const tcb = cpu.edit(tcbOf);
  tcb.loadLock--;
  if (tcb.loadLock === 0) cpu.edit(loadLockOf).held = false;
}

/** Enter the part of an open that maps and relocates. Who gets here holds the big lock, so nobody else can be inside. */
export function takeTlsLock(cpu: Cpu): void {
  if (!programOf(cpu).release.tlsLock || !locksWork(cpu)) return;
  cpu.edit(tlsLockOf).held = true;
  cpu.edit(tcbOf).tlsLock++;
}

export function dropTlsLock(cpu: Cpu): void {
  if (cpu.read(tcbOf).tlsLock === 0) return;
  const tcb = cpu.edit(tcbOf);
  tcb.tlsLock--;
  if (tcb.tlsLock === 0) cpu.edit(tlsLockOf).held = false;
}
