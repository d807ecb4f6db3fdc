// Properties that compare two builds: each on a pair of judgements that breaks it and one that keeps it.
import { describe, expect, test } from '@jest/globals';
import type { Build } from '../../src/process/builds.js';
import { judge } from '../../src/process/judge.js';
import { compareProperty, type Judged } from '../../src/rseq/properties.js';
import { amend } from '../../src/rseq/semantics.js';
import { build, linux, scenario } from '../process/scenarios.js';

const judgedUnder = (text: string, libc: Build): Judged => judge(scenario(text), libc, linux);

const compared = (id: string, text: string, before: Build, after: Build) =>
  compareProperty(id, judgedUnder(text, before), judgedUnder(text, after));

const allocator = (who: string, sentence: string) =>
  `scenario: direct\nexe: {main: info}\nclaimants: {exe: {who: ${who}, at: main}}\nrequired: ${sentence}\n`;

describe('P-26 and P-27, an upgrade from 2.34 to 2.35', () => {
  const [older, newer] = [build('2.34'), build('2.35')];

  test('takes the registration away from tcmalloc, which has no fallback', () => {
    const owner = allocator('C-10', 'main is owned by exe');
    expect(compared('P-26', owner, older, newer)).toEqual({
      id: 'P-26',
      holds: false,
      differences: ['"main is owned by exe" holds always with 2.34 and never with 2.35'],
    });
    expect(compared('P-27', owner, older, newer)).toMatchObject({ id: 'P-27', holds: false });
  });

  test('leaves librseq with a registered thread, be it by libc', () => {
    const served = allocator('C-07', 'P-04 holds');
    expect(compared('P-26', served, older, newer)).toEqual({ id: 'P-26', holds: true, differences: [] });
    expect(compared('P-27', served, older, newer)).toEqual({ id: 'P-27', holds: true, differences: [] });
  });

  test('adds an end where a filter comes before a thread', () => {
    const filtered = 'scenario: late\nexe: {main: seccomp EPERM; spawn t b; join t, bodies: {b: mark b}}\n';
    expect(compared('P-27', filtered, older, newer)).toEqual({
      id: 'P-27',
      holds: false,
      differences: ['with 2.35 it may end with signal SIGABRT, with 2.34 never'],
    });
  });
});

describe('P-11, one release built with and without the number of the call', () => {
  const with4_18 = build('patch-v12');
  const stub = amend(with4_18.rseq, { name: 'v12-stub', mainAt: 'never', staticAt: 'never', threads: 'never' });
  const without: Build = { ...with4_18, name: 'v12-stub', rseq: stub };
  const claim = 'scenario: numbers\nexe: {main: mark m}\n';

  test('breaks where the build decides who owns the main thread', () => {
    const answer = compared('P-11', `${claim}required: main is owned by libc\n`, with4_18, without);
    expect(answer).toMatchObject({ id: 'P-11', holds: false });
  });

  test('holds of a program that does not look', () => {
    const answer = compared('P-11', `${claim}required: exe ran mark m\n`, with4_18, without);
    expect(answer).toEqual({ id: 'P-11', holds: true, differences: [] });
  });
});

const ending = (libc: string, end: string): Judged => ({
  scenario: 's',
  libc,
  kernel: '6.18',
  complete: true,
  ends: { [end]: 1 },
  verdicts: [],
});

describe('P-13', () => {
  test('breaks when only the build with the area cannot load the program', () => {
    const cannot = compareProperty('P-13', ending('2.34', 'exit 0'), ending('2.35', 'exit 127'));
    expect(cannot).toMatchObject({ holds: false, differences: ['2.35 cannot load what 2.34 loads'] });
    expect(compareProperty('P-13', ending('2.34', 'exit 127'), ending('2.35', 'exit 127'))).toMatchObject({
      holds: true,
    });
  });

  test('holds of a library with thread-local storage that is opened late, on every release side by side', () => {
    const opened = 'scenario: room\nexe: {main: dlopen a now h}\nobjects: {a: {static_tls: 1024}}\n';
    expect(compared('P-13', opened, build('2.34'), build('2.35'))).toMatchObject({ holds: true });
  });
});

describe('a comparison', () => {
  test('of a search that met a bound concludes nothing, and says why', () => {
    const bounded = { ...ending('2.35', 'exit 0'), complete: false };
    expect(compareProperty('P-26', ending('2.34', 'exit 0'), bounded)).toEqual({
      id: 'P-26',
      open: 'the search with 2.35 met a bound',
    });
  });

  test('of two scenarios, or by a property of single runs, is none', () => {
    const other = { ...ending('2.35', 'exit 0'), scenario: 'another' };
    expect(compareProperty('P-26', ending('2.34', 'exit 0'), other)).toMatchObject({
      open: 'the two judgements are of different scenarios',
    });
    expect(compareProperty('P-09', ending('2.34', 'exit 0'), other)).toBeUndefined();
  });
});
