/**
 * The child of a vfork while it runs on its parent's stack: a task of its own, with its parent's memory. In Linux:
 * kernel/fork.c:copy_process with CLONE_VM and CLONE_VFORK, wait_for_vfork_done.
 *
 * What can go wrong: its end, by a call or by a signal, is not its parent's. The parent goes on behind the vfork, with its own task.
 */
import type { Cpu } from '../machine/cpu.js';
import { plainOf } from '../machine/cpu.js';
import { type TaskState, taskOf } from './state.js';

/** The lifecycle in whose frame the parent waits. */
export const vforkName = 'vforkAndWait';

/** What the parent's frame knows of its visitor. */
export interface VisitorFrame {
  /** The parent's task while its child runs. */
  waiting?: TaskState;
  /** How the child ended. */
  end?: { how: 'exit' | 'signal'; what: string };
}

/** The visitor is gone: the thread is its parent's again. */
export function partWith(cpu: Cpu, ctx: VisitorFrame, end: NonNullable<VisitorFrame['end']>): void {
  ctx.end = end;
  if (ctx.waiting !== undefined) cpu.put(taskOf, plainOf(ctx.waiting));
  delete ctx.waiting;
  cpu.stack.visitor = 0;
}

/** The visitor is gone in the middle of something; its parent goes on where it waits. */
export function endVisitor(cpu: Cpu, end: NonNullable<VisitorFrame['end']>): void {
  const { frames } = cpu.stack;
  const at = frames.findLastIndex((frame) => frame.machine === vforkName);
  const frame = frames[at];
  if (frame === undefined) throw new Error(`invariant: thread ${cpu.thread} has a visitor and no vfork`);
  partWith(cpu, frame.ctx as VisitorFrame, end);
  frames.length = at + 1;
  frame.phase = 'resume';
}
