/**
 * The form of a property: its sentence, who argued it, what exactly is observed, and a watcher that is shown the events of a run
 * and says at which one the property breaks. What a watcher may see of the state beside an event is a look, which it asks for.
 *
 * What can go wrong: a watcher that remembers more than it needs. Its memory becomes part of every state of a search, so it holds
 * no count and no moment, and forgets what can no longer matter; and what it remembers of one thread it keeps apart from the others,
 * or every step of any thread would touch every other.
 */
import type { KernelFeatures } from '../kernel/features.js';
import type { World } from '../scenario/world-schema.js';
import type { RseqSemantics } from './semantics.js';

/** What the state says beside an event; each look is there only for properties that ask for it, and never of a recording. */
export interface Looks {
  /** The acting thread's registration: whether its area is mapped, the object it belongs to is, and where `rseq_cs` points. */
  readonly slot?: { readonly mapped: boolean; readonly owned: boolean; readonly section: 'none' | 'points' } | null;
  /** The libc of the namespace in which the event's object lives; null outside of any. */
  readonly libc?: { readonly base: boolean; readonly initial: boolean; readonly told: number } | null;
  /** How many storages the objects of the base namespace and the writers mean by one name of rseq, by name. */
  readonly storages?: { readonly [name: string]: number };
  /** Of an event that reads an area: whether it is the one that the base libc means; null when either has none. */
  readonly reads?: 'same' | 'another' | null;
}

export type Look = keyof Looks;

/** An event as a property sees it: threads by number (1 is the main thread), not yet renumbered for a recording. */
export interface WatchedEvent {
  readonly t: number;
  readonly obj: string;
  readonly kind: string;
  readonly detail?: string;
  readonly result?: string;
  /** A clone's new thread. */
  readonly names?: number;
  /** A registration by libc that worked: namespace of the area's object, and of the libc that made the thread; 0 is the base. */
  readonly ns?: { readonly area: number; readonly thread: number };
  readonly looks?: Looks;
}

/** What is fixed in a world and decides whether a property applies. */
export interface WorldFacts {
  readonly semantics: RseqSemantics;
  readonly world: World;
  /** Every action of the world that concerns rseq is of these names, and was woven in for claimants too; `claimant C-06` as well. */
  readonly rseqActions: ReadonlySet<string>;
  /** The kernel, where it is known. */
  readonly kernel?: KernelFeatures;
  /** The loader initialises each libc early. */
  readonly earlyInit?: boolean;
}

/** A JSON value. `broken` is kept for "it has happened". */
export type Memory = string | number | boolean | null | readonly Memory[] | { readonly [key: string]: Memory };

export const broken = 'broken';

/** What a watcher remembers of single threads, by number. */
export interface ThreadMemories {
  /** null when nothing is remembered. */
  of(thread: number): Memory;
  /** From here on `memory` is remembered; null forgets. */
  keep(thread: number, memory: Memory): void;
  /** Nothing is remembered of any thread from here on. */
  forgetAll(): void;
}

export interface Property {
  readonly id: string;
  readonly name: string;
  readonly statement: string;
  readonly who: string;
  readonly where: string;
  readonly source: string;
  /** What is observed, in which worlds, and what breaks it. */
  readonly observed: string;
  /** Of a property that something comes at last: how a finite run decides it. */
  readonly liveness?: string;
  readonly looks?: readonly Look[];
  /** What the watcher remembers of the whole run before the first event; of single threads it remembers nothing then. */
  readonly begin: Memory;
  /** Show the next event; what is remembered of the run from here on, or `broken` when this event breaks the property. */
  readonly observe: (memory: Memory, event: WatchedEvent, facts: WorldFacts, threads: ThreadMemories) => Memory;
  /** The event to blame when the property broke at `at`: its index. Without it, the breaking event itself. */
  readonly culprit?: (events: readonly WatchedEvent[], at: number) => number;
}

export interface RseqEvent {
  readonly command: 'register' | 'unregister';
  readonly worked: boolean;
}

/** The rseq system call that an event stands for; undefined when it is another event. */
export function rseqCall(event: WatchedEvent): RseqEvent | undefined {
  if (event.kind !== 'rseq') return undefined;
  const [word = ''] = (event.detail ?? '').split(' ');
  const command = word === 'unregister' ? 'unregister' : 'register';
  return { command, worked: event.result === '0' };
}

/** A registration that worked. */
export function registers(event: WatchedEvent): boolean {
  const call = rseqCall(event);
  return call?.command === 'register' && call.worked;
}

/** An unregistration that worked. */
export function unregisters(event: WatchedEvent): boolean {
  const call = rseqCall(event);
  return call?.command === 'unregister' && call.worked;
}

export function isStatic({ world }: WorldFacts): boolean {
  return world.exe.kind === 'static' || world.exe.kind === 'static-pie';
}

/** `glibc.pthread.rseq=0` in a program that may have tunables. */
export function switchedOff({ world }: WorldFacts): boolean {
  return world.secure !== true && world.tunables?.['glibc.pthread.rseq'] === '0';
}

/** Libc in the base namespace means to register the main thread: the semantics says so, and no tunable forbids it. */
export function libcIntends(facts: WorldFacts): boolean {
  const { semantics } = facts;
  if (semantics.tunable && switchedOff(facts)) return false;
  return (isStatic(facts) ? semantics.staticAt : semantics.mainAt) !== 'never';
}

/** The call is not there, or is forbidden: an answer that says so, or a filter that was installed. */
export function kernelSaysNo(event: WatchedEvent, { kernel }: WorldFacts): boolean {
  if (kernel !== undefined && kernel.call !== 'present') return true;
  if (event.kind === 'seccomp') return true;
  return event.kind === 'rseq' && ['ENOSYS', 'EPERM', 'EACCES'].includes(event.result ?? '');
}

/** Libc took the refusal `EBUSY` for success: somebody registered its own area before. */
export function adopts(event: WatchedEvent, { semantics }: WorldFacts): boolean {
  if (event.obj !== 'libc' || event.result !== 'EBUSY' || rseqCall(event)?.command !== 'register') return false;
  return (event.t === 1 ? semantics.onMainRefusal : semantics.onThreadRefusal) === 'mark-unless-busy';
}

/** The thread that a fork begins, where the event is one. */
export function forked({ kind, names, detail }: WatchedEvent): number | undefined {
  return kind === 'clone' && detail?.endsWith('fork') === true ? names : undefined;
}

export function without<T>(map: { readonly [key: string]: T }, key: string): { readonly [key: string]: T } {
  if (!Object.hasOwn(map, key)) return map;
  return Object.fromEntries(Object.entries(map).filter(([each]) => each !== key));
}

/** Who holds the registration of a thread, and who relies on it beside him; null when nobody does. */
export type Held = { readonly by: string; readonly sharers: readonly string[] } | null;

/** Who holds the thread of the event after it, by nothing but working calls. */
export function heldAfter(held: Held, event: WatchedEvent): Held {
  if (event.kind === 'exit_thread' || unregisters(event)) return null;
  return registers(event) ? { by: event.obj, sharers: [] } : held;
}

/** Who holds which thread, kept up with nothing but working calls; a forked child begins with its parent's registration. */
export function hold(threads: ThreadMemories, event: WatchedEvent): void {
  const held = threads.of(event.t) as Held;
  const child = forked(event);
  if (child !== undefined) threads.keep(child, held);
  threads.keep(event.t, heldAfter(held, event));
}

/** An event that reads what rseq says: somebody uses it here. */
export function isUse({ kind }: WatchedEvent): boolean {
  return kind === 'rseq_info' || kind === 'handled_info';
}

/** A claimant's answer that it was refused and goes on without. */
export function saysRefused({ kind, detail, result }: WatchedEvent): boolean {
  if (kind === 'claim_note' || kind === 'claim_busy_ok') return detail === 'failed';
  return kind === 'claimant' && result === 'refused' && detail?.endsWith(' register') === true;
}
