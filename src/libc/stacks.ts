/**
 * Stacks of threads that are gone, kept for the next thread: with a stack come the thread control block and what lies in it, the
 * rseq area too. In glibc: nptl/allocatestack.c:get_cached_stack, nptl/nptl-stack.c:__nptl_stack_list_add.
 *
 * What can go wrong: what is cleared. Thread-local images are copied anew; the area in the control block or beside it (2.35 and
 * later) is not, so a pointer that the thread before left there is read by the kernel for the new one.
 */
import { component } from '../machine/component.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { tlsOf, type Words } from './memory.js';
import { programOf } from './program.js';
import { tcbOf } from './state.js';

interface CachedStack {
  slot: number;
  area: Words | null;
}

export const stacksOf = component<{ cached: CachedStack[] }>('stacks', 'process', { cached: [] });

/** The stack of a thread that was joined, or was detached and has ended, goes to the cache. */
export function cacheStack(cpu: Cpu, thread: number): void {
  const { slot } = cpu.read(tcbOf, thread);
  const area = plainOf(cpu.read(tlsOf, thread).areas.libc ?? null);
  // An area without a pointer is as good as a new one: the kernel writes the other words before anybody reads them.
  if (area === null || (area[2] === 0 && area[3] === 0)) return;
  cpu.edit(stacksOf).cached.push({ slot, area });
}

/** The stack for a new thread: the one that was cached last, or a new one. */
export function takeStack(cpu: Cpu, thread: number): number {
  if (cpu.read(stacksOf).cached.length === 0) return thread;
  const last = plainOf(cpu.edit(stacksOf).cached.pop());
  if (last === undefined) return thread;
  const { area } = programOf(cpu).rseq;
  const stays = last.area !== null && (area === 'tcb' || area === 'extra-tls');
  if (stays) cpu.put(tlsOf, { areas: { libc: last.area ?? [] }, moved: [] }, thread);
  return last.slot;
}
