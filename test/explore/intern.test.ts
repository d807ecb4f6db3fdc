import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalText, Interner, UninternableValue } from '../../src/explore/intern.js';

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(undefined, null, true, 'x', '#0', '', 1, '1', 1n, 0, 0.5, Number.POSITIVE_INFINITY),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** The same value with its keys in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([k, v]) => [k, turned(v)]),
  );
}

/** fast-check makes dictionaries without a prototype. */
function ordinary(value: unknown): unknown {
  return turned(turned(value));
}

describe('interning', () => {
  test('two values share a number exactly when they are equal, and a text likewise', () => {
    fc.assert(
      fc.property(plain, plain, (x, y) => {
        const interner = new Interner();
        const c = interner.component('c');
        const equal = isDeepStrictEqual(ordinary(x), ordinary(y));
        expect(interner.id(c, x) === interner.id(c, y)).toBe(equal);
        expect(canonicalText(x, 'c') === canonicalText(y, 'c')).toBe(equal);
      }),
      { numRuns: 2000 },
    );
  });

  test('neither the order of keys nor sharing nor a copy makes a difference', () => {
    fc.assert(
      fc.property(plain, (x) => {
        const interner = new Interner();
        const c = interner.component('c');
        const id = interner.id(c, [x, x]);
        expect(interner.id(c, [turned(x), structuredClone(x)])).toBe(id);
        expect(canonicalText(turned(x), 'c')).toBe(canonicalText(x, 'c'));
        expect(interner.value(c, id)).toEqual([x, x]);
      }),
    );
  });

  test('numbers count from 1 in order of discovery, for each component apart; undefined is 0', () => {
    const interner = new Interner();
    const [a, b] = [interner.component('a'), interner.component('b')];
    expect([a, b, interner.component('a')]).toEqual([0, 1, 0]);
    expect([interner.id(a, 'x'), interner.id(a, undefined), interner.id(a, 'y'), interner.id(b, 'y')]).toEqual([
      1, 0, 2, 1,
    ]);
    expect(interner.census()).toEqual(
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
    );
  });

  test('a value that was numbered can no longer be changed', () => {
    const interner = new Interner();
    const value = { list: [1] };
    interner.id(interner.component('c'), value);
    expect(() => value.list.push(2)).toThrow(TypeError);
  });

  const loop: { self?: unknown } = {};
  loop.self = loop;
  const holed: unknown[] = [];
  holed[2] = 1;
  test.each<[unknown, string, string]>([
    [Number.NaN, '', 'NaN'],
    [-0, '', '-0'],
    [{ a: [1, { b: -0 }] }, '.a[1].b', '-0'],
    [new Map(), '', 'a Map'],
    [{ s: new Set() }, '.s', 'a Set'],
    [[new Date(0)], '[0]', 'a Date'],
    [new Int32Array(1), '', 'a Int32Array'],
    [() => 1, '', 'a function'],
    [Symbol('s'), '', 'a symbol'],
    [{ [Symbol('s')]: 1 }, '', 'symbol'],
    [holed, '', 'holes'],
    [loop, '.self', 'contains itself'],
  ])('%p is refused, and where it stands is said', (value, where, reason) => {
    const interner = new Interner();
    const refused = (f: () => unknown): UninternableValue => {
      try {
        f();
      } catch (error) {
        if (error instanceof UninternableValue) return error;
      }
      throw new Error('accepted');
    };
    for (const f of [() => canonicalText(value, 'tcb'), () => interner.id(interner.component('tcb'), value)]) {
      expect(refused(f)).toMatchObject({ component: 'tcb', where, reason: expect.stringContaining(reason) });
    }
  });
});
