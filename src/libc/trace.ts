/**
 * What is seen of a run: the event stream, and the certain points at which the kernel looks at a registered area. An event
 * stands for a system call of the observed program, so the thread is scheduled out there and an area that cannot be written
 * any more ends the process (kernel/rseq.c: the refresh on the way back to user mode).
 *
 * What can go wrong: saying an event before the kernel has looked. A task that dies there has not said it.
 */

import { contextSwitch, returnToUser } from '../kernel/refresh.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { TaskGone } from '../machine/step.js';
import { memoryOf } from './memory.js';
import { programOf } from './program.js';
import { processEndOf, processOf, taskOf, tcbOf } from './state.js';
import { endVisitor } from './visitor.js';

/** An event before threads and instances are numbered: `map` is the link map whose code said it, 0 for none. */
export interface RawEvent {
  readonly t: number;
  readonly process: number;
  readonly obj: string;
  readonly map: number;
  readonly kind: string;
  readonly detail?: string;
  readonly result?: string;
  /** The thread or process that a clone made, by number. */
  readonly names?: number;
  readonly forks?: boolean;
  /** The procedures that were running, outermost first, each `lifecycle.phase`. */
  readonly via: readonly string[];
}

/** An event as its speaker gives it; who speaks is known. */
type Said = Omit<RawEvent, 't' | 'map' | 'process' | 'via'>;

function emit(cpu: Cpu, event: Said & { t?: number; map?: number }): void {
  const via = cpu.stack.frames.map(({ machine, phase }) => `${machine}.${phase}`);
  cpu.emit({ t: cpu.task, process: cpu.process, map: 0, ...event, via });
}

/** Something the kernel or the observer says; no refresh. */
export function note(cpu: Cpu, event: Said & { t?: number; map?: number }): void {
  emit(cpu, event);
}

/** An event of the acting thread; the kernel refreshes its area first, and a task that cannot be refreshed dies instead. */
export function say(cpu: Cpu, event: Said & { map?: number }): void {
  refresh(cpu);
  emit(cpu, event);
}

/** The mark of a thread that the kernel leaves in peace from here to its end, as it may. */
export const undisturbed = 'undisturbed';

/** A context switch of the acting thread: the kernel writes its area, or ends it. */
export function refresh(cpu: Cpu): void {
  const before = cpu.read(taskOf);
  if (before.slot === null || cpu.read(tcbOf).marks[undisturbed] === true) return;
  const { kernel } = programOf(cpu);
  const { task, outcome } = returnToUser(kernel, contextSwitch(kernel, plainOf(before)), memoryOf(cpu));
  cpu.put(taskOf, task);
  if (outcome.kind !== 'resumes') dieOf(cpu, 'SIGSEGV', 'SI_KERNEL');
}

/** The acting thread's process ends by a signal. */
export function dieOf(cpu: Cpu, signal: string, code: string): never {
  note(cpu, { obj: 'process', kind: 'signal', detail: code, result: signal });
  return endOf(cpu, signal);
}

/** The acting thread's process ends by a signal that nobody sees come. */
export function endOf(cpu: Cpu, signal: string): never {
  if (cpu.stack.visitor !== 0) {
    note(cpu, { obj: 'process', kind: 'killed', result: signal });
    endVisitor(cpu, { how: 'signal', what: signal });
    throw new TaskGone();
  }
  const process = cpu.read(processOf);
  if (process.parent !== 0) note(cpu, { t: cpu.process, obj: 'process', kind: 'killed', result: signal });
  cpu.edit(processEndOf).end = { how: 'signal', what: signal };
  throw new TaskGone();
}
