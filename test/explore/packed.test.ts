import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { extended, layoutOf, widthFor } from '../../src/explore/layout.js';
import { PackedStates } from '../../src/explore/packed.js';
import { FULL, KNOWN } from '../../src/explore/probe.js';

const COMPONENTS = 9;
const vector = fc.array(fc.nat({ max: 40 }), { minLength: COMPONENTS, maxLength: COMPONENTS });
const no = { bytes: Number.POSITIVE_INFINITY, states: Number.POSITIVE_INFINITY };

const widthsOf = (vectors: readonly (readonly number[])[]): number[] =>
  Array.from({ length: COMPONENTS }, (_, c) => widthFor(1 + Math.max(0, ...vectors.map((ids) => ids[c] ?? 0))));

/** The number of the state with these numbers: fresh ones count up. */
function reach(states: PackedStates, ids: readonly number[]): number {
  states.take(Int32Array.from(ids));
  return states.here(0);
}

describe('the set of states', () => {
  test.each([
    ['packed anew', false],
    ['given the bits that nobody uses, where there are some', true],
  ])('tells vectors apart as a map of texts does, while fields widen: %s', (_, inPlace) => {
    let widenedInPlace = 0;
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1, maxLength: 80 }), fc.nat({ max: 79 }), (vectors, split) => {
        const ids = new Int32Array(COMPONENTS);
        const oracle = new Map<string, number>();
        const early = vectors.slice(0, split);
        const states = new PackedStates(layoutOf(widthsOf(early), []), ids, no);
        const check = (from: readonly (readonly number[])[]): void => {
          for (const v of from) {
            const known = oracle.get(v.join());
            expect(reach(states, v)).toBe(known === undefined ? oracle.size : KNOWN);
            if (known === undefined) oracle.set(v.join(), oracle.size);
          }
        };
        check(early);
        const larger = inPlace ? extended(states.layout, widthsOf(vectors)) : undefined;
        if (larger === undefined) states.adopt(layoutOf(widthsOf(vectors), []), ids);
        else states.extend(larger, ids);
        if (larger?.fields.some((field) => field.length > 1) === true) widenedInPlace++;
        check(vectors);
        for (const [text, state] of oracle) {
          states.load(state);
          expect(ids.join()).toBe(text);
        }
      }),
      { numRuns: 200 },
    );
    expect(widenedInPlace > 0).toBe(inPlace);
  });

  test('what is proposed for several states settles in the order in which it was proposed', () => {
    const ids = new Int32Array(2);
    const states = new PackedStates(layoutOf([20, 20], []), ids, no);
    reach(states, [7, 9]);
    states.deltasUpTo(8);
    states.deltas.set([1, 0, 2, 0], 2);
    states.ask(0, 4);
    states.ask(1, 2);
    states.propose(2, 0);
    states.ask(0, 2);
    states.propose(1, 0);
    expect(states.settle()).toBe(3);
    const words = [1, 2].map((state) => {
      states.load(state);
      return ids[0];
    });
    expect({ count: states.count, words }).toEqual({ count: 3, words: [9, 8] });
  });

  test('keeps its order and its numbers through every growth', () => {
    const ids = new Int32Array(3);
    const states = new PackedStates(layoutOf([17, 1, 30], []), ids, no);
    for (let i = 0; i < 40_000; i++) expect(reach(states, [i, i & 1, 3 * i])).toBe(i);
    for (let i = 39_999; i >= 0; i -= 37) expect(reach(states, [i, i & 1, 3 * i])).toBe(KNOWN);
    expect(states.bytes / states.count).toBeLessThan(64);
  });

  test('orders of interchangeable members are one state', () => {
    const members = fc.array(fc.tuple(fc.nat({ max: 3000 }), fc.nat({ max: 70_000 }), fc.nat({ max: 5 })), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(members, fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 0, 2]), (tuples, order) => {
        const ids = new Int32Array(10);
        const widths = [1, 12, 17, 3, 12, 17, 3, 12, 17, 3];
        const layout = layoutOf(widths, [
          [
            [1, 2, 3],
            [4, 5, 6],
            [7, 8, 9],
          ],
        ]);
        const states = new PackedStates(layout, ids, no);
        expect(reach(states, [1, ...tuples.flat()])).toBe(0);
        states.load(0);
        const stored = [0, 1, 2].map((m) => ids.slice(1 + 3 * m, 4 + 3 * m).join()).sort();
        expect(stored).toEqual(tuples.map((t) => t.join()).sort());
        expect(reach(states, [1, ...order.flatMap((m) => tuples[m] ?? [])])).toBe(KNOWN);
        expect(reach(states, [0, ...tuples.flat()])).toBe(1);
      }),
    );
  });

  test('a step is an addition on the words', () => {
    const ids = new Int32Array(2);
    const layout = layoutOf([20, 20], []);
    const states = new PackedStates(layout, ids, no);
    reach(states, [7, 9]);
    states.deltasUpTo(4);
    states.deltas.set([5, -9], 2);
    states.load(0);
    states.ask(0, 2);
    states.ask(1, 2);
    states.propose(2, 0);
    expect(states.settle()).toBe(2);
    expect(states.count).toBe(2);
    states.load(1);
    expect([...ids]).toEqual([12, 0]);
  });

  test.each([
    ['states', { ...no, states: 5 }, 5],
    ['memory', { ...no, bytes: 60_000 }, 2048],
  ])('a ceiling of %s is not exceeded, and known states are still found', (_, most, count) => {
    const states = new PackedStates(layoutOf([20], []), new Int32Array(1), most);
    for (let i = 0; i < 5000; i++) reach(states, [i]);
    expect(states.count).toBe(count);
    expect(reach(states, [4999])).toBe(FULL);
    expect(reach(states, [4])).toBe(KNOWN);
    expect(states.bytes).toBeLessThanOrEqual(most.bytes);
  });
});
