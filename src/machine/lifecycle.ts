/**
 * How a lifecycle is written: an XState machine configuration whose states are the phases an expert would name, each with one
 * entry action. The action says what the phase does to the world and answers with the name of an event; the configuration says
 * which phase follows. Nothing else decides: reading the configuration is reading the order of the real code.
 *
 * The interpreter asks the machine that XState made of the configuration once for each (phase, event) and keeps the answer, since
 * guards here are events and a phase's successor therefore depends on nothing else. What can go wrong: an event that a phase does
 * not handle would be ignored by XState; here it is a broken invariant and throws. And an interpreter with its own idea of a
 * configuration: a test holds it to XState's `transition` in every phase of every lifecycle.
 */
import { type AnyStateMachine, setup } from 'xstate';
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
  let machine: AnyStateMachine | undefined;
  return {
    name,
    effects,
    get machine() {
      machine ??= configured(name, phases);
      return machine;
    },
  };
}

/** The configuration of these phases as XState takes it; built when first asked for, since most runs meet few lifecycles. */
function configured(name: string, phases: Readonly<Record<string, Phase>>): AnyStateMachine {
  const names = Object.keys(phases);
  const states: Record<string, object> = { [done]: { type: 'final' } };
  for (const [phase, { source, on, visible }] of Object.entries(phases)) {
    states[phase] = { entry: { type: phase }, on, tags: visible === true ? ['visible'] : [], meta: { source } };
  }
  const inert = Object.fromEntries(names.map((phase) => [phase, () => undefined]));
  return setup({ actions: inert }).createMachine({ id: name, initial: names[0] ?? done, states });
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

function nodeOf({ key, tags, type }: { key: string; tags: readonly string[]; type: string }): Node {
  return { phase: key, visible: tags.includes('visible'), final: type === 'final' };
}

/** The phase in which a frame of this lifecycle begins. */
export function firstNode(l: Lifecycle): Node {
  const table = tableOf(l);
  const known = table.get('');
  if (known !== undefined) return known;
  const first = l.machine.root.initial.target[0];
  if (first === undefined) throw new Error(`invariant: ${l.name} has no first phase`);
  const node = nodeOf(first);
  table.set('', node);
  return node;
}

/** The phase that follows `event` in `phase`, as XState's own `transition` says. */
export function nextNode(l: Lifecycle, phase: string, event: string): Node {
  const table = tableOf(l);
  const key = `${phase} ${event}`;
  const known = table.get(key);
  if (known !== undefined) return known;
  const after = l.machine.states[phase]?.on[event]?.[0]?.target?.[0];
  if (after === undefined) throw new Error(`invariant: ${l.name} has no answer to "${event}" in phase "${phase}"`);
  const node = nodeOf(after);
  table.set(key, node);
  return node;
}

/** Whether a frame in this phase is about to do something others can see. */
export function isVisible(l: Lifecycle, phase: string): boolean {
  return l.machine.states[phase]?.tags.includes('visible') === true;
}
