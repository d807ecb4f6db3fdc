/**
 * dl_load_lock: one recursive lock around opening, closing, symbol queries by handle and the sorting at exit. In glibc:
 * sysdeps/generic/ldsodefs.h:_dl_load_lock.
 *
 * What can go wrong: constructors and destructors of dlopen and dlclose run with the lock held, so a thread they wait for must
 * not need it. That is a deadlock of the real thing, and an end state here.
 */
import { loadLockOf, tcbOf } from '../libc/state.js';
import type { Cpu } from '../machine/cpu.js';

/** Take the lock, or say that another thread has it. */
export function takeLoadLock(cpu: Cpu): boolean {
  if (cpu.read(tcbOf).loadLock === 0) {
    if (cpu.read(loadLockOf).held) return false;
    cpu.edit(loadLockOf).held = true;
  }
  cpu.edit(tcbOf).loadLock++;
  return true;
}

export function dropLoadLock(cpu: Cpu): void {
  const tcb = cpu.edit(tcbOf);
  tcb.loadLock--;
  if (tcb.loadLock === 0) cpu.edit(loadLockOf).held = false;
}
