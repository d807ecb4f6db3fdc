/**
 * The scenarios of a campaign and the semantics under which they are asked, as a plan carries them: whole, so that another machine
 * needs the plan's folder and nothing else.
 *
 * What can go wrong: a plan that names a file, which is another file elsewhere. Scenarios are texts here, and a reader's own
 * semantics is there with all its switches.
 */

import type { KernelFeatures } from '../kernel/index.js';
import { knownKernel } from '../kernel/releases.js';
import { type Build, buildNamed, buildNames } from '../process/builds.js';
import { claimantNames } from '../rseq/claimants.js';
import { parseScenario, printScenario, type Scenario } from '../scenario/index.js';

/** A scenario under a libc on a kernel. */
export interface UnitTrial {
  readonly scenario: Scenario;
  readonly libc: Build;
  readonly kernel: KernelFeatures;
}

/** One trial as a plan says it. */
export interface PlannedTrial {
  /** The number of its scenario. */
  readonly scenario: number;
  /** The name of a build, or the reader's own in full. */
  readonly libc: string | Build;
  readonly kernel: string;
}

/** Scenarios and trials as a plan says them. */
export interface PlannedTrials {
  /** Texts that `parseScenario` reads. */
  readonly scenarios: readonly string[];
  readonly trials: readonly PlannedTrial[];
}

/** A build as a plan says it: by name, or the reader's own in full. */
export function plannedBuild(build: Build): string | Build {
  if (buildNamed(build.name) === build) return build.name;
  const { name, release, rseq } = build;
  return { name, release, rseq };
}

/** Trials as plain data; each scenario once. */
export function plannedTrials(trials: readonly UnitTrial[]): PlannedTrials {
  const scenarios: Scenario[] = [];
  const planned = trials.map(({ scenario, libc, kernel }): PlannedTrial => {
    if (!scenarios.includes(scenario)) scenarios.push(scenario);
    return { scenario: scenarios.indexOf(scenario), libc: plannedBuild(libc), kernel: kernel.name };
  });
  return { scenarios: scenarios.map(printScenario), trials: planned };
}

/** The build that a plan says. @throws when there is none */
export function readBuild(planned: string | Build | undefined): Build {
  const build = typeof planned === 'string' ? buildNamed(planned) : planned;
  if (build === undefined) throw new Error(`invariant: the plan names no build: ${JSON.stringify(planned)}`);
  return build;
}

/** One trial of a plan. @throws when the plan was not made by `plannedTrials` */
export function trialOf({ scenarios, trials }: PlannedTrials, index: number): UnitTrial {
  const planned = trials[index];
  const text = scenarios[planned?.scenario ?? -1];
  if (planned === undefined || text === undefined) throw new Error(`invariant: the plan has no trial ${index}`);
  const parsed = parseScenario(text, { knownSemantics: buildNames, knownClaimants: claimantNames });
  if (!('scenario' in parsed)) throw new Error(`invariant: scenario ${planned.scenario} of the plan cannot be read`);
  return { scenario: parsed.scenario, libc: readBuild(planned.libc), kernel: knownKernel(planned.kernel) };
}

/** A trial's name in a line. */
export function trialName({ scenario, libc }: UnitTrial): string {
  return `${scenario.name} under ${libc.name}`;
}

/** A scenario to be searched in part: what it pins of the whole, the number of states, is no expectation of a part. */
export function withoutPins(scenario: Scenario): Scenario {
  const expect = Object.entries(scenario.expect).map(([name, expectation]) => {
    return [name, Object.fromEntries(Object.entries(expectation).filter(([word]) => word !== 'states'))] as const;
  });
  return { ...scenario, expect: Object.fromEntries(expect) };
}
