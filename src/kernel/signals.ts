/**
 * What a forced SIGSEGV does, and what a handled signal does to a task whose area has gone bad. In Linux: kernel/signal.c,
 * kernel/rseq.c:rseq_signal_deliver.
 *
 * Delivering SIGSEGV to a handler refreshes once more. When that fails too, a second and unconditional SIGSEGV is raised, which
 * only the handler's own mask can hold back: the handler runs once and the task dies when it returns; with SA_NODEFER it dies
 * before the handler's first instruction. What can go wrong: expecting SIG_IGN or a blocked mask to help; forcing resets both.
 */
import type { SectionFault } from './critical-section.js';
import type { KernelFeatures } from './features.js';
import type { UserMemory } from './memory.js';
import { type Entry, plainCall, signalDelivery } from './refresh.js';
import type { RseqTask } from './task.js';

/** What a process has asked for SIGSEGV. `handler-nodefer`: a handler with SA_NODEFER. */
export type SegvDisposition = 'default' | 'ignore' | 'handler' | 'handler-nodefer';

/**
 * The end of a forced SIGSEGV. `dies`: killed, no handler ran. `handler-then-resumes`: the handler runs and its return continues
 * at `ip`. `handler-then-dies`: the handler runs; if it returns, the task is killed.
 */
export type SegvFate = 'dies' | 'handler-then-resumes' | 'handler-then-dies';

export interface SegvDelivery<T extends RseqTask> {
  readonly task: T;
  readonly fate: SegvFate;
  readonly ip: bigint;
}

/**
 * SIGSEGV is forced on the task: by a failed refresh, or by an ordinary fault of user code.
 *
 * @source kernel/signal.c:force_sig_info_to_task, force_sigsegv
 */
export function deliverSegv<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  disposition: SegvDisposition,
  entry: Entry = plainCall,
): SegvDelivery<T> {
  if (disposition === 'default' || disposition === 'ignore') return { task, fate: 'dies', ip: entry.ip };
  const delivered = signalDelivery(features, task, memory, entry);
  if (delivered.outcome.kind === 'resumes') {
    return { task: delivered.task, fate: 'handler-then-resumes', ip: delivered.outcome.ip };
  }
  const fate = disposition === 'handler-nodefer' ? 'dies' : 'handler-then-dies';
  return { task: delivered.task, fate, ip: entry.ip };
}

/**
 * A handled signal: the handler runs and its saved context continues at `ip`; or SIGSEGV comes first. Then the frame of the handler
 * is on the stack all the same, and if the task comes out of SIGSEGV it runs, and continues where the task was.
 */
export type HandledSignal<T extends RseqTask> =
  | { readonly task: T; readonly kind: 'handler-runs'; readonly ip: bigint; readonly aborted: boolean }
  | { readonly task: T; readonly kind: 'segv'; readonly why: SectionFault; readonly segv: SegvDelivery<T> };

/** The first instruction of a handler; no section covers it. */
const handlerEntry = 0n;

/**
 * Deliver a signal that has a handler. When the refresh before it fails, SIGSEGV is forced, and finds the task at the handler's
 * first instruction: what was wrong only inside a section is no longer wrong there.
 *
 * @source kernel/rseq.c:rseq_signal_deliver; kernel/signal.c:force_sigsegv; arch/x86/kernel/signal.c:setup_rt_frame
 */
export function deliverHandled<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  segv: SegvDisposition,
  entry: Entry = plainCall,
): HandledSignal<T> {
  const delivered = signalDelivery(features, task, memory, entry);
  if (delivered.outcome.kind === 'resumes') {
    const { ip, aborted } = delivered.outcome;
    return { task: delivered.task, kind: 'handler-runs', ip, aborted };
  }
  const second = deliverSegv(features, delivered.task, memory, segv, { ...entry, ip: handlerEntry });
  return { task: second.task, kind: 'segv', why: delivered.outcome.why, segv: second };
}

/** What becomes of a signal sent to a task: it has a handler, is ignored, or is blocked and stays pending. */
export type SignalReception = 'handled' | 'ignored' | 'blocked';

/**
 * A signal is sent to the task. Only one that has a handler and is not blocked touches the area; of the others the kernel keeps a
 * note at most.
 *
 * @source kernel/signal.c:prepare_signal, get_signal
 */
export function sendSignal<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  reception: SignalReception,
  segv: SegvDisposition = 'default',
  entry: Entry = plainCall,
): HandledSignal<T> | { readonly task: T; readonly kind: 'no-delivery' } {
  if (reception !== 'handled') return { task, kind: 'no-delivery' };
  return deliverHandled(features, task, memory, segv, entry);
}
