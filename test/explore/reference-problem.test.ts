import { describe, expect, test } from '@jest/globals';
import { libcFailed, libraries, referenceProblem } from '../../src/bench/reference-problem.js';
import { searchNaively } from '../../src/explore/naive.js';
import { replay } from '../../src/explore/replay.js';
import { search } from '../../src/explore/search.js';

/** Counted by SPIN, TLC and others. */
const COUNTED = [
  { threads: 2, letters: 'LT', states: 822, transitions: 2017 },
  { threads: 3, letters: 'LT', states: 31179, transitions: 123045 },
  { threads: 3, letters: 'LTC', states: 112444, transitions: 511025 },
] as const;

describe('the reference problem', () => {
  test.each(COUNTED)(
    '$threads threads, libraries $letters: counts as other checkers do',
    ({ threads, letters, ...counted }) => {
      const result = search(referenceProblem({ threads, libraries: libraries(letters) }));
      expect(result).toMatchObject({ complete: true, ...counted });
      expect(result.steps.remembered / (result.steps.rich + result.steps.remembered)).toBeGreaterThan(0.8);
    },
  );

  test('the naive search agrees in everything', () => {
    const model = referenceProblem({ threads: 2, libraries: libraries('LT') });
    const options = { marks: libcFailed(2), judge: (event: unknown) => [String(event)] };
    const { steps, ...naive } = searchNaively(model, options);
    const { kept, steps: cheap, ...remembered } = search(model, options);
    expect(remembered).toEqual(naive);
    expect(cheap.rich + cheap.remembered).toBe(steps.rich);
    expect(kept?.values.get('t0')).toBeGreaterThan(10);
  });

  test('libc finds its slot taken: shortest, a constructor library in the main thread', () => {
    const model = referenceProblem({ threads: 3, libraries: libraries('LTC') });
    const result = search(model, { marks: libcFailed(3), judge: (event) => [String(event)] });
    const found = result.marks.get('libc failed');
    expect(found?.witness).toHaveLength(5);
    expect(result.events.get('libc found the slot taken')?.witness).toEqual(found?.witness);
    const again = replay(model, found?.witness ?? []);
    expect(again.steps.at(-1)?.events).toEqual(['libc found the slot taken']);
  });

  test('libraries that wait for libc never take its slot', () => {
    for (const { threads, letters } of COUNTED) {
      const model = referenceProblem({ threads, libraries: libraries(letters), safe: true });
      const result = search(model, { marks: libcFailed(threads) });
      expect(result).toMatchObject({ complete: true });
      expect(result.marks.has('libc failed')).toBe(false);
    }
  });

  test.each([
    { threads: 4, letters: 'LTC', states: 39950 },
    { threads: 4, letters: 'TTT', states: 175107 },
  ])('safe, $threads threads, libraries $letters: $states states', ({ threads, letters, states }) => {
    const result = search(referenceProblem({ threads, libraries: libraries(letters), safe: true }));
    expect(result).toMatchObject({ complete: true, states });
  });
});
