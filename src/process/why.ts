/**
 * Why an event stands where it does: the procedures that were running when it was said, each with the phase it was in and the
 * function of glibc or Linux that the phase stands for.
 *
 * What can go wrong: counting. Events are numbered as `run` prints them, from 1; the last one, the end, is said by nobody.
 */
import { firstEnabled, seededRandom, walk } from '../explore/index.js';
import type { Program } from '../libc/program.js';
import type { RawEvent } from '../libc/trace.js';
import type { RecordedEvent } from '../scenario/world-schema.js';
import { recordedEvents } from './events.js';
import { lifecycles } from './lifecycles.js';
import { endOf, modelOf } from './model.js';
import type { RunOptions } from './run.js';

/** One procedure on the way to an event. */
export interface Rule {
  readonly lifecycle: string;
  readonly phase: string;
  /** `file:function` in glibc or Linux, or where the written record says it. */
  readonly source: string;
}

export interface Why {
  readonly seq: number;
  readonly event: RecordedEvent;
  /** Outermost first. */
  readonly rules: readonly Rule[];
}

/** The rules behind event number `seq` of a run, or how many events the run has when there is no such event. */
export function whyEvent(program: Program, seq: number, options: RunOptions = {}): Why | { readonly events: number } {
  const pick = options.seed === undefined ? firstEnabled() : seededRandom(options.seed);
  const { steps, end } = walk(modelOf(program), { pick, maxSteps: options.maxSteps ?? 200_000 });
  const raw = steps.flatMap((step) => step.events as readonly RawEvent[]);
  const events = recordedEvents(raw, endOf(end) ?? 'timeout');
  const event = Number.isInteger(seq) ? events[seq - 1] : undefined;
  if (event === undefined) return { events: events.length };
  return { seq, event, rules: (raw[seq - 1]?.via ?? []).map(ruleOf) };
}

/** The rule that a procedure and its phase stand for, `lifecycle.phase`. */
export function ruleOf(via: string): Rule {
  const [lifecycle = '', phase = ''] = via.split('.');
  const meta: unknown = lifecycles.get(lifecycle)?.machine.states[phase]?.meta;
  return { lifecycle, phase, source: (meta as { source?: string } | undefined)?.source ?? 'unknown' };
}
