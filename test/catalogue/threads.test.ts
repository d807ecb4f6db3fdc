/**
 * The shelf of threads: claims about what threads do side by side, each with up to four at once, under semantics where the answers
 * differ. They are the scenarios whose searches are large, and what speed is for.
 *
 * What can go wrong: a "never" of a search that gave up. Every search here is complete, the heaviest included, and the states are
 * counted.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { expectAsExpected, fileNameOf, type Shelved, shelf } from './catalogue.js';

const threads = shelf('threads');

/** Searched in a process of its own, as users do: compiled for tests, a million states would take a minute. */
const HEAVIEST = 'every-thread-is-registered-whatever-five-do-at-once';

test('some answers differ between semantics, and some threads are really at it at once', () => {
  const differ = threads.filter(
    ({ scenario }) => new Set(Object.values(scenario.expect).map(({ forbidden }) => forbidden)).size > 1,
  );
  expect(differ.length).toBeGreaterThanOrEqual(3);
  const counts = threads.flatMap(({ scenario }) => Object.values(scenario.expect).map(({ states }) => states ?? 0));
  expect(Math.max(...counts)).toBeGreaterThan(1_000_000);
});

describe.each(threads.map((each): [string, Shelved] => [each.name, each]))('%s', (name, { text, scenario }) => {
  test('is small, named for its claim, and says who asked', () => {
    expect(name).toBe(fileNameOf(scenario.claim ?? ''));
    expect(text).toMatch(/^# \w/);
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
    expect(scenario.source).toMatch(/\b(seed thread|linux-api|[IQPC]-)\d*/);
    expect(Object.keys(scenario.expect)).toEqual(scenario.libc);
  });

  if (name === HEAVIEST) return;

  test.each([...scenario.libc])('comes out as expected under %s, every state visited', (libc) => {
    expectAsExpected(scenario, libc);
  });
});

test('the heaviest comes out as expected, every state visited', () => {
  const root = join(__dirname, '..', '..');
  const path = join(root, 'scenarios', 'threads', `${HEAVIEST}.yaml`);
  const words = [join(root, 'dist', 'cli', 'main.js'), 'check', path, '--max-states', '2000000', '--json'];
  const { stdout, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'asExpected', complete: true });
});
