/**
 * The package as a stranger gets it: the built command in a process of its own, and the built library's entry. Built by
 * `npm run build`, which `npm test` runs first.
 *
 * What can go wrong: what only a real process has: streams that close, an exit code, a stack trace on the way out.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { recordingFile, recordings } from '../conformance/recordings.js';

const root = join(__dirname, '..', '..');
const command = join(root, 'dist', 'cli', 'main.js');
const few = recordings('2.36')
  .slice(0, 12)
  .map((each) => `${JSON.stringify(each)}\n`)
  .join('');

function rtldlab(argv: readonly string[], input: string | Uint8Array = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...argv], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

describe('the command', () => {
  test('names an interpreter, so that npm can link it', () => {
    expect(readFileSync(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('run --json prints a line a world, in input order, with exactly id and events', () => {
    const { status, stdout, stderr } = rtldlab(['run', '-', '--libc', 'debian-2.36', '--json'], few);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const answers = lines.map((line) => JSON.parse(line) as { id: string });
    expect(answers.map(({ id }) => id)).toEqual(
      recordings('2.36')
        .slice(0, 12)
        .map(({ id }) => id),
    );
    for (const answer of answers) {
      expect([
        ['id', 'events'],
        ['id', 'unsupported'],
      ]).toContainEqual(Object.keys(answer));
    }
  });

  test('the same words, the same bytes: twice in a row, and with a seed', () => {
    const plain = ['run', '-', '--libc', 'patch-v12', '--json'];
    const seeded = [...plain, '--seed', '20190811'];
    expect(rtldlab(plain, few).stdout).toBe(rtldlab(plain, few).stdout);
    const once = rtldlab(seeded, few);
    expect(once.stdout.length).toBeGreaterThan(1000);
    expect(rtldlab(seeded, few)).toEqual(once);
  });

  test('a reader that goes away is no error', async () => {
    const child = spawn(process.execPath, [command, 'run', recordingFile('2.36'), '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    child.stderr.on('data', (part: Buffer) => said.push(part));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr: Buffer.concat(said).toString() }).toEqual({ code: 0, stderr: '' });
  });

  test('standard input and a file give the same', () => {
    const path = recordingFile('2.36').replace('glibc/2.36', 'kernel-rseq/6.18');
    const fromFile = rtldlab(['kernel', path, '--json']);
    expect(fromFile.status).toBe(0);
    expect(fromFile.stdout.split('\n')).toHaveLength(1401);
    expect(rtldlab(['kernel', '-', '--json'], readFileSync(path))).toEqual(fromFile);
  });

  test('bad input ends with 2 and one message, without a stack trace', () => {
    const { status, stdout, stderr } = rtldlab(['run', join(root, 'nowhere.yaml')]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^rtldlab: error C010: .*\n {2}expected .*\n$/);
  });
});

describe('the library', () => {
  test('the built entry exports the functions of the README', async () => {
    const script = `
      import { explore, parseScenario, run } from 'rtldlab';
      const text = 'exe: {needed: [a], main: info}\\nobjects: {a: {ctors: [register static]}}\\n';
      const parsed = parseScenario(text);
      const ran = run(text, { libc: 'patch-v12' });
      console.log(JSON.stringify({
        parsed: Object.keys(parsed),
        explore: typeof explore,
        events: ran.runs[0].events.filter(({ kind }) => kind === 'rseq'),
      }));`;
    const out = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['--input-type=module', '-e', script], { cwd: root }, (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
    });
    expect(JSON.parse(out)).toEqual({
      parsed: ['scenario', 'warnings'],
      explore: 'function',
      events: [
        { t: 1, obj: 'a', inst: 1, kind: 'rseq', detail: 'register static len=32 sig=0x53053053', result: '0' },
        { t: 1, obj: 'libc', kind: 'rseq', detail: 'register libc len=32 sig=0x53053053', result: 'EINVAL' },
      ],
    });
  });
});
