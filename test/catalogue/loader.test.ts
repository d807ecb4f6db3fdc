/**
 * The shelf of what is easy to get wrong about the loader, startup and threads: each item of the reference has the smallest scenario
 * that shows it, judged under builds on both sides of every change.
 *
 * What can go wrong: an expectation that is true of any loader. So each scenario must hold somewhere, and where its item speaks of
 * releases, come out differently on the two sides.
 */
import { describe, expect, test } from '@jest/globals';
import type { Expectation } from '../../src/scenario/schema.js';
import { expectAsExpected, fileNameOf, type Shelved, shelf } from './catalogue.js';

const loader = shelf('loader');
const items = Array.from({ length: 50 }, (_, i) => String(i + 1).padStart(2, '0'));

const ofItem = (item: string) => loader.filter(({ name }) => name.startsWith(`${item}-`));

test('every item has a scenario, and every claim is made once', () => {
  expect(items.filter((item) => ofItem(item).length === 0)).toEqual([]);
  expect(loader.filter(({ name }) => !items.includes(name.slice(0, 2)))).toEqual([]);
  expect(new Set(loader.map(({ scenario }) => scenario.claim)).size).toBe(loader.length);
});

/** What a build is expected to show, the count of states apart. */
function wordsAlone(expectation: Expectation): Omit<Expectation, 'states'> {
  return Object.fromEntries(Object.entries(expectation).filter(([word]) => word !== 'states'));
}

/** Whether all that the claim demands holds of a build. */
function shows({ required, forbidden, allowed, order }: Expectation): boolean {
  const demanded = [required, order].filter((word) => word !== undefined);
  const reachable = allowed !== undefined && allowed !== 'never';
  return demanded.every((word) => word === 'always') && (demanded.length > 0 || (forbidden === 'never' && reachable));
}

describe.each(loader.map((each): [string, Shelved] => [each.name, each]))('%s', (name, { text, scenario }) => {
  test('is small, named for its claim, and says where glibc does it', () => {
    expect(name.slice(3)).toBe(fileNameOf(scenario.claim ?? ''));
    expect(text).toMatch(/^# \w/);
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
    expect(scenario.source).toMatch(new RegExp(`^glibc-startup 9\\.${Number(name.slice(0, 2))}; \\S+\\.[ch]:\\w+`));
  });

  test('holds under some build it names, and pins the states of each', () => {
    expect(Object.keys(scenario.expect)).toEqual(scenario.libc);
    expect(Object.values(scenario.expect).filter(shows)).not.toEqual([]);
    expect(Object.values(scenario.expect).filter(({ states }) => states === undefined)).toEqual([]);
  });

  test.each([...scenario.libc])('comes out as expected under %s, every state visited', (libc) => {
    expectAsExpected(scenario, libc);
  });
});

/** Items about a change: the last build before it and the first after it, which their scenarios name. */
const changes: readonly (readonly [item: string, before: string, after: string])[] = [
  ['01', '2.32-dev', '2.35'],
  ['02', '2.32-dev', '2.35'],
  ['09-started-by-kernel', '2.34', '2.35'],
  ['10', '2.34', '2.35'],
  ['11-depth', '2.38', '2.39'],
  ['11-original', '2.38', '2.39'],
  ['12-depth', '2.38', '2.39'],
  ['12-original', '2.38', '2.39'],
  ['13', '2.34', '2.35'],
  ['13', '2.36', 'debian-2.36'],
  ['13', '2.36', '2.37'],
  ['20', '2.38', '2.39'],
  ['31', '2.40', '2.41'],
  ['32-at-exit', '2.34', '2.35'],
  ['32-dlclose', '2.40', '2.41'],
  ['33', '2.34', '2.35'],
  ['34', '2.40', '2.41'],
  ['36', '2.32-dev', '2.35'],
  ['37-when-new', '2.32-dev', '2.35'],
  ['40', '2.36', 'debian-2.36'],
  ['40', '2.39', '2.40'],
  ['40', '2.40', '2.41'],
  ['43-area', '2.36', 'debian-2.36'],
  ['43-area', '2.40', '2.41'],
  ['45-copying', '2.34', '2.35'],
  ['48', '2.33', '2.34'],
  ['50', '2.31', 'debian-2.31'],
  ['50', '2.32', '2.33'],
];

describe('releases differ', () => {
  test.each(changes)('item %s between %s and %s', (item, before, after) => {
    const [only, ...others] = ofItem(item.slice(0, 2)).filter(({ name }) => name.startsWith(item));
    expect(others).toEqual([]);
    const sides = [before, after].map((libc) => only?.scenario.expect[libc]);
    expect(sides).not.toContain(undefined);
    const [old, young] = sides.map((side) => wordsAlone(side ?? {}));
    expect(old).not.toEqual(young);
  });
});
