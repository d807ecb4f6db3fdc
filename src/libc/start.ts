/**
 * `__libc_start_main`: the loader's finalisers are registered, the executable's own constructors run, auditors hear la_preinit,
 * and main is called. In glibc: csu/libc-start.c, sysdeps/nptl/libc_start_call_main.h.
 *
 * What can go wrong: everything a start-up library registered with atexit is below the loader's finalisers on the list. A main
 * thread that calls pthread_exit destroys its keys first and may leave the process to others.
 */
import type { Cpu } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { countLibcs } from './guard.js';
import { programOf } from './program.js';
import { registerMainAt } from './rseq-registration.js';
import { libcCopy } from './state.js';
import { exitTask } from './thread.js';
import { dieOf, say } from './trace.js';

interface StartMainFrame {
  libc: number;
  /** The executable's link map. */
  exe: number;
  /** No ld.so: the finalisers are the executable's own. */
  isStatic: boolean;
}

export const startMain = lifecycle<StartMainFrame>(
  'startMain',
  {
    registerFini: { source: 'csu/libc-start.c:__libc_start_main', on: { ok: 'registerRseq' } },
    registerRseq: { source: 'csu/libc-start.c:__libc_start_main', on: { ok: 'constructors' }, visible: true },
    constructors: { source: 'csu/libc-start.c:call_init', on: { returned: 'preinit' } },
    preinit: { source: 'elf/dl-audit.c:_dl_audit_preinit', on: { returned: 'main' } },
    main: { source: 'sysdeps/nptl/libc_start_call_main.h:__libc_start_call_main', on: { returned: 'exit' } },
    exit: { source: 'sysdeps/nptl/libc_start_call_main.h:__libc_start_call_main', on: {} },
    mainLeaves: {
      source: 'sysdeps/nptl/libc_start_call_main.h:__libc_start_call_main',
      on: { returned: 'lastThread' },
    },
    lastThread: {
      source: 'sysdeps/nptl/libc_start_call_main.h:__libc_start_call_main',
      on: { others: 'exitTask' },
      visible: true,
    },
    exitTask: { source: 'sysdeps/nptl/libc_start_call_main.h:__libc_start_call_main', on: {}, visible: true },
  },
  {
    registerFini(cpu, ctx) {
      libcCopy(cpu, ctx.libc, true).exitList.push(ctx.isStatic ? 'executable-fini' : 'loader-fini');
      return 'ok';
    },
    registerRseq(cpu, ctx) {
      if (ctx.isStatic) return 'ok';
      countLibcs(cpu, ctx.libc);
      registerMainAt(cpu, 'start-main', ctx.libc);
      return 'ok';
    },
    constructors: (_cpu, ctx) => ({ call: 'initExecutable', ctx: { map: ctx.exe, preinit: ctx.isStatic } }),
    preinit: (_cpu, ctx) => ({ call: 'tellPreinit', ctx: { map: ctx.exe } }),
    main(cpu, ctx) {
      if (!ctx.isStatic) registerMainAt(cpu, 'main', ctx.libc);
      return { call: 'function', ctx: { map: ctx.exe, kind: 'main', detail: '', result: '', at: 'main' } };
    },
    exit(cpu, ctx) {
      const status = programOf(cpu).world.exe.exit_code ?? 0;
      say(cpu, { obj: 'exe', map: ctx.exe, kind: 'main.ret', result: String(status) });
      return { call: 'exit', ctx: { status, libc: ctx.libc } };
    },
    mainLeaves: (_cpu, ctx) => ({ call: 'deallocateTsd', ctx: { libc: ctx.libc, round: 0, index: 0 } }),
    lastThread(cpu, ctx) {
      const copy = libcCopy(cpu, ctx.libc, true);
      copy.threads--;
      return copy.threads > 0 ? 'others' : { call: 'exit', ctx: { status: 0, libc: ctx.libc } };
    },
    exitTask: (cpu) => exitTask(cpu),
  },
);

/** The main thread has somewhere to unwind to once main is being called. */
const unwindable: readonly string[] = ['main', 'exit', 'mainLeaves', 'lastThread'];

/** Where a thread that calls pthread_exit continues: its frames are unwound to its start, and the rest is its ordinary end. */
export function unwindToStart(cpu: Cpu): void {
  const { frames } = cpu.stack;
  const at = frames.findIndex((f) => f.machine === 'startThread' || f.machine === 'startMain');
  const frame = frames[at];
  if (frame === undefined || (frame.machine === 'startMain' && !unwindable.includes(frame.phase))) {
    dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
  }
  frames.length = at + 1;
  frame.phase = frame.machine === 'startThread' ? 'threadLocal' : 'mainLeaves';
}
