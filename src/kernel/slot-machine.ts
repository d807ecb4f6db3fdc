/**
 * The lifecycle of one task's registration as an XState machine. In Linux: kernel/rseq.c:rseq, include/linux/rseq.h.
 *
 * An event is the row of the decision procedure that answered a call, or what happened to the task. The procedures take each
 * step through this machine, so that a row which a phase cannot give is a broken invariant. What can go wrong: reading
 * `unregistered` as "nothing at that address"; two tasks may have registered it.
 */
import { setup, transition } from 'xstate';
import type { RowId } from './decision.js';

/** The phases of a registration. `gone`: the task is no more. */
export type SlotPhase = 'unregistered' | 'registered' | 'gone';

/** What can happen to a registration: a row of the decision procedure, or an event of the task's life. */
export type SlotEvent = RowId | 'clone-keeps' | 'clone-clears' | 'exec' | 'exit';

type Rows = { readonly [E in SlotEvent]?: SlotPhase };

const unregisteredAnswers: Rows = {
  absent: 'unregistered',
  emulated: 'unregistered',
  filtered: 'unregistered',
  U1: 'unregistered',
  U2: 'unregistered',
  R1: 'unregistered',
  R5: 'unregistered',
  R6: 'unregistered',
  R7: 'unregistered',
  R8: 'unregistered',
  R9: 'unregistered',
  'R10-null': 'unregistered',
  R10: 'registered',
  'clone-keeps': 'unregistered',
  'clone-clears': 'unregistered',
  exec: 'unregistered',
  exit: 'gone',
};

const registeredAnswers: Rows = {
  filtered: 'registered',
  U1: 'registered',
  U2: 'registered',
  U3: 'registered',
  U4: 'registered',
  U5: 'registered',
  U6: 'unregistered',
  R1: 'registered',
  R2: 'registered',
  R3: 'registered',
  R4: 'registered',
  'clone-keeps': 'registered',
  'clone-clears': 'unregistered',
  exec: 'unregistered',
  exit: 'gone',
};

/** The machine: states are the phases, `meta.source` says where each was read. */
export const slotMachine = setup({
  types: { events: {} as { type: SlotEvent } },
}).createMachine({
  id: 'rseqSlot',
  initial: 'unregistered',
  states: {
    unregistered: { on: { ...unregisteredAnswers }, meta: { source: 'kernel/rseq.c:rseq, task_struct.rseq == NULL' } },
    registered: { on: { ...registeredAnswers }, meta: { source: 'kernel/rseq.c:rseq, task_struct.rseq' } },
    gone: { type: 'final', meta: { source: 'kernel/exit.c:do_exit' } },
  },
});

const known = new Map<string, SlotPhase>();

/**
 * The phase after `event`, as XState says; asked once for each pair and remembered.
 *
 * @throws when the phase has no answer to the event: a broken invariant of ours
 */
export function nextSlotPhase(phase: SlotPhase, event: SlotEvent): SlotPhase {
  const key = `${phase} ${event}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const at = slotMachine.resolveState({ value: phase });
  if (!at.can({ type: event })) throw new Error(`invariant: a slot that is ${phase} has no answer to "${event}"`);
  const [snapshot] = transition(slotMachine, at, { type: event });
  const after = snapshot.value as SlotPhase;
  known.set(key, after);
  return after;
}
