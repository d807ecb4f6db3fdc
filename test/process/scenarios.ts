// Small scenarios for tests, written as a reviewer would write them, and judging them in one call.
import { knownKernel } from '../../src/kernel/releases.js';
import { type Build, buildNamed } from '../../src/process/builds.js';
import { type JudgeOptions, judge } from '../../src/process/judge.js';
import type { Judgement, Verdict } from '../../src/process/verdict.js';
import { parseScenario, renderDiagnostic, type Scenario } from '../../src/scenario/index.js';

export const linux = knownKernel('6.18');

/** The five semantics that the seed's question is asked of, by the names of builds. */
export const seedBuilds = ['patch-v12', 'register-early', 'unconditional', '2.32-dev', 'debian-2.36'] as const;

export function build(name: string): Build {
  const found = buildNamed(name);
  if (found === undefined) throw new Error(`no build is called ${name}`);
  return found;
}

/** The scenario of a text; the diagnostics are thrown when it has any. */
export function scenario(text: string): Scenario {
  const parsed = parseScenario(text);
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(parsed.diagnostics.map((d) => renderDiagnostic(d)).join('\n'));
}

export function judged(text: string, libc: string, options: JudgeOptions = {}): Judgement {
  return judge(scenario(text), build(libc), linux, options);
}

/** The verdict on one expectation word. */
export function verdict(judgement: Judgement, word: Verdict['word']): Verdict {
  const found = judgement.verdicts.find((each) => each.word === word);
  if (found === undefined) throw new Error(`no verdict on ${word}`);
  return found;
}

/** What became of `forbidden` under each of some semantics. */
export function outcomes(text: string, libcs: readonly string[] = seedBuilds): Record<string, string> {
  return Object.fromEntries(libcs.map((libc) => [libc, verdict(judged(text, libc), 'forbidden').outcome]));
}

export const bareConstructor = `
scenario: a-constructor-claims-first
claim: A constructor that asks nobody takes the main thread before libc.
exe: {needed: [a], main: info}
objects: {a: {}}
claimants: {a: {who: C-15, area: static}}
forbidden: main is owned by a
allowed: a ran ctor
`;

export const twoThreads = `
scenario: two-threads
exe:
  needed: []
  main: start one body; start two body; join one; join two
  bodies: {body: rseq register tls}
forbidden: one is owned by exe
allowed: libc of one is registered before libc of two is registered
required: ends with exit 0
`;
