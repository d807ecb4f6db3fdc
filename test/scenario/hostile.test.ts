// Whatever text comes in, a scenario or diagnostics come out: never an exception, never a hang, never a prototype.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CODES, renderDiagnostic } from '../../src/scenario/diagnostics.js';
import { parseScenario } from '../../src/scenario/parse.js';
import { printScenario } from '../../src/scenario/print.js';
import { parseRecordings } from '../../src/scenario/recordings.js';
import { expandVary } from '../../src/scenario/vary.js';

const SEEDS = [
  `scenario: ctor-claims-first
claim: A constructor that ignores the flag owns the main thread.
kernel: 6.18
libc: [patch-v12, glibc-2.36]
exe: {needed: [a, b], main: "info; spawn t work; join t", bodies: {work: "mark \\"a;b\\""}}
objects:
  a:
    ctors: [{do: &claim "register static; info"}, {prio: 200, do: *claim}]
    ifuncs: {w_a_i: {resolver: [{op: fork, child: [], then: _exit}], impl: []}}
  b: {audit: {callbacks: {la_version: []}}}
tunables: {glibc.pthread.rseq: 0}
claimants: {a: {who: C-15, at: ctor}}
vary:
  - orders: exe.needed
  - onoff: bind_now
  - oneof: objects.a.ctors.0.do
    values: {naive: register static, handled: [claim_handled static]}
forbidden: 'main is owned by a and not (b ran ctor before a ran ctor 0)'
allowed: [{name: reached, that: a's rseq gets EINVAL or ends with exit 0}]
order: 'b>a>{}<a<b'
expect:
  patch-v12: {forbidden: sometimes, allowed: always, states: 17}
`,
  '{"id":"x","world":{"exe":{"needed":["a"],"main":[{"op":"dlopen","file":"a","flags":["now"],"as":"h"},{"op":"dlclose","handle":"h"}]},"objects":{"a":{"dtors":[{"do":[{"op":"rseq","cmd":"unregister","area":"tls","sig":"0x1"}]}]}}},"events":[{"t":1,"obj":"libc","kind":"rseq","result":"0"}]}',
  `exe:
  main:
    - op: atfork
      name: f
      prepare: b
      parent: b
      child: b
  bodies:
    b: |
      info;
      mark x
objects: {}
`,
];

const SHARDS = [
  '__proto__',
  'constructor',
  ': ',
  '- ',
  '\n',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '!!',
  '|',
  '>',
  '#',
  '%',
  '\t',
  '\0',
  '? ',
  '<<: *claim',
  '.nan',
  '.inf',
  '-1',
  '1e99',
  'null',
  '~',
  '\ud800',
  '\ufeff',
  '---\n',
  '...',
  ';',
  '(',
  ')',
  'not ',
  ' and ',
  'toString',
];

/** A text, damaged at a few places: cut, doubled, moved, or with a shard in it. */
const damaged = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.nat({ max: 3 }), fc.constantFrom(...SHARDS)), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map(([seed, damages]) =>
    damages.reduce((text, [where, length, how, shard]) => {
      const at = text.length === 0 ? 0 : where % text.length;
      const [before, middle, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
      return (
        [
          `${before}${after}`,
          `${before}${middle}${middle}${after}`,
          `${after}${middle}${before}`,
          `${before}${shard}${middle}${after}`,
        ][how] ?? text
      );
    }, seed),
  );

function settles(text: string): 'scenario' | 'diagnostics' {
  const outcome = parseScenario(text, { file: 'x.yaml', knownSemantics: ['patch-v12'], knownClaimants: ['C-15'] });
  if ('scenario' in outcome) {
    expect(expandVary(outcome.scenario).length).toBeGreaterThan(0);
    expect(parseScenario(printScenario(outcome.scenario))).toMatchObject({ scenario: outcome.scenario });
    return 'scenario';
  }
  const lines = text.split('\n').length;
  expect(outcome.diagnostics.some((one) => one.severity === 'error')).toBe(true);
  for (const one of outcome.diagnostics) {
    expect(CODES).toHaveProperty(one.code);
    expect(one.line).toBeGreaterThanOrEqual(1);
    expect(one.line).toBeLessThanOrEqual(lines);
    expect(one.column).toBeGreaterThanOrEqual(1);
    expect(renderDiagnostic(one)).toContain('^');
  }
  return 'diagnostics';
}

describe('hostile texts', () => {
  test('a damaged scenario is a scenario or diagnostics', () => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(damaged, (text) => {
        outcomes.add(settles(text));
      }),
      { numRuns: 3000, seed: 7 },
    );
    expect([...outcomes].sort()).toEqual(['diagnostics', 'scenario']);
  });

  test('any text at all is a scenario or diagnostics', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(settles(text)).toBe('diagnostics');
      }),
      { numRuns: 500, seed: 8 },
    );
  });

  test('any JSON value is a scenario or diagnostics', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (exe, objects) => {
        expect(settles(`{"exe": ${exe}, "objects": ${objects}}`)).toMatch(/scenario|diagnostics/);
      }),
      { numRuns: 500, seed: 9 },
    );
  });

  const N = 200_000;
  const bomb = Array.from(
    { length: 12 },
    (_, i) =>
      `k${i}: &k${i} [${Array(10)
        .fill(i === 0 ? 'x' : `*k${i - 1}`)
        .join(',')}]`,
  );
  test.each([
    ['open brackets', '['.repeat(N)],
    ['open braces', '{'.repeat(N)],
    ['nested sequences', '- '.repeat(N / 2)],
    ['nested complex keys', '? '.repeat(N / 2)],
    ['indentation without end', Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['aliases that multiply', bomb.join('\n')],
    ['an alias of itself', '&a [*a, *a]'],
    ['a very large text', `exe: {main: "${'spin;'.repeat(N)}"}`],
  ])('%s are refused as too much', (_, text) => {
    const outcome = parseScenario(text);
    expect('diagnostics' in outcome && outcome.diagnostics.map((one) => one.code)).toEqual(['S003']);
  });

  test.each([
    ['parentheses', `exe: {}\nrequired: ${'('.repeat(N)}`, 'S040'],
    ['nested not', `exe: {}\nrequired: ${'not '.repeat(100)} exe ran main`, 'S040'],
    [
      'factorials',
      `exe: {needed: [a,b,c,d,e,f,g,h]}\nobjects: {a: {},b: {},c: {},d: {},e: {},f: {},g: {},h: {}}\nvary: [{orders: exe.needed}]`,
      'S052',
    ],
    ['an alias without anchor', 'exe: *a', 'S001'],
    ['a value that is no number', 'exe: {exit_code: .nan}', 'S012'],
    ['an infinite value', 'exe: {}\nexpect: {x: {states: .inf}}', 'S012'],
    ['two documents', 'exe: {}\n---\nexe: {}', 'S001'],
    ['an empty text', '', 'S005'],
    ['a list', '[]', 'S005'],
    ['a mapping as a key', '? {a: 1}\n: 2', 'S004'],
    ['a prototype as a key', '{"exe": {}, "__proto__": {"objects": {}}}', 'S004'],
    ['an inherited name as an object', 'exe: {}\nobjects: {constructor: {}}', 'S014'],
    ['an inherited name as a reference', 'exe: {needed: [toString]}', 'S014'],
  ])('%s: a diagnostic', (_, text, code) => {
    const outcome = parseScenario(text);
    expect('diagnostics' in outcome && outcome.diagnostics.map((one) => one.code)).toContain(code);
  });

  test('a recording with a prototype in it leaves no trace', () => {
    const { recordings, diagnostics } = parseRecordings(
      '{"id":"x","world":{"exe":{},"objects":{},"__proto__":{"y":1}}}',
    );
    expect(recordings).toEqual([]);
    expect(diagnostics.map((one) => one.code)).toEqual(['S004']);
    expect(({} as { y?: number }).y).toBeUndefined();
  });
});
