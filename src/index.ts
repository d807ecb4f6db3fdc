/**
 * The library: what the commands do, as plain functions. It stands for nothing in glibc or Linux; texts and names go in, values
 * come out.
 *
 * What can go wrong: the input. A text with faults or a name nobody has comes back as `problems`, each with a stable code; only
 * a broken promise of the simulator throws.
 */

import { KNOWN_NAMES } from './cli/catalogue.js';
import type { Complaint } from './cli/complaint.js';
import { trialsOf } from './cli/judging.js';
import { DEFAULT_KERNEL, DEFAULT_LIBC, kernelNamed, libcNamed, SEED_MAX } from './cli/names.js';
import { type NamedWorld, type Traced, trace, worldsOf } from './cli/worlds.js';
import type { HuntReport, WholeHuntOptions } from './hunt/index.js';
import type { Build } from './process/builds.js';
import { type JudgeOptions, judge } from './process/judge.js';
import type { Judgement } from './process/verdict.js';
import { type Diagnostic, parseScenario, type Scenario, type World } from './scenario/index.js';
import { hireThread } from './units/crew.js';

export type { FinishedUnit, UnitOutcome, UnitResult } from './campaign/kind.js';
export { type Merged, mergeCampaign } from './campaign/merge.js';
export { type Plan, type Planned, planOf, readPlan, writePlan } from './campaign/plan.js';
export { type RunOptions as RunUnitsOptions, type RunReport, runUnits } from './campaign/run.js';
export { type Share, shareOf } from './campaign/share.js';
export type { Complaint } from './cli/complaint.js';
export { importOf } from './cli/import.js';
export { type OrderedProgram, orderOf } from './cli/order-program.js';
export { type Prediction, predict, sameEvents } from './cli/prediction.js';
export type { Traced } from './cli/worlds.js';
export type { Finding, HuntReport } from './hunt/index.js';
export { kernelNames, runKernelFile } from './kernel/index.js';
export { type Build, buildNames } from './process/builds.js';
export { type Proposal, type ReleaseName, type SemanticsName, semantics } from './process/proposals.js';
export type { Judgement, Part, Verdict, Way } from './process/verdict.js';
export { amend, type RseqSemantics } from './rseq/semantics.js';
export {
  type Diagnostic,
  expandVary,
  holdsOf,
  type Parsed,
  type ParseOptions,
  parseRecordings,
  parseScenario,
  printScenario,
  type RecordedEvent,
  type Recording,
  renderDiagnostic,
  type Scenario,
  type World,
} from './scenario/index.js';
export { unitHand } from './units/hand.js';

/** What is wrong with the input: a fault in a text, with its place, or a name or number that nobody has. */
export type Problem = Diagnostic | Complaint;

export interface RunOptions {
  /** A release, a distribution's build or a semantics; the scenario's first, or debian-2.36. */
  readonly libc?: string;
  /** The scenario's, or 6.18. */
  readonly kernel?: string;
  /** Draw the schedule from this seed, from 0 to 4,294,967,295; without it the lowest-numbered thread goes first. */
  readonly seed?: number;
}

/** The worlds that were run, in order, or what is wrong with the input. */
export type Runs = { readonly runs: readonly Traced[] } | { readonly problems: readonly Problem[] };

function place(named: NamedWorld, options: RunOptions) {
  const libc = libcNamed(options.libc ?? named.libc[0] ?? DEFAULT_LIBC);
  const kernel = kernelNamed(options.kernel ?? named.kernel ?? DEFAULT_KERNEL);
  const problems = [libc, kernel].flatMap((answer) => ('complaint' in answer ? [answer.complaint] : []));
  return 'value' in libc && 'value' in kernel ? { libc: libc.value, kernel: kernel.value } : { problems };
}

function seedProblem(seed: number | undefined): readonly Problem[] {
  if (seed === undefined || (Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX)) return [];
  return [{ code: 'C004', message: `the seed cannot be ${seed}`, expected: `a whole number from 0 to ${SEED_MAX}` }];
}

/**
 * Run one schedule of each world: of a scenario's text (each member of its families), of a recording's text (each line), or of
 * a world given as a value.
 *
 * @returns events in the format of the recordings, or `unsupported` with the name of what the model lacks
 * @throws only what names a broken invariant of the simulator
 */
export function run(what: string | World, options: RunOptions = {}): Runs {
  const given =
    typeof what === 'string' ? worldsOf(what, 'scenario.yaml') : worldsOf(JSON.stringify(what), 'world.json');
  const faults = given.diagnostics.filter(({ severity }) => severity === 'error');
  const wrong = [...faults, ...seedProblem(options.seed)];
  if (wrong.length > 0) return { problems: wrong };
  const runs: Traced[] = [];
  for (const named of given.worlds) {
    const at = place(named, options);
    if ('problems' in at) return { problems: at.problems };
    runs.push(trace(named, at.libc, at.kernel, { seed: options.seed }));
  }
  return { runs };
}

export interface ExploreOptions extends JudgeOptions {
  /** Semantics to judge under; those that the scenario lists, or those that it expects something of. */
  readonly libc?: string | readonly string[];
  /** The scenario's, or 6.18. */
  readonly kernel?: string;
  /** Threads to search with, 1 where none is given; the answer is the same. */
  readonly workers?: number;
}

/** A judgement for each semantics, or what is wrong with the input. */
export type Judgements = { readonly judgements: readonly Judgement[] } | { readonly problems: readonly Problem[] };

/** A count that a bound may be. */
function boundProblems(options: ExploreOptions): readonly Problem[] {
  return (['maxStates', 'maxDepth', 'maxSteps', 'workers'] as const).flatMap((name) => {
    const value = options[name];
    if (value === undefined || value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1)) return [];
    return [{ code: 'C004' as const, message: `${name} cannot be ${value}`, expected: 'a whole number from 1' }];
  });
}

/**
 * Explore every schedule and every member of a scenario's families, under one or more semantics.
 *
 * @param what a scenario, or its text
 * @returns one judgement for each semantics: verdicts with their shortest witnesses, or what the model lacks
 * @throws only what names a broken invariant of the simulator
 */
export function explore(what: string | Scenario, options: ExploreOptions = {}): Judgements {
  const parsed = typeof what === 'string' ? parseScenario(what, KNOWN_NAMES) : { scenario: what };
  if ('diagnostics' in parsed) return { problems: parsed.diagnostics };
  const { libc, kernel, workers = 1, ...bounds } = options;
  const crew = workers > 1 ? { crew: { size: workers, hire: hireThread } } : {};
  const asked = libc === undefined ? parsed.scenario.libc : [libc].flat();
  const scenario = { ...parsed.scenario, libc: asked, ...(kernel === undefined ? {} : { kernel }) };
  const trials = trialsOf({ file: '', scenario }, {});
  const wrong = [...('complaint' in trials ? [trials.complaint] : []), ...boundProblems(options)];
  if (wrong.length > 0 || 'complaint' in trials) return { problems: wrong };
  return {
    judgements: trials.value.map((trial) => judge(trial.scenario, trial.libc, trial.kernel, { ...bounds, ...crew })),
  };
}

export interface HuntOptions extends Omit<WholeHuntOptions, 'libc'> {
  /** A release, a distribution's build or a semantics by name, or a build of your own; debian-2.36. */
  readonly libc?: string | Build;
}

/**
 * Run generated worlds under one libc and make each kind of failure into the smallest scenario that shows it.
 *
 * @returns what was found, the same for the same options, or what is wrong with them
 * @throws only what names a broken invariant of the simulator
 */
export async function hunt(
  options: HuntOptions = {},
): Promise<{ readonly report: HuntReport } | { readonly problems: readonly Problem[] }> {
  const { libc = DEFAULT_LIBC, kernel, ...rest } = options;
  const build = typeof libc === 'string' ? libcNamed(libc) : { value: libc };
  const wrong = [build, ...(kernel === undefined ? [] : [kernelNamed(kernel)])].flatMap((answer) =>
    'complaint' in answer ? [answer.complaint] : [],
  );
  const problems = [...wrong, ...seedProblem(options.seed)];
  if (problems.length > 0 || 'complaint' in build) return { problems };
  const { hunt: go } = await import('./hunt/index.js');
  return { report: go({ ...rest, libc: build.value, ...(kernel === undefined ? {} : { kernel }) }) };
}
