// Watching a predicate while a run goes by, event by event. It takes the place of a checker of logs, and it is a
// plain value, so that a search can make it part of a state. What goes wrong here: a count or a moment in that
// value, which would tell two equal situations apart for ever; so it holds only what can still matter.
import type { Predicate, RecordedEvent } from './schema.js';

/** What has been seen of a predicate: a tree of the same form. */
type Seen =
  | { readonly is: 'atom'; readonly come: boolean }
  | { readonly is: 'one'; readonly that: Seen }
  | { readonly is: 'two'; readonly left: Seen; readonly right: Seen; readonly race: Race };

/** How far `P before Q` has come: nothing yet, P was true alone, P came first, P did not. */
type Race = 'open' | 'begun' | 'won' | 'lost';

/** A predicate being watched. A JSON value; equal values behave equally from here on. */
export interface Watch {
  readonly predicate: Predicate;
  readonly seen: Seen;
  /** Threads by number, as events have them, with the names that predicates use. */
  readonly names: { readonly [t: string]: string };
  /** By creating thread: the name that the thread which it is about to create will have. */
  readonly creating: { readonly [t: string]: string };
}

type Atom = Exclude<Predicate, { is: 'before' | 'not' | 'and' | 'or' }>;

/** Atoms that say that something never happens: true until it does. */
function negative(atom: Atom): boolean {
  if (atom.is === 'owned') return atom.by === 'nobody';
  return (atom.is === 'libc' && atom.state === 'untried') || (atom.is === 'property' && !atom.broken);
}

/** Whether an rseq event is a call of this command, and whether it worked. */
function rseqCall(event: RecordedEvent, command: 'register' | 'unregister'): 'worked' | 'failed' | undefined {
  if (event.kind !== 'rseq' || event.detail?.split(' ')[0] !== command) return undefined;
  return event.result === '0' ? 'worked' : 'failed';
}

/** Whether the event is the one that an atom waits for (a negative atom: the one that refutes it). */
function matches(atom: Atom, event: RecordedEvent, thread: string | undefined): boolean {
  switch (atom.is) {
    case 'ran': {
      if (event.obj !== atom.obj || event.kind !== atom.kind) return false;
      const { detail = '', result = '' } = event;
      const described = atom.detail === undefined || detail === atom.detail || detail.startsWith(`${atom.detail} `);
      return described && (atom.result === undefined || result === atom.result);
    }
    case 'owned': {
      const whose = atom.by === 'nobody' || atom.by === event.obj;
      return whose && thread === atom.thread && rseqCall(event, 'register') === 'worked';
    }
    case 'libc': {
      if (event.obj !== 'libc' || thread !== atom.thread) return false;
      if (atom.state === 'unregistered') return rseqCall(event, 'unregister') === 'worked';
      const registered = rseqCall(event, 'register');
      if (atom.state === 'untried') return registered !== undefined;
      return registered === (atom.state === 'registered' ? 'worked' : 'failed');
    }
    case 'rseq':
      return event.kind === 'rseq' && event.obj === atom.obj && event.result === atom.result;
    case 'ends': {
      const { ending } = atom;
      const end =
        ending.how === 'exit' ? `exit ${ending.code}` : ending.how === 'signal' ? `signal ${ending.name}` : 'timeout';
      return event.obj === 'process' && event.kind === 'end' && event.result === end;
    }
    case 'property':
      return false;
  }
}

/** Truth of a predicate, given what has been seen of it. */
function truthOf(predicate: Predicate, seen: Seen): boolean {
  if (seen.is === 'one') return predicate.is === 'not' && !truthOf(predicate.that, seen.that);
  switch (predicate.is) {
    case 'not':
      return false;
    case 'before':
      return seen.is === 'two' && seen.race === 'won';
    case 'and':
      return seen.is === 'two' && truthOf(predicate.left, seen.left) && truthOf(predicate.right, seen.right);
    case 'or':
      return seen.is === 'two' && (truthOf(predicate.left, seen.left) || truthOf(predicate.right, seen.right));
    default:
      return seen.is === 'atom' && seen.come !== negative(predicate);
  }
}

function sidesOf(predicate: Extract<Predicate, { is: 'before' | 'and' | 'or' }>): [Predicate, Predicate] {
  return predicate.is === 'before' ? [predicate.first, predicate.later] : [predicate.left, predicate.right];
}

function raced(race: Race, first: boolean, later: boolean): Race {
  if (race === 'won' || race === 'lost') return race;
  if (later) return race === 'begun' ? 'won' : 'lost';
  return first ? 'begun' : race;
}

/** Move every part of a predicate on by one moment, in which the atoms chosen by `hit` come true (or are refuted). */
function moved(predicate: Predicate, seen: Seen | undefined, hit: (atom: Atom) => boolean): Seen {
  switch (predicate.is) {
    case 'not':
      return { is: 'one', that: moved(predicate.that, seen?.is === 'one' ? seen.that : undefined, hit) };
    case 'before':
    case 'and':
    case 'or': {
      const old = seen?.is === 'two' ? seen : undefined;
      const [one, other] = sidesOf(predicate);
      const [left, right] = [moved(one, old?.left, hit), moved(other, old?.right, hit)];
      if (predicate.is !== 'before') return { is: 'two', left, right, race: 'open' };
      return { is: 'two', left, right, race: raced(old?.race ?? 'open', truthOf(one, left), truthOf(other, right)) };
    }
    default:
      return { is: 'atom', come: (seen?.is === 'atom' && seen.come) || hit(predicate) };
  }
}

/** Begin to watch: nothing has happened yet. */
export function watch(predicate: Predicate): Watch {
  return { predicate, seen: moved(predicate, undefined, () => false), names: { 1: 'main' }, creating: {} };
}

/** Learn the names of threads (`T2` in a clone's result is `t` 2): `spawn` and `start` announce a name, the `clone` of the same thread gives it a number. */
function named(watching: Watch, event: RecordedEvent): Watch {
  const { names, creating } = watching;
  const { t, kind, detail = '', result = '' } = event;
  if (kind === 'spawn' || kind === 'start') return { ...watching, creating: { ...creating, [t]: detail } };
  const name = creating[t];
  if (kind !== 'clone' || name === undefined || !detail.endsWith('thread')) return watching;
  const rest = Object.fromEntries(Object.entries(creating).filter(([creator]) => creator !== String(t)));
  return { ...watching, names: { ...names, [result.replace(/^T/, '')]: name }, creating: rest };
}

/** Show the next event of the run to a watched predicate. */
export function observe(watching: Watch, event: RecordedEvent): Watch {
  const next = named(watching, event);
  const thread = next.names[event.t];
  return { ...next, seen: moved(next.predicate, next.seen, (atom) => matches(atom, event, thread)) };
}

/** Tell a watched predicate that a property was violated. Events do not say so: properties are watched elsewhere. */
export function observeViolation(watching: Watch, property: string): Watch {
  const hit = (atom: Atom) => atom.is === 'property' && atom.id === property;
  return { ...watching, seen: moved(watching.predicate, watching.seen, hit) };
}

/** Whether the predicate holds of the run so far; after the last event, of the whole run. */
export function holds(watching: Watch): boolean {
  return truthOf(watching.predicate, watching.seen);
}

/** Whether a predicate holds of a whole run, in which the given properties were violated after the last event. */
export function holdsOf(
  predicate: Predicate,
  events: readonly RecordedEvent[],
  violated: readonly string[] = [],
): boolean {
  return holds(violated.reduce(observeViolation, events.reduce(observe, watch(predicate))));
}
