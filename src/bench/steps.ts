/**
 * How fast recorded worlds run, and how fast XState itself takes the machine configurations from phase to phase. It stands for the
 * question that decided how the World is cut.
 *
 * What can go wrong: a step that got slower while searches, which remember steps, did not show it.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { recordingPath } from '../cli/predictions.js';
import { knownKernel } from '../kernel/index.js';
import { buildNamed, programFor } from '../process/builds.js';
import { runProgram } from '../process/run.js';
import { parseRecordings } from '../scenario/index.js';
import { type Rate, rate } from './measure.js';
import { byTable, byTransition } from './phases.js';

const LIBC = 'debian-2.36';
/** Every so many recorded worlds one is run. */
const EVERY = 12;

/** Recorded worlds, each run once, in steps and in worlds. */
function runs(): Rate[] {
  const build = buildNamed(LIBC);
  if (build === undefined) throw new Error(`invariant: there is no libc called "${LIBC}"`);
  const { recordings } = parseRecordings(gunzipSync(readFileSync(recordingPath('2.36'))).toString('utf8'));
  const programs = recordings
    .filter((_, i) => i % EVERY === 0)
    .map(({ world, elf }) => programFor(build, world, elf, knownKernel('6.18')));
  const what = `run, ${programs.length} recorded worlds, ${LIBC}`;
  const steps = rate(what, 'steps', () => programs.reduce((sum, program) => sum + runProgram(program).steps, 0));
  const worlds = { ...steps, unit: 'worlds', count: programs.length };
  const each = programs.length / steps.count;
  return [steps, { ...worlds, median: steps.median * each, least: steps.least * each, most: steps.most * each }];
}

/** The phases of all lifecycles, by XState and by the interpreter's table. */
function phases(): Rate[] {
  if (byTable().trail !== byTransition().trail) throw new Error('invariant: the table and XState go different ways');
  const times = (n: number, once: () => { transitions: number }) => () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += once().transitions;
    return sum;
  };
  return [
    rate("XState's transition, all lifecycles", 'phases', times(20, byTransition)),
    rate('the same phases as the interpreter', 'phases', times(500, byTable)),
  ];
}

/** Rates of single steps, without a search. */
export function stepRates(): readonly Rate[] {
  return [...runs(), ...phases()];
}
