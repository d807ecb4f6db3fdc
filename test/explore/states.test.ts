import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashOf, hashShare, StateTable } from '../../src/explore/states.js';

const vector = fc.array(fc.nat({ max: 3 }), { maxLength: 6 }).map((ids) => Int32Array.from(ids));

/** A vector without its trailing zeros: two are the same state exactly when these agree. */
const essence = (ids: Int32Array): string => ids.join().replace(/(^|,)0(,0)*$/, '');

function reach(table: StateTable, ids: Int32Array, hash: number): number {
  const known = table.find(ids, hash);
  return known >= 0 ? known : table.add(ids, hash);
}

describe('the set of states', () => {
  test.each([
    ['with their own hashes', hashOf],
    ['when all hashes collide', () => 5],
  ])('tells vectors apart as a map of texts does, while vectors grow, %s', (_, hash) => {
    fc.assert(
      fc.property(fc.array(vector, { maxLength: 60 }), (unsorted) => {
        const vectors = unsorted.toSorted((a, b) => a.length - b.length);
        const table = new StateTable();
        const oracle = new Map<string, number>();
        let width = 0;
        for (const short of vectors) {
          width = Math.max(width, short.length);
          const ids = new Int32Array(width);
          ids.set(short);
          const expected = oracle.get(essence(ids)) ?? oracle.size;
          oracle.set(essence(ids), expected);
          expect(reach(table, ids, hash(ids))).toBe(expected);
        }
        for (const [text, state] of oracle) {
          const ids = new Int32Array(width + 2).fill(9);
          expect(table.load(state, ids)).toBe(hash(ids));
          expect(essence(ids)).toBe(text);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keeps its order and its numbers through every growth', () => {
    const table = new StateTable();
    const at = (i: number): Int32Array => Int32Array.from(i < 5000 ? [i, 1] : [i, 1, 0, 7]);
    for (let i = 0; i < 20_000; i++) expect(reach(table, at(i), hashOf(at(i)))).toBe(i);
    for (let i = 19_999; i >= 0; i -= 37) expect(table.find(Int32Array.from([...at(i), 0, 0]), hashOf(at(i)))).toBe(i);
  });

  test('a hash changes by the difference of one component', () => {
    const before = Int32Array.from([1, 2, 3]);
    const after = Int32Array.from([1, 7, 3]);
    expect((hashOf(before) - hashShare(1, 2) + hashShare(1, 7)) | 0).toBe(hashOf(after));
    expect(hashOf(Int32Array.from([1, 2, 3, 0, 0]))).toBe(hashOf(before));
  });
});
