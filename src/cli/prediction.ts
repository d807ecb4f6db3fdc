/**
 * How much of a recording the model predicts: each recorded world is run on the build it was recorded on, and its events are
 * compared with the recorded ones, event for event. It stands for the one question that matters: is the model right?
 *
 * What can go wrong: being kind. Every field counts but one: the detail of a signal is an address of the recording machine's.
 */
import { isDeepStrictEqual } from 'node:util';
import { knownKernel } from '../kernel/index.js';
import { buildNamed } from '../process/builds.js';
import { parseRecordings, type RecordedEvent } from '../scenario/index.js';
import { DEFAULT_KERNEL } from './names.js';
import { trace } from './worlds.js';

/** A recording and the libc of the same build. */
export interface RecordedBuild {
  /** The file's name without its ending, below `test/fixtures/glibc`. */
  readonly file: string;
  readonly libc: string;
}

/** The builds of which there are recordings, oldest first. */
export const recordedBuilds: readonly RecordedBuild[] = [
  { file: '2.28v4', libc: 'patch-v4' },
  { file: '2.30v12', libc: 'patch-v12' },
  { file: '2.31', libc: 'debian-2.31' },
  { file: '2.32rseq', libc: '2.32-dev' },
  { file: '2.36', libc: 'debian-2.36' },
  { file: '2.41', libc: 'debian-2.41' },
  { file: '2.43', libc: 'debian-2.43' },
];

/** How many worlds of a recording came out as recorded. The four counts add up to `worlds`. */
export interface Prediction {
  readonly worlds: number;
  readonly equal: number;
  readonly different: number;
  /** Worlds that need what the model does not have, by the name of the feature. */
  readonly unsupported: { readonly [feature: string]: number };
  /** Worlds in which the model broke one of its own promises. */
  readonly broken: number;
}

function comparable(event: RecordedEvent): RecordedEvent {
  if (event.kind !== 'signal') return event;
  const { detail: _, ...rest } = event;
  return rest;
}

/** Whether a predicted stream is the recorded one: all fields of all events, but for the detail of signals. */
export function sameEvents(predicted: readonly RecordedEvent[], recorded: readonly RecordedEvent[]): boolean {
  return isDeepStrictEqual(predicted.map(comparable), recorded.map(comparable));
}

/**
 * Run every world of a recording and compare.
 *
 * @param text JSON lines, as a recording file has them; lines that cannot be read count as different
 * @throws when there is no libc of this name, which is our own fault
 */
export function predict(text: string, libc: string): Prediction {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(`invariant: there is no libc called "${libc}"`);
  const kernel = knownKernel(DEFAULT_KERNEL);
  const { recordings, diagnostics } = parseRecordings(text);
  let [equal, different, broken] = [0, diagnostics.length, 0];
  const unsupported = new Map<string, number>();
  for (const { id, world, elf, events = [] } of recordings) {
    try {
      const traced = trace({ id, world, libc: [], ...(elf === undefined ? {} : { elf }) }, build, kernel);
      if ('unsupported' in traced) unsupported.set(traced.unsupported, (unsupported.get(traced.unsupported) ?? 0) + 1);
      else if (sameEvents(traced.events, events)) equal++;
      else different++;
    } catch {
      broken++;
    }
  }
  const worlds = recordings.length + diagnostics.length;
  return { worlds, equal, different, unsupported: Object.fromEntries([...unsupported].sort()), broken };
}
