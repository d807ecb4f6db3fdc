/**
 * A unit of every kind is a function of the plan and its number: again, and from a plan that was written down and read, it gives
 * the same bytes.
 */
import { describe, expect, test } from '@jest/globals';
import { answerOfError } from '../../src/campaign/hands.js';
import { type Kind, NotHere } from '../../src/campaign/kind.js';
import { amend } from '../../src/rseq/semantics.js';
import { type HuntParameters, huntUnits, plannedLibcs } from '../../src/units/hunt-unit.js';
import { type JudgeParameters, judgeUnits } from '../../src/units/judge-unit.js';
import { isKindName, kindNamed, kindNames } from '../../src/units/kinds.js';
import { type RealParameters, realUnits } from '../../src/units/real-unit.js';
import { splitTrials, splitUnits } from '../../src/units/split-unit.js';
import { plannedTrials, trialOf } from '../../src/units/trials.js';
import { type WalkParameters, walkUnits } from '../../src/units/walk-unit.js';
import { bareConstructor, build, linux, scenario, twoThreads } from '../process/scenarios.js';

const trial = { scenario: scenario(twoThreads), libc: build('patch-v12'), kernel: linux };
const other = { ...trial, scenario: scenario(bareConstructor) };
const planned = plannedTrials([trial, other]);

const judging: JudgeParameters = { ...planned, bounds: {} };
const walking: WalkParameters = { ...planned, schedules: 5, maxSteps: 500 };
const hunting: HuntParameters = { libcs: plannedLibcs([trial.libc, build('2.36')]), runs: 12, properties: ['P-01'] };

const text = async (kind: Kind, parameters: unknown, seed: number, index: number): Promise<string> =>
  JSON.stringify(await kind.unit(JSON.parse(JSON.stringify(parameters)), seed, index));

describe.each([
  ['check', judgeUnits, judging],
  ['hunt', huntUnits, hunting],
  ['split', splitUnits, splitTrials([trial], 3, {})],
  ['walk', walkUnits, walking],
] as const)('%s', (name, kind, parameters) => {
  test('gives the same bytes again, and other units other ones', async () => {
    expect(isKindName(name)).toBe(true);
    expect(await kindNamed(name)).toBe(kind);
    const first = await text(kind, parameters, 7, 0);
    expect(await text(kind, parameters, 7, 1)).not.toBe(first);
    expect(await text(kind, parameters, 7, 0)).toBe(first);
  });
});

test('every kind can be loaded, and no other', async () => {
  for (const name of kindNames) expect(typeof (await kindNamed(name)).unit).toBe('function');
  expect(isKindName('toString')).toBe(false);
  expect(() => kindNamed('toString')).toThrow('invariant: no kind of campaign');
});

describe('walks', () => {
  test('differ by seed and unit, and never prove', async () => {
    const walks = await Promise.all(
      [1, 2].flatMap((seed) => [0, 2].map((unit) => text(walkUnits, walking, seed, unit))),
    );
    expect(new Set(walks).size).toBe(4);
    expect(walks.every((walk) => JSON.parse(walk).found.complete === false)).toBe(true);
  });

  test('see what every schedule shows, and call it unexpected', async () => {
    const { outcome, says } = await walkUnits.unit(walking, 1, 1);
    expect(outcome).toBe('unexpected');
    expect(says).toContain('a-constructor-claims-first under patch-v12, 5 random schedules: forbidden: always so far');
  });
});

describe('a plan', () => {
  test("carries a reader's own semantics with all its switches", () => {
    const own = { ...trial.libc, name: 'mine', rseq: amend(trial.libc.rseq, { name: 'mine', mainAt: 'main' }) };
    const read = JSON.parse(JSON.stringify(plannedTrials([{ ...trial, libc: { ...own, file: 'mine.ts' } }])));
    expect(trialOf(read, 0)).toEqual({ ...trial, libc: own });
  });
});

describe('hunts together', () => {
  test('keep the smallest scenario of each kind', async () => {
    const found = (unit: number, objects: number) => ({
      unit,
      result: {
        outcome: 'unexpected' as const,
        says: '',
        found: { libc: 'x', findings: [{ kind: 'k', objects, actions: 1, steps: 1, verdict: 'always' }] },
      },
    });
    const kept = huntUnits.together?.(hunting, [found(0, 3), found(1, 2), found(2, 2)]);
    expect(kept?.map(({ says }) => says)).toEqual(['x: k; 2 objects, always (unit 1)']);
  });
});

describe('real worlds', () => {
  test('are asked of the machine of the plan and of no other; the unit is lost, not done', async () => {
    const elsewhere: RealParameters = {
      machine: 'a libc that nobody has',
      libc: 'debian-2.36',
      kernel: '6.18',
      compiler: 'gcc',
      worlds: 1,
    };
    const error: unknown = await Promise.resolve(realUnits.unit(elsewhere, 1, 0)).catch((why: unknown) => why);
    expect(error).toBeInstanceOf(NotHere);
    expect(answerOfError(error)).toEqual({ lost: expect.stringMatching(/.+/) });
  });
});

describe('a unit that throws', () => {
  test('is a result when a promise of ours broke, and lost when the machine is to blame', () => {
    expect(answerOfError(new Error('invariant: x\nmore'))).toMatchObject({
      result: { outcome: 'broken', says: 'invariant: x' },
    });
    const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });
    for (const error of [new RangeError('Array buffer allocation failed'), full]) {
      expect(answerOfError(error)).toEqual({ lost: error.message });
    }
  });
});
