/**
 * Which units a task does, under each engine as it numbers its tasks: every unit has exactly one task, whatever the first number,
 * the step and the number of shares.
 */
import { describe, expect, test } from '@jest/globals';
import { type Choice, type Environment, shareOf } from '../../src/campaign/share.js';

/** The units of a task; a fault as text. */
function units(of: number, choice: Choice, environment: Environment = {}): readonly number[] | string {
  const share = shareOf(of, choice, environment);
  return 'units' in share ? share.units : `${share.fault.message}; ${share.fault.expected}`;
}

/** The units that all tasks do together, and whether none was done twice. */
function together(of: number, choice: Choice, tasks: readonly Environment[]): readonly number[] {
  return tasks.flatMap((environment) => {
    const share = units(of, choice, environment);
    return typeof share === 'string' ? [] : share;
  });
}

const numbered = (variable: string, numbers: readonly number[], more: Environment = {}): readonly Environment[] =>
  numbers.map((n) => ({ [variable]: String(n), ...more }));
const upTo = (n: number, from = 0, by = 1): number[] => Array.from({ length: n }, (_, i) => from + by * i);

describe('the units of a process', () => {
  test('are all of them where nobody names a task', () => {
    expect(shareOf(3, {}, {})).toEqual({ units: [0, 1, 2] });
    expect(shareOf(3, {}, { PARALLEL_SEQ: '2' })).toEqual({ units: [1], by: 'PARALLEL_SEQ' });
    expect(units(3, {}, { PARALLEL_SEQ: '', HOME: '3' })).toEqual([0, 1, 2]);
  });

  test('are one of a number from 0 with --index, whatever an engine says', () => {
    expect(units(3, { index: 2 })).toEqual([2]);
    expect(units(3, { index: 0 }, { PARALLEL_SEQ: '3', SLURM_ARRAY_TASK_ID: 'x' })).toEqual([0]);
    expect(units(3, { index: 3 })).toBe('--index 3 is no unit of this campaign; 0 to 2');
  });

  test('are all with --all, whatever an engine says', () => {
    expect(units(2, { all: true }, { PARALLEL_SEQ: '1', JOB_COMPLETION_INDEX: '0' })).toEqual([0, 1]);
  });
});

describe('GNU parallel', () => {
  test('numbers its jobs from 1', () => {
    expect(together(4, {}, numbered('PARALLEL_SEQ', upTo(4, 1)))).toEqual([0, 1, 2, 3]);
    expect(units(4, {}, { PARALLEL_SEQ: '0' })).toBe('PARALLEL_SEQ 0 is no unit of this campaign; 1 to 4');
    expect(units(4, {}, { PARALLEL_SEQ: '5' })).toBe('PARALLEL_SEQ 5 is no unit of this campaign; 1 to 4');
  });

  test('does shares', () => {
    const all = together(10, { shares: 3 }, numbered('PARALLEL_SEQ', upTo(3, 1)));
    expect(all).toEqual([0, 3, 6, 9, 1, 4, 7, 2, 5, 8]);
    expect(units(10, { shares: 3 }, { PARALLEL_SEQ: '4' })).toBe('PARALLEL_SEQ 4 is no share of this campaign; 1 to 3');
  });
});

describe('a Slurm array', () => {
  const id = 'SLURM_ARRAY_TASK_ID';

  test('from 0 names units: --array=0-4, and a range of them: --array=2-3', () => {
    expect(together(5, {}, numbered(id, upTo(5)))).toEqual([0, 1, 2, 3, 4]);
    expect(together(5, {}, numbered(id, [2, 3], { SLURM_ARRAY_TASK_MIN: '2' }))).toEqual([2, 3]);
  });

  test('from 1 is told so: --array=1-5 with --first 1', () => {
    expect(together(5, { first: 1 }, numbered(id, upTo(5, 1)))).toEqual([0, 1, 2, 3, 4]);
    expect(units(5, {}, { [id]: '5' })).toBe('SLURM_ARRAY_TASK_ID 5 is no unit of this campaign; 0 to 4');
    expect(units(5, { first: 1 }, { [id]: '0' })).toBe('SLURM_ARRAY_TASK_ID 0 is no unit of this campaign; 1 to 5');
  });

  test('with a step does as many units a task, and no more than there are: --array=0-9:4 of 10', () => {
    const step = { SLURM_ARRAY_TASK_STEP: '4' };
    expect(together(10, {}, numbered(id, [0, 4, 8], step))).toEqual(upTo(10));
    expect(units(10, {}, { [id]: '8', ...step })).toEqual([8, 9]);
  });

  test('does shares, with a step too, and shares that are too many have nothing to do', () => {
    expect([...together(10, { shares: 4 }, numbered(id, upTo(4)))].sort()).toEqual(upTo(10));
    const step = { SLURM_ARRAY_TASK_STEP: '5' };
    expect([...together(10, { shares: 4 }, numbered(id, [0, 5, 10, 15], step))].sort()).toEqual(upTo(10));
    expect(units(2, { shares: 4 }, { [id]: '3' })).toEqual([]);
  });
});

describe('a Kubernetes Indexed Job', () => {
  test('numbers its completions from 0, for units and for shares', () => {
    expect(together(4, {}, numbered('JOB_COMPLETION_INDEX', upTo(4)))).toEqual([0, 1, 2, 3]);
    expect([...together(7, { shares: 2 }, numbered('JOB_COMPLETION_INDEX', upTo(2)))].sort()).toEqual(upTo(7));
  });
});

describe('refused', () => {
  test('two engines at once, and what is no number', () => {
    expect(units(4, {}, { PARALLEL_SEQ: '1', SLURM_ARRAY_TASK_ID: '1' })).toBe(
      'PARALLEL_SEQ and SLURM_ARRAY_TASK_ID both name a unit; one engine, or --index N or --all to decide',
    );
    for (const bad of ['-1', '1.5', '1e3', ' 1', 'x', '99999999999']) {
      expect(units(4, {}, { JOB_COMPLETION_INDEX: bad })).toMatch(
        /^JOB_COMPLETION_INDEX cannot be .*; a whole number$/,
      );
    }
    expect(units(4, {}, { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_STEP: '0' })).toMatch(/TASK_STEP cannot be "0"/);
  });

  test('shares or a first number without a task', () => {
    const fault = 'nobody says which task this is; --index N, or an engine that numbers its tasks';
    expect(units(4, { shares: 2 })).toBe(fault);
    expect(units(4, { first: 1 })).toBe(fault);
  });
});
