/**
 * One schedule of a program, event by event: the lowest-numbered thread that can go goes, or one drawn from a seed.
 *
 * What can go wrong: taking a world in which nobody can go for a finished one. If the first process has not ended, it is a
 * deadlock, and the stream ends as the recorder's does, with a timeout.
 */
import { firstEnabled, seededRandom, walk } from '../explore/index.js';
import type { Program } from '../libc/program.js';
import type { RawEvent } from '../libc/trace.js';
import type { RecordedEvent } from '../scenario/world-schema.js';
import { recordedEvents } from './events.js';
import { endOf, modelOf } from './model.js';

export interface RunOptions {
  /** Draw the schedule from this seed; without it, the lowest thread goes first. */
  readonly seed?: number;
  /** Give up after so many steps. */
  readonly maxSteps?: number;
}

export interface Run {
  readonly events: readonly RecordedEvent[];
  readonly steps: number;
}

/** Run a program to its end. */
export function runProgram(program: Program, options: RunOptions = {}): Run {
  const pick = options.seed === undefined ? firstEnabled() : seededRandom(options.seed);
  const { steps, end } = walk(modelOf(program), { pick, maxSteps: options.maxSteps ?? 200_000 });
  const raw = steps.flatMap((step) => step.events as readonly RawEvent[]);
  return { events: recordedEvents(raw, endOf(end) ?? 'timeout'), steps: steps.length };
}
