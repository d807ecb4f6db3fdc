import { describe, expect, test } from '@jest/globals';
import { printPath } from '../../src/explore/path.js';
import { randomBelow, seededRandom, walk } from '../../src/explore/walk.js';
import { births, choices, counter, deadlock, toy, wheel } from './toys.js';

describe('a walk', () => {
  test('by default takes the first actor that can go, until nobody can', () => {
    const went = walk(deadlock());
    expect(went.ended).toBe('final');
    expect(printPath(went.path)).toBe('a.a.a.a.b.b.b.b');
    expect(walk(births(2), {}).steps.flatMap((s) => s.events)).toEqual(['t0 is gone', 't1 is gone']);
  });

  test('says that the bound was met only when somebody may still go', () => {
    expect(walk(wheel(5), { maxSteps: 12 })).toMatchObject({ ended: 'bound', steps: { length: 12 } });
    expect(walk(counter(false), { maxSteps: 4 }).ended).toBe('final');
    expect(walk(counter(false), { maxSteps: 3 }).ended).toBe('bound');
  });

  test('stops where it was told to', () => {
    const went = walk(wheel(5), { until: (view) => view.get('at') === 3 });
    expect(went).toMatchObject({ ended: 'until', steps: { length: 3 } });
  });

  test('tries every answer before it says that nobody can go', () => {
    const picky = toy({}, { a: (v) => v.get('x') === undefined && v.choose(4) === 2 && v.set('x', 1) });
    const went = walk(picky);
    expect(printPath(went.path)).toBe('a:2');
    expect(went.end.get('x')).toBe(1);
  });

  test('is the same for the same seed, and seeds differ', () => {
    const paths = Array.from({ length: 40 }, (_, seed) =>
      printPath(walk(counter(false), { pick: seededRandom(seed) }).path),
    );
    const again = Array.from({ length: 40 }, (_, seed) =>
      printPath(walk(counter(false), { pick: seededRandom(seed) }).path),
    );
    expect(again).toEqual(paths);
    expect(new Set(paths).size).toBe(6);
  });

  test('random answers reach every choice', () => {
    const picked = Array.from({ length: 60 }, (_, seed) =>
      walk(choices(), { pick: seededRandom(seed) }).end.get('picked'),
    );
    expect(new Set(picked.map((p) => JSON.stringify(p)))).toEqual(new Set(['[0,0]', '[1,0]', '[1,1]']));
  });

  test('a policy must answer within what is offered', () => {
    const wild = { ...seededRandom(1), answer: () => 7 };
    expect(() => walk(choices(), { pick: wild })).toThrow('choice-has-answers');
  });
});

describe('the random numbers', () => {
  test('are pinned: a seed printed yesterday must mean the same tomorrow', () => {
    const below = randomBelow(42);
    expect(Array.from({ length: 12 }, () => below(10))).toEqual([1, 0, 0, 7, 2, 6, 0, 4, 5, 5, 1, 0]);
  });

  test('cover their range evenly enough', () => {
    const below = randomBelow(7);
    const drawn = Array.from({ length: 5000 }, () => below(5));
    for (const n of [0, 1, 2, 3, 4]) expect(drawn.filter((d) => d === n).length).toBeGreaterThan(900);
    expect(drawn.every((d) => d >= 0 && d < 5)).toBe(true);
  });
});
