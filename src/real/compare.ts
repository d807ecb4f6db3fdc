/**
 * Where a prediction and a real run part: the first event in which they differ, key order and the code of a crash left aside.
 *
 * What can go wrong: comparing what cannot be predicted. `si_code` depends on what happens to be mapped at an address.
 */
import type { RecordedEvent } from '../scenario/world-schema.js';

/** The part of an event that is compared. */
function compared(event: RecordedEvent): string {
  const detail = event.kind === 'signal' ? '' : (event.detail ?? '');
  return JSON.stringify([event.t, event.obj, event.inst ?? 0, event.kind, detail, event.result ?? '']);
}

/** Whether two events are the same, as far as events can be predicted. */
export function sameEvent(a: RecordedEvent, b: RecordedEvent): boolean {
  return compared(a) === compared(b);
}

/** Index of the first event that differs; undefined when the streams are equal. */
export function firstDifference(a: readonly RecordedEvent[], b: readonly RecordedEvent[]): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined || compared(left) !== compared(right)) return i;
  }
  return undefined;
}
