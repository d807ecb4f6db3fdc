/**
 * Why the culprit could act: the place in glibc from which its code was called, what this semantics says, and the sentence of the
 * property that broke, each with its source.
 *
 * What can go wrong: a source that names our own description of a program instead of real code. Those are passed over, outwards,
 * until a function of glibc or Linux is found.
 */
import { giveUp } from '../libc/end.js';
import type { RawEvent } from '../libc/trace.js';
import type { Frame } from '../machine/cpu.js';
import type { Build } from '../process/builds.js';
import { lifecycles } from '../process/lifecycles.js';
import { broken, propertyNamed } from '../rseq/properties.js';

export interface Reason {
  readonly text: string;
  readonly source: string;
}

/** `elf/dl-init.c:call_init`; the sources of claimants and of our own description of programs look otherwise. */
const functionOfGlibc = /^[\w./-]+\.[chS]:\S+$/;

/** The source of the phase that a frame is in; undefined where that is no code of glibc or Linux, or only where it gave up and not why. */
function sourceOf({ machine, phase }: Frame): string | undefined {
  if (machine === giveUp.name) return undefined;
  const meta: unknown = lifecycles.get(machine)?.machine.states[phase]?.meta;
  const source = (meta as { readonly source?: string } | undefined)?.source;
  return source !== undefined && functionOfGlibc.test(source) ? source : undefined;
}

/** The innermost real function on a call stack. */
export function realCaller(frames: readonly Frame[]): string | undefined {
  return frames.map(sourceOf).findLast((source) => source !== undefined);
}

/** The reasons for the event at `culprit`; `callers` has the call stack behind each event. */
export function reasonsFor(
  events: readonly RawEvent[],
  culprit: number | null,
  callers: readonly (readonly Frame[])[],
  build: Build,
): Reason[] {
  const reasons: Reason[] = [];
  const event = culprit === null ? undefined : events[culprit];
  const caller = culprit === null ? undefined : realCaller(callers[culprit] ?? []);
  if (event !== undefined && caller !== undefined) {
    const own = event.obj === 'process' || event.obj === 'libc';
    reasons.push({ text: own ? 'glibc does this itself' : `glibc calls the code of ${event.obj}`, source: caller });
  }
  const { name, statement, source } = build.rseq;
  reasons.push({ text: `${name}: ${statement}`, source });
  const ids = new Set(events.filter(({ kind }) => kind === broken).map(({ obj }) => obj));
  for (const id of ids) {
    const property = propertyNamed(id);
    if (property === undefined) continue;
    reasons.push({
      text: `${id} ${property.name}: ${property.statement}`,
      source: `${property.who}, ${property.where}`,
    });
  }
  return reasons;
}
