/**
 * How a lifecycle is written: an XState machine configuration whose states are the phases an expert would name, each with one
 * entry action. The action says what the phase does to the world and answers with the name of an event; the configuration says
 * which phase follows. Nothing else decides: reading the configuration is reading the order of the real code.
 *
 * The interpreter asks XState's pure `transition` once for each (phase, event) and keeps the answer, since guards here are
 * events and a phase's successor therefore depends on nothing else. What can go wrong: an event that a phase does not handle
 * would be ignored by XState; here it is a broken invariant and throws.
 */
import { type AnyStateMachine, initialTransition, setup, transition } from 'xstate';
import type { Cpu } from './cpu.js';

/** What a phase answers: the name of an event, a procedure to call first (then the event is `returned`), or "cannot go now". */
export type Outcome = string | Call | typeof blocked;

/** Call a lifecycle by name; it gets its own frame with this context. A lower floor names an upper one this way. */
export interface Call {
  readonly call: string;
  readonly ctx: object;
}

/** The phase cannot go on: somebody else must act first. Only a visible phase may answer so. */
export const blocked = Symbol('blocked');

/** A phase: the real function it stands for, what follows each answer, and whether others can see that it is about to act. */
export interface Phase {
  /** `file:function` in glibc or Linux, or a reference to the written record. */
  readonly source: string;
  readonly on: Readonly<Record<string, string>>;
  /** A system call, a blocking point, or an access that another thread may see: a step ends before it. */
  readonly visible?: boolean;
}

type Effect<C> = (cpu: Cpu, ctx: C) => Outcome;

/** A machine of the house: its XState configuration and the effects of its phases. */
export interface Lifecycle {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly effects: Readonly<Record<string, Effect<never>>>;
}

/** The final phase that every lifecycle has; reaching it returns to the caller. */
export const done = 'done';

/**
 * Build a lifecycle from its phases; the first phase listed is the initial one.
 *
 * @typeParam C the frame's own small context
 */
export function lifecycle<C, P extends string = string>(
  name: string,
  phases: Readonly<Record<P, Phase>>,
  effects: { readonly [K in P]: Effect<C> },
): Lifecycle {
  const names = Object.keys(phases) as P[];
  const states: Record<string, object> = { [done]: { type: 'final' } };
  for (const phase of names) {
    const { source, on, visible } = phases[phase];
    states[phase] = { entry: { type: phase }, on, tags: visible === true ? ['visible'] : [], meta: { source } };
  }
  const inert = Object.fromEntries(names.map((phase) => [phase, () => undefined]));
  const machine = setup({ actions: inert }).createMachine({ id: name, initial: names[0] ?? done, states });
  return { name, machine, effects };
}

/** A phase as the interpreter needs it. */
export interface Node {
  readonly phase: string;
  readonly visible: boolean;
  readonly final: boolean;
}

const tables = new WeakMap<Lifecycle, Map<string, Node>>();

function tableOf(l: Lifecycle): Map<string, Node> {
  let table = tables.get(l);
  if (table === undefined) {
    table = new Map();
    tables.set(l, table);
  }
  return table;
}

function nodeOf(snapshot: { value: unknown; status: string; hasTag(tag: string): boolean }): Node {
  return { phase: String(snapshot.value), visible: snapshot.hasTag('visible'), final: snapshot.status === 'done' };
}

function at(l: Lifecycle, phase: string) {
  return l.machine.resolveState({ value: phase, context: {} });
}

/** The phase in which a frame of this lifecycle begins. */
export function firstNode(l: Lifecycle): Node {
  const table = tableOf(l);
  const known = table.get('');
  if (known !== undefined) return known;
  const [snapshot] = initialTransition(l.machine);
  const node = nodeOf(snapshot);
  table.set('', node);
  return node;
}

/** The phase that follows `event` in `phase`, as XState's own `transition` says. */
export function nextNode(l: Lifecycle, phase: string, event: string): Node {
  const table = tableOf(l);
  const key = `${phase} ${event}`;
  const known = table.get(key);
  if (known !== undefined) return known;
  const before = at(l, phase);
  if (!before.can({ type: event }))
    throw new Error(`invariant: ${l.name} has no answer to "${event}" in phase "${phase}"`);
  const [snapshot] = transition(l.machine, before, { type: event });
  const node = nodeOf(snapshot);
  table.set(key, node);
  return node;
}

/** Whether a frame in this phase is about to do something others can see. */
export function isVisible(l: Lifecycle, phase: string): boolean {
  const table = tableOf(l);
  const key = `?${phase}`;
  const known = table.get(key);
  if (known !== undefined) return known.visible;
  const node = nodeOf(at(l, phase));
  table.set(key, node);
  return node.visible;
}
