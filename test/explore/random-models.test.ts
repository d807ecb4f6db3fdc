import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Exploration, ExploreOptions } from '../../src/explore/exploration.js';
import { canonicalText } from '../../src/explore/intern.js';
import type { Model } from '../../src/explore/model.js';
import { searchNaively } from '../../src/explore/naive.js';
import { parsePath, printPath } from '../../src/explore/path.js';
import { possibleSteps, replay } from '../../src/explore/replay.js';
import { search } from '../../src/explore/search.js';
import { firstEnabled, seededRandom, walk } from '../../src/explore/walk.js';
import { modelOf, presence, randomModels } from './random-models.js';

const OPTIONS: ExploreOptions = { marks: presence, judge: (event) => [JSON.stringify(event)] };

/** All that two searches must agree in. */
function agreed(result: Exploration): unknown {
  return { ...result, kept: null, steps: null, marks: [...result.marks], events: [...result.events] };
}

function bothSearches(model: Model, options: ExploreOptions): void {
  const naive = searchNaively(model, options);
  const remembered = search(model, options);
  expect(agreed(remembered)).toEqual(agreed(naive));
  if (naive.complete) expect(remembered.steps.rich + remembered.steps.remembered).toBe(naive.steps.rich);
}

const worldText = (world: ReadonlyMap<string, unknown>): string =>
  canonicalText(
    [...world].sort(([a], [b]) => (a < b ? -1 : 1)),
    'world',
  );

describe.each([
  ['acyclic', true],
  ['cyclic', false],
])('on random %s models', (_, acyclic) => {
  const models = randomModels(acyclic).map((random) => ({ random, model: modelOf(random) }));

  test('remembering changes no answer: states, transitions, finals, marks, events, witnesses', () => {
    fc.assert(
      fc.property(models, ({ model }) => bothSearches(model, OPTIONS)),
      { numRuns: 300, unbiased: true },
    );
  });

  test('nor does it under a bound', () => {
    const bounds = fc.oneof(
      fc.record({ maxStates: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ maxDepth: fc.nat({ max: 5 }) }),
      fc.record({ maxStates: fc.integer({ min: 1, max: 20 }), maxDepth: fc.nat({ max: 5 }) }),
    );
    fc.assert(
      fc.property(models, bounds, ({ model }, bound) => bothSearches(model, { ...OPTIONS, ...bound })),
      { numRuns: 150, unbiased: true },
    );
  });

  test('a model that keeps its promises passes the recheck, and searching twice says the same', () => {
    fc.assert(
      fc.property(models, fc.integer({ min: 1, max: 7 }), ({ random, model }, recheckEvery) => {
        const rechecked = search(model, { ...OPTIONS, recheckEvery });
        expect(rechecked).toEqual(search(modelOf(random), OPTIONS));
      }),
      { numRuns: 150, unbiased: true },
    );
  });

  test('every witness replays, printed and read back, to where it says', () => {
    fc.assert(
      fc.property(models, ({ model }) => {
        const result = search(model, OPTIONS);
        for (const [name, mark] of result.marks) {
          for (const path of [mark.witness, mark.finalWitness]) {
            if (path === null) continue;
            const parsed = parsePath(printPath(path));
            const run = replay(model, parsed.ok ? parsed.path : []);
            expect(run.ok).toBe(true);
            const marks = presence({ ...FROZEN, get: (key) => run.end.get(key) });
            expect(marks).toContain(name);
            if (path === mark.finalWitness) expect(possibleSteps(model, run.end)).toEqual([]);
          }
        }
      }),
      { numRuns: 150, unbiased: true },
    );
  });

  test('a walk is a path of the model and stops only where nobody can go', () => {
    fc.assert(
      fc.property(models, fc.integer(), ({ model }, seed) => {
        for (const pick of [firstEnabled, () => seededRandom(seed)]) {
          const went = walk(model, { pick: pick(), maxSteps: 30 });
          const again = replay(model, went.path);
          expect(again).toMatchObject({ ok: true, steps: went.steps });
          expect(worldText(again.end)).toBe(worldText(went.end));
          expect(possibleSteps(model, went.end).length === 0).toBe(went.ended === 'final');
          expect(walk(model, { pick: pick(), maxSteps: 30 })).toEqual(went);
        }
      }),
      { numRuns: 150, unbiased: true },
    );
  });
});

const never = (): never => {
  throw new Error('an observer only reads');
};
const FROZEN = { set: never, choose: never, emit: never };
