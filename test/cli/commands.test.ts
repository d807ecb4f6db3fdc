/**
 * What holds of every command: help with examples, an exit code that says what came of it, the same output for the same words,
 * faults of our own in one line.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { COMPLAINTS } from '../../src/cli/complaint.js';
import { EXIT, gravest } from '../../src/cli/exit.js';
import { Session } from '../../src/cli/session.js';
import { rtldlab } from './streams.js';

const commands = [
  'run',
  'explore',
  'compare',
  'check',
  'replay',
  'order',
  'import',
  'kernel',
  'explain',
  'first-light',
];

const claim = `scenario: claim
exe: {needed: [a], main: info}
objects: {a: {ctors: [{do: register static}]}}
forbidden: main is owned by a
allowed: a ran ctor
expect:
  patch-v12: {forbidden: always, allowed: always}
  debian-2.36: {forbidden: never, allowed: always}
`;

test.each(commands)('%s --help shows an example and costs nothing', async (command) => {
  const { code, out, err } = await rtldlab([command, '--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(new RegExp(`^Usage: rtldlab ${command}`));
  expect(out).toMatch(new RegExp(`Examples:\n {2}\\$ rtldlab ${command}`));
});

test('--help names every command and every exit code', async () => {
  const { code, out } = await rtldlab(['--help']);
  expect(code).toBe(0);
  for (const command of commands) expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  for (const exit of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^ {2}${exit} `, 'm'));
});

test('--version is the version of the package', async () => {
  expect(await rtldlab(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

describe('exit codes', () => {
  test.each([
    ['as expected', claim, [], 0],
    ['a verdict that was not expected', claim.replace('forbidden: never', 'forbidden: always'), [], 1],
    ['bad input', claim.replace('forbidden', 'forbiden'), [], 2],
    ['a bound', claim, ['--max-states', '2'], 3],
    ['a bound does not hide what was found', claim.replace('forbidden: always', 'forbidden: never'), [], 1],
  ])('%s', async (_, text, options, exit) => {
    expect(await rtldlab(['explore', '-', ...options], text)).toMatchObject({ code: exit });
    expect(await rtldlab(['check', '-', ...options], text)).toMatchObject({ code: exit });
  });

  test('the gravest wins: our own fault, bad input, a wrong verdict, a bound, what is lacking', () => {
    const order = [EXIT.ok, EXIT.unsupported, EXIT.bound, EXIT.unexpected, EXIT.badInput, EXIT.internal];
    for (const [i, code] of order.entries()) expect(gravest([...order.slice(0, i), code].reverse())).toBe(code);
  });

  test('a run that takes too many steps says so and is no trace', async () => {
    const { code, out } = await rtldlab(['run', '-', '--json', '--max-steps', '3'], claim);
    expect(code).toBe(EXIT.bound);
    expect(JSON.parse(out)).toEqual({ id: 'claim', unsupported: 'more than 3 steps' });
  });
});

test.each([
  [['explore', '-', '--libc', 'patch-v12']],
  [['explore', '-', '--json']],
  [['compare', 'patch-v12', 'debian-2.36', '-', '--json']],
  [['run', '-', '--libc', 'debian-2.41', '--seed', '77']],
  [['replay', '-', '--libc', 'patch-v12', '--path', 'main.main', '--json']],
])('%j says the same twice', async (words) => {
  const once = await rtldlab(words, claim);
  expect(once.out.length).toBeGreaterThan(100);
  expect(await rtldlab(words, claim)).toEqual(once);
});

test('every JSON of a command but run and kernel has a schema', async () => {
  const words = [
    ['explore', '-'],
    ['check', '-'],
    ['compare', 'patch-v12', '2.36', '-'],
    ['explain', 'L-08'],
  ];
  for (const argv of [...words, ['replay', '-', '--path', 'main', '--libc', '2.36']]) {
    const { out } = await rtldlab([...argv, '--json'], claim);
    for (const line of out.trimEnd().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ schema: expect.stringMatching(/^rtldlab\.[a-z-]+\/\d+$/) });
    }
  }
});

test('a broken promise of the simulator is one line that names it, and the same one is told once', () => {
  let err = '';
  const session = new Session({ out: () => {}, err: (text) => (err += text), stdin: () => undefined, watched: false });
  session.broken(new Error('invariant: a frame has no lifecycle\n    at somewhere'), 'a world');
  session.broken(new Error('invariant: a frame has no lifecycle\n    at somewhere'), 'another world');
  session.broken(new TypeError('x is not a function'));
  expect(session.end()).toBe(EXIT.internal);
  expect(err.split('\n')).toEqual([
    expect.stringMatching(/^rtldlab: a world: invariant: a frame has no lifecycle; .*please report/),
    expect.stringMatching(/^rtldlab: invariant: x is not a function; .*please report/),
    'rtldlab: and 1 more of the same',
    '',
  ]);
});

test('the reference page has every command, exit code and error code, with its meaning', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'reference', 'cli.md'), 'utf8');
  for (const command of commands) expect(page).toMatch(new RegExp(`^\\| \`${command}\\b`, 'm'));
  for (const exit of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${exit} \\|`, 'm'));
  for (const [code, meaning] of Object.entries(COMPLAINTS)) expect(page).toContain(`| ${code} | ${meaning} |`);
});
