/**
 * The library's functions: values come back, faults of the input are values too, and the commands say the same.
 */
import { describe, expect, test } from '@jest/globals';
import { explore, parseScenario, run } from '../../src/index.js';
import { rtldlab } from './streams.js';

const text = `scenario: claim
libc: [patch-v12, debian-2.36]
exe: {needed: [a], main: info}
objects: {a: {ctors: [{do: register static}]}}
forbidden: main is owned by a
allowed: a ran ctor
`;

describe('run', () => {
  test('gives what the command prints', async () => {
    const answer = run(text, { seed: 5 });
    const { out } = await rtldlab(['run', '-', '--json', '--seed', '5'], text);
    const runs = 'runs' in answer ? answer.runs : [];
    expect(runs.map((each) => ('events' in each ? { id: each.id, events: each.events } : each))).toEqual([
      JSON.parse(out),
    ]);
  });

  test('takes a world as a value, and a recording line by line', () => {
    const world = { exe: { main: [{ op: 'rseq_info' as const }] }, objects: {} };
    const line = JSON.stringify({ id: 'w', world });
    const one = run(world, { libc: '2.36' });
    const two = run(`${line}\n${line}\n`, { libc: '2.36' });
    const [first] = 'runs' in one ? one.runs : [];
    expect('runs' in two ? two.runs : []).toEqual([
      { ...first, id: 'w' },
      { ...first, id: 'w' },
    ]);
  });

  test('the scenario decides where the caller does not', () => {
    const on = (libc?: string) => {
      const answer = run(text, libc === undefined ? {} : { libc });
      return 'runs' in answer ? JSON.stringify(answer.runs) : '';
    };
    expect(on()).toBe(on('patch-v12'));
    expect(on()).not.toBe(on('debian-2.36'));
  });

  test.each([
    [{ libc: 'glibc-2.63' }, 'C005'],
    [{ kernel: '6.81' }, 'C006'],
    [{ seed: 0.5 }, 'C004'],
    [{ seed: -1 }, 'C004'],
  ])('%j comes back as a problem', (options, code) => {
    expect(run(text, options)).toMatchObject({ problems: [{ code }] });
  });

  test('faults of the text come back with their places', () => {
    expect(run('exe: {mian: info}\n')).toMatchObject({ problems: [{ code: 'S010', line: 1, column: 7 }] });
  });
});

describe('explore', () => {
  test('judges under the semantics that the scenario lists, or under those asked for', () => {
    const parsed = parseScenario(text);
    if ('diagnostics' in parsed) throw new Error('the scenario is sound');
    const words = (answer: ReturnType<typeof explore>) =>
      'judgements' in answer
        ? answer.judgements.map(({ libc, verdicts }) => [
            libc,
            verdicts.find(({ word }) => word === 'forbidden')?.outcome,
          ])
        : answer.problems;
    expect(words(explore(text))).toEqual([
      ['patch-v12', 'always'],
      ['debian-2.36', 'never'],
    ]);
    expect(words(explore(parsed.scenario, { libc: ['debian-2.36', 'L-08'] }))).toEqual([
      ['debian-2.36', 'never'],
      ['patch-v12', 'always'],
    ]);
  });

  test('a bound that was hit is in the judgement', () => {
    const answer = explore(text, { libc: 'debian-2.36', maxStates: 2 });
    expect(answer).toMatchObject({
      judgements: [{ complete: false, bound: { what: 'states', limit: 2 }, exitCode: 3 }],
    });
  });

  test.each([
    [{ libc: 'patch-v21' }, 'C005'],
    [{ kernel: 'linux' }, 'C006'],
    [{ maxStates: 0 }, 'C004'],
    [{ maxDepth: Number.NaN }, 'C004'],
  ])('%j comes back as a problem', (options, code) => {
    expect(explore(text, options)).toMatchObject({ problems: [{ code }] });
  });
});
