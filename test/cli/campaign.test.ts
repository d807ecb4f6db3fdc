/**
 * The built command's campaigns: killed, resumed, spread and put together, in processes of their own.
 *
 * What can go wrong: a kill that comes when nothing is left to do. Each waits until another unit is done, then a little longer, as a
 * seed decides; and each must have found the process alive.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Plan } from '../../src/campaign/plan.js';
import { writeResult } from '../../src/campaign/results.js';
import { randomBelow } from '../../src/explore/index.js';
import { type Outcome, rtldlab } from './streams.js';

const root = join(__dirname, '..', '..');
const command = join(root, 'dist', 'cli', 'main.js');
const seedShelf = join(root, 'scenarios', 'seed');
const scenarios = readdirSync(seedShelf)
  .filter((name) => /^(constructor-takes|audit-modules-constructor-[at]|later|library)/.test(name))
  .map((name) => join(seedShelf, name));

/** The environment without engines: these tests may themselves run under one. */
for (const engine of ['PARALLEL_SEQ', 'SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX']) delete process.env[engine];
const bare = process.env;

/** `campaign run` in a process of its own; the other two commands need none. */
function runs(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'campaign', 'run', ...words], {
    encoding: 'utf8',
    env: { ...bare, ...environment },
  });
  return { code: status, out: stdout, err: stderr };
}

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'rtldlab-campaigns-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

let planned = 0;

/** A planned campaign in a folder of its own. */
async function plan(words: readonly string[]): Promise<{ readonly folder: string; readonly units: number }> {
  const folder = join(home, String(planned++));
  const { code, out, err } = await rtldlab(['campaign', 'plan', ...words, '-o', folder, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return { folder, units: (JSON.parse(out) as { units: number }).units };
}

const check = ['check', ...scenarios];

async function merged(folder: string): Promise<Outcome> {
  return rtldlab(['campaign', 'merge', folder, '--json']);
}

let alone: Promise<Outcome> | undefined;

/** The campaign of `check`, left alone. */
async function leftAlone(): Promise<Outcome> {
  const { folder } = await plan(check);
  expect(runs([folder]).code).toBe(0);
  return merged(folder);
}

const finished = (folder: string): number =>
  readdirSync(join(folder, 'units')).filter((name) => !name.startsWith('.')).length;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function ended(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
}

/** Start the campaign again and send a signal once `more` units are done, and some milliseconds have passed. */
async function stopAfter(folder: string, signal: NodeJS.Signals, more: number, milliseconds: number) {
  const before = finished(folder);
  const child = spawn(process.execPath, [command, 'campaign', 'run', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: bare,
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => said.push(part));
  const end = ended(child);
  while (finished(folder) < before + more && child.exitCode === null) await pause(1);
  await pause(milliseconds);
  child.kill(signal);
  return { end: await end, out: Buffer.concat(said).toString(), units: finished(folder) - before };
}

describe('a campaign', () => {
  test('killed five times at random moments, one result cut short, ends with the same bytes as one left alone (seed 5)', async () => {
    alone ??= leftAlone();
    expect(await alone).toMatchObject({ code: 0, err: '' });
    const { folder, units } = await plan(check);
    const below = randomBelow(5);
    for (let kill = 0; kill < 5; kill++) {
      const { end } = await stopAfter(folder, 'SIGKILL', below(3), below(20));
      expect({ kill, end }).toEqual({ kill, end: 'SIGKILL' });
    }
    const some = finished(folder);
    expect(some).toBeLessThan(units);
    const [one] = readdirSync(join(folder, 'units')).filter((name) => !name.startsWith('.'));
    const path = join(folder, 'units', one ?? '');
    writeFileSync(path, readFileSync(path).subarray(0, -9));
    const short = await rtldlab(['campaign', 'merge', folder]);
    expect(short.code).toBe(5);
    expect(short.err).toMatch(/^rtldlab: unit \d+ counts as missing: it has \d+ bytes of \d+\n$/);
    const last = runs([folder, '--workers', '2']);
    expect(last.err).toMatch(/^rtldlab: unit \d+ is done again: it has \d+ bytes of \d+\n$/);
    expect(last.out).toContain(`${units - some + 1} of them now`);
    expect(await merged(folder)).toEqual(await alone);
    expect(readdirSync(join(folder, 'units')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('stopped by Ctrl-C, or by a batch system, says how to resume', async () => {
    const { folder, units } = await plan(check);
    const interrupted = await stopAfter(folder, 'SIGINT', 1, 0);
    expect(interrupted.end).toBe(130);
    expect(interrupted.out).toMatch(
      new RegExp(`^stopped: \\d+ of ${units} units done, \\d+ of them now\n  to resume: `),
    );
    expect(interrupted.out).toContain(`rtldlab campaign run ${folder}\n`);
    expect((await stopAfter(folder, 'SIGTERM', 1, 0)).end).toBe(143);
    const { code, out } = await rtldlab(['campaign', 'merge', folder]);
    expect(code).toBe(5);
    expect(out).toMatch(/^missing: .*\d\n {2}to resume: rtldlab campaign run /m);
  });

  test('spread by several engines, GNU parallel for real where it is installed, gives the same bytes', async () => {
    alone ??= leftAlone();
    const { folder } = await plan(check);
    expect(runs([folder], { SLURM_ARRAY_TASK_ID: '8', SLURM_ARRAY_TASK_STEP: '4' })).toMatchObject({
      code: 0,
      err: '',
    });
    expect((await rtldlab(['campaign', 'merge', folder])).out).toMatch(/^missing: 0-7, 12-\d+$/m);
    const shares = [folder, '--shares', '2'];
    if (spawnSync('parallel', ['--version']).status === 0) {
      const words = ['-j2', '-N0', process.execPath, command, 'campaign', 'run', ...shares, ':::', '1', '2'];
      const { status, stderr } = spawnSync('parallel', words, { encoding: 'utf8', env: bare });
      expect({ status, errors: /rtldlab: .*/.exec(stderr)?.[0] }).toEqual({ status: 0, errors: undefined });
    } else {
      console.info('GNU parallel is not installed: only the environment it would give is tested');
      for (const task of ['1', '2']) expect(runs(shares, { PARALLEL_SEQ: task }).code).toBe(0);
    }
    expect(await merged(folder)).toEqual(await alone);
  });
});

describe('bad input', () => {
  /** The code and the message of one complaint; exit code 2, and nothing else. */
  async function complaint(...argv: readonly string[]): Promise<string> {
    const { code, out, err } = await rtldlab(['campaign', ...argv]);
    expect({ argv, code, out }).toEqual({ argv, code: 2, out: '' });
    expect(err.match(/^rtldlab: error/gm)).toHaveLength(1);
    return /error (C\d+: .*)\n/.exec(err)?.[1] ?? err;
  }

  test('a folder that is no campaign, one that holds another, a unit that is none', async () => {
    expect(await complaint('run', home)).toMatch(/^C070: there is no campaign in /);
    expect(await complaint('merge', join(home, 'nowhere'))).toMatch(/^C070: /);
    const { folder } = await plan(['walk', ...scenarios, '--units', '3']);
    expect(await complaint('plan', 'walk', ...scenarios, '--units', '4', '-o', folder)).toMatch(
      /^C073: .* holds another campaign: walk, 3 units$/,
    );
    expect(await complaint('run', folder, '--index', '3')).toBe('C074: --index 3 is no unit of this campaign');
    expect(await complaint('run', folder, '--index', '-1')).toMatch(/^C00[34]: /);
    expect(await complaint('run', folder, '--workers', '0')).toBe('C004: --workers cannot be "0"');
    expect(await complaint('run', folder, '--shares', '2')).toBe('C075: nobody says which task this is');
  });

  test('a plan of another version, one changed by hand, results of another plan', async () => {
    const { folder } = await plan(['walk', ...scenarios, '--units', '2', '--schedules', '1']);
    const other = await plan(['walk', ...scenarios, '--units', '2', '--schedules', '2']);
    const path = join(folder, 'plan.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('rtldlab.campaign/1', 'rtldlab.campaign/9'));
    expect(await complaint('run', folder)).toMatch(/^C071: .*plan.json" is "rtldlab.campaign\/9"$/);
    writeFileSync(path, text.replace(/"maker": "[^"]*"/, '"maker": "rtldlab 99.0.0"'));
    expect(await complaint('merge', folder)).toMatch(/^C071: .* was planned by "rtldlab 99.0.0", this is rtldlab /);
    writeFileSync(path, text.replace('"schedules": 1', '"schedules": 3'));
    expect(await complaint('run', folder)).toMatch(/^C072: .* is not as it was planned$/);
    writeFileSync(path, text);
    const made = JSON.parse(readFileSync(join(other.folder, 'plan.json'), 'utf8')) as Plan;
    writeResult(folder, made, 0, { outcome: 'asExpected', says: '', found: null });
    expect(await complaint('run', folder)).toMatch(/^C076: .* unit 0, it is a result of campaign [\da-f]{12}$/);
    expect(await complaint('merge', folder)).toMatch(/^C076: /);
  });

  test('a kind that nobody knows, nothing to do, an option of another kind', async () => {
    const nowhere = join(home, 'x');
    expect(await complaint('plan', 'chekc', ...scenarios, '-o', home)).toBe('C077: unknown kind of campaign "chekc"');
    expect(await complaint('plan', 'check', '-o', nowhere)).toBe('C079: there is nothing to do');
    expect(await complaint('plan', 'check', ...scenarios, '--schedules', '3', '-o', nowhere)).toBe(
      'C002: --schedules means nothing to check',
    );
    expect(await complaint()).toMatch(/^C003: /);
    expect(await complaint('mreg')).toMatch(/^C001: unknown command "mreg"/);
    expect(await complaint('plan', 'check', ...scenarios)).toMatch(/^C003: /);
  });
});
