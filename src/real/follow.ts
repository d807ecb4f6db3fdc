/**
 * Whether a recorded stream of a program whose threads run side by side is one that the model can give: a search for a schedule
 * that says exactly these events in this order. Stands for the trace inclusion that litmus7 asks of a model.
 *
 * What can go wrong: the grain. A step of the model may say several events between which nobody else matters; the machine can put
 * another thread's events between them all the same. So a step's events are owed, and are paid as the stream comes to them; a
 * thread that still owes may take no further step. What a thread owes when its process ends was never said. A step that begins
 * with the system call which is its effect cannot owe that one.
 */
import { type Model, search, type View } from '../explore/index.js';
import type { Program } from '../libc/program.js';
import type { RawEvent } from '../libc/trace.js';
import { type Numbers, noNumbers, numbered } from '../process/events.js';
import { endOf, modelOf } from '../process/model.js';
import type { RecordedEvent } from '../scenario/world-schema.js';
import { sameEvent } from './compare.js';

/** How far the stream has been followed. */
interface Followed {
  /** Events that have come. */
  readonly at: number;
  readonly numbers: Numbers;
  /** By thread, what it has yet to say. */
  readonly owed: Readonly<Record<string, readonly RawEvent[]>>;
}

const followedKey = 'followed';

/** Events that are said before what they stand for is done: a step that begins with one is taken where the stream has it. */
const saidFirst = new Set([
  'clone',
  'rseq',
  'set_robust_list',
  'set_tid_address',
  'exit_thread',
  'exit_group',
  'thread.end',
]);

/** An event that the model would say at some place of the stream, and the procedures that say it. */
export interface Offer {
  readonly event: RecordedEvent;
  readonly via: readonly string[];
}

/** Whether the model has a schedule for a stream; if not, how far it goes and what it would say there instead. */
export type FollowedStream =
  | { readonly found: true }
  | { readonly found: false; readonly at: number; readonly offers: readonly Offer[]; readonly bound?: number };

/** Let every event come that is owed and is next. Undefined where the next event's own thread owes another one. */
function pay(stream: readonly RecordedEvent[], before: Followed): { readonly after: Followed; readonly stuck?: Offer } {
  let now = before;
  for (;;) {
    const next = stream[now.at];
    if (next === undefined) return { after: now };
    const heads = Object.entries(now.owed).flatMap(([thread, [head]]) =>
      head === undefined ? [] : [{ thread, head, ...numbered(head, now.numbers) }],
    );
    const due = heads.find(({ event }) => sameEvent(event, next));
    if (due === undefined) {
      const wrong = heads.find(({ event }) => event.t === next.t);
      return wrong === undefined ? { after: now } : { after: now, stuck: { event: wrong.event, via: wrong.head.via } };
    }
    const { [due.thread]: queue = [], ...others } = now.owed;
    const rest = queue.slice(1);
    const owed = rest.length === 0 ? others : { ...others, [due.thread]: rest };
    now = { at: now.at + 1, numbers: due.numbers, owed };
  }
}

/** The model of a program in which only schedules are possible that give the stream. */
function following(model: Model, stream: readonly RecordedEvent[], note: (at: number, offer: Offer) => void): Model {
  return {
    initial: new Map([...model.initial, [followedKey, { at: 0, numbers: noNumbers, owed: {} } satisfies Followed]]),
    actors: (view) => model.actors(view),
    step(actor, view) {
      const before = view.get(followedKey) as Followed;
      if (before.owed[actor.name] !== undefined) return false;
      const said: RawEvent[] = [];
      const listening: View = {
        get: (key) => view.get(key),
        set: (key, value) => view.set(key, value),
        choose: (n) => view.choose(n),
        emit: (event) => void said.push(event as RawEvent),
      };
      if (!model.step(actor, listening)) return false;
      const owed = said.length === 0 ? before.owed : { ...before.owed, [actor.name]: said };
      const { after, stuck } = pay(stream, { ...before, owed });
      if (stuck !== undefined) {
        note(after.at, stuck);
        return false;
      }
      const [first] = said;
      if (first !== undefined && saidFirst.has(first.kind) && after.owed[actor.name]?.[0] === first) return false;
      view.set(followedKey, after);
      return true;
    },
  };
}

const WHOLE = 'whole';
const placeMark = (at: number) => `at ${at}`;

/**
 * Look for a schedule of the program that gives the recorded stream.
 *
 * @param maxStates states to visit before giving up
 */
export function followStream(program: Program, recorded: readonly RecordedEvent[], maxStates: number): FollowedStream {
  const stream = recorded.slice(0, -1);
  const end = recorded.at(-1)?.result;
  const offers = new Map<number, Map<string, Offer>>();
  const note = (at: number, offer: Offer): void => {
    const here = offers.get(at) ?? new Map<string, Offer>();
    offers.set(at, here.set(JSON.stringify(offer.event), offer));
  };
  const found = search(following(modelOf(program), stream, note), {
    maxStates,
    marks: (view) => {
      const { at } = view.get(followedKey) as Followed;
      const over = at === stream.length && (endOf(view) ?? 'timeout') === end;
      return over ? [placeMark(at), WHOLE] : [placeMark(at)];
    },
  });
  const whole = found.marks.get(WHOLE);
  if (whole !== undefined && (end !== 'timeout' || whole.finals > 0)) return { found: true };
  const reached = [...found.marks.keys()].map((mark) => Number(mark.slice(3)) || 0);
  const at = Math.max(0, ...reached, ...offers.keys());
  const bound = found.complete ? {} : { bound: maxStates };
  return { found: false, at, offers: [...(offers.get(at)?.values() ?? [])], ...bound };
}
