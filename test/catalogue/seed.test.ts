/**
 * The catalogue of the seed thread: each file is one claim, judged under the five semantics that the thread and its aftermath know,
 * and held against what real builds did with the same situation.
 *
 * What can go wrong: an expectation that was copied from the model. Where a real build has been recorded in the situation, the
 * recording decides.
 */
import { describe, expect, test } from '@jest/globals';
import { holdsOf } from '../../src/scenario/index.js';
import type { RecordedEvent, Scenario } from '../../src/scenario/schema.js';
import { type RecordedBuild, recording } from '../conformance/recordings.js';
import { expectAsExpected, fileNameOf, judged, type Shelved, shelf, wordsOf } from './catalogue.js';

const five = ['patch-v12', 'register-early', 'unconditional', '2.32-dev', 'debian-2.36'];
const seed = shelf('seed');

function scenarioNamed(name: string): Scenario {
  const found = seed.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found.scenario;
}

test('has one claim a file, and enough of them', () => {
  expect(seed.length).toBeGreaterThanOrEqual(16);
  expect(new Set(seed.map(({ scenario }) => scenario.claim)).size).toBe(seed.length);
});

describe.each(seed.map((each): [string, Shelved] => [each.name, each]))('%s', (name, { text, scenario }) => {
  test('is named for its claim and says whose it is', () => {
    expect(fileNameOf(scenario.claim ?? '')).toBe(name);
    expect(text).toMatch(/^# (Neighbour of )?(Weimer|Desnoyers|O'Donell|Felker)( and \w+)?, 2019-09-1[13]/);
    expect(scenario.source).toMatch(/^(Weimer|Desnoyers|O'Donell), seed thread 2019-09-1[13]$/);
  });

  test('has an allowed beside its forbidden, and expectations for each semantics it names', () => {
    expect(scenario.forbidden.length).toBeGreaterThan(0);
    expect(scenario.allowed.length).toBeGreaterThan(0);
    expect(Object.keys(scenario.expect)).toEqual(scenario.libc);
    expect(scenario.libc).toEqual(expect.arrayContaining(five));
    expect(Object.values(scenario.expect).map(({ allowed }) => allowed)).not.toContain('never');
  });

  test.each([...scenario.libc])('comes out as expected under %s, every state visited', (libc) => {
    expectAsExpected(scenario, libc);
  });
});

/** Which recorded situation each claim is about; the recordings name libraries and threads as the scenarios do. */
const situations: Readonly<Record<string, string>> = {
  'audit-modules-constructor-aborts-program': 'v12-audit-ctor-naive',
  'audit-modules-constructor-takes-main-thread': 'v12-audit-ctor-naive',
  'audit-modules-constructor-that-asks-flag-takes-main-thread': 'v12-audit-ctor-handled',
  'audit-modules-thread-is-registered-before-main-thread': 'v12-audit-thread-naive',
  'claimant-that-notes-its-success-takes-main-thread': 'v12-ctor-note',
  'claimant-that-takes-ebusy-for-success-aborts-program': 'v12-thread-busy',
  'constructor-takes-main-thread': 'v12-ctor-naive',
  'constructor-that-asks-flag-takes-main-thread': 'v12-ctor-handled',
  'constructor-that-registers-shared-variable-marks-libc-failed': 'v12-ctor-abi',
  'constructors-thread-is-registered-before-main-thread': 'v12-gap-thread-parked',
  'executables-constructor-takes-main-thread': 'v12-exe-ctor-naive',
  'first-use-in-constructors-thread-takes-thread': 'v12-thread-in-ctor-naive',
  'first-use-in-thread-takes-thread': 'v12-thread-naive',
  'flag-and-shared-variable-give-different-answers': 'v12-ctor-abi',
  'ifunc-resolver-takes-main-thread': 'v12-resolver-naive',
  'ifunc-resolver-that-asks-flag-takes-main-thread': 'v12-resolver-handled',
  'initfirst-constructor-takes-main-thread': 'v12-initfirst-naive',
  'key-destructor-takes-registration-from-libc': 'v12-tsd-abi',
  'later-namespace-takes-main-thread': 'v12-dlmopen-naive',
  'later-namespaces-libc-tries-to-register-main-thread-again': 'v12-dlmopen-naive',
  'library-opened-by-constructor-takes-main-thread': 'v12-gap-dlopen',
  'library-opened-later-takes-main-thread': 'v12-dlopen-naive',
  'of-two-libraries-that-ask-flag-one-takes-main-thread': 'v12-two-handled',
  'preinit-array-takes-main-thread': 'v12-preinit-naive',
  'preloaded-constructor-takes-main-thread': 'v12-preload-ctor-naive',
  'rival-in-constructor-keeps-later-threads-from-libc': 'v12-ctor-naive',
  'static-programs-preinit-array-takes-main-thread': 'static-preinit',
  'static-programs-resolver-keeps-threads-unregistered': 'v12-static-resolver-naive',
  'static-programs-resolver-takes-main-thread': 'v12-static-resolver-naive',
};

const realBuilds: Readonly<Record<string, RecordedBuild>> = {
  'patch-v12': '2.30v12',
  '2.32-dev': '2.32rseq',
  'debian-2.36': '2.36',
};

/** A recording writes a new thread as `T2`, and every later event of it as 2. */
function asWatched(event: RecordedEvent): RecordedEvent {
  return event.kind === 'clone' ? { ...event, result: (event.result ?? '').replace(/^T/, '') } : event;
}

describe.each(Object.entries(realBuilds))('under %s', (libc, build) => {
  test.each(Object.entries(situations))('%s agrees with what the real build did', (name, id) => {
    const { forbidden, expect: expected } = scenarioNamed(name);
    const events = recording(build, id).events.map(asWatched);
    const did = forbidden.some(({ that }) => holdsOf(that, events));
    // One recorded run cannot tell "sometimes" from the two others, but it refutes each of them.
    expect(did ? 'never' : 'always').not.toBe(expected[libc]?.forbidden);
  });
});

describe('the known truths', () => {
  const outcome = (name: string, libc: string) => wordsOf(judged(scenarioNamed(name), libc)).forbidden;

  test('under patch v12 a constructor that does not ask owns the main thread, and the way there is shown', () => {
    const [forbidden] = judged(scenarioNamed('constructor-takes-main-thread'), 'patch-v12').verdicts;
    expect(forbidden).toMatchObject({ word: 'forbidden', outcome: 'always', witness: { steps: expect.any(Number) } });
  });

  test('under patch v12 one that asks stays away, unless it is an audit module’s', () => {
    expect(outcome('constructor-that-asks-flag-takes-main-thread', 'patch-v12')).toBe('never');
    expect(outcome('audit-modules-constructor-that-asks-flag-takes-main-thread', 'patch-v12')).toBe('always');
  });

  test('under 2.36 nobody takes a thread of a dynamic program whose libc may register, and a static resolver does', () => {
    const tuned = 'glibc.pthread.rseq';
    const dynamic = seed.filter(
      ({ scenario: { world } }) => world.exe.kind !== 'static' && world.tunables?.[tuned] !== '0',
    );
    const takeovers = dynamic.filter(({ name }) => name.includes('takes'));
    expect(takeovers.length).toBeGreaterThan(12);
    expect(takeovers.filter(({ name }) => outcome(name, 'debian-2.36') !== 'never')).toEqual([]);
    expect(outcome('static-programs-resolver-takes-main-thread', 'debian-2.36')).toBe('always');
  });

  test('under the development tree of 2.32 the claim of an audit module’s constructor ends in SIGABRT', () => {
    const judgement = judged(scenarioNamed('audit-modules-constructor-takes-main-thread'), '2.32-dev');
    expect(Object.keys(judgement.ends)).toEqual(['signal SIGABRT']);
  });
});
