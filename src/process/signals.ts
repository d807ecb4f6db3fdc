/**
 * Signals that one thread sends another: they wait until the target does not block them, and then their handler runs between two
 * visible points of whatever the thread was about to do. In Linux: kernel/signal.c:get_signal; in glibc: nptl/pthread_kill.c.
 *
 * What can go wrong: the first and the last instructions of a thread. Before 2.32 nothing was blocked there, so a handler could run
 * before libc had registered the thread; since 2.35 a signal that comes to a thread after its destructors is lost.
 */
import type { View } from '../explore/model.js';
import { giveUp } from '../libc/end.js';
import { type Program, programOf } from '../libc/program.js';
import { component, keyOf } from '../machine/component.js';
import { Cpu, stackOf } from '../machine/cpu.js';
import { gatesOf } from './gates.js';
import { keepsSignalsOut } from './rseq-actions-claimant.js';

interface Handler {
  map: number;
  body: string;
}

export const signalsOf = component<{ pending: Handler[] }>('signals', 'thread', { pending: [] });

/** pthread_kill: a thread that is gone gets nothing. */
export function sendSignal(cpu: Cpu, map: number, name: string, body: string): void {
  const thread = cpu.read(gatesOf).threads[`${map}:${name}`];
  if (thread === undefined || cpu.read(stackOf, thread).gone) return;
  cpu.edit(signalsOf, thread).pending.push({ map, body });
}

/** What a new thread does before it lets signals in, and what it does after it has shut them out for good. */
const setUp: ReadonlySet<string> = new Set(['register', 'robustList']);
const goingDown: ReadonlySet<string> = new Set(['leave', 'exitTask']);

function blocks(cpu: Cpu): boolean {
  // Who has said its last words lets in what it let in before.
  const top = cpu.stack.frames.findLast(({ machine }) => machine !== giveUp.name);
  if (top === undefined || cpu.stack.gone || keepsSignalsOut(top)) return true;
  if (top.machine !== 'startThread') return false;
  const { signalsWaitForStart, signalsBlockedAtEnd } = programOf(cpu).release;
  return (signalsWaitForStart && setUp.has(top.phase)) || (signalsBlockedAtEnd && goingDown.has(top.phase));
}

/** Whether a signal waits for the thread, and comes as soon as it is let in: in the middle of a step, should that unblock it. */
export function awaitsSignal(thread: number, view: View): boolean {
  const own = view.get(keyOf(signalsOf, thread)) as { pending: readonly Handler[] } | undefined;
  return own !== undefined && own.pending.length > 0;
}

/** Whether the acting thread lets signals in where it stands. */
export const letsSignalsIn = (cpu: Cpu): boolean => !blocks(cpu);

/** Let the oldest pending signal in, if the thread does not block it: the next step of the thread is its handler's. */
export function deliverSignal(thread: number, view: View, program: Program): boolean {
  if (!awaitsSignal(thread, view)) return false;
  const cpu = new Cpu(view, program, thread);
  if (blocks(cpu)) return false;
  const handler = cpu.edit(signalsOf).pending.shift();
  if (handler === undefined) return false;
  const { map, body } = handler;
  const ctx = { map, kind: '', detail: '', result: '', at: `bodies.${body}` };
  cpu.stack.frames.push({ machine: 'function', phase: 'enter', ctx, interrupted: { value: cpu.stack.value } });
  cpu.commit();
  return true;
}
