/**
 * The scenario files on a shelf of the catalogue, parsed.
 *
 * What can go wrong: a file that is skipped because its name is unexpected; every file on a shelf must be a scenario.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { knownKernel } from '../../src/kernel/releases.js';
import { buildNamed, buildNames } from '../../src/process/builds.js';
import { judge } from '../../src/process/judge.js';
import type { Judgement } from '../../src/process/verdict.js';
import { claimantNames } from '../../src/rseq/claimants.js';
import { parseScenario, renderDiagnostic } from '../../src/scenario/index.js';
import type { Scenario, VerdictWord } from '../../src/scenario/schema.js';

export interface Shelved {
  /** The file's name without its ending. */
  readonly name: string;
  readonly text: string;
  readonly scenario: Scenario;
}

const scenarios = join(__dirname, '..', '..', 'scenarios');

/** Every scenario of a shelf, by name. A file that is no valid scenario is a mistake in the catalogue, and says why. */
export function shelf(name: string): readonly Shelved[] {
  const folder = join(scenarios, name);
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const parsed = parseScenario(text, { file, knownSemantics: buildNames, knownClaimants: claimantNames });
      if (!('scenario' in parsed)) throw new Error(parsed.diagnostics.map((d) => renderDiagnostic(d)).join('\n'));
      return { name: file.replace(/\.yaml$/, ''), text, scenario: parsed.scenario };
    });
}

/** The name of the file that makes this claim: its words without articles. */
export function fileNameOf(claim: string): string {
  const words = claim.toLowerCase().replace(/[.,']/g, '').split(/\s+/);
  return words.filter((word) => !['a', 'an', 'the'].includes(word)).join('-');
}

/** A scenario judged under a build by name, on the kernel that it names. */
export function judged(scenario: Scenario, libc: string): Judgement {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(`no build ${libc}`);
  return judge(scenario, build, knownKernel(scenario.kernel ?? '6.18'));
}

/** The verdict words and the count of states, as `expect` writes them. */
export function wordsOf({ verdicts, states }: Judgement): Record<string, VerdictWord | number> {
  return { ...Object.fromEntries(verdicts.map(({ word, outcome }) => [word, outcome])), states };
}

/** That a scenario comes out under a build as it expects, with every state visited and the count of states it pins. */
export function expectAsExpected(scenario: Scenario, libc: string): void {
  const judgement = judged(scenario, libc);
  expect(judgement.unsupported).toEqual([]);
  expect(judgement.complete).toBe(true);
  expect(wordsOf(judgement)).toEqual(scenario.expect[libc]);
  expect(judgement.outcome).toBe('asExpected');
}
