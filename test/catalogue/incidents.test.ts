/**
 * The shelf of incidents: what went wrong in public with rseq, loaders and destructors, each as the smallest world that shows it
 * under the affected semantics, release or kernel, and does not under the fixed one.
 *
 * What can go wrong: an incident that is "fixed" because its world was never reached. Every file has an `allowed`, every search is
 * complete, and an incident without a scenario has a reason in docs/not-modelled.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Expectation } from '../../src/scenario/schema.js';
import { expectAsExpected, fileNameOf, type Shelved, shelf } from './catalogue.js';

const incidents = shelf('incidents');
const numbers = Array.from({ length: 45 }, (_, i) => `I-${String(i + 1).padStart(2, '0')}`);
const required = ['01', '02', '05', '06', '07', '09', '17', '19', '22', '23', '24', '27', '29', '35', '39', '43'];

/** The files of an incident: one, or several told apart by a letter. */
const filesOf = (id: string) => incidents.filter(({ name }) => new RegExp(`^${id}[a-z]?-`).test(name));

const reasons = readFileSync(join(__dirname, '..', '..', 'docs', 'not-modelled.md'), 'utf8');
const reasonFor = (id: string) => new RegExp(`^\\| ${id} \\| .+ \\|$`, 'm').test(reasons);

const expectations = (id: string): Expectation[] =>
  filesOf(id).flatMap(({ scenario }) => Object.values(scenario.expect));

test('each incident has a scenario or a reason, and not both', () => {
  expect(numbers.filter((id) => filesOf(id).length === 0 && !reasonFor(id))).toEqual([]);
  expect(numbers.filter((id) => filesOf(id).length > 0 && reasonFor(id))).toEqual([]);
  expect(numbers.filter((id) => filesOf(id).length > 0).length).toBeGreaterThanOrEqual(30);
});

test.each(required.map((n) => [`I-${n}`]))('%s happens, and does not with the fix', (id) => {
  const all = expectations(id);
  expect(all.filter(({ forbidden }) => forbidden === 'always' || forbidden === 'sometimes').length).toBeGreaterThan(0);
  expect(all.filter(({ forbidden }) => forbidden === 'never').length).toBeGreaterThan(0);
});

test('every incident that is told does happen', () => {
  const told = numbers.filter((id) => filesOf(id).length > 0);
  expect(told.filter((id) => !expectations(id).some(({ forbidden }) => forbidden !== 'never'))).toEqual([]);
});

describe.each(incidents.map((each): [string, Shelved] => [each.name, each]))('%s', (name, { text, scenario }) => {
  test('is named for its claim and says where it was reported', () => {
    const id = name.slice(0, 4);
    expect(numbers).toContain(id);
    expect(name.replace(/^I-\d\d[a-z]?-/, '')).toBe(fileNameOf(scenario.claim ?? ''));
    expect(text).toMatch(/^# \w/);
    expect(scenario.source).toMatch(new RegExp(`^${id}; \\w`));
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
  });

  test('has verdicts and counts of states for each semantics it names', () => {
    expect(Object.keys(scenario.expect)).toEqual(scenario.libc);
    expect(Object.values(scenario.expect).filter(({ states }) => states === undefined)).toEqual([]);
    expect(Object.values(scenario.expect).map(({ allowed }) => allowed)).not.toContain('never');
  });

  test.each([...scenario.libc])('comes out as expected under %s, every state visited', (libc) => {
    expectAsExpected(scenario, libc);
  });
});
