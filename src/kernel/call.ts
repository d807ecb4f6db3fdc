/**
 * rseq(2) as a task makes it: the filters, the decision, the change of the slot, and the refresh on the way out.
 * In Linux: kernel/rseq.c:SYSCALL_DEFINE4(rseq).
 *
 * What can go wrong: a registration that the kernel accepts and whose refresh then fails; the task never sees the 0.
 */
import { type Errno, low32, sliceFlag } from './abi.js';
import { type CallSituation, type RowId, type RseqCall, rowsFor, sliceBits } from './decision.js';
import type { KernelFeatures } from './features.js';
import type { UserMemory } from './memory.js';
import { type Entry, plainCall, returnToUser } from './refresh.js';
import { seccompVerdict } from './seccomp.js';
import { nextSlotPhase, type SlotPhase } from './slot-machine.js';
import type { CallOutcome, RseqSlot, RseqTask } from './task.js';

/** The arguments as they stand in the registers; only the low 32 bits of len, flags and sig are looked at. */
export interface RseqArguments {
  readonly addr: bigint;
  readonly len: number | bigint;
  readonly flags: number | bigint;
  readonly sig: number | bigint;
}

/** The call inside the kernel: which row answered, and with what; the refresh is still due when `task.notify` is set. */
export interface Decision<T extends RseqTask> {
  readonly task: T;
  readonly row: RowId;
  readonly result: 0 | Errno | 'SIGSYS';
  /** A failed unregistration that forces SIGSEGV as well (6.19). */
  readonly forcesSignal: boolean;
}

/** The phase of a task's registration. */
export const slotPhase = (task: RseqTask): SlotPhase => (task.slot === null ? 'unregistered' : 'registered');

function newSlot(features: KernelFeatures, call: RseqCall): RseqSlot {
  const slice = (sliceBits(features, call) & sliceFlag.enabled) !== 0;
  return { area: call.addr, len: call.len, sig: call.sig, stored: null, slice };
}

/** The task after a row has answered: the slot machine says which phase, the call fills it. */
function afterRow<T extends RseqTask>(features: KernelFeatures, task: T, row: RowId, call: RseqCall): T {
  const before = slotPhase(task);
  const after = nextSlotPhase(before, row);
  if (after === before) return task;
  if (after === 'registered') return { ...task, slot: newSlot(features, call), notify: true };
  return { ...task, slot: null };
}

/**
 * Decide a call: filters first, then the first matching row. Changes the slot and the area as that row does, but does not
 * refresh.
 *
 * @source kernel/rseq.c:rseq; kernel/sys_ni.c; kernel/seccomp.c:__seccomp_filter
 */
export function decideRseq<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  args: RseqArguments,
): Decision<T> {
  const plain = { task, forcesSignal: false };
  const filter = seccompVerdict(task.filters);
  if (filter !== null) return { ...plain, row: 'filtered', result: filter === 'KILL' ? 'SIGSYS' : filter };
  if (features.call === 'absent') return { ...plain, row: 'absent', result: 'ENOSYS' };
  if (features.call === 'emulated') return { ...plain, row: 'emulated', result: 0 };
  const call: RseqCall = {
    addr: BigInt.asUintN(64, args.addr),
    len: low32(args.len),
    flags: low32(args.flags),
    sig: low32(args.sig),
  };
  const situation: CallSituation = { features, task, memory, call };
  const row = rowsFor(call).find((r) => r.matches(situation));
  if (row === undefined) throw new Error('invariant: the last row of the decision procedure matches everything');
  const forcesSignal = row.id === 'U5' && features.failedResetSignals;
  return { task: afterRow(features, task, row.id, call), row: row.id, result: row.result, forcesSignal };
}

/**
 * rseq(addr, len, flags, sig) from user mode to user mode.
 *
 * @param entry where the calling code is (for a call made inside a critical section)
 * @returns the task afterwards and what it sees: `{ret: 0}`, `{err}`, or a forced signal with the reason. On a signal the task
 *   keeps the registration it has; whether it dies is a matter of its disposition (`deliverSegv`).
 * @source kernel/rseq.c:rseq
 */
export function rseqSyscall<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  args: RseqArguments,
  entry: Entry = plainCall,
): { readonly task: T; readonly outcome: CallOutcome; readonly row: RowId } {
  const decision = decideRseq(features, task, memory, args);
  const { row, result } = decision;
  if (result === 'SIGSYS') return { task, row, outcome: { signal: 'SIGSYS', why: 'a seccomp filter kills' } };
  if (decision.forcesSignal)
    return { task, row, outcome: { signal: 'SIGSEGV', why: 'the reset values cannot be stored' } };
  const back = returnToUser(features, decision.task, memory, entry);
  if (back.outcome.kind === 'fails')
    return { task: back.task, row, outcome: { signal: 'SIGSEGV', why: back.outcome.why } };
  return { task: back.task, row, outcome: result === 0 ? { ret: 0 } : { err: result } };
}
