/**
 * What must never happen to rseq, as data: each property with its sentence, who argued it, and a watcher that reads the events of
 * a run and says at which one the property breaks. Numbers are those of the record of proposals.
 *
 * What can go wrong: a watcher that remembers more than it needs. Its memory becomes part of every state of a search, so it holds
 * no count and no moment, and forgets what can no longer matter.
 */
import type { World } from '../scenario/world-schema.js';
import type { RseqSemantics } from './semantics.js';

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
}

/** What is fixed in a world and decides whether a property applies. */
export interface WorldFacts {
  readonly semantics: RseqSemantics;
  readonly world: World;
  /** Every action of the world that concerns rseq is of these names, and was woven in for claimants too. */
  readonly rseqActions: ReadonlySet<string>;
}

/** A JSON value. `broken` is kept for "it has happened". */
export type Memory = string | number | boolean | null | readonly Memory[] | { readonly [key: string]: Memory };

export const broken = 'broken';

export interface Property {
  readonly id: string;
  readonly name: string;
  readonly statement: string;
  readonly who: string;
  readonly where: string;
  readonly source: string;
  /** What the watcher remembers before the first event. */
  readonly begin: Memory;
  /** Show the next event; what is remembered from here on, or `broken` when this event breaks the property. */
  readonly observe: (memory: Memory, event: WatchedEvent, facts: WorldFacts) => Memory;
  /** The event to blame when the property broke at `at`: its index. Without it, the breaking event itself. */
  readonly culprit?: (events: readonly WatchedEvent[], at: number) => number;
}

interface RseqEvent {
  readonly command: 'register' | 'unregister';
  readonly worked: boolean;
}

function rseqCall(event: WatchedEvent): RseqEvent | undefined {
  if (event.kind !== 'rseq') return undefined;
  const [word = ''] = (event.detail ?? '').split(' ');
  const command = word === 'unregister' ? 'unregister' : 'register';
  return { command, worked: event.result === '0' };
}

function isStatic({ world }: WorldFacts): boolean {
  return world.exe.kind === 'static' || world.exe.kind === 'static-pie';
}

/** Libc in the base namespace means to register the main thread: the semantics says so, and no tunable forbids it. */
export function libcIntends(facts: WorldFacts): boolean {
  const { semantics, world } = facts;
  if (semantics.tunable && world.tunables?.['glibc.pthread.rseq'] === '0') return false;
  return (isStatic(facts) ? semantics.staticAt : semantics.mainAt) !== 'never';
}

/**
 * P-01. Observed at D11, which shows in the events as the first of: libc's own call for the main thread where the semantics makes
 * it in `__libc_start_main`; DT_INIT, a constructor or `main` of the executable. Broken when the main thread's registration is
 * then one that an object other than libc made and has not taken back, in a world where libc means to own. Whoever made the call
 * counts as the owner, also when the area is the shared `__rseq_abi` and libc would adopt it.
 */
const noSilentTakeover: Property = {
  id: 'P-01',
  name: 'no-silent-takeover',
  statement:
    'whenever libc in the base namespace means to own rseq, nobody else holds the slot of the main thread when __libc_start_main is entered',
  who: 'Desnoyers',
  where: 'seed thread 2019-09-13; linux-api 2019-05-31 and 2019-06-04',
  source: 'ownership-proposals P-01',
  begin: '',
  observe(memory, event, facts) {
    if (memory === 'passed' || event.t !== 1) return memory;
    if (!libcIntends(facts)) return 'passed';
    const call = rseqCall(event);
    const own = ['init', 'ctor', 'main'].includes(event.kind) && event.obj === 'exe';
    const libcAtStart = call?.command === 'register' && event.obj === 'libc' && facts.semantics.mainAt === 'start-main';
    if (own || (libcAtStart && !isStatic(facts))) return memory === '' || memory === 'libc' ? 'passed' : broken;
    if (call?.worked !== true) return memory;
    return call.command === 'register' ? event.obj : '';
  },
  culprit(events, at) {
    for (let i = at; i >= 0; i--) {
      const event = events[i];
      const call = event === undefined ? undefined : rseqCall(event);
      if (event?.t === 1 && call?.worked === true && call.command === 'register') return i;
    }
    return at;
  },
};

/**
 * P-02. Observed at each registration by libc that works, in the main thread and in threads that the base libc made (a thread made
 * through an inner libc is that libc's own and does not count). Broken when the area registered is a variable of another namespace.
 */
const outermostOwner: Property = {
  id: 'P-02',
  name: 'outermost-owner',
  statement:
    "if any libc owns the slot of a thread of the base program, it is the base libc with its own area, never an auditor's or a dlmopened one",
  who: 'Weimer',
  where: 'seed thread 2019-09-11; linux-api 2019-06-04 and 2020-04-27',
  source: 'ownership-proposals P-02',
  begin: '',
  observe(memory, event) {
    const { ns } = event;
    if (ns === undefined || event.obj !== 'libc') return memory;
    const ofBaseProgram = event.t === 1 || ns.thread === 0;
    return ofBaseProgram && ns.area !== 0 ? broken : memory;
  },
};

/** Events with which user code begins, other than a resolver; what a resolver calls begins with none of them. */
const beginnings: ReadonlySet<string> = new Set(['preinit', 'init', 'ctor', 'main', 'thread.begin']);

/**
 * P-05. Observed in a world where libc means to own, until libc's first call for the main thread, whatever its answer. Broken by
 * the first user code before it that is no IFUNC resolver: a constructor, DT_INIT, preinit entry, thread body or `main`, or a
 * callback of an audit module.
 */
const userCodeAfterInit: Property = {
  id: 'P-05',
  name: 'user-code-after-init',
  statement: "no user code except IFUNC resolvers runs before libc's registration point",
  who: 'Weimer',
  where: 'seed thread 2019-09-13; linux-api 2020-04-30',
  source: 'ownership-proposals P-05',
  begin: '',
  observe(memory, event, facts) {
    if (memory === 'passed') return memory;
    if (!libcIntends(facts)) return 'passed';
    if (event.t === 1 && event.obj === 'libc' && event.kind === 'rseq') return 'passed';
    const isUserCode = beginnings.has(event.kind) || event.kind.startsWith('la_');
    return isUserCode ? broken : memory;
  },
};

/** Of each thread that has a registration: who made it, and who relies on it because EBUSY counts as success for him. */
type Holders = { readonly [thread: string]: { readonly by: string; readonly sharers: readonly string[] } };

function without(holders: Holders, thread: number): Holders {
  return Object.fromEntries(Object.entries(holders).filter(([t]) => t !== String(thread)));
}

function sharing(holders: Holders, { t, obj }: WatchedEvent): Holders {
  const held = holders[t];
  if (held === undefined || held.by === obj || held.sharers.includes(obj)) return holders;
  return { ...holders, [t]: { by: held.by, sharers: [...held.sharers, obj].sort() } };
}

function released(holders: Holders, event: WatchedEvent, worked: boolean): Holders | typeof broken {
  const held = holders[event.t];
  if (!worked) return event.obj === 'libc' ? broken : holders;
  if (held === undefined || held.by !== event.obj || held.sharers.length > 0) return broken;
  return without(holders, event.t);
}

/**
 * P-09. Observed at each unregistration. Broken when one works that was called by somebody else than the party whose registration
 * of that thread worked; when one works while another party relies on the registration (libc that adopted it on EBUSY, a claimant
 * that takes EBUSY for success); and when libc's own fails, since then somebody released before it. A vain attempt of a library
 * whose own registration failed changes nothing and breaks nothing.
 */
const balanced: Property = {
  id: 'P-09',
  name: 'balanced',
  statement:
    "a thread's slot is released at most once, by its owner, never by a party whose registration failed, and nobody relies on it after that",
  who: 'Weimer, Desnoyers',
  where: 'seed thread 2019-09-11; linux-kernel 2020-02-21',
  source: 'ownership-proposals P-09',
  begin: {},
  observe(memory, event, { semantics }) {
    const holders = memory as Holders;
    const call = rseqCall(event);
    if (event.kind === 'exit_thread') return without(holders, event.t);
    if (event.kind === 'clone' && event.names !== undefined && event.detail?.endsWith('fork') === true) {
      const held = holders[event.t];
      return held === undefined ? holders : { ...holders, [event.names]: held };
    }
    if (event.kind === 'claim_busy_ok' && event.detail === 'busy') return sharing(holders, event);
    if (call === undefined) return holders;
    if (call.command === 'unregister') return released(holders, event, call.worked);
    if (call.worked) return { ...holders, [event.t]: { by: event.obj, sharers: [] } };
    const onRefusal = event.t === 1 ? semantics.onMainRefusal : semantics.onThreadRefusal;
    const adopts = event.obj === 'libc' && event.result === 'EBUSY' && onRefusal === 'mark-unless-busy';
    return adopts ? sharing(holders, event) : holders;
  },
};

/** Actions that no documentation of their time allows: a call without a question, and EBUSY taken for success. */
const undocumented: readonly string[] = ['rseq', 'claim_busy_ok'];

/**
 * P-24. Observed in worlds whose every action about rseq is a documented use: a protocol that asks first (the flag, cpu_id, the
 * size) or that takes a refusal for an answer. Broken when a process dies by SIGABRT, unless libc said that it gives up for a
 * reason that has nothing to do with rseq.
 */
const noFatalInLegitWorld: Property = {
  id: 'P-24',
  name: 'no-fatal-in-legit-world',
  statement: 'a world that contains only documented uses never aborts',
  who: 'Desnoyers',
  where: 'linux-api 2020-04-30, asking in which scenario EBUSY can occur',
  source: 'ownership-proposals P-24',
  begin: '',
  observe(memory, event, { rseqActions }) {
    if (memory === 'passed' || event.obj !== 'process') return memory;
    if (undocumented.some((op) => rseqActions.has(op))) return 'passed';
    if (event.kind === 'stderr') return /rseq/.test(event.detail ?? '') ? memory : 'passed';
    const died = (event.kind === 'signal' || event.kind === 'killed') && event.result === 'SIGABRT';
    return died ? broken : memory;
  },
};

export const properties: readonly Property[] = [
  noSilentTakeover,
  outermostOwner,
  userCodeAfterInit,
  balanced,
  noFatalInLegitWorld,
];

/** The property of that number; undefined when there is none. */
export function propertyNamed(id: string): Property | undefined {
  return properties.find((property) => property.id === id);
}

/** Where a property breaks in a run and which event is to blame, as indices; null when it holds. */
export function breachOf(
  property: Property,
  events: readonly WatchedEvent[],
  facts: WorldFacts,
): { readonly at: number; readonly culprit: number } | null {
  let memory = property.begin;
  for (const [at, event] of events.entries()) {
    memory = property.observe(memory, event, facts);
    if (memory === broken) return { at, culprit: property.culprit?.(events, at) ?? at };
  }
  return null;
}
