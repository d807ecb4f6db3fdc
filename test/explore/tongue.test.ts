import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { functionsOf, Ground, MOST_PAGES } from '../../src/explore/ground.js';
import { assembled } from '../../src/explore/tongue.js';

const LENGTH = 64;

/** The functions of a text over a memory of `LENGTH` numbers, and that memory. */
function run(text: string) {
  const ground = Ground.for([LENGTH], false);
  if (ground === undefined) throw new Error('invariant: there is memory');
  return { functions: functionsOf(assembled(text, MOST_PAGES, false), ground.memory), memory: ground.take(0, LENGTH) };
}

const names = ['a', 'b', 'c'] as const;
const operand = fc.oneof(fc.constantFrom(...names), fc.integer({ min: 0, max: 2 ** 31 - 1 }).map(String));
const sum = fc
  .array(fc.tuple(fc.constantFrom('|', '^', '&', '<<', '>>>', '+', '-'), operand), { maxLength: 8 })
  .chain((rest) => operand.map((first) => first + rest.map(([operator, each]) => operator + each).join('')));

test('whole numbers come out as JavaScript would have them, cut to 32 bits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { minLength: 3, maxLength: 3 }),
      fc.array(sum, { minLength: 1 }),
      (given, sums) => {
        // Every sum in brackets is cut to 32 bits, so that >>> leaves no number above 2^31 behind.
        const cut = sums.map((each) => `(${each})`).join('^');
        const { functions } = run(`function f(a,b,c){return ${cut};}`);
        const oracle = sums.map((each) => new Function(...names, `return ${inSteps(each)}|0;`)(...given) as number);
        expect(functions.f?.(...given)).toBe(oracle.reduce((all, each) => all ^ each, 0));
      },
    ),
    { numRuns: 300 },
  );
});

/** JavaScript that cuts every sum of a chain to 32 bits before it goes on; + and - bind tighter than shifts, shifts than &, ^, |. */
function inSteps(chain: string): string {
  return chain.replace(/[^|^&]+/g, (shifts) =>
    shifts
      .split(/(<<|>>>)/)
      .map((part) => (part === '<<' || part === '>>>' ? part : `((${part})|0)`))
      .reduce((left, part, i, all) => (i % 2 === 1 ? left : i === 0 ? part : `((${left}${all[i - 1]}${part})|0)`), ''),
  );
}

test('loops are left and gone on with by name, and the memory is read and written where it says', () => {
  const { functions, memory } = run(`
    function fill(to){let i=0;for(;;){if(i===to)break;M[i+3]=i*i;i=i+1;}return i;}
    function odd(n){let i=n,found=0;out:for(;;){for(;;){i=i-1;if(i<0)break out;if((i&1)===0)continue out;found=found+M[i+3];continue out;}}
      return found;}
    function fixed(){M[5]=~M[4];if(M[5]<0)M[6]=1;else M[6]=2;return M[5];}`);
  expect(functions.fill?.(10)).toBe(10);
  expect([...memory.subarray(3, 8)]).toEqual([0, 1, 4, 9, 16]);
  expect(functions.odd?.(10)).toBe(1 + 9 + 25 + 49 + 81);
  expect(functions.fixed?.()).toBe(-2);
  expect(memory[6]).toBe(1);
});

test.each([
  ['function f(a){return a+;', /invariant/],
  ['function f(a){break;}', /leads nowhere/],
  ['f(a)', /function is wanted/],
])('text that is not of the tongue is refused: %s', (text, why) => {
  expect(() => assembled(text, 1, false)).toThrow(why);
});
