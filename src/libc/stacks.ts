/**
 * Stacks of threads that are gone, kept for the next thread: with a stack come the thread control block and what lies in it, the
 * rseq area and the thread-local blocks too. In glibc: nptl/allocatestack.c:get_cached_stack, nptl/nptl-stack.c:
 * __nptl_stack_list_add.
 *
 * What can go wrong: what is freed, and what is cleared. Blocks that were allocated at first use are freed by the libc of the next
 * thread's creator, which does not know those of ld.so's own malloc. Thread-local images are copied anew; the area in the control
 * block or beside it (2.35 and later) is not, so a pointer that the thread before left there is read by the kernel for the new one.
 */
import { component } from '../machine/component.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { libcFatal } from './end.js';
import { tlsOf, type Words } from './memory.js';
import { programOf } from './program.js';
import { tcbOf } from './state.js';

interface CachedStack {
  slot: number;
  area: Words | null;
  /** A block of its thread-local storage came out of ld.so's own malloc. */
  early: boolean;
  /** The libc whose cache it is in; since the cache is ld.so's, 0. */
  libc: number;
}

export const stacksOf = component<{ cached: CachedStack[] }>('stacks', 'process', { cached: [] });

/** Whose cache the threads of a libc use: since 2.34 it is ld.so's. */
const cacheOf = (cpu: Cpu, libc: number): number => (programOf(cpu).release.separateLibpthread ? libc : 0);

/** The stack of a thread that was joined, or was detached and has ended, goes to the cache. */
export function cacheStack(cpu: Cpu, thread: number): void {
  const { slot, libc, earlyBlock } = cpu.read(tcbOf, thread);
  const area = plainOf(cpu.read(tlsOf, thread).areas.libc ?? null);
  const cache = cacheOf(cpu, libc);
  // An area without a pointer is as good as a new one: the kernel writes the other words before anybody reads them.
  const isClean = !earlyBlock && (area === null || (area[2] === 0 && area[3] === 0));
  if (isClean && !cpu.read(stacksOf).cached.some((one) => one.libc === cache)) return;
  cpu.edit(stacksOf).cached.push({ slot, area, early: earlyBlock, libc: cache });
}

/** The stack for a new thread of a libc: the one that was cached last, or a new one. */
export function takeStack(cpu: Cpu, thread: number, libc: number): number {
  const { release, rseq } = programOf(cpu);
  const cache = cacheOf(cpu, libc);
  const at = cpu.read(stacksOf).cached.findLastIndex((one) => one.libc === cache);
  if (at < 0) return thread;
  const last = plainOf(cpu.edit(stacksOf).cached.splice(at, 1)[0]);
  if (last === undefined) return thread;
  if (last.early) libcFatal(cpu, `${release.foreignFree}\n`);
  const { area } = rseq;
  const stays = last.area !== null && (area === 'tcb' || area === 'extra-tls');
  if (stays) cpu.put(tlsOf, { areas: { libc: last.area ?? [] }, places: {}, moved: [] }, thread);
  return last.slot;
}
