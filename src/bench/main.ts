/**
 * `npm run bench`: how fast worlds run, how fast states are searched, and how fast XState itself takes the same machine
 * configurations from phase to phase. It stands for the question that decided how the World is cut.
 *
 * What can go wrong: figures without what they were measured on; the table names its input.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { shelved } from '../cli/catalogue.js';
import { columns, grouped } from '../cli/layout.js';
import { DEFAULT_KERNEL, seedBuilds } from '../cli/names.js';
import { recordingPath } from '../cli/predictions.js';
import { type Model, search, searchNaively } from '../explore/index.js';
import { knownKernel } from '../kernel/index.js';
import { type Build, buildNamed, programFor } from '../process/builds.js';
import { modelOfScenario } from '../process/judge.js';
import { runProgram } from '../process/run.js';
import { parseRecordings } from '../scenario/index.js';
import { type Rate, rate } from './measure.js';
import { byTable, byTransition } from './phases.js';

const LIBC = 'debian-2.36';
/** Every so many recorded worlds one is run. */
const EVERY = 12;
/** Most states of a search, remembering and naive. */
const STATES_MAX = 50_000;
const STATES_MAX_NAIVE = 1_000;

function named(libc: string): Build {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(`invariant: there is no libc called "${libc}"`);
  return build;
}

function runs(): Rate[] {
  const { recordings } = parseRecordings(gunzipSync(readFileSync(recordingPath('2.36'))).toString('utf8'));
  const programs = recordings
    .filter((_, i) => i % EVERY === 0)
    .map(({ world, elf }) => programFor(named(LIBC), world, elf, knownKernel('6.18')));
  const what = `run, ${programs.length} recorded worlds, ${LIBC}`;
  const steps = rate(what, 'steps', () => programs.reduce((sum, program) => sum + runProgram(program).steps, 0));
  const worlds = { ...steps, unit: 'worlds', count: programs.length };
  const each = programs.length / steps.count;
  return [steps, { ...worlds, median: steps.median * each, least: steps.least * each, most: steps.most * each }];
}

/** The scenario and semantics of the seed catalogue with the most states. */
function heaviest(): { readonly title: string; readonly model: Model } {
  const all = shelved('seed').flatMap(({ scenario }) =>
    seedBuilds.flatMap((libc) => {
      const { model, unsupported } = modelOfScenario(scenario, libc, knownKernel(scenario.kernel ?? DEFAULT_KERNEL));
      if (unsupported.length > 0) return [];
      const { states } = search(model, { maxStates: STATES_MAX });
      return [{ title: `${scenario.name} under ${libc.name}`, model, states }];
    }),
  );
  const [first] = all.sort((a, b) => b.states - a.states);
  if (first === undefined) throw new Error('invariant: the seed catalogue is empty');
  return first;
}

function searches(): Rate[] {
  const { title, model } = heaviest();
  const remembering = () => search(model, { maxStates: STATES_MAX }).states;
  const naive = () => searchNaively(model, { maxStates: STATES_MAX_NAIVE }).states;
  return [
    rate(`explore, remembering, ${title}`, 'states', remembering),
    rate(`explore, naive, ${title}`, 'states', naive, 3),
  ];
}

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

const rates = [...runs(), ...searches(), ...phases()];
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ schema: 'rtldlab.bench/1', node: process.version, rates })}\n`);
} else {
  const perMinute = (r: Rate): string => (r.unit === 'worlds' ? grouped(r.median * 60) : '');
  const rows = rates.map((r) => [
    r.what,
    r.unit,
    grouped(r.median),
    `${grouped(r.least)}-${grouped(r.most)}`,
    perMinute(r),
  ]);
  process.stdout.write(`${columns([['', 'of', 'a second', 'from-to', 'a minute'], ...rows])}\n`);
}
