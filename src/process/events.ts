/**
 * The event stream as it is printed and compared: threads numbered by first appearance, objects by instance. The format is that
 * of the recordings (test/fixtures/glibc).
 *
 * What can go wrong: numbers taken from the model's own ids. A recorder sees only what has appeared.
 */
import type { RawEvent } from '../libc/trace.js';
import type { RecordedEvent } from '../scenario/world-schema.js';

/** Number threads and instances in the order in which they appear. */
export function recordedEvents(raw: readonly RawEvent[], end: string): RecordedEvent[] {
  const threads = new Map<number, number>();
  const instances = new Map<string, Map<number, number>>();
  const number = (thread: number) => {
    const known = threads.get(thread);
    if (known !== undefined) return known;
    threads.set(thread, threads.size + 1);
    return threads.size;
  };
  const instance = (obj: string, map: number) => {
    const ofObject = instances.get(obj) ?? new Map<number, number>();
    instances.set(obj, ofObject);
    const known = ofObject.get(map);
    if (known !== undefined) return known;
    ofObject.set(map, ofObject.size + 1);
    return ofObject.size;
  };
  const events = raw.map((event): RecordedEvent => {
    const t = number(event.t);
    const inst = event.map === 0 ? {} : { inst: instance(event.obj, event.map) };
    const result = event.names === undefined ? event.result : `T${number(event.names)}`;
    return {
      t,
      obj: event.obj,
      ...inst,
      kind: event.kind,
      ...(event.detail === undefined ? {} : { detail: event.detail }),
      ...(result === undefined || result === '' ? {} : { result }),
    };
  });
  return [...events, { t: 1, obj: 'process', kind: 'end', result: end }];
}
