/**
 * Whether a hunt finds the sixteen incidents without being told: for each broken libc one hunt from a fixed seed, with everything
 * watched, and of what it writes down that which is the incident. Prints a table, or JSON.
 *
 * What can go wrong: reading times of a busy machine. CPU seconds of this process are measured, wall time stands beside them.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { KNOWN_NAMES } from '../cli/catalogue.js';
import { columns } from '../cli/layout.js';
import { cured, hasMechanism, type Incident, incidents } from '../hunt/incidents.js';
import { type Finding, huntUnit, sizeOf } from '../hunt/index.js';
import { knownKernel } from '../kernel/releases.js';
import { buildNamed } from '../process/builds.js';
import { judge } from '../process/judge.js';
import { parseScenario, type Scenario } from '../scenario/index.js';

/** Units of a hunt under one libc; what is not found by then counts as not found. */
const UNITS_MAX = 8;

interface Row {
  readonly incident: string;
  readonly libc: string;
  /** What failed, and how; null when nothing was found within the units. */
  readonly kind: string | null;
  readonly runs: number;
  /** Until it was seen, and until it was small; CPU seconds of this process. */
  readonly seen: number;
  readonly small: number;
  readonly wall: number;
  readonly objects: number;
  readonly byHand: number;
}

function read(text: string): Scenario {
  const parsed = parseScenario(text, { file: 'a finding', ...KNOWN_NAMES });
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error('invariant: what a hunt writes can be read');
}

/** Whether a finding is the incident: the same thing fails, by its own means, and its cure makes that impossible. */
function isIncident(incident: Incident, finding: Finding): boolean {
  if (!incident.fails.includes(finding.id)) return false;
  const scenario = read(finding.scenario);
  if (!hasMechanism(incident, scenario)) return false;
  const after = cured(incident, scenario);
  const build = buildNamed(after.libc);
  if (build === undefined) throw new Error(`invariant: there is no libc ${after.libc}`);
  const judgement = judge(after.scenario, build, knownKernel(after.scenario.kernel ?? '6.18'));
  return (
    judgement.complete && judgement.verdicts.some(({ word, outcome }) => word === 'forbidden' && outcome === 'never')
  );
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function handWritten({ scenario }: Incident): number {
  const file = new URL(`../../scenarios/incidents/${scenario}.yaml`, import.meta.url);
  return sizeOf(read(readFileSync(file, 'utf8'))).objects;
}

/** One hunt under one libc, until all of its incidents are found. */
function huntUnder(libc: string, { wanted, seed, scenarios }: Asked): Row[] {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(`invariant: there is no libc ${libc}`);
  const rows: Row[] = [];
  const known: Finding[] = [];
  const start = { cpu: cpu(), wall: performance.now() };
  const since = (): { cpu: number; wall: number } => ({
    cpu: cpu() - start.cpu,
    wall: (performance.now() - start.wall) / 1000,
  });
  const missing = (): Incident[] => wanted.filter(({ id }) => !rows.some((row) => row.incident === id));
  let runs = 0;
  let last = { run: 0, ...since() };
  const wrote = (finding: Finding): void => {
    const small = since().cpu - last.cpu;
    for (const incident of missing().filter((each) => isIncident(each, finding))) {
      const { kind, objects } = finding;
      const { cpu: seen, wall } = last;
      const byHand = handWritten(incident);
      rows.push({ incident: incident.id, libc, kind, runs: runs + last.run + 1, seen, small, wall, objects, byHand });
      if (scenarios) console.log(`${incident.id}\n${finding.scenario}`);
    }
  };
  const options = {
    libc: build,
    wrote,
    written: wanted.flatMap(({ fails }) => fails),
    seen: (_: string, run: number): void => {
      last = { run, ...since() };
    },
    stop: () => missing().length === 0,
  };
  for (let index = 0; index < UNITS_MAX && missing().length > 0; index++) {
    const unit = huntUnit({ ...options, known }, seed, index);
    known.push(...unit.findings);
    runs += unit.runs;
  }
  const { cpu: seen, wall } = since();
  const nothing = { kind: null, runs, seen, small: 0, wall, objects: 0 };
  return [...rows, ...missing().map((each) => ({ incident: each.id, libc, ...nothing, byHand: handWritten(each) }))];
}

function table(rows: readonly Row[]): string {
  const head = ['incident', 'libc', 'runs', 'CPU s', 'made small', 'wall s', 'objects', 'by hand', 'what failed'];
  const cells = rows.map((row) => [
    row.incident,
    row.libc,
    String(row.runs),
    row.seen.toFixed(1),
    row.small.toFixed(1),
    row.wall.toFixed(1),
    row.kind === null ? '-' : String(row.objects),
    String(row.byHand),
    row.kind ?? 'not found',
  ]);
  return columns([head, ...cells]);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const WORDS = `npm run hunt-incidents -- [--seed N] [--json] [--scenarios] [INCIDENT...]
  --seed N     what the hunts are drawn from; 1 without it
  --json       one JSON object
  --scenarios  what was found, as scenario files
  INCIDENT     one of ${incidents.map(({ id }) => id).join(', ')}; all without it
`;

interface Asked {
  readonly seed: number;
  readonly json: boolean;
  readonly scenarios: boolean;
  readonly wanted: readonly Incident[];
}

/** What is asked. Throws what is wrong with it. */
function asked(args: string[]): Asked {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      scenarios: { type: 'boolean', default: false },
    },
  });
  if (!/^\d{1,9}$/.test(values.seed))
    throw new Error(`"${values.seed}" is no seed: expected a number below 1,000,000,000`);
  const strange = positionals.find((word) => !incidents.some(({ id }) => id === word));
  if (strange !== undefined) throw new Error(`no incident to hunt for is called "${strange}"`);
  const wanted = incidents.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  return { ...values, seed: Number(values.seed), wanted };
}

function main(question: Asked): void {
  const { seed, json, wanted } = question;
  const libcs = [...new Set(wanted.map(({ libc }) => libc))];
  const rows: Row[] = [];
  for (const libc of libcs) {
    const ofLibc = wanted.filter((each) => each.libc === libc);
    rows.push(...huntUnder(libc, { ...question, wanted: ofLibc }));
    if (!json) process.stderr.write(`${table(rows.filter((row) => row.libc === libc))}\n`);
  }
  rows.sort((a, b) => (a.incident < b.incident ? -1 : 1));
  const found = rows.filter(({ kind }) => kind !== null);
  const summary = {
    seed,
    found: found.length,
    of: rows.length,
    medianCpuSeconds: median(rows.map(({ seen, small }) => seen + small)),
    small: found.filter(({ objects, byHand }) => objects <= byHand + 1).length,
  };
  if (json) console.log(JSON.stringify({ schema: 'rtldlab.hunt-incidents/1', ...summary, rows }));
  else {
    console.log(`${table(rows)}\n`);
    console.log(
      `${summary.found} of ${summary.of} found from seed ${seed}; median ${summary.medianCpuSeconds.toFixed(1)} CPU s until it is seen and small; ` +
        `${summary.small} no larger than by hand and one object.`,
    );
  }
  process.exitCode = found.length === rows.length ? 0 : 1;
}

let question: Asked | undefined;
try {
  question = asked(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`hunt-incidents: ${error instanceof Error ? error.message : String(error)}\n\n${WORDS}`);
  process.exitCode = 2;
}
if (question !== undefined) main(question);
