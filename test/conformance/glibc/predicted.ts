/**
 * One recorded build against the model: every world is run, and its events compared field by field with the recording. The
 * address code of a signal (`detail`) depends on what happens to be mapped where, so it alone is not compared.
 */
import { buildNamed, programFor } from '../../../src/process/builds.js';
import { runProgram } from '../../../src/process/run.js';
import type { ElfFacts, RecordedEvent, World } from '../../../src/scenario/world-schema.js';
import { type RecordedBuild, recordings } from '../recordings.js';

/** The libc each file of recordings was made with. */
export const libcOf: Readonly<Record<RecordedBuild, string>> = {
  '2.28v4': 'patch-v4',
  '2.30v12': 'patch-v12',
  '2.31': 'debian-2.31',
  '2.32rseq': '2.32-dev',
  '2.36': 'debian-2.36',
  '2.41': 'debian-2.41',
  '2.43': 'debian-2.43',
};

/** Worlds recorded for each build: none may go missing unnoticed. */
export const counts: Readonly<Record<RecordedBuild, number>> = {
  '2.28v4': 869,
  '2.30v12': 877,
  '2.31': 883,
  '2.32rseq': 869,
  '2.36': 882,
  '2.41': 882,
  '2.43': 882,
};

const comparable = (event: RecordedEvent) =>
  JSON.stringify([
    event.t,
    event.obj,
    event.inst ?? 0,
    event.kind,
    event.kind === 'signal' ? '' : (event.detail ?? ''),
    event.result ?? '',
  ]);

export interface Comparison {
  readonly worlds: number;
  /** For each world that differs: its id, the first differing event as recorded, and as predicted. */
  readonly differing: readonly { id: string; recorded: string; predicted: string }[];
}

/** Run every recorded world of a build. */
export function compareBuild(file: RecordedBuild): Comparison {
  const build = buildNamed(libcOf[file]);
  if (build === undefined) throw new Error(`no libc build is called ${libcOf[file]}`);
  const all = recordings(file);
  const differing = all.flatMap(({ id, world, elf, events }) => {
    const run = runProgram(programFor(build, world as unknown as World, elf as unknown as Record<string, ElfFacts>));
    const predicted = run.events.map(comparable);
    const recorded = events.map((event) => comparable(event as RecordedEvent));
    const at = recorded.findIndex((line, i) => line !== predicted[i]);
    if (at < 0 && recorded.length === predicted.length) return [];
    const first = at < 0 ? recorded.length : at;
    return [{ id, recorded: recorded[first] ?? 'nothing', predicted: predicted[first] ?? 'nothing' }];
  });
  return { worlds: all.length, differing };
}
