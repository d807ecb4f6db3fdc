/**
 * The lifecycle of a task as the kernel sees it, as an XState machine. In Linux: kernel/entry/common.c:exit_to_user_mode_loop,
 * kernel/signal.c:get_signal, kernel/exit.c:do_exit.
 *
 * A task meets its registration only while `returning` and while `signalled`; that is where a bad area kills. What can go wrong:
 * a new task is not running yet: its first step is a return to user mode, so a fork child can die before any instruction.
 */
import { setup, transition } from 'xstate';

/** The phases of a task. `signalled`: a signal is being delivered. */
export type TaskPhase = 'born' | 'returning' | 'running' | 'inSystemCall' | 'signalled' | 'exiting' | 'dead';

/** What moves a task from phase to phase. */
export type TaskEvent =
  | 'scheduled'
  | 'system call'
  | 'interrupt'
  | 'fault'
  | 'call done'
  | 'filter kills'
  | 'exit'
  | 'work done'
  | 'refresh failed'
  | 'signal pending'
  | 'handler entered'
  | 'fatal'
  | 'group exit'
  | 'released';

/** The machine: states are the phases, `meta.source` says where each was read. */
export const taskMachine = setup({
  types: { events: {} as { type: TaskEvent } },
}).createMachine({
  id: 'kernelTask',
  initial: 'born',
  states: {
    born: { on: { scheduled: 'returning' }, meta: { source: 'kernel/sched/core.c:wake_up_new_task' } },
    returning: {
      on: { 'work done': 'running', 'refresh failed': 'signalled', 'signal pending': 'signalled' },
      meta: { source: 'kernel/entry/common.c:exit_to_user_mode_loop' },
    },
    running: {
      on: { 'system call': 'inSystemCall', interrupt: 'returning', fault: 'signalled', 'group exit': 'exiting' },
      meta: { source: 'user mode' },
    },
    inSystemCall: {
      on: { 'call done': 'returning', exit: 'exiting', 'filter kills': 'exiting', 'group exit': 'exiting' },
      meta: { source: 'arch/x86/entry/common.c:do_syscall_64' },
    },
    signalled: {
      on: { 'handler entered': 'running', fatal: 'exiting', 'refresh failed': 'signalled' },
      meta: { source: 'kernel/signal.c:get_signal, kernel/rseq.c:rseq_signal_deliver' },
    },
    exiting: { on: { released: 'dead' }, meta: { source: 'kernel/exit.c:do_exit' } },
    dead: { type: 'final', meta: { source: 'kernel/exit.c:do_task_dead' } },
  },
});

const known = new Map<string, TaskPhase>();

/**
 * The phase after `event`, as XState says; asked once for each pair and remembered.
 *
 * @throws when the phase has no answer to the event: a broken invariant of ours
 */
export function nextTaskPhase(phase: TaskPhase, event: TaskEvent): TaskPhase {
  const key = `${phase} ${event}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const at = taskMachine.resolveState({ value: phase });
  if (!at.can({ type: event })) throw new Error(`invariant: a task that is ${phase} has no answer to "${event}"`);
  const [snapshot] = transition(taskMachine, at, { type: event });
  const after = snapshot.value as TaskPhase;
  known.set(key, after);
  return after;
}
