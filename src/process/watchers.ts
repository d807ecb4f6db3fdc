/**
 * Predicates, orders and properties of a scenario, watched while its model runs: each has a component of its own, brought up to
 * date by the step whose events concern it. So what has been seen is part of a state, and a search can ask it of every state.
 *
 * What can go wrong: a component that remembers what no longer matters; two states that behave the same then count as two. An
 * event is shown only to those whom it may concern, so that a step depends on no watcher without need.
 */
import type { ComponentKey, Model, View } from '../explore/model.js';
import { tlsAddress, tlsOf } from '../libc/memory.js';
import { idsOf, libcsOf, processEndOf, taskOf, tcbOf } from '../libc/state.js';
import type { RawEvent } from '../libc/trace.js';
import { loaderOf } from '../loader/linkmap.js';
import { type Component, keyOf } from '../machine/component.js';
import {
  broken,
  type Memory,
  type Property,
  propertyNamed,
  type ThreadMemories,
  type WatchedEvent,
  type WorldFacts,
} from '../rseq/properties.js';
import { actionsOf } from '../scenario/names.js';
import type { NamedPredicate, OrderToken, Predicate, RecordedEvent, Scenario } from '../scenario/schema.js';
import { holds, observe, observeViolation, type Watch, watch } from '../scenario/watch.js';
import { memberOf, type ProgramMember } from './members.js';
import { follow, orderBegun, type Progress } from './orders.js';
import { looksAt } from './watchers-looks.js';

export interface WatchedPredicate extends NamedPredicate {
  readonly word: 'forbidden' | 'required' | 'allowed';
  readonly key: ComponentKey;
}

export interface WatchedOrder {
  readonly tokens: readonly OrderToken[];
  readonly key: ComponentKey;
}

export interface Watching {
  readonly predicates: readonly WatchedPredicate[];
  readonly orders: readonly WatchedOrder[];
  readonly properties: readonly Property[];
}

type Seen = Watch['seen'];
type Names = Pick<Watch, 'names' | 'creating'>;

/** Names that the program gave its threads; kept only where a predicate speaks of a thread other than main. */
const namesKey: ComponentKey = 'watch/threads';

const mainOnly: Names = { names: { 1: 'main' }, creating: {} };

function propertyKey(property: Property): ComponentKey {
  return `watch/${property.id}`;
}

type Atom = Exclude<Predicate, { is: 'before' | 'not' | 'and' | 'or' }>;

/** The atoms of a predicate. */
export function atomsOf(predicate: Predicate): Atom[] {
  switch (predicate.is) {
    case 'not':
      return atomsOf(predicate.that);
    case 'before':
      return [...atomsOf(predicate.first), ...atomsOf(predicate.later)];
    case 'and':
    case 'or':
      return [...atomsOf(predicate.left), ...atomsOf(predicate.right)];
    default:
      return [predicate];
  }
}

/** What a scenario has to have watched; properties besides those it names may be asked for by id. */
export function watchingOf(scenario: Scenario, more: readonly string[] = []): Watching {
  const words = ['forbidden', 'required', 'allowed'] as const;
  const predicates = words.flatMap((word) =>
    scenario[word].map((named, i): WatchedPredicate => ({ ...named, word, key: `watch/${word}.${i}` })),
  );
  const named = predicates.flatMap(({ that }) => atomsOf(that).flatMap((a) => (a.is === 'property' ? [a.id] : [])));
  const ids = [...new Set([...named, ...more])].sort();
  return {
    predicates,
    orders: scenario.order.map((tokens, i) => ({ tokens, key: `watch/order.${i}` })),
    properties: ids.flatMap((id) => propertyNamed(id) ?? []),
  };
}

/** Properties that a scenario speaks of and nobody has defined. */
export function undefinedProperties(scenario: Scenario): string[] {
  const spoken = [...scenario.forbidden, ...scenario.required, ...scenario.allowed];
  const ids = spoken.flatMap(({ that }) => atomsOf(that).flatMap((a) => (a.is === 'property' ? [a.id] : [])));
  return [...new Set(ids)].filter((id) => propertyNamed(id) === undefined).sort();
}

function namesThreads(watching: Watching): boolean {
  return watching.predicates.some(({ that }) => atomsOf(that).some((a) => 'thread' in a && a.thread !== 'main'));
}

/** Whether an event can change what has been seen of an atom; it may err on the side of yes. */
function concerns(atom: Atom, event: RawEvent): boolean {
  switch (atom.is) {
    case 'ran':
      return event.obj === atom.obj && event.kind === atom.kind;
    case 'owned':
    case 'libc':
    case 'rseq':
      return event.kind === 'rseq';
    case 'ends':
      return event.kind === 'end';
    case 'property':
      return false;
  }
}

/** The event as predicates read it, its threads by the model's own numbers. */
function asRecorded(event: RawEvent): RecordedEvent {
  const { t, obj, kind, detail } = event;
  const result = event.names === undefined ? event.result : String(event.names);
  return {
    t,
    obj,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(result === undefined || result === '' ? {} : { result }),
  };
}

export const timeoutEvent: RecordedEvent = { t: 1, obj: 'process', kind: 'end', result: 'timeout' };

/** What is fixed in a member and decides which properties apply. */
export function worldFacts({ program }: ProgramMember): WorldFacts {
  const { world, rseq, kernel, release } = program;
  const actions = [world.exe, ...Object.values(world.objects)].flatMap((object) => actionsOf(object));
  const ops = actions.flatMap(({ action }) =>
    action.op === 'claimant' ? [action.op, `claimant ${action.who}`] : [action.op],
  );
  const earlyInit = release.earlyInit || rseq.mainAt === 'early-init';
  return { semantics: rseq, world, rseqActions: new Set(ops), kernel, earlyInit };
}

/** Brings the watchers up to date with the events of one step. */
class Watchers {
  readonly #threads: boolean;
  readonly #facts: readonly WorldFacts[];

  constructor(
    private readonly watching: Watching,
    private readonly members: readonly ProgramMember[],
  ) {
    this.#threads = namesThreads(watching);
    this.#facts = members.map(worldFacts);
  }

  /** Components before the first event. */
  initial(): Map<ComponentKey, unknown> {
    const { predicates, orders, properties } = this.watching;
    return new Map<ComponentKey, unknown>([
      ...(this.#threads ? [[namesKey, mainOnly] as const] : []),
      ...predicates.map(({ key, that }) => [key, watch(that).seen] as const),
      ...orders.map(({ key }) => [key, orderBegun] as const),
      ...properties.map((property) => [propertyKey(property), property.begin] as const),
    ]);
  }

  see(view: View, event: RawEvent): void {
    const names = this.#threads ? this.#named(view, event) : mainOnly;
    for (const { key, that } of this.watching.predicates) {
      if (!atomsOf(that).some((atom) => concerns(atom, event))) continue;
      const seen = view.get(key) as Seen;
      view.set(key, observe({ predicate: that, seen, ...names }, asRecorded(event)).seen);
    }
    this.#order(view, event);
    for (const property of this.watching.properties) this.#hold(view, property, event);
  }

  #named(view: View, event: RawEvent): Names {
    const before = view.get(namesKey) as Names;
    if (!['spawn', 'start', 'clone'].includes(event.kind)) return before;
    const none = watch({ is: 'property', id: '', broken: true });
    const { names, creating } = observe({ ...none, ...before }, asRecorded(event));
    const after = { names, creating };
    view.set(namesKey, after);
    return after;
  }

  #order(view: View, event: RawEvent): void {
    const { orders } = this.watching;
    if (orders.length === 0 || event.process !== 1 || !['init', 'ctor', 'dtor', 'fini', 'main'].includes(event.kind))
      return;
    for (const { key, tokens } of orders) view.set(key, follow(tokens, view.get(key) as Progress, event));
  }

  #hold(view: View, property: Property, event: RawEvent): void {
    const member = memberOf(this.members, view);
    const ofMember = member === undefined ? undefined : this.#facts[this.members.indexOf(member)];
    if (member === undefined || ofMember === undefined) return;
    const key = propertyKey(property);
    const memory = view.get(key) as Memory;
    if (memory === broken) return;
    const looks = property.looks === undefined ? {} : { looks: looksAt(view, member.program, event, property.looks) };
    const threads = threadMemories(view, key);
    const next = property.observe(memory, { ...watchedEvent(view, event), ...looks }, ofMember, threads);
    if (next === memory) return;
    view.set(key, next);
    if (next !== broken) return;
    threads.forgetAll();
    view.emit({
      t: event.t,
      process: event.process,
      obj: property.id,
      map: 0,
      kind: broken,
      via: [],
    } satisfies RawEvent);
    for (const { key: each, that } of this.watching.predicates) {
      if (!atomsOf(that).some((atom) => atom.is === 'property' && atom.id === property.id)) continue;
      const seen = view.get(each) as Seen;
      view.set(each, observeViolation({ predicate: that, seen, ...mainOnly }, property.id).seen);
    }
  }
}

/** What a property remembers of single threads, a component each; the component is absent where nothing is remembered. */
function threadMemories(view: View, of: ComponentKey): ThreadMemories {
  const keyOfThread = (thread: number): ComponentKey => `${of}/${thread}`;
  const keep = (thread: number, memory: Memory): void => {
    const key = keyOfThread(thread);
    if (memory !== null || view.get(key) !== undefined) view.set(key, memory ?? undefined);
  };
  return {
    of: (thread) => (view.get(keyOfThread(thread)) ?? null) as Memory,
    keep,
    forgetAll() {
      const { next } = read(view, idsOf, 0);
      for (let thread = 1; thread <= next; thread++) keep(thread, null);
    },
  };
}

function read<T>(view: Pick<View, 'get'>, c: Component<T>, owner: number): T {
  return (view.get(keyOf(c, owner)) ?? c.initial) as T;
}

/** The event as properties read it: a registration by libc that worked says whose variable the area is. */
export function watchedEvent(view: Pick<View, 'get'>, event: RawEvent): WatchedEvent {
  if (event.obj !== 'libc' || event.kind !== 'rseq' || event.result !== '0') return event;
  const { process } = event;
  const loader = read(view, loaderOf, process);
  const { slot: stack, libc } = read(view, tcbOf, event.t);
  const { slot } = read(view, taskOf, event.t);
  const tls = read(view, tlsOf, event.t);
  const { copies } = read(view, libcsOf, process);
  const variables = Object.values(copies).flatMap(({ abi }) => abi ?? []);
  const area = variables.find((map) => slot !== null && tlsAddress(stack, tls, `abi:${map}`) === slot.area);
  const ns = (map: number | undefined) => (map === undefined ? 0 : (loader.maps[map]?.ns ?? 0));
  return { ...event, ns: { area: ns(area), thread: ns(libc) } };
}

const firstProcessEnd = keyOf(processEndOf, 1);

/** How the first process ended, as its last event says it; undefined while it runs. */
export function endIn(view: Pick<View, 'get'>): string | undefined {
  const { end } = (view.get(firstProcessEnd) ?? processEndOf.initial) as typeof processEndOf.initial;
  return end === null ? undefined : `${end.how} ${end.what}`;
}

/** The model with its watchers: the same steps, and beside them what has been seen. */
export function watchedModel(model: Model, watching: Watching, members: readonly ProgramMember[]): Model {
  const watchers = new Watchers(watching, members);
  return {
    initial: new Map([...model.initial, ...watchers.initial()]),
    actors: (view) => model.actors(view),
    step(actor, view) {
      const { listening, heard } = listen(view);
      if (!model.step(actor, listening)) return false;
      const events = heard.ended() ? [...heard.events, endEvent(view)] : heard.events;
      for (const event of events) {
        view.emit(event);
        watchers.see(view, event);
      }
      return true;
    },
  };
}

function endEvent(view: View): RawEvent {
  return { t: 1, process: 1, obj: 'process', map: 0, kind: 'end', result: endIn(view) ?? '', via: [] };
}

interface Heard {
  readonly events: RawEvent[];
  /** The first process ended in this step. */
  ended(): boolean;
}

/** A view whose events are kept back, so that each can be told together with what it breaks. */
function listen(view: View): { readonly listening: View; readonly heard: Heard } {
  const events: RawEvent[] = [];
  let wroteProcess = false;
  const listening: View = {
    get: (key) => view.get(key),
    set(key, value) {
      if (key === firstProcessEnd) wroteProcess = true;
      view.set(key, value);
    },
    choose: (n) => view.choose(n),
    emit: (event) => void events.push(event as RawEvent),
  };
  return { listening, heard: { events, ended: () => wroteProcess && endIn(view) !== undefined } };
}

/** Whether a predicate holds of the run so far. */
export function holdsIn(view: Pick<View, 'get'>, { key, that }: WatchedPredicate): boolean {
  return holds({ predicate: that, seen: view.get(key) as Seen, ...mainOnly });
}

/** Whether a predicate holds of a run that is over; one in which nobody can go and nothing has ended is a timeout. */
export function holdsAtEnd(view: Pick<View, 'get'>, predicate: WatchedPredicate): boolean {
  if (endIn(view) !== undefined) return holdsIn(view, predicate);
  const seen = view.get(predicate.key) as Seen;
  return holds(observe({ predicate: predicate.that, seen, ...mainOnly }, timeoutEvent));
}
