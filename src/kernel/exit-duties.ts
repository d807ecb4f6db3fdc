/**
 * The two older registrations of a task that the kernel acts on when it dies: the robust list and the tid word to clear.
 * In Linux: kernel/futex/core.c:exit_robust_list, kernel/fork.c:mm_release.
 *
 * Unlike rseq nobody can be refused, nothing is written while the task runs, and bad memory ends the walk in silence. What can
 * go wrong: expecting the tid word to be cleared when no other task uses the address space; it keeps its value.
 */
import type { UserMemory } from './memory.js';
import type { CallOutcome } from './task.js';

/** A task's duties at exit. `0n` means none. */
export interface ExitDuties {
  readonly tid: number;
  readonly robustHead: bigint;
  readonly clearTid: bigint;
}

/** Bits of a robust futex word. `@source include/uapi/linux/futex.h` */
export const futexBit = { waiters: 0x8000_0000, ownerDied: 0x4000_0000, tidMask: 0x3fff_ffff } as const;

/** Entries of a robust list that the kernel walks at most. `@source include/uapi/linux/futex.h:ROBUST_LIST_LIMIT` */
export const robustListLimit = 2048;

const headSize = 24;

/**
 * set_robust_list(head, len): replaces silently. The pointer is not looked at; `len` must be the size of the head (24, or 12 for
 * a 32-bit caller), else EINVAL.
 *
 * @source kernel/futex/syscalls.c:set_robust_list
 */
export function setRobustList<T extends ExitDuties>(
  duties: T,
  head: bigint,
  len: number | bigint,
  expected: 24 | 12 = headSize,
): { readonly duties: T; readonly outcome: CallOutcome } {
  if (BigInt(len) !== BigInt(expected)) return { duties, outcome: { err: 'EINVAL' } };
  return { duties: { ...duties, robustHead: head }, outcome: { ret: 0 } };
}

/** get_robust_list of a task: the pointer, and always the size of the head. `@source kernel/futex/syscalls.c:get_robust_list` */
export function getRobustList(duties: ExitDuties): { readonly head: bigint; readonly len: number } {
  return { head: duties.robustHead, len: headSize };
}

/** set_tid_address(addr): any pointer, replaces, answers the caller's tid. `@source kernel/fork.c:set_tid_address` */
export function setTidAddress<T extends ExitDuties>(
  duties: T,
  addr: bigint,
): { readonly duties: T; readonly outcome: CallOutcome } {
  return { duties: { ...duties, clearTid: addr }, outcome: { ret: duties.tid } };
}

/**
 * The duties of a new task: no robust list, whichever way it was made; the tid word only with CLONE_CHILD_CLEARTID.
 *
 * @source kernel/fork.c:copy_process; kernel/futex/core.c:futex_init_task
 */
export function clonedDuties(tid: number, clearTid: bigint | null): ExitDuties {
  return { tid, robustHead: 0n, clearTid: clearTid ?? 0n };
}

/** A futex address on which one waiter was woken. */
export type Wake = bigint;

/** Mark one lock whose owner died. False ends the walk. `@source kernel/futex/core.c:handle_futex_death` */
function ownerDies(
  memory: UserMemory,
  at: bigint,
  tid: number,
  isPending: boolean,
  isPi: boolean,
  wakes: Wake[],
): boolean {
  if (at % 4n !== 0n) return false;
  const word = memory.read32(at);
  if (word === null) return false;
  if (isPending && !isPi && word === 0) wakes.push(at);
  if ((word & futexBit.tidMask) !== tid) return true;
  const left = ((word & futexBit.waiters) | futexBit.ownerDied) >>> 0;
  if (!memory.write32(at, left)) return false;
  if (!isPi && (word & futexBit.waiters) !== 0) wakes.push(at);
  return true;
}

interface Link {
  readonly at: bigint;
  readonly isPi: boolean;
}

/** A list pointer; its lowest bit says "priority inheritance". */
function readLink(memory: UserMemory, at: bigint): Link | null {
  const word = memory.read64(at);
  return word === null ? null : { at: word & ~1n, isPi: (word & 1n) !== 0n };
}

/** Walk the robust list of a dying task. `@source kernel/futex/core.c:exit_robust_list` */
function walkRobustList(memory: UserMemory, head: bigint, tid: number, wakes: Wake[]): void {
  const first = readLink(memory, head);
  const offset = memory.read64(head + 8n);
  const pending = readLink(memory, head + 16n);
  if (first === null || offset === null || pending === null) return;
  const lockOf = (entry: bigint): bigint => BigInt.asUintN(64, entry + offset);
  let entry = first;
  for (let walked = 0; entry.at !== head && walked < robustListLimit; walked++) {
    const next = readLink(memory, entry.at);
    const isPending = entry.at === pending.at;
    if (!isPending && !ownerDies(memory, lockOf(entry.at), tid, false, entry.isPi, wakes)) return;
    if (next === null) return;
    entry = next;
  }
  if (pending.at !== 0n) ownerDies(memory, lockOf(pending.at), tid, true, pending.isPi, wakes);
}

/**
 * The task exits, or leaves its address space by exec: the robust list is walked, then the tid word is cleared and one waiter
 * woken, but only if the address space has other users. Both duties are then forgotten.
 *
 * @returns the duties afterwards and the futex addresses woken, in order
 * @source kernel/fork.c:mm_release; kernel/futex/core.c:futex_cleanup
 */
export function releaseMemory<T extends ExitDuties>(
  duties: T,
  memory: UserMemory,
  addressSpaceHasOtherUsers: boolean,
): { readonly duties: T; readonly wakes: readonly Wake[] } {
  const wakes: Wake[] = [];
  if (duties.robustHead !== 0n) walkRobustList(memory, duties.robustHead, duties.tid, wakes);
  if (duties.clearTid !== 0n && addressSpaceHasOtherUsers) {
    memory.write32(duties.clearTid, 0);
    wakes.push(duties.clearTid);
  }
  return { duties: { ...duties, robustHead: 0n, clearTid: 0n }, wakes };
}
