// What a hunt hands over can be relied on: shrinking never ends at a scenario that passes, and each finding, under whichever libc,
// happens again along its own path, alone and in the words that it is kept in.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { oldestFirst, scenarios } from '../../src/arbitraries/index.js';
import { parsePath } from '../../src/explore/index.js';
import { type Finding, huntUnit, shrunk, sizeOf, suspicions } from '../../src/hunt/index.js';
import { type Failure, failuresOf, modelOf, runOnce } from '../../src/hunt/trial.js';
import { knownKernel } from '../../src/kernel/releases.js';
import { judge, modelOfScenario, replayScenario } from '../../src/process/judge.js';
import { claimantNames } from '../../src/rseq/claimants.js';
import { parseScenario, type Scenario } from '../../src/scenario/index.js';
import { build } from '../process/scenarios.js';

const seed = 20110626;

/** What fails when the oldest thread always goes first. */
function failures(scenario: Scenario, libc: string): Failure[] {
  const { model, unsupported } = modelOf(scenario, build(libc), suspicions);
  const run = unsupported.length > 0 ? undefined : runOnce(model, oldestFirst);
  return run === undefined ? [] : failuresOf(scenario, run, suspicions);
}

/** Whether what broke can come to pass in some schedule of a scenario. */
function happens(scenario: Scenario, { predicate: that }: Failure, libc: string): boolean {
  const asked = { ...scenario, forbidden: [{ that }], required: [], allowed: [], expect: {} };
  const [verdict] = judge(asked, build(libc), knownKernel(scenario.kernel ?? '6.18')).verdicts;
  return verdict !== undefined && verdict.outcome !== 'never';
}

test.each(['2.35'])(`shrinking under %s never yields a passing scenario (seed ${seed})`, (libc) => {
  let shrinkings = 0;
  fc.assert(
    fc.property(scenarios(), (scenario) => {
      const [failure] = failures(scenario, libc);
      if (failure === undefined) return;
      const same = (smaller: Scenario) => failures(smaller, libc).find(({ kind }) => kind === failure.kind);
      const small = shrunk(scenario, (smaller) => same(smaller) !== undefined);
      shrinkings++;
      const left = same(small);
      if (left === undefined) throw new Error(`what is left does not fail: ${JSON.stringify(small.world)}`);
      expect(happens(small, left, libc)).toBe(true);
      expect(sizeOf(small).objects).toBeLessThanOrEqual(sizeOf(scenario).objects);
    }),
    { seed, numRuns: 15 },
  );
  expect(shrinkings).toBeGreaterThan(1);
});

function scenarioIn({ scenario }: Finding): Scenario {
  const parsed = parseScenario(scenario, { knownClaimants: claimantNames });
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(`a finding cannot be read:\n${scenario}`);
}

describe.each(['patch-v12', '2.35'])('findings under %s', (libc) => {
  const { findings } = huntUnit({ libc: build(libc), runs: 20 }, seed, 0);

  test('are there', () => {
    expect(findings).not.toEqual([]);
  });

  test('happen again along their own paths, and are judged as they expect', () => {
    for (const finding of findings) {
      const scenario = scenarioIn(finding);
      const kernel = knownKernel(scenario.kernel ?? '6.18');
      expect([finding.name, judge(scenario, build(libc), kernel).outcome]).toEqual([finding.name, 'asExpected']);
      const path = parsePath(finding.path);
      if (!path.ok) throw new Error(`${finding.name} has no path: ${finding.path}`);
      const replayed = replayScenario(modelOfScenario(scenario, build(libc), kernel), path.path);
      expect([finding.name, replayed.ok]).toEqual([finding.name, true]);
    }
  });
});
