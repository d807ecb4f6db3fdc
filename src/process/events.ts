/**
 * The event stream as it is printed and compared: threads numbered by first appearance, objects by instance. The format is that
 * of the recordings (test/fixtures/glibc).
 *
 * What can go wrong: numbers taken from the model's own ids. A recorder sees only what has appeared.
 */
import type { RawEvent } from '../libc/trace.js';
import type { RecordedEvent } from '../scenario/world-schema.js';

/** Gives threads and instances their numbers; an object's instance keeps its number across fork, in the copied memory. */
class Numbering {
  private readonly threads = new Map<number, number>();
  private readonly counts = new Map<string, number>();
  private readonly instances = new Map<number, Map<number, number>>();

  thread(thread: number): number {
    const known = this.threads.get(thread);
    if (known !== undefined) return known;
    this.threads.set(thread, this.threads.size + 1);
    return this.threads.size;
  }

  instance(process: number, obj: string, map: number): number {
    const own = this.instances.get(process) ?? new Map<number, number>();
    this.instances.set(process, own);
    const known = own.get(map);
    if (known !== undefined) return known;
    const count = (this.counts.get(obj) ?? 0) + 1;
    this.counts.set(obj, count);
    own.set(map, count);
    return count;
  }

  fork(parent: number, child: number): void {
    this.instances.set(child, new Map(this.instances.get(parent)));
  }
}

function recordedEvent(event: RawEvent, numbers: Numbering): RecordedEvent {
  const t = numbers.thread(event.t);
  const inst = event.map === 0 ? {} : { inst: numbers.instance(event.process, event.obj, event.map) };
  if (event.forks === true && event.names !== undefined) numbers.fork(event.process, event.names);
  const result = event.names === undefined ? event.result : `T${numbers.thread(event.names)}`;
  return {
    t,
    obj: event.obj,
    ...inst,
    kind: event.kind,
    ...(event.detail === undefined ? {} : { detail: event.detail }),
    ...(result === undefined || result === '' ? {} : { result }),
  };
}

/** Number threads and instances in the order in which they appear. */
export function recordedEvents(raw: readonly RawEvent[], end: string): RecordedEvent[] {
  const numbers = new Numbering();
  const events = raw.map((event) => recordedEvent(event, numbers));
  return [...events, { t: 1, obj: 'process', kind: 'end', result: end }];
}
