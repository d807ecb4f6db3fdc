/**
 * Means of a search that change nothing in its answer: several threads, and a folder in which it is kept. Each is a process of its own, as a
 * reader starts it.
 *
 * What can go wrong: an answer that depends on which thread was quicker, or on how often the search was killed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = join(__dirname, '..', '..');
const command = join(root, 'dist', 'cli', 'main.js');
const four = 'scenarios/threads/every-thread-is-registered-whatever-four-do-at-once.yaml';
const five = 'scenarios/threads/every-thread-is-registered-whatever-five-do-at-once.yaml';

function rtldlab(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...argv], { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtldlab-means-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('--workers', () => {
  test.each([
    ['a scenario that expects states to be counted', four, []],
    ['one that meets a bound in the middle of a level', four, ['--max-states', '70001']],
    ['one that meets the ceiling of its memory', five, ['--memory', '20']],
    [
      'one under three semantics',
      'scenarios/threads/who-takes-ebusy-for-success-takes-registration-from-libc.yaml',
      [],
    ],
  ])('prints the same bytes whatever their number: %s', (_, file, more) => {
    const alone = rtldlab('explore', file, '--json', ...more);
    expect(alone.stdout.length).toBeGreaterThan(500);
    for (const workers of ['2', '5']) {
      expect(rtldlab('explore', file, '--json', ...more, '--workers', workers)).toEqual(alone);
    }
  });

  test('is a number of threads, and goes with no reduction', () => {
    expect(rtldlab('explore', four, '--workers', '0')).toMatchObject({ status: 2, stdout: '' });
    const { status, stderr } = rtldlab('explore', four, '--workers', '2', '--reduce');
    expect(status).toBe(2);
    expect(stderr).toContain('error C004: --workers does not go with --reduce');
  });
});

/** Search until the search is kept, then kill -9; true when it was still under way. */
function killOnceKept(argv: readonly string[], file: string, before: string): Promise<boolean> {
  const child = spawn(process.execPath, [command, ...argv], { cwd: root, stdio: 'ignore' });
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (existsSync(file) && readFileSync(file).toString('latin1', 0, 400) !== before) child.kill('SIGKILL');
    }, 20);
    child.once('exit', (_, signal) => {
      clearInterval(look);
      resolve(signal === 'SIGKILL');
    });
  });
}

describe('--keep', () => {
  test('a search that is killed twice goes on, and prints what one prints that was left alone', async () => {
    const kept = join(folder, 'killed');
    const file = join(kept, 'every-thread-is-registered-whatever-five-do-at-once.patch-v12.search');
    const argv = ['explore', five, '--json', '--keep', kept];
    expect(await killOnceKept(argv, file, '')).toBe(true);
    const first = readFileSync(file);
    // A quick machine may be done before it keeps a second time.
    await killOnceKept(argv, file, first.toString('latin1', 0, 400));
    const resumed = rtldlab(...argv);
    expect(resumed).toEqual(rtldlab('explore', five, '--json'));
    expect(JSON.parse(resumed.stdout)).toMatchObject({ complete: true, states: 1_257_965 });
    expect(readdirSync(kept)).toHaveLength(1);
  }, 60_000);

  test('a complete judgement is kept, and searched no second time', () => {
    const kept = join(folder, 'done');
    const once = rtldlab('explore', four, '--json', '--keep', kept);
    const [file = ''] = readdirSync(kept);
    const before = readFileSync(join(kept, file));
    expect(rtldlab('explore', four, '--json', '--keep', kept)).toEqual(once);
    expect(readFileSync(join(kept, file))).toEqual(before);
  });

  test('a file of another search, one that is damaged and a folder that cannot be are refused and left alone', () => {
    const kept = join(folder, 'refused');
    const yaml = join(folder, 'one.yaml');
    const world = (claim: string) => `claim: ${claim}\nexe: {main: info}\nallowed: exe ran main\n`;
    writeFileSync(yaml, world('A.'));
    const argv = ['explore', yaml, '--libc', 'patch-v12', '--keep', kept];
    expect(rtldlab(...argv).stderr).toBe('');
    const [file = ''] = readdirSync(kept);
    const before = readFileSync(join(kept, file));
    writeFileSync(yaml, world('B.'));
    const another = rtldlab(...argv);
    expect(another.status).toBe(2);
    expect(another.stderr).toContain('error C080');
    expect(readFileSync(join(kept, file))).toEqual(before);
    truncateSync(join(kept, file), before.length - 5);
    expect(rtldlab(...argv).stderr).toContain('error C081');
    expect(rtldlab('explore', yaml, '--keep', yaml).stderr).toContain('error C018');
  });
});
