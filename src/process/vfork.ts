/**
 * vfork: the child is a task of its own in its parent's memory, and the parent waits until it has gone. Here the child runs on the
 * parent's stack, as it does in fact. In Linux: kernel/fork.c:copy_process with CLONE_VM and CLONE_VFORK.
 *
 * What can go wrong: the child starts unregistered (since 5.5) although the words of its parent's area say otherwise; before, it
 * kept the registration and the kernel wrote its parent's memory.
 */
import { cloneTask } from '../kernel/lifetime.js';
import { signalNumber } from '../libc/end.js';
import { programOf } from '../libc/program.js';
import { idsOf, taskOf } from '../libc/state.js';
import { sayClone } from '../libc/thread.js';
import { note } from '../libc/trace.js';
import { endVisitor, partWith, type VisitorFrame, vforkName } from '../libc/visitor.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { sayOf } from './actions.js';

interface VforkFrame extends VisitorFrame {
  map: number;
  child: string;
}

export const vforkAndWait = lifecycle<VforkFrame>(
  vforkName,
  {
    clone: { source: 'kernel/fork.c:copy_process', on: { ok: 'childRuns' }, visible: true },
    childRuns: { source: 'test/fixtures/glibc/README.md', on: { returned: 'childEnds' } },
    childEnds: { source: 'kernel/exit.c:do_exit', on: { ok: 'resume' } },
    resume: { source: 'kernel/fork.c:wait_for_vfork_done', on: { ok: 'done' }, visible: true },
  },
  {
    clone(cpu, ctx) {
      const child = ++cpu.edit(idsOf).next;
      sayClone(cpu, child, 'clone vfork');
      const task = plainOf(cpu.read(taskOf));
      ctx.waiting = task;
      cpu.put(taskOf, { ...cloneTask(programOf(cpu).kernel, task, 'vfork'), robust: false });
      cpu.stack.visitor = child;
      sayOf(cpu, ctx.map, 'vfork.child');
      return 'ok';
    },
    childRuns: (_cpu, ctx) => ({
      call: 'function',
      ctx: { map: ctx.map, kind: '', detail: '', result: '', at: ctx.child },
    }),
    childEnds(cpu, ctx) {
      note(cpu, { obj: 'libc', kind: 'exit_group', result: '0' });
      partWith(cpu, ctx, { how: 'exit', what: '0' });
      return 'ok';
    },
    resume(cpu, ctx) {
      const { how, what } = ctx.end ?? { how: 'exit', what: '0' };
      sayOf(cpu, ctx.map, 'vfork.ret', how, how === 'exit' ? what : String(signalNumber[what] ?? 0));
      return 'ok';
    },
  },
);

/** _exit of a vfork child: only the child goes, and its parent continues. False when no such child runs here. */
export function endVforkChild(cpu: Cpu, status: number): boolean {
  if (cpu.stack.visitor === 0) return false;
  note(cpu, { obj: 'libc', kind: 'exit_group', result: String(status) });
  endVisitor(cpu, { how: 'exit', what: String(status) });
  return true;
}
