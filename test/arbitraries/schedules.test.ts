// Schedules as values: the same one gives the same walk, an empty one lets the oldest go first, every number of a sequence counts, and
// priorities find with few change points what needs them.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { choices, oldestFirst, pct, policyOf, type Schedule, schedules } from '../../src/arbitraries/index.js';
import { firstEnabled, type Model, walk } from '../../src/explore/index.js';

const seed = 4;

/** Each of three actors reads a shared number and, one step later, writes one more: two of three updates can be lost. */
const counter: Model = {
  initial: new Map<string, unknown>([['n', 0]]),
  actors: () => ['one', 'two', 'three'].map((name) => ({ name, cls: 'adder' })),
  step({ name }, view) {
    const saw = view.get(name) as number | 'done' | undefined;
    if (saw === 'done') return false;
    if (saw === undefined) view.set(name, view.get('n'));
    else {
      view.set('n', saw + 1);
      view.set(name, 'done');
    }
    return true;
  },
};

const total = (schedule: Schedule): unknown => walk(counter, { pick: policyOf(schedule) }).end.get('n');

describe('a schedule', () => {
  test('offers each actor exactly once, whatever its numbers are', () => {
    const actors = ['a', 'b', 'c', 'd'].map((name) => ({ name, cls: 'x' }));
    fc.assert(
      fc.property(schedules, (schedule) => {
        const policy = policyOf(schedule);
        for (let i = 0; i < 5; i++)
          expect(
            policy
              .order(actors)
              .map(({ name }) => name)
              .sort(),
          ).toEqual(['a', 'b', 'c', 'd']);
        expect(policy.answer(3)).toBeLessThan(3);
      }),
      { seed, numRuns: 100 },
    );
  });

  test('gives the same walk twice', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const [one, other] = [1, 2].map(() => walk(counter, { pick: policyOf(schedule) }).path);
        expect(one).toEqual(other);
      }),
      { seed, numRuns: 50 },
    );
  });

  test('of no number lets the oldest go first', () => {
    const [own, plain] = [policyOf(oldestFirst), firstEnabled()].map((pick) => walk(counter, { pick }).path);
    expect(own).toEqual(plain);
    expect(total(oldestFirst)).toBe(3);
  });
});

test('choices shrink to the fewest numbers that still lose an update', () => {
  const told = fc.check(
    fc.property(choices, (schedule) => total(schedule) === 3),
    { seed, numRuns: 200 },
  );
  const [smallest] = told.counterexample ?? [];
  expect(smallest).toMatchObject({ by: 'choices' });
  expect(smallest?.by === 'choices' && smallest.numbers.length).toBeLessThanOrEqual(2);
});

test('priorities with change points lose updates that priorities alone never lose', () => {
  const drawn = fc.sample(pct({ depth: 2, steps: 6 }), { seed, numRuns: 200 });
  const plain = drawn.map((each) => ({ ...each, changes: [] }));
  expect(drawn.some((each) => total(each) === 1)).toBe(true);
  expect(plain.every((each) => total(each) === 3)).toBe(true);
});
