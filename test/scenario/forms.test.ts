// The short notations: actions, predicates and orders, and the normal form they stand for.
import { describe, expect, test } from '@jest/globals';
import { actionSchema } from '../../src/scenario/action-schema.js';
import { parseOrder } from '../../src/scenario/order.js';
import { parseScenario } from '../../src/scenario/parse.js';
import { parsePredicate, printPredicate } from '../../src/scenario/predicate.js';
import type { ActionList } from '../../src/scenario/schema.js';
import { printShortAction, readShortActions, SHORT_FORMS } from '../../src/scenario/short-actions.js';

function main(written: string): ActionList | undefined {
  const text = `{"exe": {"main": ${written}, "bodies": {"b": []}}, "objects": {"b": {"funcs": {"w_f": []}}}}`;
  const outcome = parseScenario(text);
  return 'scenario' in outcome ? outcome.scenario.world.exe.main : undefined;
}

describe('short actions', () => {
  test('stand for their long form', () => {
    expect(main('"dlopen b now global h; info; dlsym h w_f; dlclose h"')).toEqual([
      { op: 'dlopen', file: 'b', flags: ['now', 'global'], as: 'h' },
      { op: 'rseq_info' },
      { op: 'dlsym_call', handle: 'h', sym: 'w_f' },
      { op: 'dlclose', handle: 'h' },
    ]);
  });

  test('mix with long ones in one list', () => {
    expect(main('["start t b; register tls 0x1", {"op": "join", "thread": "t"}, "dlopen null h;"]')).toEqual([
      { op: 'start', as: 't', body: 'b' },
      { op: 'rseq', cmd: 'register', area: 'tls', sig: '0x1' },
      { op: 'join', thread: 't' },
      { op: 'dlopen', file: null, flags: [], as: 'h' },
    ]);
  });

  test('leave out a destructor and an area', () => {
    expect(main('"tsd k; tsd l b; release_handled"')).toEqual([
      { op: 'tsd', key: 'k', dtor: null },
      { op: 'tsd', key: 'l', dtor: 'b' },
      { op: 'release_handled', area: null },
    ]);
  });

  test('a text with blanks, semicolons or the word null is quoted', () => {
    expect(readShortActions('mark "a; b"; mark null').actions.map(({ long }) => long)).toEqual([
      { op: 'mark', text: 'a; b' },
      { op: 'mark', text: 'null' },
    ]);
    expect(printShortAction({ op: 'mark', text: '' })).toBe('mark ""');
  });

  test('exist for every action but those that hold actions', () => {
    const ops = actionSchema().options.map((option) => option.shape.op.value);
    expect(ops.filter((op) => !SHORT_FORMS.has(op))).toEqual(['fork', 'vfork']);
    expect([...SHORT_FORMS.keys()].filter((op) => !ops.some((one) => one === op))).toEqual([]);
  });
});

describe('predicates', () => {
  const grouped = (text: string) => {
    const { predicate } = parsePredicate(text);
    return predicate === undefined ? undefined : printPredicate(predicate);
  };

  test.each([
    ['not a ran ctor before b ran ctor', { is: 'not', that: { is: 'before' } }],
    ['a ran ctor and b ran ctor or c ran ctor', { is: 'or', left: { is: 'and' } }],
    ['a ran ctor and (b ran ctor or c ran ctor)', { is: 'and', right: { is: 'or' } }],
    ['a ran ctor and b ran ctor and c ran ctor', { is: 'and', left: { is: 'and' } }],
    [
      '(a ran ctor or b ran ctor) before main is owned by a',
      { is: 'before', first: { is: 'or' }, later: { is: 'owned' } },
    ],
  ])('%s: grouped as the page says, and printed without spare parentheses', (text, shape) => {
    expect(parsePredicate(text).predicate).toMatchObject(shape);
    expect(grouped(text)).toBe(text);
  });

  test.each([
    ['a ran ctor 0', { is: 'ran', obj: 'a', kind: 'ctor', detail: '0' }],
    ['exe ran main.ret giving 3', { is: 'ran', obj: 'exe', kind: 'main.ret', result: '3' }],
    ['a ran mark "x and y" giving "z"', { is: 'ran', obj: 'a', kind: 'mark', detail: 'x and y', result: 'z' }],
    ['t is owned by nobody', { is: 'owned', thread: 't', by: 'nobody' }],
    ['libc of main is untried', { is: 'libc', thread: 'main', state: 'untried' }],
    ["a's rseq succeeds", { is: 'rseq', obj: 'a', result: '0' }],
    ["libc's rseq gets EBUSY", { is: 'rseq', obj: 'libc', result: 'EBUSY' }],
    ['ends with signal SIGABRT', { is: 'ends', ending: { how: 'signal', name: 'SIGABRT' } }],
    ['ends with exit 127', { is: 'ends', ending: { how: 'exit', code: 127 } }],
    ['P-05 holds', { is: 'property', id: 'P-05', broken: false }],
  ])('%s', (text, predicate) => {
    expect(parsePredicate(text)).toEqual({ predicate, problems: [] });
  });

  test.each([
    '',
    'a',
    'a ran',
    'a ran ctor and',
    'a ran ctor b ran ctor',
    '(a ran ctor',
    'ends with exit 08',
    'P-5 broken',
  ])('%j is no predicate', (text) => {
    const { predicate, problems } = parsePredicate(text);
    expect(predicate).toBeUndefined();
    expect(problems.map((one) => one.code)).toEqual(['S040']);
  });
});

describe('orders', () => {
  test('are read in the notation of the dso-sort tests, blanks or not', () => {
    const tokens = [
      { run: 'ctor', obj: 'b' },
      { run: 'ctor', obj: 'a' },
      { run: 'main' },
      { run: 'dtor', obj: 'a' },
      { run: 'dtor', obj: 'b' },
    ];
    expect(parseOrder('b>a>{}<a<b').tokens).toEqual(tokens);
    expect(parseOrder(' b> a> { } <a <b ').tokens).toEqual(tokens);
  });
});
