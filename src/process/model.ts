/**
 * A described program as a model: its threads are the actors, and one step takes a thread to its next visible point. This is
 * what the explorer is given, and what a single run walks.
 *
 * What can go wrong: naming an actor by anything but its thread's number, which is given out in the order of creation and so is
 * the same in every run of the same schedule.
 */
import type { Actor, ComponentKey, Model, View } from '../explore/model.js';
import { isStatic, type Program, programOf } from '../libc/program.js';
import { idsOf, type ProcessEnd, processEndOf, processOf, tcbOf } from '../libc/state.js';
import { rtldFrame } from '../loader/rtld.js';
import { keyOf } from '../machine/component.js';
import { type Cpu, type Stack, stackOf } from '../machine/cpu.js';
import { firstNode } from '../machine/lifecycle.js';
import { stepThread } from '../machine/step.js';
import { actionsOf } from '../scenario/names.js';
import { ownGate } from './gates.js';
import { lifecycles } from './lifecycles.js';
import { awaitsSignal, deliverSignal, letsSignalsIn } from './signals.js';

/** The name of a thread as an actor: `main`, or `t` and its number. */
export function actorName(thread: number): string {
  return thread === 1 ? 'main' : `t${thread}`;
}

/** The number of the thread that an actor is. */
export function threadOf(actor: Actor): number {
  return actor.name === 'main' ? 1 : Number(actor.name.slice(1));
}

/** The world before the first instruction of the first process. */
export function initialWorld(program: Program): Map<ComponentKey, unknown> {
  const name = isStatic(program) ? 'startStatic' : 'rtld';
  const machine = lifecycles.get(name);
  if (machine === undefined) throw new Error(`invariant: no lifecycle is called "${name}"`);
  const ctx = isStatic(program) ? { at: 0 } : rtldFrame();
  const frame = { machine: name, phase: firstNode(machine).phase, ctx };
  return new Map<ComponentKey, unknown>([
    [keyOf(idsOf, 0), { next: 1, processes: [1] }],
    [keyOf(processOf, 1), { parent: 0, threads: [1] }],
    [keyOf(stackOf, 1), { process: 1, frames: [frame], value: null, visitor: 0, gone: false }],
    [keyOf(tcbOf, 1), { ...tcbOf.initial, slot: 1, isMain: true }],
  ]);
}

interface Ids {
  processes: readonly number[];
}

interface ProcessView {
  threads: readonly number[];
}

/** How a process ended; null while it runs. */
function endOfProcess(world: { get(key: ComponentKey): unknown }, pid: number): ProcessEnd | null {
  const { end } = (world.get(keyOf(processEndOf, pid)) ?? processEndOf.initial) as { end: ProcessEnd | null };
  return end;
}

/** Threads that exist, lowest number first; none of a process that has ended. */
function liveThreads(view: View): number[] {
  const ids = view.get(keyOf(idsOf, 0)) as Ids;
  const threads = ids.processes.flatMap((pid) => {
    const process = view.get(keyOf(processOf, pid)) as ProcessView;
    return endOfProcess(view, pid) === null ? process.threads : [];
  });
  return [...threads].sort((a, b) => a - b);
}

/** Who can act in a program that has started: its threads. */
export function threadActors(view: View): Actor[] {
  return liveThreads(view).map((thread) => ({
    name: actorName(thread),
    cls: 'thread',
    own: [keyOf(stackOf, thread)],
  }));
}

const signalled = new WeakMap<object, ReadonlySet<string>>();

/** Names of the threads that others of the program send signals. */
function targetsOf({ world }: Program): ReadonlySet<string> {
  const known = signalled.get(world);
  if (known !== undefined) return known;
  const objects = [world.exe, ...Object.values(world.objects)];
  const actions = objects.flatMap((object) => actionsOf(object));
  const targets = new Set(actions.flatMap(({ action }) => (action.op === 'signal' ? [action.thread] : [])));
  signalled.set(world, targets);
  return targets;
}

/** Code of the program: not libc's and not the loader's, whose steps nobody can tell from outside. */
const ownCode: ReadonlySet<string> = new Set(['function', 'threadBody', 'claimant']);

/** In code of a thread that signals are sent to: one may come between any two actions, and before the first. */
function maySignalCome(cpu: Cpu): boolean {
  if (!ownCode.has(cpu.stack.frames.at(-1)?.machine ?? '')) return false;
  const [, name] = ownGate(cpu)?.split(':') ?? [];
  return name !== undefined && targetsOf(programOf(cpu)).has(name);
}

/** One step of one thread of a program; false when it cannot go, as one that does not exist yet or any more cannot. */
export function stepProgram(program: Program, actor: Actor, view: View): boolean {
  const thread = threadOf(actor);
  const stack = view.get(keyOf(stackOf, thread)) as Stack | undefined;
  if (stack === undefined || endOfProcess(view, stack.process) !== null) return false;
  if (targetsOf(program).size === 0) return stepThread(thread, view, program, lifecycles);
  if (!awaitsSignal(thread, view)) return stepThread(thread, view, program, lifecycles, maySignalCome);
  return deliverSignal(thread, view, program) || stepThread(thread, view, program, lifecycles, letsSignalsIn);
}

/** The model of one program. */
export function modelOf(program: Program): Model {
  return {
    initial: initialWorld(program),
    actors: threadActors,
    step: (actor, view) => stepProgram(program, actor, view),
  };
}

/** How the first process ended, as the event stream says it; null while it runs. */
export function endOf(world: { get(key: ComponentKey): unknown }): string | null {
  const end = endOfProcess(world, 1);
  return end === null ? null : `${end.how} ${end.what}`;
}
