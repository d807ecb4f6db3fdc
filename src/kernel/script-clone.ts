/**
 * The operations of a script that make tasks or replace images, and what libc 2.36 does at the start of each. In Linux:
 * kernel/fork.c, fs/exec.c; in glibc: nptl/pthread_create.c, sysdeps/nptl/dl-tls_init_tp.c, sysdeps/unix/sysv/linux/rseq-internal.h.
 *
 * What can go wrong: whether a new thread registers is decided by its creator's own `cpu_id` word, not by the tunable.
 */
import { areaOffset, cpuIdValue } from './abi.js';
import { cloneTask, execTask } from './lifetime.js';
import { contextSwitch } from './refresh.js';
import type { CloneOp, ExecOp, Op, OpResult } from './script-format.js';
import { signature } from './script-image.js';
import {
  abortProcess,
  blockingCall,
  callRseq,
  dieWithGroup,
  exitProcess,
  exitThread,
  leave,
  systemCall,
} from './script-task.js';
import {
  addThread,
  advance,
  forkMemory,
  isGone,
  leaveMemory,
  leaveOnly,
  newMemory,
  newProcess,
  type Process,
  type Run,
  type Thread,
  takeThreadArea,
} from './script-world.js';
import type { TaskIds } from './task.js';

/** Run a list of operations in a thread; `null` for those that were never reached. */
export type RunList = (run: Run, thread: Thread, ops: readonly Op[]) => (OpResult | null)[];

/** Where a recording pins every new image. */
export const homeIds: TaskIds = { cpu: 1, node: 0, cid: 0 };

/**
 * What libc stores into its area right before the call: a thread before may have left something there. In 2.41, and in Debian's 2.36
 * from deb12u10 on.
 *
 * @source sysdeps/unix/sysv/linux/rseq-internal.h:rseq_register_current_thread, commit 97f60abd25
 */
function preset({ process, area }: Thread): void {
  const { space } = process.memory;
  space.write32(area + areaOffset.cpuId, cpuIdValue.uninitialized);
  space.write32(area + areaOffset.cpuIdStart, 0);
  space.write64(area + areaOffset.rseqCs, 0n);
  space.write32(area + areaOffset.flags, 0);
}

/** libc's registration of its own area: whether it holds afterwards. False too when the thread died of it. */
function libcRegisters(run: Run, thread: Thread, wanted: boolean): boolean {
  if (wanted) {
    preset(thread);
    const answer = callRseq(run, thread, { addr: thread.area, len: 32, flags: 0, sig: signature });
    if (answer === null) return false;
    if (answer.result === 0) return true;
  }
  thread.process.memory.space.write32(thread.area + areaOffset.cpuId, cpuIdValue.registrationFailed);
  return false;
}

/** The start of an image, before its first operation. `@source sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp` */
export function startImage(run: Run, thread: Thread): void {
  libcRegisters(run, thread, run.glibcRseq);
  if (!isGone(thread) && thread.task.ids.cpu !== homeIds.cpu) blockingCall(run, thread, homeIds);
}

/** Replace the image of a thread's process. `@source fs/exec.c:begin_new_exec` */
function replaceImage(run: Run, thread: Thread): void {
  const { process } = thread;
  const { memory, threadArea } = newMemory();
  const inside = () => {
    thread.task = execTask(thread.task);
    leaveMemory(process.memory);
    process.memory = memory;
    leaveOnly(thread);
    if (process.segv !== 'ignore') process.segv = 'default';
    thread.area = threadArea;
  };
  systemCall(run, thread, inside);
  startImage(run, thread);
}

/** execve of a new image that runs the nested operations, and then ends. */
export function execOp(run: Run, thread: Thread, op: ExecOp, runList: RunList): OpResult {
  replaceImage(run, thread);
  const child = runList(run, thread, op.ops);
  if (!isGone(thread)) exitProcess(thread);
  return { child };
}

const sharesProcess = (op: CloneOp): boolean => op.kind === 'thread' || op.kind === 'pthread';

/** The process of a clone's child. */
function processOf(parent: Thread, op: CloneOp): Process {
  const { process } = parent;
  if (sharesProcess(op)) return process;
  if (op.kind === 'fork') return newProcess(forkMemory(process.memory), process.segv);
  process.memory.users += 1;
  return newProcess(process.memory, process.segv);
}

/** Whether the creator's own area says "registered": its `cpu_id` is not negative. `@source nptl/pthread_create.c` */
function creatorIsRegistered(creator: Thread): boolean {
  const word = creator.process.memory.space.read32(creator.area + areaOffset.cpuId);
  return word !== null && word < 0x8000_0000;
}

/** The child before its first operation. It may die here. */
function startChild(run: Run, parent: Thread, child: Thread, op: CloneOp): void {
  const registers = op.kind === 'pthread' && creatorIsRegistered(parent);
  advance(child, 'scheduled');
  if (leave(run, child) === null) return;
  if (op.kind === 'spawn') replaceImage(run, child);
  if (op.kind !== 'pthread') return;
  const holds = libcRegisters(run, child, registers);
  if (registers && !holds && !isGone(child)) abortProcess(child);
}

/** The child ends: a thread leaves its process, a process leaves its memory. */
function endChild(child: Thread, op: CloneOp): void {
  const { process } = child;
  if (sharesProcess(op)) {
    if (!isGone(child)) exitThread(child);
    else dieWithGroup(child);
    if (op.kind === 'pthread' && process.end === null) process.memory.idleAreas.push(child.area);
    return;
  }
  if (!isGone(child)) exitProcess(child);
  leaveMemory(process.memory);
}

/**
 * posix_spawn comes back once the child has its new image: the creator was switched away, with all signals blocked by libc.
 *
 * @source sysdeps/unix/sysv/linux/spawni.c:__spawnix
 */
function comeBackFromSpawn(run: Run, creator: Thread): void {
  creator.blocked = true;
  creator.task = contextSwitch(run.features, creator.task);
  advance(creator, 'call done');
  leave(run, creator);
  creator.blocked = false;
  if (!isGone(creator)) advance(creator, 'system call');
}

/** Make a task that runs the nested operations, and wait for it. */
export function cloneOp(run: Run, parent: Thread, op: CloneOp, runList: RunList): OpResult {
  advance(parent, 'system call');
  const process = processOf(parent, op);
  const task = cloneTask(run.features, parent.task, op.kind);
  const area = op.kind === 'pthread' ? takeThreadArea(process.memory) : parent.area;
  const child = addThread(process, task, 'born', area);
  startChild(run, parent, child, op);
  if (op.kind === 'spawn') comeBackFromSpawn(run, parent);
  const results = runList(run, child, op.ops);
  endChild(child, op);
  if (isGone(parent)) return { child: results };
  parent.task = contextSwitch(run.features, parent.task);
  advance(parent, 'call done');
  leave(run, parent);
  return { ret: 0, child: results, ...(sharesProcess(op) ? {} : { child_end: process.end ?? 'exit 0' }) };
}
