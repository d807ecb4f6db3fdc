/**
 * What clone, exec and exit do to a registration. In Linux: include/linux/rseq.h:rseq_fork, rseq_execve; kernel/fork.c.
 *
 * A fork child keeps the registration in its own copy of the memory; a child that shares the address space starts without one.
 * What can go wrong: expecting exec or exit to write the area; neither does, the last values stay.
 */
import { eventBit } from './abi.js';
import { slotPhase } from './call.js';
import type { KernelFeatures } from './features.js';
import { deferredWork } from './refresh.js';
import { nextSlotPhase } from './slot-machine.js';
import type { RseqTask, TaskIds } from './task.js';

/** The ways to make a task that differ for the kernel: flags of clone(2). */
export interface CloneFlags {
  /** CLONE_VM: one address space. */
  readonly vm: boolean;
  /** CLONE_THREAD: one process. */
  readonly thread: boolean;
}

/** The ways to make a task, by the name a programmer would use. `vm`: CLONE_VM without CLONE_THREAD. */
export type CloneKind = 'fork' | 'vfork' | 'vm' | 'thread' | 'pthread' | 'spawn';

const flagsByKind: { readonly [K in CloneKind]: CloneFlags } = {
  fork: { vm: false, thread: false },
  vfork: { vm: true, thread: false },
  vm: { vm: true, thread: false },
  spawn: { vm: true, thread: false },
  thread: { vm: true, thread: true },
  pthread: { vm: true, thread: true },
};

/** The clone flags behind a kind. `@source kernel/fork.c:vfork; nptl/pthread_create.c; sysdeps/unix/sysv/linux/spawni.c` */
export const cloneFlags = (kind: CloneKind): CloneFlags => flagsByKind[kind];

/**
 * The child of a clone: registered as its parent or not at all. A registered child refreshes before its first user instruction
 * (`notify` is set), so it can die there. The parent is unchanged.
 *
 * @param ids where the child starts; default: where the parent is
 * @source include/linux/rseq.h:rseq_fork; kernel/sched/core.c:wake_up_new_task
 */
export function cloneTask<T extends RseqTask>(
  features: KernelFeatures,
  parent: T,
  kind: CloneKind | CloneFlags,
  ids: TaskIds = parent.ids,
): T {
  const flags = typeof kind === 'string' ? cloneFlags(kind) : kind;
  const drops = features.childDropsSlot === 'clone-vm' ? flags.vm : flags.thread;
  const phase = nextSlotPhase(slotPhase(parent), drops ? 'clone-clears' : 'clone-keeps');
  const { slot } = parent;
  if (phase === 'unregistered' || slot === null) {
    return { ...parent, slot: null, pending: eventBit.migrate, notify: false, ids };
  }
  return { ...parent, slot: { ...slot, stored: null }, pending: parent.pending | eventBit.migrate, notify: true, ids };
}

/**
 * A successful execve: the registration is dropped and nothing is written to the old area; filters stay.
 *
 * @source include/linux/rseq.h:rseq_execve
 */
export function execTask<T extends RseqTask>(task: T): T {
  nextSlotPhase(slotPhase(task), 'exec');
  return { ...task, slot: null, pending: 0, notify: false };
}

/**
 * A failed execve: the registration is kept. A file that could be opened (ENOEXEC) leaves deferred work behind when it is
 * closed, which to 6.18 refreshes; a name that does not exist leaves none.
 *
 * @source fs/exec.c:do_execveat_common; fs/file_table.c:fput
 */
export function failedExec<T extends RseqTask>(features: KernelFeatures, task: T, opened: boolean): T {
  return opened ? deferredWork(features, task) : task;
}

/** A task exits: the registration is dropped, its memory is not touched even when it is bad. `@source kernel/exit.c:do_exit` */
export function exitTask<T extends RseqTask>(task: T): T {
  nextSlotPhase(slotPhase(task), 'exit');
  return { ...task, slot: null, pending: 0, notify: false };
}
