/**
 * The processes and threads of a running script. In Linux: struct task_struct, mm_struct, sighand_struct.
 *
 * What can go wrong: a CLONE_VM child is a process of its own in a shared address space: it has its own end and its own signal
 * dispositions, and the memory outlives it.
 */
import type { KernelFeatures } from './features.js';
import type { SegvMode, SlotName } from './script-format.js';
import { freshImage, mapThreadArea } from './script-image.js';
import type { AddressSpace } from './script-memory.js';
import type { SegvDisposition } from './signals.js';
import type { RseqTask } from './task.js';
import { nextTaskPhase, type TaskEvent, type TaskPhase } from './task-machine.js';

/** An address space with the processes that use it, and the memory libc keeps for further threads. */
export interface Memory {
  readonly space: AddressSpace;
  users: number;
  /** How many thread areas were ever mapped. */
  threadAreas: number;
  /** Areas of joined threads, youngest last; libc gives the youngest to the next thread, as it was left. */
  readonly idleAreas: bigint[];
}

export interface Process {
  memory: Memory;
  segv: SegvMode | 'default';
  /** How the process ended, or null while it lives. */
  end: string | null;
  /** Its threads, waiting ones included. */
  threads: Thread[];
}

export interface Thread {
  readonly process: Process;
  task: RseqTask;
  phase: TaskPhase;
  /** libc's area of this thread. */
  area: bigint;
  /** Another thread of the process called execve; this one never runs again. */
  replaced: boolean;
  /** libc has all signals blocked, as it does inside posix_spawn. */
  blocked: boolean;
}

/** What one run shares: the kernel, the tunable, the areas to show, and the count of SIGSEGV handlers started. */
export interface Run {
  readonly features: KernelFeatures;
  readonly glibcRseq: boolean;
  readonly areas: readonly { readonly name: string; readonly slot: SlotName; readonly off: number }[];
  segvHandlerRuns: number;
}

/** A fresh image with one user. */
export function newMemory(): { readonly memory: Memory; readonly threadArea: bigint } {
  const { space, threadArea } = freshImage();
  return { memory: { space, users: 1, threadAreas: 0, idleAreas: [] }, threadArea };
}

/** The copy that a fork child gets. */
export function forkMemory(memory: Memory): Memory {
  return { ...memory, space: memory.space.fork(), users: 1, idleAreas: [...memory.idleAreas] };
}

/** A process leaves its address space; the last one frees it. */
export function leaveMemory(memory: Memory): void {
  memory.users -= 1;
  if (memory.users === 0) memory.space.release();
}

/** An area for a further thread. `@source nptl/allocatestack.c:get_cached_stack` */
export function takeThreadArea(memory: Memory): bigint {
  const idle = memory.idleAreas.pop();
  if (idle !== undefined) return idle;
  memory.threadAreas += 1;
  return mapThreadArea(memory.space, memory.threadAreas);
}

/** A process with no threads yet. */
export function newProcess(memory: Memory, segv: Process['segv'] = 'default'): Process {
  return { memory, segv, end: null, threads: [] };
}

/** Add a thread to a process. */
export function addThread(process: Process, task: RseqTask, phase: TaskPhase, area: bigint): Thread {
  const thread: Thread = { process, task, phase, area, replaced: false, blocked: false };
  process.threads.push(thread);
  return thread;
}

/** The other threads of the process are gone. `@source fs/exec.c:de_thread` */
export function leaveOnly(survivor: Thread): void {
  for (const other of survivor.process.threads) other.replaced = other !== survivor;
  survivor.process.threads = [survivor];
}

/** Move the thread's task to its next phase, as the task machine says. */
export function advance(thread: Thread, ...events: readonly TaskEvent[]): void {
  for (const event of events) thread.phase = nextTaskPhase(thread.phase, event);
}

/** Whether the thread can do nothing any more. */
export function isGone(thread: Thread): boolean {
  return thread.replaced || thread.process.end !== null || thread.phase === 'dead';
}

const dispositions: { readonly [M in SegvMode | 'default']: SegvDisposition } = {
  default: 'default',
  ignore: 'ignore',
  exit: 'handler',
  return: 'handler',
  exit_nodefer: 'handler-nodefer',
};

/**
 * What a forced SIGSEGV finds: the script's mode; where the signal is blocked, forcing resets it to the default.
 *
 * @source kernel/signal.c:force_sig_info_to_task
 */
export const dispositionOf = (thread: Thread): SegvDisposition =>
  thread.blocked ? 'default' : dispositions[thread.process.segv];
