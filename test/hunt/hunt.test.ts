// A unit of a hunt: the same arguments give the same value, and whatever it writes down comes out as it says.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { recipes, scenarioOf, worldOf } from '../../src/arbitraries/index.js';
import { parsePath, randomBelow } from '../../src/explore/index.js';
import { type Finding, hunt, huntUnit, sizeOf, suspicionIds } from '../../src/hunt/index.js';
import { mutated } from '../../src/hunt/mutate.js';
import { knownKernel } from '../../src/kernel/releases.js';
import { judge, modelOfScenario, replayScenario } from '../../src/process/judge.js';
import { claimantNames } from '../../src/rseq/claimants.js';
import { properties } from '../../src/rseq/properties.js';
import { parseScenario, printScenario, type Scenario } from '../../src/scenario/index.js';
import { build } from '../process/scenarios.js';

function scenarioIn({ scenario }: Finding): Scenario {
  const parsed = parseScenario(scenario, { knownClaimants: claimantNames });
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(`a finding cannot be read:\n${scenario}`);
}

const few = { libc: build('patch-v17'), runs: 30, properties: ['P-01', 'P-02', 'P-03', 'refused', 'SIGSEGV'] };
const unit = huntUnit(few, 1, 0);

describe('a unit', () => {
  test('gives the same value for the same arguments, and another for another index', () => {
    expect(huntUnit(few, 1, 0)).toEqual(unit);
    const index = huntUnit({ ...few, runs: 10, written: [] }, 1, 1);
    expect(index.states).not.toBe(unit.states);
    expect(index.findings).toEqual([]);
  });

  test('counts what it did', () => {
    expect(unit).toMatchObject({ schema: 'rtldlab.hunt-unit/1', libc: 'patch-v17', seed: 1, index: 0, runs: 30 });
    expect(unit.worlds).toBeGreaterThan(10);
    expect(unit.states).toBeGreaterThan(50);
  });

  test('can be written as JSON and read back', () => {
    expect(JSON.parse(JSON.stringify(unit))).toEqual(unit);
  });

  test('watches only what it is told to', () => {
    expect(unit.findings.filter(({ id }) => !few.properties.includes(id))).toEqual([]);
  });

  test('ends when it is told to, with what it has seen', () => {
    let asked = 0;
    const cut = huntUnit({ ...few, written: [], stop: () => ++asked > 5 }, 1, 0);
    expect(cut.runs).toBeLessThan(unit.runs);
    expect(cut.runs).toBeGreaterThan(0);
  });
});

describe('what is found', () => {
  test('is of different kinds, each known by what it watches', () => {
    expect(unit.findings.length).toBeGreaterThan(1);
    expect(new Set(unit.findings.map(({ kind }) => kind)).size).toBe(unit.findings.length);
    expect(new Set(unit.findings.map(({ name }) => name)).size).toBe(unit.findings.length);
    for (const { id } of unit.findings) expect(suspicionIds).toContain(id);
  });

  test.each(unit.findings.map((finding): [string, Finding] => [finding.name, finding]))(
    '%s is judged as it expects, is not dull, and its path replays',
    (_, finding) => {
      const scenario = scenarioIn(finding);
      expect(scenarioIn({ ...finding, scenario: printScenario(scenario) })).toEqual(scenario);
      const kernel = knownKernel(scenario.kernel ?? '6.18');
      const judgement = judge(scenario, build('patch-v17'), kernel);
      expect(judgement).toMatchObject({ outcome: 'asExpected', complete: true });
      expect(judgement.verdicts.map(({ word, outcome }) => [word, outcome === 'never'])).toEqual([
        ['forbidden', false],
        ['allowed', false],
      ]);
      const path = parsePath(finding.path);
      if (!path.ok) throw new Error(finding.path);
      expect(replayScenario(modelOfScenario(scenario, build('patch-v17'), kernel), path.path).ok).toBe(true);
      expect(sizeOf(scenario)).toEqual({ objects: finding.objects, actions: finding.actions });
    },
  );

  test('what the fixed libc does not do is not found under it', () => {
    const fixed = hunt({ libc: build('patch-v18'), runs: 30, properties: ['P-02'] });
    expect(unit.findings.map(({ id }) => id)).toContain('P-02');
    expect(fixed.findings).toEqual([]);
  });
});

test('a hunt of one unit is that unit', () => {
  const whole = hunt({ ...few, seed: 1 });
  expect(whole.findings).toEqual(unit.findings);
  expect(whole).toMatchObject({ schema: 'rtldlab.hunt/1', runs: 30, worlds: unit.worlds });
});

test('every property of single runs is watched', () => {
  expect(properties.filter(({ id }) => !suspicionIds.includes(id))).toEqual([]);
});

test('neighbours of recipes are recipes: what is printed of their worlds can be read', () => {
  const drawn = fc.sample(recipes, { seed: 3, numRuns: 40 });
  const below = randomBelow(3);
  const neighbours = drawn.flatMap((recipe, i) => {
    const other = drawn[(i + 7) % drawn.length] ?? recipe;
    return [mutated(recipe, other, below), mutated(mutated(recipe, other, below), other, below)];
  });
  expect(neighbours.filter((each, i) => JSON.stringify(each) === JSON.stringify(drawn[i >> 1])).length).toBeLessThan(
    20,
  );
  for (const recipe of neighbours) {
    const scenario = scenarioOf(worldOf(recipe));
    expect(parseScenario(printScenario(scenario), { knownClaimants: claimantNames })).toMatchObject({ scenario });
  }
});
