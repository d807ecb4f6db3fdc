/**
 * `__libc_early_init`: each libc is told, before any constructor of its namespace, whether it is the first one. In glibc:
 * csu/libc_early_init.c, elf/dl-call-libc-early-init.c (2.32 and later).
 *
 * What can go wrong: what "first" means. 2.32's development tree derived it from the namespace; later it is handed over.
 */
import { programOf } from '../libc/program.js';
import { registerMainAt } from '../libc/rseq-registration.js';
import { libcCopy } from '../libc/state.js';
import type { Cpu } from '../machine/cpu.js';

/** Tell the libc mapped as `libc`; `initial` is true for the base libc at start only. */
export function earlyInit(cpu: Cpu, libc: number, initial: boolean): void {
  noteInitial(cpu, libc, initial);
  registerMainAt(cpu, 'early-init', libc);
}

/** `__libc_initial`, in releases and proposals that initialise early. */
export function noteInitial(cpu: Cpu, libc: number, initial: boolean): void {
  const { release, rseq } = programOf(cpu);
  if (!release.earlyInit && rseq.mainAt !== 'early-init') return;
  const copy = libcCopy(cpu, libc, true);
  copy.initial = initial;
  copy.told++;
}
