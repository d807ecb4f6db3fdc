/**
 * A thread from pthread_create to its task's end: registration and robust list before the start routine; thread-local
 * destructors, key destructors, last-thread check and the exit call after it. In glibc: nptl/pthread_create.c,
 * nptl/nptl_deallocate_tsd.c, sysdeps/nptl/libc_start_call_main.h.
 *
 * What can go wrong: whether the child registers is decided by its creator's memory before the clone (2.35 and later). The count
 * of threads is per libc copy; the thread that finds it empty runs exit.
 */
import { cloneTask } from '../kernel/lifetime.js';
import { type Cpu, plainOf, stackOf } from '../machine/cpu.js';
import { blocked, type Call, lifecycle } from '../machine/lifecycle.js';
import { abort, libcFatal } from './end.js';
import { callRegistered } from './exit.js';
import { isStatic, programOf } from './program.js';
import { leaveThread, libcCpuId, registerThread } from './rseq-registration.js';
import { takeStack } from './stacks.js';
import { idsOf, libcCopy, processOf, taskOf, tcbOf, tlsLockTaken } from './state.js';
import { setRobustList } from './syscalls.js';
import { dieOf, say } from './trace.js';

interface CreateFrame {
  libc: number;
  /** The start routine. */
  start: Call;
}

export const pthreadCreate = lifecycle<CreateFrame>(
  'pthreadCreate',
  {
    clone: { source: 'nptl/pthread_create.c:create_thread', on: { ok: 'done' }, visible: true },
  },
  {
    clone(cpu, ctx) {
      if (tlsLockTaken(cpu)) return blocked;
      checkThreadLibrary(cpu, ctx.libc);
      const ids = cpu.edit(idsOf);
      const thread = ++ids.next;
      const cpuId = libcCpuId(cpu, ctx.libc);
      const task = cloneTask(programOf(cpu).kernel, plainOf(cpu.read(taskOf)), 'thread');
      cpu.put(taskOf, { ...task, robust: false }, thread);
      cpu.put(
        tcbOf,
        { ...tcbOf.initial, slot: takeStack(cpu, thread, ctx.libc), libc: ctx.libc, doRseq: (cpuId ?? -1) >= 0 },
        thread,
      );
      const frames = [{ machine: 'startThread', phase: 'register', ctx: { start: ctx.start } }];
      cpu.put(stackOf, { process: cpu.process, frames, value: null, visitor: 0, gone: false }, thread);
      libcCopy(cpu, ctx.libc, true).threads++;
      cpu.edit(processOf).threads.push(thread);
      sayClone(cpu, thread, `${programOf(cpu).release.threadCall} thread`);
      cpu.give(thread);
      return 'ok';
    },
  },
);

/** A thread library that is not initialised, or one that a static program loaded beside its own, cannot make threads. */
function checkThreadLibrary(cpu: Cpu, libc: number): void {
  const program = programOf(cpu);
  if (isStatic(program)) {
    if (cpu.read(tcbOf).libc !== libc) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
    return;
  }
  if (!program.release.separateLibpthread) {
    // The default size of a stack is 0 until libc's early initialisation has run.
    if (libcCopy(cpu, libc, false).told === 0) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
    return;
  }
  if (libcCopy(cpu, libc, false).libpthread !== 0) return;
  libcFatal(cpu, "allocatestack.c: ?: allocate_stack: Assertion `size != 0' failed.\n");
}

/** The event of a clone; the new task's number stands in its result. */
export function sayClone(cpu: Cpu, thread: number, detail: string): void {
  say(cpu, { obj: 'libc', kind: 'clone', detail, result: 'T', names: thread, forks: detail.endsWith(' fork') });
}

interface StartFrame {
  start: Call;
}

export const startThread = lifecycle<StartFrame>(
  'startThread',
  {
    register: { source: 'nptl/pthread_create.c:start_thread', on: { ok: 'robustList' }, visible: true },
    robustList: { source: 'nptl/pthread_create.c:start_thread', on: { ok: 'run' }, visible: true },
    run: { source: 'nptl/pthread_create.c:start_thread', on: { returned: 'threadLocal' } },
    threadLocal: { source: 'nptl/pthread_create.c:start_thread', on: { returned: 'keys' } },
    keys: { source: 'nptl/nptl_deallocate_tsd.c:__nptl_deallocate_tsd', on: { returned: 'lastThread' } },
    lastThread: { source: 'nptl/pthread_create.c:start_thread', on: { last: 'leave', others: 'leave' }, visible: true },
    leave: { source: 'nptl/pthread_create.c:start_thread', on: { ok: 'exitTask' }, visible: true },
    exitTask: { source: 'nptl/pthread_create.c:start_thread', on: {}, visible: true },
  },
  {
    register(cpu) {
      registerThread(cpu);
      return 'ok';
    },
    robustList(cpu) {
      setRobustList(cpu);
      return 'ok';
    },
    run: (_cpu, ctx) => ctx.start,
    threadLocal: (cpu) => ({ call: 'runTlsDtors', ctx: { libc: cpu.read(tcbOf).libc, current: 0 } }),
    keys: (cpu) => ({ call: 'deallocateTsd', ctx: { libc: cpu.read(tcbOf).libc, round: 0, index: 0 } }),
    lastThread(cpu) {
      const { libc } = cpu.read(tcbOf);
      const copy = libcCopy(cpu, libc, true);
      copy.threads--;
      if (copy.threads > 0) return 'others';
      return { call: 'exit', ctx: { status: 0, libc } };
    },
    leave(cpu) {
      if (!leaveThread(cpu)) abort(cpu);
      return 'ok';
    },
    exitTask: (cpu) => exitTask(cpu),
  },
);

/** The exit system call: this task is gone. */
export function exitTask(cpu: Cpu): string {
  say(cpu, { obj: 'libc', kind: 'exit_thread', result: '0' });
  endTask(cpu);
  return 'ok';
}

function endTask(cpu: Cpu): void {
  const process = cpu.edit(processOf);
  process.threads = process.threads.filter((t) => t !== cpu.thread);
  cpu.stack.frames = [];
  cpu.stack.gone = true;
}

interface TsdFrame {
  libc: number;
  round: number;
  index: number;
}

/** PTHREAD_DESTRUCTOR_ITERATIONS. */
const rounds = 4;

export const deallocateTsd = lifecycle<TsdFrame>(
  'deallocateTsd',
  {
    next: { source: 'nptl/nptl_deallocate_tsd.c:__nptl_deallocate_tsd', on: { returned: 'next', end: 'done' } },
  },
  {
    next(cpu, ctx) {
      const tcb = cpu.edit(tcbOf);
      for (;;) {
        if (ctx.index === 0) {
          if (!tcb.tsdUsed || ctx.round === rounds) return 'end';
          tcb.tsdUsed = false;
          ctx.round++;
        }
        for (; ctx.index < tcb.tsd.length; ctx.index++) {
          const value = tcb.tsd[ctx.index];
          if (value === null || value === undefined) continue;
          tcb.tsd[ctx.index] = null;
          const key = libcCopy(cpu, ctx.libc, false).keys[ctx.index];
          if (key?.seq !== value.seq || key.dtor === null) continue;
          ctx.index++;
          return callRegistered(key.dtor);
        }
        ctx.index = 0;
      }
    },
  },
);
