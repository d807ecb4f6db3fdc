/**
 * Whatever is wrong with a command line or a file: one clear error with a stable code, a next move, exit code 2, nothing on
 * standard output, and never a stack trace.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { COMPLAINTS } from '../../src/cli/complaint.js';
import { readText } from '../../src/cli/input.js';
import { recordingFile } from '../conformance/recordings.js';
import { type Outcome, rtldlab } from './streams.js';

const folder = mkdtempSync(join(tmpdir(), 'rtldlab-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const good = file('good.yaml', 'exe: {main: info}\n');
const line = '{"id":"w","world":{"exe":{"main":[]}}}';

/** One fault: the code comes first, the next move follows, and the exit code is 2. */
function refuses({ code, out, err }: Outcome, complaint: string, next: RegExp): void {
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.split('\n')[0]).toMatch(new RegExp(`^rtldlab: error ${complaint}: .`));
  expect(err).toMatch(next);
  expect(err).not.toMatch(/\n\s+at |node:|\.js:\d/);
  expect(err.match(/ error [A-Z]\d{3}: /g)).toHaveLength(1);
}

describe('the command line', () => {
  test.each([
    [['rnu', good], 'C001', /did you mean run\?/],
    [['--frobnicate'], 'C002', /try: rtldlab --help/],
    [['run', good, '--jsno'], 'C002', /did you mean --json\?/],
    [['kernel', good, '--libc', '2.36'], 'C002', /--kernel/],
    [['run'], 'C003', /try: rtldlab run --help/],
    [['run', good, good], 'C003', /expected 1/i],
    [['run', good, '--libc'], 'C003', /try: rtldlab run --help/],
    [['run', good, '--seed', 'x'], 'C004', /expected a whole number from 0 to 4294967295/],
    [['run', good, '--seed', '-1'], 'C004', /whole number/],
    [['run', good, '--seed', '1e3'], 'C004', /whole number/],
    [['run', good, '--seed', '4294967296'], 'C004', /whole number/],
    [['run', good, '--seed', ''], 'C004', /whole number/],
    [['run', good, '--libc', 'glibc-2.63'], 'C005', /did you mean glibc-2\.\d+\?/],
    [['run', good, '--libc', 'debian2.36'], 'C005', /did you mean debian-2.36\?/],
    [['run', good, '--kernel', '6.81'], 'C006', /did you mean 6\.1/],
    [['kernel', good, '--kernel', '6.18+debgu'], 'C006', /did you mean/],
  ])('%j is refused with %s', async (argv, complaint, next) => {
    refuses(await rtldlab(argv), complaint, next);
  });

  test('no word at all prints the help to standard error', async () => {
    const { code, out, err } = await rtldlab([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^Usage: rtldlab/);
  });

  test('control characters of a word do not reach the terminal', async () => {
    const { err } = await rtldlab(['run', good, '--libc', '\u001b[31mred\u0007']);
    expect([...err].filter((c) => c < ' ' && c !== '\n')).toEqual([]);
  });
});

describe('files', () => {
  const packed = readFileSync(recordingFile('2.36'));
  const damaged = Uint8Array.from(packed);
  damaged.fill(0, 2000, 2100);

  test.each([
    ['no file', () => join(folder, 'godo.yaml'), 'C010', /did you mean .*good\.yaml/],
    ['no folder', () => join(folder, 'nowhere', 'a.yaml'), 'C010', /for standard input/],
    ['a file taken for a folder', () => join(good, 'a.yaml'), 'C010', /expected/],
    ['a name with a NUL', () => 'a\0b', 'C010', /no file/],
    ['a directory', () => folder, 'C011', /expected a file/],
    ['an endless file', () => '/dev/zero', 'C013', /larger than 256 MiB/],
    ['a program', () => process.execPath, 'C014', /UTF-8/],
    ['bytes that are no UTF-8', () => file('latin1.yaml', Uint8Array.of(0x61, 0xe9, 0x62)), 'C014', /UTF-8/],
    ['a gzip file cut short', () => file('cut.jsonl.gz', packed.subarray(0, 3000)), 'C015', /ends too early/],
    ['a damaged gzip file', () => file('damaged.jsonl.gz', damaged), 'C015', /whole gzip file/],
    ['gzip of a program', () => file('program.gz', gzipSync(Uint8Array.of(0x7f, 0x45, 0, 1))), 'C014', /UTF-8/],
    ['an empty file', () => file('empty.yaml', ''), 'C016', /scenario or a recording/],
    ['an empty gzip file', () => file('empty.gz', gzipSync('')), 'C016', /scenario or a recording/],
  ])('%s', async (_, path, complaint, next) => {
    refuses(await rtldlab(['run', path()]), complaint, next);
    refuses(await rtldlab(['kernel', path(), '--json']), complaint, next);
  });

  test('a file of more than 256 MiB is refused before it is read', async () => {
    const path = file('huge.jsonl', '');
    truncateSync(path, 2 ** 40);
    refuses(await rtldlab(['run', path]), 'C013', /expected/);
  });

  test('a file that nobody may read', () => {
    const path = file('secret.yaml', 'exe: {}');
    chmodSync(path, 0);
    const answer = readText(path, { out: () => {}, err: () => {}, stdin: () => undefined, watched: false });
    expect(answer).toMatchObject(process.getuid?.() === 0 ? { value: 'exe: {}' } : { complaint: { code: 'C012' } });
  });

  test('compressed, a bomb is refused at the same size', () => {
    const path = file('bomb.gz', gzipSync(new Uint8Array(1 << 20)));
    const answer = readText(path, { out: () => {}, err: () => {}, stdin: () => undefined, watched: false }, 1 << 19);
    expect(answer).toMatchObject({ complaint: { code: 'C013' } });
  });

  test('standard input too', async () => {
    refuses(await rtldlab(['run', '-'], ''), 'C016', /standard input/);
    refuses(await rtldlab(['run', '-'], packed.subarray(0, 3000)), 'C015', /standard input/);
    refuses(await rtldlab(['kernel', '-'], Uint8Array.of(1, 0, 2)), 'C014', /standard input/);
  });
});

describe('lines', () => {
  test('a bad line of a recording is told with its number, and the others run', async () => {
    const path = file('mixed.jsonl', `${line}\n{"id":"x",\n\n{"id":"y","world":{"exe":{"mian":[]}}}\n${line}\n`);
    const { code, out, err } = await rtldlab(['run', path, '--json']);
    expect(code).toBe(2);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(err).toContain(`${path}:2:`);
    expect(err).toMatch(/mixed\.jsonl:4:\d+: error S010: .*\n.*\n.*\^\^\^\^.*\n.*did you mean main\?/);
    expect(err).not.toMatch(/:[135]:\d+: error/);
  });

  test('a bad script of calls is told with its number, and the others run', async () => {
    const script = '{"id":"k","glibc_rseq":0,"ops":[{"op":"getcpu"}]}';
    const { code, out, err } = await rtldlab(['kernel', '-', '--json'], `${script}\nnonsense\n${script}\n`);
    expect(code).toBe(2);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(err).toMatch(/^standard input:2: K001: /);
  });

  test('every fault of a scenario in one pass, and no events', async () => {
    const { code, out, err } = await rtldlab(
      ['run', '-'],
      'exe: {mian: info}\nobjects: {a: {ctors: [regster static]}}\n',
    );
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.match(/error S\d{3}/g)).toEqual(['error S010', 'error S020']);
  });

  test("a libc or kernel that a scenario's own lines name wrongly is refused too", async () => {
    const { code, out, err } = await rtldlab(['run', '-'], 'exe: {}\nlibc: [glibc-2.63]\n');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^standard input:2:8: error S062: .*\n.*\n.*\n.*did you mean glibc-2\.\d+\?/);
    refuses(await rtldlab(['run', '-'], 'exe: {}\nkernel: 6.81\n'), 'C006', /6\.1/);
  });
});

test('every complaint has a meaning of its own', () => {
  const meanings = Object.values(COMPLAINTS);
  expect(new Set(meanings).size).toBe(meanings.length);
  expect(Object.keys(COMPLAINTS).every((code) => /^C\d{3}$/.test(code))).toBe(true);
});
