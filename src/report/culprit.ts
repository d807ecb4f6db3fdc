/**
 * The event to blame for a predicate: the first after which it stays true on this path.
 *
 * What can go wrong: a property that breaks later than the deed. P-01 is seen broken when `__libc_start_main` is entered, and the
 * deed is the registration that was there before; the property says which event that is.
 */
import type { RawEvent } from '../libc/trace.js';
import { broken, propertyNamed } from '../rseq/properties.js';
import type { Predicate, RecordedEvent } from '../scenario/schema.js';
import { holds, observe, observeViolation, type Watch, watch } from '../scenario/watch.js';

function asRecorded(event: RawEvent): RecordedEvent {
  const { t, obj, kind, detail, result, names } = event;
  const text = names === undefined ? result : String(names);
  return {
    t,
    obj,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(text === undefined || text === '' ? {} : { result: text }),
  };
}

function shown(watching: Watch, event: RawEvent): Watch {
  return event.kind === broken ? observeViolation(watching, event.obj) : observe(watching, asRecorded(event));
}

/** Where a predicate becomes true for good; null when it is true from the start or never. */
function turningPoint(predicate: Predicate, events: readonly RawEvent[]): number | null {
  let watching = watch(predicate);
  let turned: number | null = null;
  let before = holds(watching);
  for (const [i, event] of events.entries()) {
    watching = shown(watching, event);
    const now = holds(watching);
    if (now && !before) turned = i;
    before = now;
  }
  return before ? turned : null;
}

/** The deed behind the announcement that a property is broken. */
function deedBehind(events: readonly RawEvent[], announced: number): number {
  const id = events[announced]?.obj ?? '';
  const property = propertyNamed(id);
  const real = events.flatMap((event, index) => (event.kind === broken ? [] : [{ event, index }]));
  const at = real.findLastIndex(({ index }) => index < announced);
  if (property === undefined || at < 0) return announced;
  const blamed =
    property.culprit?.(
      real.map(({ event }) => event),
      at,
    ) ?? at;
  return real[blamed]?.index ?? announced;
}

/** What ended the process: the last thing that happened before its end. */
function lastDeed(events: readonly RawEvent[], end: number): number {
  const deed = events.findLastIndex(({ kind }, index) => index < end && kind !== broken);
  return deed < 0 ? end : deed;
}

/** The index of the event to blame for the first of the predicates that the path makes true; null when there is none. */
export function culpritOf(predicates: readonly Predicate[], events: readonly RawEvent[]): number | null {
  for (const predicate of predicates) {
    const turned = turningPoint(predicate, events);
    if (turned === null) continue;
    const kind = events[turned]?.kind;
    if (kind === broken) return deedBehind(events, turned);
    return kind === 'end' ? lastDeed(events, turned) : turned;
  }
  return null;
}
