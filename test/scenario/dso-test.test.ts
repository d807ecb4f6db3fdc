/** The notation of glibc's ordering tests: what it says, and what is told of a text that is not in it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderDiagnostic } from '../../src/scenario/diagnostics.js';
import { parseDsoTests } from '../../src/scenario/dso-test.js';
import { type DsoTest, dsoRuns } from '../../src/scenario/dso-test-runs.js';

/** The only test of a text that is sound. */
function only(text: string): DsoTest {
  const { tests, diagnostics } = parseDsoTests(text);
  expect(diagnostics).toEqual([]);
  expect(tests).toHaveLength(1);
  return tests[0] as DsoTest;
}

const needed = (text: string) => Object.fromEntries(only(`t: ${text}`).description.needed);
const calls = (text: string) => Object.fromEntries(only(`t: ${text}`).description.calls);

/** The faults of a text: code, line and column. */
const faults = (text: string) =>
  parseDsoTests(text, 'f.def').diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);

describe('a description', () => {
  test('chains, sets and names of letters', () => {
    expect(needed('a->b->c;{}->a')).toEqual({ a: ['b'], b: ['c'], '{}': ['a'] });
    expect(needed('{}->a;a->[bc]->(d e2)')).toEqual({ '{}': ['a'], a: ['b', 'c'], b: ['d', 'e2'], c: ['d', 'e2'] });
  });

  test('ranges count up, each name once', () => {
    expect(needed('{}->(n2-4 n3 m)')).toEqual({ '{}': ['n2', 'n3', 'n4', 'm'] });
  });

  test('a dependency keeps the place of its first mention', () => {
    expect(needed('{}->a;{}->b;{}->[cab]')).toEqual({ '{}': ['a', 'b', 'c'] });
  });

  test('without a main program, it needs whom nobody needs, in order of mention', () => {
    expect(needed('[ab]->c;d->e')['{}']).toEqual(['a', 'b', 'd']);
  });

  test('with one, it needs what it says; * adds the rest behind', () => {
    expect(needed('{};a->b')).toEqual({ a: ['b'] });
    expect(needed('{}->b;{}->*;c->d;a->b')).toEqual({ '{}': ['b', 'c', 'a'], c: ['d'], a: ['b'] });
  });

  test('=> is a call and no dependency', () => {
    expect(calls('{}->a;a=>[bc]=>d')).toEqual({ a: ['b', 'c'], b: ['d'], c: ['d'] });
    expect(needed('{}->a;a=>[bc]')).toEqual({ '{}': ['a'] });
  });

  test('the main program opens, closes and calls', () => {
    const { actions, objects } = only('t: {+ab;^c;%ab;@d;-ab}').description;
    expect(actions.map(({ sign, object }) => sign + object)).toEqual(['+ab', '^c', '%ab', '@d', '-ab']);
    expect(objects).toEqual(['ab', 'c', 'd']);
  });

  test('sonames of objects and of the main program', () => {
    const { sonames } = only('t: a->b;soname(a)=x;soname({})=b').description;
    expect(Object.fromEntries(sonames)).toEqual({ a: 'x', '{}': 'b' });
  });

  test('goes on in the lines below', () => {
    expect(needed('{}->a\n  a->b # and so on\n\nb->c')).toEqual({ '{}': ['a'], a: ['b'], b: ['c'] });
  });
});

describe('runs', () => {
  const runs = (text: string) => parseDsoTests(text).tests.flatMap(dsoRuns);

  test('one for each default tunable; own outputs take the place of the default', () => {
    const text = 'tunable_option: x=1\ntunable_option: x=2\nt: a\noutput: p\noutput(x=2): q\nxfail_output(y=3): r';
    expect(runs(text).map(({ tunables, expected, fails }) => [tunables, expected, fails])).toEqual([
      ['x=1', 'p', false],
      ['x=2', 'q', false],
      ['y=3', 'r', true],
    ]);
  });

  test('without tunables one run; a test without an output has none', () => {
    const text = 'tunable_option: x=1\nclear_tunables\nt: a\noutput: p\nxtest(u): b';
    expect(runs(text).map(({ name, tunables }) => [name, tunables])).toEqual([['t', '']]);
    expect(parseDsoTests(text).tests.map(({ name, extended }) => [name, extended])).toEqual([
      ['t', false],
      ['u', true],
    ]);
  });

  test('all orders of marked dependencies, numbered as glibc numbers them', () => {
    const all = runs('t: {}!->[abc];a!->[de];b!->f\noutput: x');
    expect(all).toHaveLength(12);
    expect(all.slice(0, 3).map(({ name }) => name)).toEqual(['t_1-abc-a_de', 't_2-abc-a_ed', 't_3-acb-a_de']);
    expect(all[2]?.description.needed.get('{}')).toEqual(['a', 'c', 'b']);
  });
});

describe('a fault has a place, and costs one test', () => {
  test.each([
    ['a->b', 'S080 1:1'],
    ['output: x', 'S080 1:1'],
    ['t: a->b->', 'S081 1:8'],
    ['t: ->a', 'S081 1:4'],
    ['t: a=>->b', 'S081 1:7'],
    ['t: a[bc]', 'S081 1:5'],
    ['t: {}->a, {}->b', 'S081 1:9'],
    ['t: a->(3-1)', 'S081 1:8'],
    ['t: a->(n3-1)', 'S081 1:8'],
    ['t: *->a', 'S081 1:4'],
    ['t: a->*->b', 'S081 1:8'],
    ['t: !a', 'S081 1:4'],
    ['t: {+a;}', 'S081 1:8'],
    ['t: {a}', 'S081 1:5'],
    ['t: {-a}', 'S081 1:4'],
    ['t: {+a};{+b}', 'S081 1:9'],
    ['t: a->{}', 'S081 1:7'],
    ['t: a;soname(b)=x', 'S081 1:6'],
    ['t: a;soname(a)=x;soname(a)=y', 'S081 1:18'],
    ['  t: a->b->a', 'S081 1:3'],
    ['tunable_option:', 'S082 1:1'],
    ['t: a\noutput(x y): b', 'S082 2:1'],
    ['t: {}->(a1-9999)', 'S083 1:9'],
    ['t: {}!->[abcdefgh]\noutput: x', 'S083 1:1'],
    ['t: {+a;%a};a=>b=>a', 'S083 1:1'],
    ['t: {+a1;%a1};(a1-9)=>(b1-9)=>(c1-9)=>(d1-9)=>(e1-9)=>(f1-9)', 'S083 1:1'],
  ])('%s', (text, place) => {
    expect(faults(text)).toEqual([place]);
  });

  test('is shown with its line and what was expected', () => {
    const { tests, diagnostics } = parseDsoTests('# first\nt: a->b\noutput: x\nu: a,b\nv: c\n', 'f.def');
    expect(diagnostics.map(renderDiagnostic).join('\n')).toBe(
      [
        'f.def:4:5: error S081: "," cannot be read in a description',
        '  4 | u: a,b',
        '    |     ^',
        '  expected objects, ->, =>, !, *, ; or {...}',
      ].join('\n'),
    );
    expect(tests.map(({ name }) => name)).toEqual(['t', 'v']);
  });

  test('no text makes the reader throw, and what it gives can be run or is told of', () => {
    const word = fc.constantFrom(...'ab{}[]()->=>!*;+^%@:#\n ', 'output', 'soname', 'tunable_option', 't: ', 'n1-3');
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const { tests, diagnostics } = parseDsoTests(`t: a->b\n${written}`);
        expect(tests.length + diagnostics.length).toBeGreaterThan(0);
        for (const { line, column } of diagnostics) expect(Math.min(line, column)).toBeGreaterThan(0);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});
