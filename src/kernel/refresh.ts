/**
 * The refresh: the kernel brings a registered area up to date before the task runs user code again, and the events that make
 * one due. In Linux: kernel/rseq.c:__rseq_handle_notify_resume (to 6.18), include/linux/rseq_entry.h (from 6.19).
 *
 * To 6.18 the notify flag is shared with other deferred work, so a refresh never asks why it was raised. What can go wrong:
 * expecting a refresh after a call that did not block, or none after unmapping shared memory.
 */
import { areaOffset, eventBit } from './abi.js';
import { fixUpSection, type SectionFault, systemCallFault } from './critical-section.js';
import type { KernelFeatures } from './features.js';
import type { UserMemory } from './memory.js';
import { type RseqSlot, type RseqTask, type SlotRules, slotRules, type TaskIds } from './task.js';

/** How the task came into the kernel: where it continues, and whether it was interrupted in user mode (no system call). */
export interface Entry {
  readonly ip: bigint;
  readonly fromUser: boolean;
}

/** The entry of a plain system call by code that is in no critical section. */
export const plainCall: Entry = { ip: 0n, fromUser: false };

/**
 * What a refresh led to. `resumes`: user code continues at `ip` (the abort address when `aborted`). `fails`: SIGSEGV is forced.
 * `stored`: the ids were written.
 */
export type RefreshOutcome =
  | { readonly kind: 'resumes'; readonly ip: bigint; readonly aborted: boolean; readonly stored: boolean }
  | { readonly kind: 'fails'; readonly why: SectionFault };

export interface Refreshed<T extends RseqTask> {
  readonly task: T;
  readonly outcome: RefreshOutcome;
}

const sameIds = (a: TaskIds | null, b: TaskIds): boolean =>
  a !== null && a.cpu === b.cpu && a.node === b.node && a.cid === b.cid;

/** Store the four ids, or the two that a kernel before 6.3 knows. `@source kernel/rseq.c:rseq_update_cpu_node_id, 6.15` */
function storeIds(features: KernelFeatures, area: bigint, ids: TaskIds, memory: UserMemory): boolean {
  if (!memory.write32(area + areaOffset.cpuIdStart, ids.cpu)) return false;
  if (!memory.write32(area + areaOffset.cpuId, ids.cpu)) return false;
  if (!features.nodeAndCid) return true;
  return memory.write32(area + areaOffset.nodeId, ids.node) && memory.write32(area + areaOffset.mmCid, ids.cid);
}

/** User space changed a field that only the kernel may write. `@source kernel/rseq.c:rseq_validate_ro_fields` */
function fieldsChanged(slot: RseqSlot, memory: UserMemory): boolean {
  const { area, stored } = slot;
  if (stored === null) return false;
  const expected = [
    [areaOffset.cpuIdStart, stored.cpu],
    [areaOffset.cpuId, stored.cpu],
    [areaOffset.nodeId, stored.node],
    [areaOffset.mmCid, stored.cid],
  ] as const;
  return expected.some(([offset, value]) => memory.read32(area + offset) !== value);
}

interface IdStores {
  readonly slot: RseqSlot;
  readonly stored: boolean;
}

/** The id half of a refresh: the slot afterwards, or why it fails. */
function bringIdsUpToDate<T extends RseqTask>(
  features: KernelFeatures,
  rules: SlotRules,
  task: T,
  slot: RseqSlot,
  memory: UserMemory,
): IdStores | SectionFault {
  if (rules.enforced && fieldsChanged(slot, memory)) return 'kernel-owned fields changed';
  if (rules.idStores === 'on-change' && sameIds(slot.stored, task.ids)) return { slot, stored: false };
  if (!storeIds(features, slot.area, task.ids, memory)) return 'area unwritable';
  const remember = rules.idStores === 'on-change';
  return { slot: remember ? { ...slot, stored: task.ids } : slot, stored: true };
}

/**
 * Refresh a registered task's area now: the work on `rseq_cs`, and the ids. An unregistered or exiting task is left alone.
 * Clears the notify flag. The order is descriptor then ids to 6.18, ids then descriptor from 6.19.
 *
 * @source kernel/rseq.c:__rseq_handle_notify_resume, 6.15; rseq_update_usr, 7.0
 */
export function refresh<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  entry: Entry = plainCall,
): Refreshed<T> {
  const { slot } = task;
  const idle: T = task.notify ? { ...task, notify: false } : task;
  if (slot === null) return { task: idle, outcome: { kind: 'resumes', ip: entry.ip, aborted: false, stored: false } };
  const rules = slotRules(features, slot.len);
  const looksAtSection = rules.sectionTrigger === 'every-return' || entry.fromUser || features.debug === 'kills';
  const situation = { features, rules, slot, memory, pending: task.pending, ip: entry.ip };
  const idsFirst = rules.sectionTrigger === 'from-user';
  const before = idsFirst ? bringIdsUpToDate(features, rules, task, slot, memory) : null;
  if (typeof before === 'string') return { task: idle, outcome: { kind: 'fails', why: before } };
  const section = looksAtSection ? fixUpSection(situation) : null;
  if (section?.kind === 'fails') return { task: idle, outcome: section };
  const ids = before ?? bringIdsUpToDate(features, rules, task, slot, memory);
  if (typeof ids === 'string') return { task: idle, outcome: { kind: 'fails', why: ids } };
  return {
    task: { ...idle, slot: ids.slot, pending: section?.pending ?? task.pending },
    outcome: { kind: 'resumes', ip: section?.ip ?? entry.ip, aborted: section?.kind === 'aborts', stored: ids.stored },
  };
}

/**
 * The task returns to user mode: a refresh if one is due, else nothing. With the debug option, a system call made inside a
 * section is caught here as well.
 *
 * @source include/linux/resume_user_mode.h:resume_user_mode_work, kernel/rseq.c:rseq_syscall
 */
export function returnToUser<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  entry: Entry = plainCall,
): Refreshed<T> {
  const { slot } = task;
  if (slot !== null && features.debug !== 'absent' && !entry.fromUser) {
    const rules = slotRules(features, slot.len);
    const why = systemCallFault({ features, rules, slot, memory, pending: task.pending, ip: entry.ip });
    if (why !== null) return { task, outcome: { kind: 'fails', why } };
  }
  if (task.notify) return refresh(features, task, memory, entry);
  return { task, outcome: { kind: 'resumes', ip: entry.ip, aborted: false, stored: false } };
}

/** Whether an event that found the task at `entry` makes a refresh due, for each way of keeping ids. */
function isDue<T extends RseqTask>(features: KernelFeatures, task: T, fromUser: boolean): boolean {
  if (task.slot === null) return false;
  const rules = slotRules(features, task.slot.len);
  return rules.sectionTrigger === 'every-return' || fromUser || !sameIds(task.slot.stored, task.ids);
}

/**
 * The task was switched away and runs again, on `ids` (default: where it was). To 6.18 this always makes a refresh due, even on
 * the same CPU; from 6.19 only when an id changed or user mode was interrupted.
 *
 * @source include/linux/rseq.h:rseq_preempt, rseq_migrate (to 6.18); rseq_sched_switch_event (from 6.19)
 */
export function contextSwitch<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  ids: TaskIds = task.ids,
  entry: Entry = plainCall,
): T {
  const migrated = ids.cpu !== task.ids.cpu ? eventBit.migrate : 0;
  const moved: T = { ...task, ids, pending: task.pending | eventBit.preempt | migrated };
  return { ...moved, notify: moved.notify || isDue(features, moved, entry.fromUser) };
}

/**
 * Other deferred work for the return to user mode was left behind, for example by dropping the last reference to a
 * shared-memory file. To 6.18 it raises the flag that a refresh waits for.
 *
 * @source include/linux/resume_user_mode.h:set_notify_resume
 */
export function deferredWork<T extends RseqTask>(features: KernelFeatures, task: T): T {
  return task.slot !== null && features.sharedNotifyFlag ? { ...task, notify: true } : task;
}

/**
 * A signal with a handler is being delivered: refresh before the handler's first instruction. The saved context continues at
 * the outcome's `ip`. From 6.19 nothing happens unless user mode was interrupted or an id changed.
 *
 * @source kernel/rseq.c:rseq_signal_deliver
 */
export function signalDelivery<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  entry: Entry = plainCall,
): Refreshed<T> {
  const signalled: T = { ...task, pending: task.pending | eventBit.signal };
  const due = signalled.notify || isDue(features, signalled, entry.fromUser);
  if (due) return refresh(features, signalled, memory, entry);
  return { task: signalled, outcome: { kind: 'resumes', ip: entry.ip, aborted: false, stored: false } };
}

/**
 * membarrier(PRIVATE_EXPEDITED_RSEQ) as another thread of the process that is running feels it: interrupted in user mode. The
 * caller itself, and a single-threaded process, feel nothing.
 *
 * @source kernel/sched/membarrier.c:ipi_rseq
 */
export function membarrierInterrupt<T extends RseqTask>(task: T): T {
  return { ...task, pending: task.pending | eventBit.preempt, notify: task.notify || task.slot !== null };
}
