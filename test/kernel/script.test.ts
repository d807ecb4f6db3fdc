import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { diagnosticLine, knownKernel, resultLine, runKernelFile, scriptCodes } from '../../src/kernel/index.js';
import { word } from './bench.js';

fc.configureGlobal({ seed: 20250704 });

const kernel = knownKernel('6.18');
const file = (...cases: unknown[]): string => cases.map((each) => JSON.stringify(each)).join('\n');
const one = (...ops: unknown[]) => ({ id: 'one', glibc_rseq: 0, ops });
const rseq = { op: 'rseq', slot: 'A', off: 0, len: 32, flags: 0, sig: 1 };

/** Code, line and path of everything wrong with a text. */
const wrong = (text: string) => runKernelFile(text, kernel).diagnostics.map((d) => [d.code, d.line, d.path]);

describe('a file of scripts', () => {
  test('one result line a case, in the order and with the fields of the recordings', () => {
    const { results, diagnostics } = runKernelFile(file(one(rseq), { ...one(), id: 'two' }), kernel);
    expect(diagnostics).toEqual([]);
    expect(results.map(resultLine)).toEqual([
      '{"id":"one","results":[{"ret":0,"areas":{"A+0":[1,1,"null",0,0,"cid"]}}],"end":"exit 0","segv_handler_runs":0}',
      '{"id":"two","results":[],"end":"exit 0","segv_handler_runs":0}',
    ]);
  });

  test('a JSON array, an object over several lines, and blank lines are as good', () => {
    const ids = (text: string) => runKernelFile(text, kernel).results.map((each) => each.id);
    expect(ids(JSON.stringify([one(), { ...one(), id: 'two' }], null, 2))).toEqual(['one', 'two']);
    expect(ids(JSON.stringify(one(rseq), null, 2))).toEqual(['one']);
    expect(ids(`\n\n${file(one())}\n\n${file(one())}\n`)).toEqual(['one', 'one']);
  });

  test('registers of 64 bits are exact', () => {
    const text =
      '{"id":"one","glibc_rseq":0,"ops":[{"op":"rseq","slot":"A","off":0,"len":18446744073709551615,"flags":0,"sig":1}]}';
    const { results } = runKernelFile(text, kernel);
    expect(results[0]?.results.map(word)).toEqual([0]);
    const off = text.replace('18446744073709551615', '18446744069414584352');
    expect(runKernelFile(off, kernel).results[0]?.results.map(word)).toEqual([0]);
  });

  test('one wrong line does not spoil the others', () => {
    const { results, diagnostics } = runKernelFile(`${file(one())}\n{"id":\n${file(one())}`, kernel);
    expect(results).toHaveLength(2);
    expect(diagnostics.map((d) => [d.code, d.line])).toEqual([['K001', 2]]);
  });
});

describe('what is wrong with a script', () => {
  test.each([
    ['K001', 'not JSON at all', 'nonsense', [['K001', 1, '']]],
    ['K002', 'a number for a case', '3', [['K002', 1, '']]],
    ['K003', 'a missing field', file({ id: 'x', ops: [] }), [['K003', 1, '']]],
    ['K004', 'a wrong slot', file(one({ ...rseq, slot: 'Q' })), [['K004', 1, 'ops[0].slot']]],
    ['K004', 'a negative register', file(one({ ...rseq, len: -1 })), [['K004', 1, 'ops[0].len']]],
    ['K004', 'a fraction', file(one({ ...rseq, off: 0.5 })), [['K004', 1, 'ops[0].off']]],
    [
      'K004',
      'a pointer in a number field',
      file(one({ op: 'poke', slot: 'A', off: 0, field: 'cpu_id', value: 'null' })),
      [['K004', 1, 'ops[0].value']],
    ],
    ['K005', 'an unknown operation', file(one({ op: 'rsek' })), [['K005', 1, 'ops[0].op']]],
    ['K006', 'a mistyped field', file(one({ ...rseq, sgi: 1 })), [['K006', 1, 'ops[0].sgi']]],
    ['K007', 'an operation after exec', file(one({ op: 'exec', ops: [] }, { op: 'nop' })), [['K007', 1, 'ops[1]']]],
    ['K009', 'an empty file', ' \n', [['K009', 1, '']]],
  ])('%s: %s', (_code, _what, text, expected) => {
    expect(wrong(text)).toEqual(expected);
  });

  test('K008: nesting has a limit, at any depth', () => {
    const nest = (depth: number): unknown =>
      depth === 0 ? { op: 'nop' } : { op: 'clone', kind: 'fork', ops: [nest(depth - 1)] };
    expect(wrong(file(one(nest(31))))).toEqual([]);
    expect(wrong(file(one(nest(40)))).map(([code]) => code)).toEqual(['K008']);
    const abyss = `{"id":"x","glibc_rseq":0,"ops":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(runKernelFile(abyss, kernel).diagnostics).not.toEqual([]);
  });

  test('several errors come in one pass, and elements of an array name their lines', () => {
    expect(wrong('[\n{},\n\n3]').map(([code, line]) => [code, line])).toEqual([
      ['K003', 2],
      ['K003', 2],
      ['K003', 2],
      ['K002', 4],
    ]);
  });

  test('a diagnostic is one line with the place, what was expected, and the nearest name', () => {
    const [first] = runKernelFile(file(one({ op: 'slep' })), kernel).diagnostics;
    expect(first).toBeDefined();
    if (first === undefined) return;
    const line = diagnosticLine('cases.jsonl', first);
    expect(line).toMatch(/^cases\.jsonl:1: K005 at ops\[0\]\.op: .*expected one of .*did you mean "sleep"\?$/);
    expect(line).not.toContain('\n');
  });

  test('names that every object has are still unknown', () => {
    expect(wrong(file(one({ op: 'constructor' }))).map(([code]) => code)).toEqual(['K005']);
    expect(wrong('{"id":"x","glibc_rseq":0,"ops":[],"__proto__":1}').map(([code]) => code)).toEqual(['K006']);
  });

  test('a mutated file gives results or diagnostics, never an exception', () => {
    const good = file(
      one(
        rseq,
        { op: 'clone', kind: 'fork', ops: [{ op: 'sleep' }] },
        { op: 'poke', slot: 'A', off: 0, field: 'flags', value: 1 },
      ),
      one({ op: 'cs', slot: 'A', off: 0, desc: 'in', event: 'alarm' }, { op: 'exec', ops: [{ op: 'query' }] }),
    );
    const edit = fc.record({
      at: fc.nat({ max: good.length }),
      cut: fc.nat({ max: 12 }),
      put: fc.oneof(
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', '-', '1e9', 'null', '99999999999999999999', '\\', '\n'),
        fc.string({ maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const text = edits.reduce((t, { at, cut, put }) => t.slice(0, at) + put + t.slice(at + cut), good);
        const { results, diagnostics } = runKernelFile(text, kernel);
        expect(results.length + diagnostics.length).toBeGreaterThan(0);
        for (const d of diagnostics) expect(Object.keys(scriptCodes)).toContain(d.code);
      }),
      { numRuns: 2000 },
    );
  });
});
