/**
 * `npm run bench`: what is promised of the searches, measured in one run beside SPIN and XState's own tools, as a table or as JSON.
 * Figures are processor seconds of processes that were started for them.
 *
 * What can go wrong: figures without what they were measured on; the table names it. A ratio is from the same run, never from a page.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem } from 'node:os';
import { parseArgs } from 'node:util';
import { columns, grouped } from '../cli/layout.js';
import { cold } from './cold.js';
import { type Figures, type Ratio, rateOf } from './figures.js';
import { growth } from './growth.js';
import type { Rate } from './measure.js';
import type { Plot } from './plot.js';
import { svgOf } from './plot.js';
import { realRates } from './real-worlds.js';
import { type Comparison, coldShell, graph, type Means, reduced, stepping, unreduced } from './reference.js';
import { catalogue } from './shelf.js';
import { spinIsHere } from './spin.js';
import { stepRates } from './steps.js';

const WORDS = `npm run bench -- [--json] [--svg FILE] [--only PART] [--long] [--graph]
  --json       one JSON object
  --svg FILE   growth with threads and libraries as a picture
  --only PART  one of unreduced, reduced, shell, xstate, catalogue, growth, steps, real; may be given several times
  --long       also all 124,177,393 states of four threads and three libraries (ours 2.5 GB, SPIN 8 GB, some ten minutes)
  --graph      also xstate/graph at 31,179 states (some minutes)
`;

/** What was measured. */
interface Measured extends Comparison {
  readonly plot?: Plot;
  readonly rates?: readonly Rate[];
}

/** Free memory that SPIN needs for four threads and three libraries with its own reduction. */
const SPIN_NEEDS = 4 * 2 ** 30;

/** Said on standard error, so that a table without a line says why. */
function leftOut(what: string, why: string): void {
  process.stderr.write(`left out: ${what}, because ${why}\n`);
}

function together(parts: readonly Comparison[]): Comparison {
  return { figures: parts.flatMap(({ figures }) => figures), ratios: parts.flatMap(({ ratios }) => ratios) };
}

/** The parts of the bench by name. */
function parts(means: Means, long: boolean, withGraph: boolean): ReadonlyMap<string, () => Measured> {
  const roomy = freemem() > SPIN_NEEDS;
  if (means.spin && !roomy) leftOut('SPIN on 4 TTT', 'less than 4 GB of memory are free');
  const few = { ...means, rounds: 1 };
  const large = { ...few, spin: means.spin && roomy };
  return new Map<string, () => Measured>([
    [
      'unreduced',
      () =>
        together([
          unreduced({ threads: 3, letters: 'TTT' }, 2, means),
          unreduced({ threads: 4, letters: 'LTC' }, 2, means),
          ...(long ? [unreduced({ threads: 4, letters: 'TTT' }, 0, few)] : []),
        ]),
    ],
    [
      'reduced',
      () =>
        together([
          reduced({ threads: 4, letters: 'LTC' }, 15, means),
          reduced({ threads: 4, letters: 'TTT' }, 15, large),
        ]),
    ],
    [
      'shell',
      () =>
        together([
          coldShell({ threads: 4, letters: 'LTC', safe: true }, 2, means),
          coldShell({ threads: 4, letters: 'TTT', safe: true }, 2, means),
        ]),
    ],
    [
      'xstate',
      () =>
        together([
          stepping({ threads: 3, letters: 'LT' }, means),
          graph({ threads: 2, letters: 'LT' }, 0, means),
          ...(withGraph ? [graph({ threads: 3, letters: 'LT' }, 500, few)] : []),
        ]),
    ],
    ['catalogue', () => catalogue(means.rounds)],
    ['growth', () => ({ ...growth(means), ratios: [] })],
    ['steps', () => ({ figures: [], ratios: [], rates: stepRates() })],
    ['real', () => ({ figures: [], ratios: [], rates: realRates() })],
  ]);
}

function seconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function figureRow(figure: Figures): string[] {
  const { what, by, states, transitions, search, least, most, whole, wall, bytesPerState } = figure;
  return [
    what,
    by,
    grouped(states),
    grouped(transitions),
    `${seconds(search)} s`,
    figure.rounds === 1 ? '' : `${seconds(least)}-${seconds(most)}`,
    grouped(Math.round(rateOf(figure))),
    Number.isFinite(bytesPerState) ? String(Math.round(bytesPerState)) : '',
    `${seconds(whole)} s`,
    `${seconds(wall)} s`,
  ];
}

const HEAD = ['', 'by', 'states', 'transitions', 'search', 'from-to', 'states/s', 'bytes/state', 'whole', 'wall'];

function ratioRow({ what, ratio, promised }: Ratio): string[] {
  const word = promised === 0 ? '' : ratio >= promised ? 'met' : 'NOT MET';
  return [`${ratio.toFixed(ratio < 10 ? 1 : 0)} times`, promised === 0 ? '' : `of ${promised}`, word, what];
}

function rateRow({ what, unit, median, least, most }: Rate): string[] {
  return [what, unit, grouped(median), `${grouped(least)}-${grouped(most)}`];
}

/** The tables of one part. */
function tables(name: string, { figures, ratios, rates = [] }: Measured): string {
  const parts = [
    ...(figures.length > 0 ? [columns([HEAD, ...figures.map(figureRow)])] : []),
    ...(ratios.length > 0 ? [columns(ratios.map(ratioRow))] : []),
    ...(rates.length > 0 ? [columns([['', 'of', 'a second', 'from-to'], ...rates.map(rateRow)])] : []),
  ];
  return `${name}\n\n${parts.join('\n\n')}\n\n`;
}

/** What the figures were measured on. */
function machine(spin: boolean) {
  const version = spin ? /Spin Version (\S+)/.exec(cold('spin -V').out)?.[1] : undefined;
  return { node: process.version, cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), spin: version ?? null };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      svg: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      long: { type: 'boolean', default: false },
      graph: { type: 'boolean', default: false },
    },
  });
  const spin = spinIsHere();
  if (!spin) leftOut('SPIN', 'spin or cc is not installed');
  const known = parts({ spin, rounds: 3 }, values.long, values.graph);
  const bad = values.only.find((name) => !known.has(name));
  if (bad !== undefined) throw new Error(`no part is called "${bad}"`);
  const on = machine(spin);
  if (!values.json)
    process.stdout.write(`Node.js ${on.node}, SPIN ${on.spin ?? 'absent'}, ${on.cores} cores, ${on.cpu}\n\n`);
  const wanted = [...known].filter(([name]) => values.only.length === 0 || values.only.includes(name));
  const measured = wanted.map(([name, measure]) => {
    const part = measure();
    if (!values.json) process.stdout.write(tables(name, part));
    if (part.plot !== undefined && values.svg !== undefined) writeFileSync(values.svg, svgOf(part.plot));
    return { name, figures: part.figures, ratios: part.ratios, rates: part.rates ?? [] };
  });
  if (values.json) process.stdout.write(`${JSON.stringify({ schema: 'rtldlab.bench/2', ...on, parts: measured })}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${WORDS}`);
  process.exitCode = 2;
}
