/**
 * The interpreter: takes one thread from one visible point to just before the next. It knows frames and phases, and nothing of
 * what they mean.
 *
 * What can go wrong: a procedure that loops without a visible point would never end; a bound turns that into a thrown
 * invariant. A phase that blocks must be visible, otherwise half of a step would be lost: that too throws.
 */
import type { View } from '../explore/model.js';
import { Cpu, type Program } from './cpu.js';
import { blocked, firstNode, isVisible, type Lifecycle, nextNode, type Outcome } from './lifecycle.js';

/** Procedures by name: floors call upwards through this table only. */
export type Lifecycles = ReadonlyMap<string, Lifecycle>;

const runaway = 2_000_000;

/** The acting task is gone in the middle of a procedure (a signal, exit_group), or has given up: the step ends here, and what it wrote stays. */
export class TaskGone extends Error {}

/**
 * Advance `thread` by one step. False when it cannot go now; the caller then drops whatever was written.
 *
 * @param stopped asked between two phases: whether something else than the next phase comes now, so that the step ends here
 * @throws when a procedure answers with an event its phase does not know, or never reaches a visible point
 */
export function stepThread(
  thread: number,
  view: View,
  program: Program,
  lifecycles: Lifecycles,
  stopped?: (cpu: Cpu) => boolean,
): boolean {
  const cpu = new Cpu(view, program, thread);
  let moved = false;
  for (let i = 0; ; i++) {
    if (i > runaway) throw new Error(`invariant: thread ${thread} never reaches a visible point`);
    const frame = cpu.stack.frames[cpu.stack.frames.length - 1];
    if (frame === undefined || cpu.stack.gone) break;
    const machine = lifecycles.get(frame.machine);
    if (machine === undefined) throw new Error(`invariant: no lifecycle is called "${frame.machine}"`);
    if (moved && (isVisible(machine, frame.phase) || stopped?.(cpu) === true)) break;
    const depth = cpu.stack.frames.length;
    const effect = machine.effects[frame.phase];
    if (effect === undefined) throw new Error(`invariant: ${machine.name} has no effect for phase "${frame.phase}"`);
    const outcome = run(effect, cpu, frame.ctx);
    if (outcome === gone) {
      cpu.commit();
      return true;
    }
    if (outcome === blocked) {
      if (moved) throw new Error(`invariant: ${machine.name}.${frame.phase} blocks but is not visible`);
      return false;
    }
    moved = true;
    if (typeof outcome === 'object') pushCall(cpu, outcome.call, outcome.ctx, lifecycles);
    else if (cpu.stack.frames.length === depth) follow(cpu, outcome, lifecycles);
  }
  if (!moved) return false;
  cpu.commit();
  return true;
}

const gone = Symbol('gone');

function run(effect: (cpu: Cpu, ctx: never) => Outcome, cpu: Cpu, ctx: object): Outcome | typeof gone {
  try {
    return effect(cpu, ctx as never);
  } catch (e) {
    if (e instanceof TaskGone) return gone;
    throw e;
  }
}

function pushCall(cpu: Cpu, name: string, ctx: object, lifecycles: Lifecycles): void {
  const callee = lifecycles.get(name);
  if (callee === undefined) throw new Error(`invariant: no lifecycle is called "${name}"`);
  cpu.push({ call: name, ctx }, firstNode(callee).phase);
}

/** Give the top frame its event; when it ends, its caller continues with `returned`. */
function follow(cpu: Cpu, event: string, lifecycles: Lifecycles): void {
  let answer = event;
  for (;;) {
    const frame = cpu.stack.frames[cpu.stack.frames.length - 1];
    if (frame === undefined) return;
    const machine = lifecycles.get(frame.machine);
    if (machine === undefined) throw new Error(`invariant: no lifecycle is called "${frame.machine}"`);
    const node = nextNode(machine, frame.phase, answer);
    if (!node.final) {
      frame.phase = node.phase;
      return;
    }
    const ended = cpu.stack.frames.pop();
    if (ended?.interrupted !== undefined) {
      cpu.stack.value = ended.interrupted.value;
      return;
    }
    answer = 'returned';
  }
}
