/**
 * A described program on the machine and in the model: the files that the compiler made against those of the model's link editor,
 * and the events that were seen against those that are predicted of these files.
 *
 * What can go wrong: being kind. Every field of every event counts but the detail of a signal, which says how the kernel came to
 * send it; and a program whose threads run side by side has many predicted streams, of which the machine's must be one.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KernelFeatures } from '../kernel/features.js';
import type { Program } from '../libc/program.js';
import { linkFacts } from '../loader/linkedit.js';
import { type Build, programFor } from '../process/builds.js';
import { runProgram } from '../process/run.js';
import { unsupportedFeature } from '../process/unsupported.js';
import { type Rule, ruleOf, whyEvent } from '../process/why.js';
import { actionsOf } from '../scenario/names.js';
import type { ElfFacts, RecordedEvent, World } from '../scenario/world-schema.js';
import { firstDifference } from './compare.js';
import { followStream } from './follow.js';
import type { RealRun } from './record.js';

/** One fact of a file that the compiler made otherwise than the model's link editor. */
export interface FileDifference {
  readonly file: string;
  readonly fact: keyof ElfFacts;
  readonly real: unknown;
  readonly model: unknown;
}

/** Where two event streams part. Events are numbered from 1. */
export interface EventDifference {
  readonly at: number;
  readonly real: readonly RecordedEvent[];
  readonly model: readonly RecordedEvent[];
  /** The procedures behind the model's event at `at`, outermost first; none where the model's stream is over. */
  readonly rules: readonly Rule[];
}

/** What is predicted of a run. */
export interface Prediction {
  readonly build: Build;
  readonly kernel: KernelFeatures;
  /** Most states to look through for the schedule of threads that run side by side. */
  readonly maxStates?: number;
}

/** What a comparison came to. */
export type Compared =
  | { readonly outcome: 'equal'; readonly events: number }
  | { readonly outcome: 'different'; readonly files: readonly FileDifference[]; readonly events?: EventDifference }
  /** A bound was hit before the answer was known. */
  | { readonly outcome: 'unproven'; readonly reason: string }
  /** The model lacks what the world needs. */
  | { readonly outcome: 'unsupported'; readonly reason: string };

/** What is compared of a static program: without a dynamic section hardly anything can be read, and the arrays hold libc's own entries too. */
const factsOfStatic: Readonly<Record<string, readonly (keyof ElfFacts)[]>> = {
  static: ['type', 'tls'],
  'static-pie': ['type', 'needed', 'flags_1', 'bind_now', 'tls', 'relocs'],
};

/** What the compiler made otherwise than predicted, file by file. */
export function fileDifferences(
  world: World,
  real: Readonly<Record<string, ElfFacts>>,
  model: Readonly<Record<string, ElfFacts>>,
): FileDifference[] {
  return Object.entries(real).flatMap(([file, facts]) => {
    const few = file === 'exe' ? factsOfStatic[world.exe.kind ?? 'pie'] : undefined;
    const compared = few ?? (Object.keys(facts) as (keyof ElfFacts)[]);
    return compared.flatMap((fact) => {
      const other = model[file]?.[fact];
      return isDeepStrictEqual(facts[fact], other) ? [] : [{ file, fact, real: facts[fact], model: other }];
    });
  });
}

/** States to look through for a schedule, unless told otherwise. */
const STATES = 1_000_000;

/** Whether threads of a program run side by side, so that there is more than one stream. */
export function hasRaces(world: World): boolean {
  const objects = [world.exe, ...Object.values(world.objects)];
  return objects.some((object) => actionsOf(object).some(({ action }) => action.op === 'start'));
}

/** Where the one predicted stream and the real one part. */
function difference(program: Program, real: readonly RecordedEvent[]): EventDifference | undefined {
  const model = runProgram(program).events;
  const at = firstDifference(real, model);
  if (at === undefined) return undefined;
  const why = whyEvent(program, at + 1);
  return { at: at + 1, real, model, rules: 'rules' in why ? why.rules : [] };
}

/** Where the real stream leaves all that are predicted; as text where a bound was hit first. */
function raceDifference(
  program: Program,
  real: readonly RecordedEvent[],
  maxStates: number,
): EventDifference | string | undefined {
  const followed = followStream(program, real, maxStates);
  if (followed.found) return undefined;
  const { at, offers, bound } = followed;
  if (bound !== undefined) return `no schedule with these events was found within ${bound} states`;
  const model = [...real.slice(0, at), ...offers.map(({ event }) => event)];
  return { at: at + 1, real, model, rules: (offers[0]?.via ?? []).map(ruleOf) };
}

/** Compare what the machine showed of a world with what is predicted of it on a build and a kernel. */
export function compareRun(world: World, { elf, events }: RealRun, { build, kernel, maxStates }: Prediction): Compared {
  const program = programFor(build, world, elf, kernel);
  const reason = unsupportedFeature(program);
  if (reason !== null) return { outcome: 'unsupported', reason };
  const files = fileDifferences(world, elf, linkFacts(world, build));
  const where = hasRaces(world) ? raceDifference(program, events, maxStates ?? STATES) : difference(program, events);
  if (typeof where === 'string') return { outcome: 'unproven', reason: where };
  if (where !== undefined) return { outcome: 'different', files, events: where };
  return files.length === 0 ? { outcome: 'equal', events: events.length } : { outcome: 'different', files };
}
