// The matchers of a reader's own tests: what they decide, what a failure says, and the five lines of the documentation run by jest
// against the built package.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { matchers } from '../../src/arbitraries/index.js';
import { bareConstructor, twoThreads } from '../process/scenarios.js';

describe('what is judged', () => {
  test.each([
    ['P-01', 'patch-v12', false],
    ['P-01', 'debian-2.36', true],
  ])('%s under %s', (id, libc, holds) => {
    expect(matchers.toHold(bareConstructor, id, { libc }).pass).toBe(holds);
  });

  test('a predicate in the words of scenarios, and who owns the main thread', () => {
    expect(matchers.toNever(bareConstructor, 'main is owned by a', { libc: 'patch-v12' }).pass).toBe(false);
    expect(matchers.toNever(bareConstructor, 'main is owned by a', { libc: '2.36' }).pass).toBe(true);
    expect(matchers.toBeOwnedByLibc(bareConstructor, { libc: '2.36' }).pass).toBe(true);
    expect(matchers.toBeOwnedByLibc(bareConstructor, { libc: 'patch-v12' }).pass).toBe(false);
  });

  test('a bound that was met is no failure, what was found within it is one', () => {
    const never = (libc: string, maxStates: number) =>
      matchers.toNever(twoThreads, 'one is owned by exe', { libc, maxStates }).pass;
    expect(never('2.36', 30)).toBe(true);
    expect(never('2.31', 400)).toBe(false);
  });
});

describe('what is told', () => {
  const failed = matchers.toHold(bareConstructor, 'P-01', { libc: 'patch-v12' }).message();

  test('a failure brings the scenario, its story, and the line that replays it', () => {
    expect(failed).toMatch(/^forbidden: P-01 broken\nalways under patch-v12 on Linux 6\.18\n/);
    expect(failed).toMatch(/\n {2}a: \{who: C-15, area: static\}\n/);
    expect(failed).toMatch(/rtldlab replay found\.yaml --libc patch-v12 .*--path main/);
  });

  test.each([
    [() => matchers.toHold(bareConstructor, 'P-99'), /there is no property "P-99"/],
    [() => matchers.toHold(bareConstructor, 'P-01', { libc: 'patch-v21' }), /did you mean patch-v\d+\?/],
    [() => matchers.toNever(bareConstructor, 'main is owned by q'), /unknown object "q"; expected/],
    [() => matchers.toNever('exe: {mian: info}', 'exe ran main'), /S\d{3}.*mian/],
  ])('what cannot be asked is said: %#', (ask, message) => {
    expect(ask).toThrow(message);
  });
});

describe('the five lines of docs/hunting.md, from the built package', () => {
  const root = join(__dirname, '..', '..');
  const jest = (libc: string) =>
    spawnSync(
      process.execPath,
      [
        '--experimental-vm-modules',
        join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
        '--rootDir',
        join(root, 'test', 'fixtures', 'own-property'),
        '--config',
        '{"transform": {}, "testMatch": ["**/*.property.mjs"]}',
      ],
      { encoding: 'utf8', env: { ...process.env, LIBC: libc, NO_COLOR: '1', FORCE_COLOR: '0' } },
    );

  test('pass where the property holds', () => {
    const { status, stderr } = jest('patch-v18');
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/1 passed/) });
  });

  test('fail where it does not, with a seed and a line that replays it', () => {
    const { status, stderr } = jest('patch-v17');
    expect(status).toBe(1);
    expect(stderr).toMatch(/seed: 7, path: "/);
    expect(stderr).toMatch(/rtldlab replay found\.yaml --libc patch-v17 .*--path main/);
  });
});
