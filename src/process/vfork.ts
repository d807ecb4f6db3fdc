/**
 * vfork: the child is a task of its own in its parent's memory, and the parent waits until it has gone. Here the child runs on the
 * parent's stack, as it does in fact. In Linux: kernel/fork.c:copy_process with CLONE_VM and CLONE_VFORK.
 *
 * What can go wrong: the child starts unregistered (since 5.5) although the words of its parent's area say otherwise; before, it
 * kept the registration and the kernel wrote its parent's memory.
 */
import { cloneTask } from '../kernel/lifetime.js';
import { programOf } from '../libc/program.js';
import { idsOf, type TaskState, taskOf } from '../libc/state.js';
import { sayClone } from '../libc/thread.js';
import { note } from '../libc/trace.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { sayOf } from './actions.js';

interface VforkFrame {
  map: number;
  child: string;
  /** The parent's task while its child runs. */
  waiting?: TaskState;
  status?: number;
}

export const vforkAndWait = lifecycle<VforkFrame>(
  'vforkAndWait',
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
      leave(cpu, ctx, 0);
      return 'ok';
    },
    resume(cpu, ctx) {
      sayOf(cpu, ctx.map, 'vfork.ret', 'exit', String(ctx.status ?? 0));
      return 'ok';
    },
  },
);

function leave(cpu: Cpu, ctx: VforkFrame, status: number): void {
  note(cpu, { obj: 'libc', kind: 'exit_group', result: String(status) });
  ctx.status = status;
  if (ctx.waiting !== undefined) cpu.put(taskOf, plainOf(ctx.waiting));
  delete ctx.waiting;
  cpu.stack.visitor = 0;
}

/** _exit of a vfork child: only the child goes, and its parent continues. False when no such child runs here. */
export function endVforkChild(cpu: Cpu, status: number): boolean {
  if (cpu.stack.visitor === 0) return false;
  const { frames } = cpu.stack;
  const at = frames.findLastIndex((frame) => frame.machine === 'vforkAndWait');
  const frame = frames[at];
  if (frame === undefined) throw new Error(`invariant: thread ${cpu.thread} has a visitor and no vfork`);
  leave(cpu, frame.ctx as VforkFrame, status);
  frames.length = at + 1;
  frame.phase = 'resume';
  return true;
}
