/**
 * Matchers for a reader's own tests: that a property holds of a scenario, that something never happens in it, that libc owns the
 * main thread, each in every schedule. They are `explore` with a verdict for jest.
 *
 * What can go wrong: a failure that nobody can see again. The message holds the scenario, the shortest way to the failure and the
 * line that replays it; fast-check adds its seed.
 */
import { knownKernel } from '../kernel/releases.js';
import { type Build, buildNamed, nearestBuild } from '../process/builds.js';
import { type Judgement, judge, storyForJudgement, storyText } from '../report/index.js';
import { propertyNamed } from '../rseq/properties.js';
import {
  parsePredicate,
  parseScenario,
  printScenario,
  renderDiagnostic,
  type Scenario,
  threadNames,
} from '../scenario/index.js';
import { type GeneratedWorld, scenarioOf } from './world.js';

/** Under what a scenario is looked at. */
export interface Under {
  /** A release, a distribution's build or a semantics by name, or a build; default debian-2.36. */
  readonly libc?: string | Build;
  /** Linux; default the scenario's own, or 6.18. */
  readonly kernel?: string;
  /** States to visit at most; default 20,000. What lies beyond them is not looked at. */
  readonly maxStates?: number;
}

/** A scenario, its text, or a generated world. */
export type Judgeable = Scenario | GeneratedWorld | string;

/** What a matcher of jest returns. */
export interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

function scenarioFrom(what: Judgeable): Scenario {
  if (typeof what !== 'string') return 'name' in what ? what : scenarioOf(what);
  const parsed = parseScenario(what, { file: 'the scenario' });
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(parsed.diagnostics.map((each) => renderDiagnostic(each)).join('\n'));
}

function buildFrom(libc: string | Build = 'debian-2.36'): Build {
  if (typeof libc !== 'string') return libc;
  const build = buildNamed(libc);
  if (build !== undefined) return build;
  const near = nearestBuild(libc);
  throw new Error(`there is no libc ${JSON.stringify(libc)}${near === undefined ? '' : `; did you mean ${near}?`}`);
}

/** The scenario with one question, in the language of scenario files. */
function asking(scenario: Scenario, word: 'forbidden' | 'required', text: string): Scenario {
  const names = [scenario.world.exe, ...Object.values(scenario.world.objects)];
  const objects = new Set(['exe', 'libc', 'process', ...Object.keys(scenario.world.objects)]);
  const { predicate, problems } = parsePredicate(text, { objects, threads: threadNames(names) });
  const [problem] = problems;
  if (predicate === undefined || problem !== undefined) {
    const { message = 'it cannot be read', expected } = problem ?? {};
    throw new Error(`in ${JSON.stringify(text)}: ${message}${expected === undefined ? '' : `; expected ${expected}`}`);
  }
  const empty = { forbidden: [], required: [], allowed: [], order: [], expect: {} };
  return { ...scenario, ...empty, [word]: [{ that: predicate }] };
}

function failure(scenario: Scenario, build: Build, kernel: string, judgement: Judgement): string {
  const file = 'found.yaml';
  const told = storyForJudgement(scenario, build, knownKernel(kernel), judgement, { file });
  return `${file}:\n\n${printScenario(scenario)}\n${told === null ? '' : storyText(told)}`;
}

function decide(what: Judgeable, word: 'forbidden' | 'required', predicate: string, under: Under): Matched {
  const scenario = asking(scenarioFrom(what), word, predicate);
  const build = buildFrom(under.libc);
  const kernel = under.kernel ?? scenario.kernel ?? '6.18';
  const on = { ...scenario, kernel };
  const judgement = judge(on, build, knownKernel(kernel), { maxStates: under.maxStates ?? 20_000 });
  const [verdict] = judgement.verdicts;
  const where = `under ${build.name} on Linux ${kernel}`;
  if (verdict === undefined) {
    return { pass: false, message: () => `the model lacks ${judgement.unsupported.join(', ')} ${where}` };
  }
  const pass = verdict.agrees !== 'no';
  return {
    pass,
    message: () =>
      pass
        ? `${word}: ${predicate}\n${verdict.printed} ${where}, and that was not to be so\n\n${printScenario(on)}`
        : `${word}: ${predicate}\n${verdict.printed} ${where}\n\n${failure(on, build, kernel, judgement)}`,
  };
}

/** The matchers, as `expect.extend` takes them. */
export const matchers = {
  /** A property by its number (P-01) is broken in no schedule. */
  toHold(received: Judgeable, property: string, under: Under = {}): Matched {
    if (propertyNamed(property) === undefined) throw new Error(`there is no property ${JSON.stringify(property)}`);
    return decide(received, 'forbidden', `${property} broken`, under);
  },
  /** What a predicate says, in the language of scenarios, comes to pass in no schedule. */
  toNever(received: Judgeable, predicate: string, under: Under = {}): Matched {
    return decide(received, 'forbidden', predicate, under);
  },
  /** In every schedule libc registers the main thread. */
  toBeOwnedByLibc(received: Judgeable, under: Under = {}): Matched {
    return decide(received, 'required', 'main is owned by libc', under);
  },
} as const;
