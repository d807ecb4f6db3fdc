/**
 * The event stream as it is printed and compared: threads numbered by first appearance, objects by instance. The format is that
 * of the recordings (test/fixtures/glibc).
 *
 * What can go wrong: numbers taken from the model's own ids. A recorder sees only what has appeared.
 */
import type { RawEvent } from '../libc/trace.js';
import type { RecordedEvent } from '../scenario/world-schema.js';

/** The numbers given so far; a plain value, so that a search can keep it. */
export interface Numbers {
  /** By thread. */
  readonly threads: Readonly<Record<string, number>>;
  /** By process and link map; an object's instance keeps its number across fork, in the copied memory. */
  readonly instances: Readonly<Record<string, number>>;
  /** Instances of each object. */
  readonly counts: Readonly<Record<string, number>>;
}

export const noNumbers: Numbers = { threads: {}, instances: {}, counts: {} };

function withThread(before: Numbers, thread: number): Numbers {
  if (before.threads[thread] !== undefined) return before;
  return { ...before, threads: { ...before.threads, [thread]: Object.keys(before.threads).length + 1 } };
}

function withInstance(before: Numbers, { process, map, obj }: RawEvent): Numbers {
  const key = `${process}:${map}`;
  if (map === 0 || before.instances[key] !== undefined) return before;
  const count = (before.counts[obj] ?? 0) + 1;
  return {
    ...before,
    instances: { ...before.instances, [key]: count },
    counts: { ...before.counts, [obj]: count },
  };
}

/** A child's memory is its parent's: so are the numbers in it. */
function withFork(before: Numbers, parent: number, child: number): Numbers {
  const own = Object.entries(before.instances).filter(([key]) => key.startsWith(`${parent}:`));
  const copied = own.map(([key, n]) => [`${child}:${key.slice(key.indexOf(':') + 1)}`, n] as const);
  return { ...before, instances: { ...before.instances, ...Object.fromEntries(copied) } };
}

/** An event with its numbers, and the numbers after it. */
export function numbered(
  event: RawEvent,
  before: Numbers,
): { readonly event: RecordedEvent; readonly numbers: Numbers } {
  let numbers = withInstance(withThread(before, event.t), event);
  if (event.forks === true && event.names !== undefined) numbers = withFork(numbers, event.process, event.names);
  if (event.names !== undefined) numbers = withThread(numbers, event.names);
  const inst = event.map === 0 ? undefined : numbers.instances[`${event.process}:${event.map}`];
  const result = event.names === undefined ? event.result : `T${numbers.threads[event.names]}`;
  const told = {
    t: numbers.threads[event.t] ?? 0,
    obj: event.obj,
    ...(inst === undefined ? {} : { inst }),
    kind: event.kind,
    ...(event.detail === undefined ? {} : { detail: event.detail }),
    ...(result === undefined || result === '' ? {} : { result }),
  };
  return { event: told, numbers };
}

/** How every stream ends. */
export const endEvent = (end: string): RecordedEvent => ({ t: 1, obj: 'process', kind: 'end', result: end });

/** Number threads and instances in the order in which they appear. */
export function recordedEvents(raw: readonly RawEvent[], end: string): RecordedEvent[] {
  let numbers = noNumbers;
  const events = raw.map((each) => {
    const next = numbered(each, numbers);
    numbers = next.numbers;
    return next.event;
  });
  return [...events, endEvent(end)];
}
