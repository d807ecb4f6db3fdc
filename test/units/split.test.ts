/**
 * A state space searched in parts says what the whole says: the verdicts, whether they are as expected, and ways as short, whatever
 * the number of parts.
 *
 * What can go wrong: scenarios in which every part sees the same. Among these are some in which a few parts alone see it.
 */
import { describe, expect, test } from '@jest/globals';
import type { FinishedUnit } from '../../src/campaign/kind.js';
import { printPath } from '../../src/explore/index.js';
import { judge, modelOfScenario } from '../../src/process/judge.js';
import type { Judgement } from '../../src/process/verdict.js';
import { frontierOf } from '../../src/units/frontier.js';
import { type SplitParameters, splitTrials, splitUnits } from '../../src/units/split-unit.js';
import { bareConstructor, build, linux, scenario, twoThreads } from '../process/scenarios.js';

const family = `
scenario: a-family
exe: {needed: [a, b], main: start one body; join one, bodies: {body: info}}
objects: {a: {}, b: {}}
claimants:
  a: {who: C-15, area: static}
vary: [{orders: exe.needed}, {onoff: bind_now}]
forbidden: main is owned by a
allowed: a ran ctor
required: ends with exit 0
`;

interface United {
  readonly outcome: string;
  readonly complete: boolean;
  readonly verdicts: Judgement['verdicts'];
}

async function inParts(parameters: SplitParameters, left: readonly number[] = []): Promise<United[]> {
  const finished: FinishedUnit[] = [];
  for (const unit of parameters.parts.keys()) {
    if (!left.includes(unit)) finished.push({ unit, result: await splitUnits.unit(parameters, 1, unit) });
  }
  const together = splitUnits.together?.(parameters, finished) ?? [];
  return together.map(({ outcome, found }) => ({ outcome, ...(found as Omit<United, 'outcome'>) }));
}

/** What does not depend on counts. */
const said = (verdicts: Judgement['verdicts']) =>
  verdicts.map(({ word, outcome, agrees, witness, against, parts }) => ({
    word,
    outcome,
    agrees,
    witness: witness?.steps,
    against: against?.steps,
    parts: parts.map((part) => [part.text, part.outcome, part.witness?.steps]),
  }));

describe.each([
  ['a constructor that claims', bareConstructor],
  ['two threads', twoThreads],
  ['a family', family],
])('%s', (_, text) => {
  const libcs = ['patch-v12', 'debian-2.36'] as const;

  test.each(libcs)('in parts as in one piece, under %s', async (libc) => {
    const trial = { scenario: scenario(text), libc: build(libc), kernel: linux };
    const whole = judge(trial.scenario, trial.libc, linux);
    for (const wanted of [1, 4, 12]) {
      const [united] = await inParts(splitTrials([trial], wanted, {}));
      expect({ wanted, outcome: united?.outcome, complete: united?.complete }).toEqual({
        wanted,
        outcome: whole.outcome,
        complete: true,
      });
      expect(said(united?.verdicts ?? [])).toEqual(said(whole.verdicts));
    }
  });
});

describe('the union', () => {
  const trial = { scenario: scenario(twoThreads), libc: build('patch-v12'), kernel: linux };

  test('is not complete without a part, and says how many', async () => {
    const parameters = splitTrials([trial], 4, {});
    expect(parameters.parts.length).toBeGreaterThan(4);
    const [united] = await inParts(parameters, [2]);
    expect(united?.complete).toBe(false);
    expect(united?.verdicts.filter(({ outcome, agrees }) => outcome === 'never' && agrees === 'yes')).toEqual([]);
  });

  test('is not complete when a part met its bound', async () => {
    const [united] = await inParts(splitTrials([trial], 4, { maxStates: 9 }));
    expect(united).toMatchObject({ complete: false });
  });

  test('keeps the trials of several scenarios apart', async () => {
    const other = { ...trial, scenario: scenario(bareConstructor) };
    const united = await inParts(splitTrials([trial, other], 3, {}));
    const wholes = [trial, other].map((each) => judge(each.scenario, each.libc, linux));
    expect(united.map(({ verdicts }) => said(verdicts))).toEqual(wholes.map(({ verdicts }) => said(verdicts)));
  });
});

describe('a frontier', () => {
  const { model } = modelOfScenario(scenario(family), build('patch-v12'), linux);

  test('parts the members of a family first', () => {
    const { distance, paths } = frontierOf(model, 2, 64);
    expect({ distance, paths: paths.map(printPath) }).toEqual({
      distance: 1,
      paths: ['vary', 'vary:1', 'vary:2', 'vary:3'].map((path) => path.replace(/^vary$/, 'vary:0')),
    });
  });

  test('is the widest there is where none is wide enough', () => {
    const { paths } = frontierOf(model, 1_000_000, 64);
    expect(paths.length).toBeGreaterThan(4);
    expect(new Set(paths.map(({ length }) => length)).size).toBe(1);
  });
});
