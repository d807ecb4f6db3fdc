import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Path, parsePath, printPath } from '../../src/explore/path.js';
import { explainReplayError, replay } from '../../src/explore/replay.js';
import { choices, counter, deadlock } from './toys.js';

const steps = fc.record({
  actor: fc.string({ minLength: 1, unit: 'binary' }),
  choices: fc.array(fc.nat({ max: 999 }), { maxLength: 3 }),
});

const path = (text: string): Path => {
  const parsed = parsePath(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.reason}`);
  return parsed.path;
};

describe('a printed path', () => {
  test('is read back as it was, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(steps), (p) => {
        expect(parsePath(` ${printPath(p)}\n`)).toEqual({ ok: true, path: p });
      }),
    );
  });

  test('is one word that a shell takes as it stands', () => {
    fc.assert(
      fc.property(fc.array(steps), (p) => {
        expect(printPath(p)).toMatch(/^[A-Za-z0-9_.,:%/=@-]+$/);
      }),
    );
  });

  test.each([
    ['.', []],
    ['main', [{ actor: 'main', choices: [] }]],
    [
      'main.vary:2.t2:0,13',
      [
        { actor: 'main', choices: [] },
        { actor: 'vary', choices: [2] },
        { actor: 't2', choices: [0, 13] },
      ],
    ],
    ['liba%2Eso/ctor', [{ actor: 'liba.so/ctor', choices: [] }]],
  ])('%s', (text, steps) => {
    expect(printPath(steps)).toBe(text);
    expect(parsePath(text)).toEqual({ ok: true, path: steps });
  });

  test.each([
    ['main..t1', { step: 1, at: 5, text: '', reason: 'no-actor' }],
    ['main.:2', { step: 1, at: 5, text: ':2', reason: 'no-actor' }],
    [' main.vary:x.t1', { step: 1, at: 6, text: 'vary:x', reason: 'choice-is-not-a-number' }],
    ['vary:', { step: 0, at: 0, text: 'vary:', reason: 'choice-is-not-a-number' }],
    ['vary:1,-2', { step: 0, at: 0, text: 'vary:1,-2', reason: 'choice-is-not-a-number' }],
    ['a%zz', { step: 0, at: 0, text: 'a%zz', reason: 'bad-escape' }],
  ])('%s is no path', (text, error) => {
    expect(parsePath(text)).toEqual({ ok: false, error });
  });

  test('any text is a path or a value that says why not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parsePath(text);
        expect(parsed.ok ? parsePath(printPath(parsed.path)) : parsed.error.reason).toBeTruthy();
      }),
    );
  });
});

describe('replay', () => {
  test('tells what every step read, changed and said', () => {
    const run = replay(counter(false), path('a.b.a.b'));
    expect(run.ok).toBe(true);
    expect(run.steps.map((s) => s.actor.name)).toEqual(['a', 'b', 'a', 'b']);
    expect(run.steps[0]?.changes).toEqual([
      { component: 'a.seen', before: undefined, after: 0 },
      { component: 'a.pc', before: undefined, after: 1 },
    ]);
    expect(run.steps[2]?.reads).toEqual(['a.pc', 'a.seen']);
    expect(run.steps[3]?.changes).toEqual([{ component: 'b.pc', before: 1, after: 2 }]);
    expect(run.end.get('counter')).toBe(1);
    expect(replay(choices(), path('vary:1,1')).steps[0]?.events).toEqual(['picked 11']);
  });

  test.each([
    ['a.b.a', 2, 'step 3 (a): a cannot go; possible here: nothing'],
    ['a.x', 1, 'step 2 (x): there is no actor x; possible here: a, b'],
    ['a.a:0', 1, 'step 2 (a:0): a asks for 0 choices, and 1 are answered; possible here: a, b'],
  ])('%s: names the step that no longer exists and what was possible', (text, index, line) => {
    const run = replay(deadlock(), path(text));
    if (run.ok) throw new Error('replayed');
    expect(run.error.index).toBe(index);
    expect(run.steps).toHaveLength(index);
    expect(explainReplayError(run.error)).toBe(line);
  });

  test.each([
    ['vary', { kind: 'choice-unanswered', choice: 0, of: 3 }, 'choice 0 of vary is not answered (0 to 2)'],
    ['vary:1', { kind: 'choice-unanswered', choice: 1, of: 2 }, 'choice 1 of vary is not answered (0 to 1)'],
    ['vary:3', { kind: 'no-such-answer', choice: 0, of: 3 }, 'choice 0 of vary has answers 0 to 2, not 3'],
    ['vary:0,0', { kind: 'choice-not-asked', asked: 1 }, 'vary asks for 1 choices, and 2 are answered'],
    ['vary:2', { kind: 'cannot-go' }, 'vary cannot go'],
  ])('%s does not answer the choices', (text, why, line) => {
    const run = replay(choices(), path(text));
    if (run.ok) throw new Error('replayed');
    expect(run.error.why).toEqual(why);
    expect(explainReplayError(run.error)).toContain(`${line}; possible here: vary:0, vary:1,0, vary:1,1`);
  });
});
