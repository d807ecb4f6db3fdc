// `rtldlab hunt`: what is wrong with its words is said, the same words give the same bytes, and what it keeps `check` passes.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { rtldlab } from './streams.js';

const folder = mkdtempSync(join(tmpdir(), 'rtldlab-hunt-'));
afterAll(() => rmSync(folder, { recursive: true }));

const few = ['hunt', '--libc', 'patch-v17', '--property', 'P-02', '--runs', '45'];

describe('what is wrong', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  test.each([
    [['hunt', '--libc', 'patch-v171'], 'C005', /unknown libc "patch-v171"/],
    [['hunt', '--property', 'P-99'], 'C030', /unknown property "P-99"/],
    [['hunt', '--runs', '0'], 'C004', /--runs cannot be "0"/],
    [['hunt', '--budget', 'soon'], 'C004', /--budget cannot be "soon"/],
    [['hunt', '--seed', '-1'], 'C004', /whole number/],
    [['hunt', '--runs', '5', '--budget', '5'], 'C003', /either --runs or --budget/],
    [['hunt', '--libc', '2.36', '--semantics', 'x.json'], 'C003', /one libc/],
    [['hunt', '--runs', '5', '--out', join(file, 'below')], 'C018', /cannot be used: ENOTDIR/],
    [['hunt', '--runs', '5', '--out', '/proc/below/it'], 'C018', /cannot be used: ENOENT/],
    [['real', '--generate', '5', '--out', '/proc/below/it'], 'C018', /cannot be used: ENOENT/],
    [['kernel', '--real', '--generate', '5', '--out', '/proc/below/it'], 'C018', /cannot be used: ENOENT/],
  ])('%j', async (argv, code, message) => {
    const { code: exit, out, err } = await rtldlab(argv);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toMatch(new RegExp(`^rtldlab: error ${code}: `));
    expect(err).toMatch(message);
  });
});

test('the same words give the same bytes', async () => {
  const [one, other] = [await rtldlab([...few, '--json']), await rtldlab([...few, '--json'])];
  expect(one).toEqual(other);
  expect(JSON.parse(one.out)).toMatchObject({ schema: 'rtldlab.hunt/1', libc: 'patch-v17', seed: 1, runs: 45 });
});

test('what is found makes the exit code 1, nothing makes it 0', async () => {
  expect(await rtldlab(few)).toMatchObject({
    code: 1,
    err: '',
    out: expect.stringMatching(/To keep the scenarios: rtldlab hunt/),
  });
  const nothing = await rtldlab(['hunt', '--libc', 'patch-v18', '--property', 'P-02', '--runs', '10']);
  expect(nothing).toMatchObject({ code: 0, err: '' });
  expect(nothing.out).toMatch(/^patch-v18, seed 1: 10 runs of \d+ worlds, 0 kinds of failure\n$/);
});

test('a time budget only cuts', async () => {
  const { code, out } = await rtldlab(['hunt', '--libc', 'patch-v17', '--property', 'P-02', '--budget', '1', '--json']);
  const report = JSON.parse(out) as { runs: number };
  expect([0, 1]).toContain(code);
  expect(report.runs).toBeGreaterThan(0);
});

test('what is kept comes out as it expects', async () => {
  const out = join(folder, 'deep', 'found');
  const { out: told } = await rtldlab([...few, '--out', out]);
  const files = readdirSync(out);
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) expect(told).toContain(join(out, name));
  const { code, out: checked } = await rtldlab(['check', out]);
  expect(code).toBe(0);
  expect(checked).toMatch(/as expected/);
});
