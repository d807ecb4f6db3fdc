/**
 * exit, quick_exit and what they run: the caller's thread-local destructors, then the exit list from the newest entry down, and
 * `__cxa_finalize` of one object. In glibc: stdlib/exit.c:__run_exit_handlers, stdlib/cxa_finalize.c,
 * stdlib/cxa_thread_atexit_impl.c:__call_tls_dtors.
 *
 * What can go wrong: every libc copy has its own list, and only the base copy's ends in the loader's finalisers. A handler that
 * registers another has it run next.
 */

import { component } from '../machine/component.js';
import type { Cpu } from '../machine/cpu.js';
import { blocked, type Call, lifecycle } from '../machine/lifecycle.js';
import { exitGroup } from './end.js';
import { programOf } from './program.js';
import { type ExitEntry, libcCopy, type Registered, tcbOf } from './state.js';

/** The process-wide lock that exit takes since 2.41, recursive; its holder by stack, which a forked child keeps. */
export const exitLockOf = component<{ by: number }>('exit-lock', 'process', { by: 0 });

/** Run a registered function: its event, then its actions. */
export function callRegistered(entry: Registered): Call {
  return {
    call: 'function',
    ctx: { map: entry.map, kind: entry.kind, detail: entry.detail, result: '', at: entry.body },
  };
}

interface ExitFrame {
  status: number;
  libc: number;
}

export const exit = lifecycle<ExitFrame>(
  'exit',
  {
    lock: { source: 'stdlib/exit.c:__run_exit_handlers', on: { ok: 'threadLocal' }, visible: true },
    threadLocal: { source: 'stdlib/exit.c:__run_exit_handlers', on: { returned: 'handlers' } },
    handlers: { source: 'stdlib/exit.c:__run_exit_handlers', on: { returned: 'handlers', end: 'leave' } },
    leave: { source: 'sysdeps/unix/sysv/linux/_exit.c:_exit', on: {}, visible: true },
  },
  {
    lock(cpu) {
      if (!programOf(cpu).release.exitLock) return 'ok';
      const { by } = cpu.read(exitLockOf);
      const { slot } = cpu.read(tcbOf);
      if (by !== 0 && by !== slot) return blocked;
      cpu.edit(exitLockOf).by = slot;
      return 'ok';
    },
    threadLocal: (_cpu, ctx) => ({ call: 'runTlsDtors', ctx: { libc: ctx.libc, current: 0 } }),
    handlers(cpu, ctx) {
      const entry = libcCopy(cpu, ctx.libc, true).exitList.pop();
      if (entry === undefined) return 'end';
      if (entry === 'loader-fini') return { call: 'loaderFini', ctx: { next: -1 } };
      if (entry === 'executable-fini') return { call: 'finaliseStatic', ctx: {} };
      return callRegistered(entry);
    },
    leave: (cpu, ctx) => exitGroup(cpu, ctx.status),
  },
);

export const quickExit = lifecycle<ExitFrame>(
  'quickExit',
  {
    handlers: { source: 'stdlib/quick_exit.c:__new_quick_exit', on: { returned: 'handlers', end: 'leave' } },
    leave: { source: 'sysdeps/unix/sysv/linux/_exit.c:_exit', on: {}, visible: true },
  },
  {
    handlers(cpu, ctx) {
      const entry = libcCopy(cpu, ctx.libc, true).quickExitList.pop();
      return entry === undefined ? 'end' : callRegistered(entry);
    },
    leave: (cpu, ctx) => exitGroup(cpu, ctx.status),
  },
);

interface TlsFrame {
  libc: number;
  /** The object whose destructor is running. */
  current: number;
}

/** The acting thread's destructors of one libc copy, newest first; each keeps its object loaded until it has run. */
export const runTlsDtors = lifecycle<TlsFrame>(
  'runTlsDtors',
  {
    next: { source: 'stdlib/cxa_thread_atexit_impl.c:__call_tls_dtors', on: { returned: 'release', end: 'done' } },
    release: { source: 'stdlib/cxa_thread_atexit_impl.c:__call_tls_dtors', on: { returned: 'next' } },
  },
  {
    next(cpu, ctx) {
      const dtor = takeTlsDtor(cpu, ctx.libc);
      if (dtor === null) return 'end';
      ctx.current = dtor.dso;
      return callRegistered(dtor);
    },
    release: (_cpu, ctx) => ({ call: 'releaseTlsDtor', ctx: { map: ctx.current } }),
  },
);

function takeTlsDtor(cpu: Cpu, libc: number) {
  const list = cpu.edit(tcbOf).tlsDtors;
  for (let i = list.length - 1; i >= 0; i--) {
    const dtor = list[i];
    if (dtor?.libc === libc) {
      list.splice(i, 1);
      return dtor;
    }
  }
  return null;
}

interface FinalizeFrame {
  dso: number;
  libc: number;
}

/** The handlers of one object, newest first, and its handlers for fork and quick_exit without running them. */
export const cxaFinalize = lifecycle<FinalizeFrame>(
  'cxaFinalize',
  {
    next: { source: 'stdlib/cxa_finalize.c:__cxa_finalize', on: { returned: 'next', end: 'atfork' } },
    atfork: { source: 'nptl/register-atfork.c:__unregister_atfork', on: { ok: 'done' } },
  },
  {
    next(cpu, ctx) {
      const { exitList } = libcCopy(cpu, ctx.libc, true);
      for (let i = exitList.length - 1; i >= 0; i--) {
        const entry = exitList[i];
        if (typeof entry === 'object' && entry.dso === ctx.dso) {
          exitList.splice(i, 1);
          return callRegistered(entry satisfies ExitEntry);
        }
      }
      return 'end';
    },
    atfork(cpu, ctx) {
      const copy = libcCopy(cpu, ctx.libc, true);
      copy.atfork = copy.atfork.filter((f) => f.dso !== ctx.dso);
      copy.quickExitList = copy.quickExitList.filter((f) => f.dso !== ctx.dso);
      return 'ok';
    },
  },
);
