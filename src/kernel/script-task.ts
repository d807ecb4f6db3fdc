/**
 * One thread of a script on its way into the kernel and out of it: system calls, signals, faults, death. In Linux:
 * kernel/entry/common.c, kernel/signal.c, seen from a single task.
 *
 * What can go wrong: doing something to a thread after it died; everything here says whether the thread still lives.
 */
import type { Errno } from './abi.js';
import { decideRseq, type RseqArguments } from './call.js';
import { contextSwitch, type Entry, plainCall, returnToUser } from './refresh.js';
import { advance, dispositionOf, type Run, type Thread } from './script-world.js';
import { deliverHandled, deliverSegv, type SegvDelivery } from './signals.js';
import type { TaskIds } from './task.js';

/** Where a thread goes on; null when it died. */
export type Back = { readonly ip: bigint; readonly aborted: boolean } | null;

/** How often a returning SIGSEGV handler runs before it gives up. */
const patience = 3;

/** The process ends. The thread that caused it is `signalled` or in a system call. */
function end(thread: Thread, how: string): null {
  thread.process.end = how;
  advance(thread, 'released');
  return null;
}

/** The thread calls _exit. */
function exitCall(thread: Thread, status: number): null {
  advance(thread, 'system call', 'exit');
  return end(thread, `exit ${status}`);
}

/** A signal kills the process of a thread that is being signalled. */
function fatal(thread: Thread, signal: string): null {
  advance(thread, 'fatal');
  return end(thread, `signal ${signal}`);
}

/** Another thread ended the process, or replaced its image. */
export function dieWithGroup(thread: Thread): void {
  if (thread.phase === 'running' || thread.phase === 'inSystemCall') advance(thread, 'group exit', 'released');
}

/** What follows a SIGSEGV that was delivered to a `signalled` thread. */
function afterSegv(run: Run, thread: Thread, delivery: SegvDelivery<Thread['task']>): Back {
  thread.task = delivery.task;
  if (delivery.fate === 'dies') return fatal(thread, 'SIGSEGV');
  run.segvHandlerRuns += 1;
  advance(thread, 'handler entered');
  if (thread.process.segv !== 'return') return exitCall(thread, 77);
  if (run.segvHandlerRuns > patience) return exitCall(thread, 78);
  advance(thread, 'system call', 'call done');
  if (delivery.fate === 'handler-then-dies') {
    advance(thread, 'signal pending');
    return fatal(thread, 'SIGSEGV');
  }
  return leave(run, thread, { ip: delivery.ip, fromUser: false });
}

/** SIGSEGV is forced on a thread that is `signalled`. */
function segv(run: Run, thread: Thread, entry: Entry): Back {
  const { memory } = thread.process;
  return afterSegv(run, thread, deliverSegv(run.features, thread.task, memory.space, dispositionOf(thread), entry));
}

/** The thread is `returning`: it resumes, continues at an abort address, or gets SIGSEGV. */
export function leave(run: Run, thread: Thread, entry: Entry = plainCall): Back {
  const back = returnToUser(run.features, thread.task, thread.process.memory.space, entry);
  thread.task = back.task;
  if (back.outcome.kind === 'fails') {
    advance(thread, 'refresh failed');
    return segv(run, thread, entry);
  }
  advance(thread, 'work done');
  return { ip: back.outcome.ip, aborted: back.outcome.aborted };
}

/** A system call that does something to the task while inside, and then returns. */
export function systemCall(run: Run, thread: Thread, inside: () => void, entry: Entry = plainCall): Back {
  advance(thread, 'system call');
  inside();
  advance(thread, 'call done');
  return leave(run, thread, entry);
}

/** A call that blocks, or a stop: the task is switched away and runs again, perhaps elsewhere. */
export function blockingCall(run: Run, thread: Thread, ids?: TaskIds, entry: Entry = plainCall): Back {
  const away = () => {
    thread.task = contextSwitch(run.features, thread.task, ids, entry);
  };
  return systemCall(run, thread, away, entry);
}

/** rseq as a thread makes it: 0 or the errno, or null when the thread died of it. */
export function callRseq(run: Run, thread: Thread, args: RseqArguments): { readonly result: 0 | Errno } | null {
  advance(thread, 'system call');
  const decision = decideRseq(run.features, thread.task, thread.process.memory.space, args);
  if (decision.result === 'SIGSYS') {
    advance(thread, 'filter kills');
    return end(thread, 'signal SIGSYS');
  }
  thread.task = decision.task;
  advance(thread, 'call done');
  if (decision.forcesSignal) {
    advance(thread, 'signal pending');
    return segv(run, thread, plainCall) === null ? null : { result: decision.result };
  }
  return leave(run, thread) === null ? null : { result: decision.result };
}

/** A handled signal arrives at a thread that is `returning`; its handler runs and returns. */
function handledSignal(run: Run, thread: Thread, entry: Entry): Back {
  advance(thread, 'signal pending');
  const { memory } = thread.process;
  const delivered = deliverHandled(run.features, thread.task, memory.space, dispositionOf(thread), entry);
  thread.task = delivered.task;
  if (delivered.kind === 'segv') {
    if (afterSegv(run, thread, delivered.segv) === null) return null;
  } else advance(thread, 'handler entered');
  const { ip, aborted } = delivered.kind === 'segv' ? { ip: entry.ip, aborted: false } : delivered;
  const back = systemCall(run, thread, () => {}, { ip, fromUser: false });
  return back === null ? null : { ip: back.ip, aborted: aborted || back.aborted };
}

/** The thread sends itself a signal that has a handler. */
export function signalSelf(run: Run, thread: Thread, entry: Entry = plainCall): Back {
  advance(thread, 'system call', 'call done');
  return handledSignal(run, thread, entry);
}

/** A timer's signal interrupts the thread in user mode. */
export function alarm(run: Run, thread: Thread, ip: bigint): Back {
  advance(thread, 'interrupt');
  return handledSignal(run, thread, { ip, fromUser: true });
}

/** An ordinary fault of user code. */
export function fault(run: Run, thread: Thread): Back {
  advance(thread, 'fault');
  return segv(run, thread, { ip: 0n, fromUser: true });
}

/** libc gives up: the process ends by SIGABRT. */
export function abortProcess(thread: Thread): null {
  advance(thread, 'system call', 'exit');
  return end(thread, 'signal SIGABRT');
}

/** The thread calls exit_group, or is the last of its process to leave. */
export function exitProcess(thread: Thread): void {
  exitCall(thread, 0);
}

/** The thread leaves; its process goes on. */
export function exitThread(thread: Thread): void {
  advance(thread, 'system call', 'exit', 'released');
}
