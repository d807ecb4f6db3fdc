/**
 * A described function being run: it says its event, then does its actions one by one. Stands for the compiled code of the
 * program and its libraries.
 *
 * What can go wrong: code of an object that was unmapped. A call to it is the page fault of the real thing.
 */
import { programOf } from '../libc/program.js';
import { dieOf, refresh, say } from '../libc/trace.js';
import { codeAt, eventName, loaderOf } from '../loader/linkmap.js';
import type { Cpu } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import type { Action } from '../scenario/action-schema.js';
import { afterAction, doAction, isSharedAction } from './actions.js';
import { actionsAt } from './place.js';

/** A function of a mapped object: the event it says first (none for a thread's body), and the place of its actions. */
export interface FunctionFrame {
  map: number;
  kind: string;
  detail: string;
  result: string;
  at: string;
  pc?: number;
}

function actionOf(cpu: Cpu, ctx: FunctionFrame): Action | undefined {
  const map = cpu.read(loaderOf).maps[ctx.map];
  if (map === undefined) return dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
  return actionsAt(programOf(cpu), map.file, ctx.at)[ctx.pc ?? 0];
}

export const functionCall = lifecycle<FunctionFrame>(
  'function',
  {
    enter: { source: 'test/fixtures/glibc/README.md', on: { ok: 'next' } },
    next: {
      source: 'test/fixtures/glibc/README.md',
      on: { end: 'done', shared: 'shared', again: 'next', returned: 'after', gone: 'done' },
    },
    shared: {
      source: 'test/fixtures/glibc/README.md',
      on: { again: 'next', returned: 'after', gone: 'done' },
      visible: true,
    },
    after: { source: 'test/fixtures/glibc/README.md', on: { again: 'next', returned: 'next' } },
  },
  {
    enter(cpu, ctx) {
      const map = codeAt(cpu.read(loaderOf), ctx.map);
      if (map === undefined) return dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
      ctx.map = map.id;
      if (ctx.kind === '') return 'ok';
      const { detail, result } = ctx;
      say(cpu, {
        obj: eventName(map),
        map: ctx.map,
        kind: ctx.kind,
        ...(detail === '' ? {} : { detail }),
        ...(result === '' ? {} : { result }),
      });
      return 'ok';
    },
    next(cpu, ctx) {
      const action = actionOf(cpu, ctx);
      if (action === undefined) return 'end';
      return isSharedAction(action) ? 'shared' : doAction(cpu, ctx, action);
    },
    shared(cpu, ctx) {
      const action = actionOf(cpu, ctx);
      if (action === undefined) throw new Error(`invariant: no action ${ctx.pc ?? 0} at ${ctx.at}`);
      return doAction(cpu, ctx, action);
    },
    after(cpu, ctx) {
      const action = actionOf(cpu, ctx);
      if (action === undefined) throw new Error(`invariant: no action ${ctx.pc ?? 0} at ${ctx.at}`);
      afterAction(cpu, ctx, action);
      ctx.pc = (ctx.pc ?? 0) + 1;
      return 'again';
    },
  },
);

/** A context switch without an event. */
export function spin(cpu: Cpu): void {
  refresh(cpu);
}
