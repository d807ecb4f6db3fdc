/** The slot and the task as XState drives them, beside what the procedures do. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initialTransition, transition } from 'xstate';
import {
  cloneTask,
  decideRseq,
  execTask,
  exitTask,
  freshTask,
  knownKernel,
  nextSlotPhase,
  nextTaskPhase,
  type RseqTask,
  registerRows,
  releases,
  type SlotEvent,
  slotMachine,
  slotPhase,
  type TaskEvent,
  type TaskPhase,
  taskMachine,
  unregisterRows,
} from '../../src/kernel/index.js';
import { onePage, page, S } from './bench.js';

fc.configureGlobal({ seed: 20250704 });

const calls = fc.record({
  addr: fc.constantFrom(0n, page, page + 32n, page + 64n, page + 1n, page + 0x1000n, 0xffff_8880_0000_0000n),
  len: fc.constantFrom(32, 64, 33, 16, 0xffff_ffff),
  flags: fc.constantFrom(0, 1, 0, 1, 2, 3, 0xffff_ffff),
  sig: fc.constantFrom(S, S, S + 1),
});

const steps = fc.oneof(
  { weight: 8, arbitrary: calls },
  { weight: 1, arbitrary: fc.constantFrom('fork' as const, 'vm' as const, 'exec' as const) },
);

describe('the slot machine', () => {
  test('driven by XState with the rows that answered, it is in the phase that the procedures left', () => {
    fc.assert(
      fc.property(fc.constantFrom(...releases), fc.array(steps, { maxLength: 12 }), (release, script) => {
        const kernel = knownKernel(release);
        const memory = onePage();
        let task: RseqTask = freshTask();
        let [snapshot] = initialTransition(slotMachine);
        const drive = (event: SlotEvent): void => {
          expect(snapshot.can({ type: event })).toBe(true);
          [snapshot] = transition(slotMachine, snapshot, { type: event });
        };
        for (const step of script) {
          if (step === 'exec') {
            task = execTask(task);
            drive('exec');
          } else if (step === 'fork' || step === 'vm') {
            task = cloneTask(kernel, task, step);
            drive(step === 'vm' && kernel.childDropsSlot === 'clone-vm' ? 'clone-clears' : 'clone-keeps');
          } else {
            const decision = decideRseq(kernel, task, memory, step);
            task = decision.task;
            drive(decision.row);
          }
          expect(snapshot.value).toBe(slotPhase(task));
        }
        exitTask(task);
        drive('exit');
        expect(snapshot.value).toBe('gone');
      }),
      { numRuns: 300 },
    );
  });

  test('every row of the decision procedure is an event of some phase, and of no phase that cannot give it', () => {
    const can = (phase: 'unregistered' | 'registered', type: SlotEvent) =>
      slotMachine.resolveState({ value: phase }).can({ type });
    for (const { id } of [...registerRows, ...unregisterRows]) {
      expect(can('unregistered', id) || can('registered', id)).toBe(true);
    }
    expect(can('unregistered', 'R4')).toBe(false);
    expect(can('registered', 'R5')).toBe(false);
    expect(() => nextSlotPhase('registered', 'R10')).toThrow('invariant');
  });

  test('each phase names its source', () => {
    for (const machine of [slotMachine, taskMachine]) {
      for (const node of Object.values(machine.states)) expect(node.meta).toHaveProperty('source');
    }
  });
});

const phases: readonly TaskPhase[] = ['born', 'returning', 'running', 'inSystemCall', 'signalled', 'exiting', 'dead'];
const events: readonly TaskEvent[] = [
  'scheduled',
  'system call',
  'interrupt',
  'fault',
  'call done',
  'filter kills',
  'exit',
  'work done',
  'refresh failed',
  'signal pending',
  'handler entered',
  'fatal',
  'group exit',
  'released',
];

describe('the task machine', () => {
  test('the remembered phase is the one that XState finds, for every phase and event', () => {
    for (const phase of phases) {
      for (const type of events) {
        const at = taskMachine.resolveState({ value: phase });
        if (at.can({ type })) {
          const [next] = transition(taskMachine, at, { type });
          expect(nextTaskPhase(phase, type)).toBe(next.value);
        } else expect(() => nextTaskPhase(phase, type)).toThrow('invariant');
      }
    }
  });

  test('a task meets user mode only through the return, and dies only by exiting', () => {
    const [first] = initialTransition(taskMachine);
    expect(first.value).toBe('born');
    const into = (target: TaskPhase) =>
      phases.filter((p) =>
        events.some(
          (type) => taskMachine.resolveState({ value: p }).can({ type }) && nextTaskPhase(p, type) === target,
        ),
      );
    expect(into('running')).toEqual(['returning', 'signalled']);
    expect(into('dead')).toEqual(['exiting']);
  });
});
