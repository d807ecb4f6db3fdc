// Each claimant does in a thread what its row says, under a libc that announces itself, one that knows nothing, one that insists
// and one that is first; and what stands for environments answers as they do.
import { describe, expect, test } from '@jest/globals';
import { walk } from '../../src/explore/index.js';
import { knownKernel } from '../../src/kernel/releases.js';
import type { RawEvent } from '../../src/libc/trace.js';
import { judge, modelOfScenario } from '../../src/process/judge.js';
import { claimantNamed, claimantProtocols, isWoven } from '../../src/rseq/claimants.js';
import { build, judged, linux, scenario, verdict } from '../process/scenarios.js';

const libcs = ['patch-v12', '2.31', '2.32-dev', 'debian-2.36'] as const;

/** What a claimant in library `a` says and calls, and how the process ends when it does not exit well. */
function deedsOf(text: string, libc: string, kernel = linux): string {
  const { model } = modelOfScenario(scenario(text), build(libc), kernel);
  const events = walk(model).steps.flatMap((step) => step.events as readonly RawEvent[]);
  const deeds = events.flatMap(({ obj, kind, detail = '', result = '' }) => {
    if (kind === 'end') return result === 'exit 0' ? [] : [result];
    if (obj !== 'a') return [];
    if (kind === 'rseq') return [`${detail.split(' ').slice(0, 2).join(' ')} ${result}`];
    if (kind === 'claimant') return [`${detail.split(' ')[1]}: ${result}`];
    return /claim|handled|seccomp/.test(kind) ? [`${kind}${detail === '' ? '' : `: ${detail}`}`] : [];
  });
  return deeds.join(', ');
}

const inThread = (who: string) => `
scenario: in-a-thread
exe: {needed: [a], main: call w_use; spawn t b; join t, bodies: {b: call w_use}}
objects: {a: {funcs: {w_use: []}}}
claimants: {a: {who: ${who}, at: thread}}
`;

/** By claimant: its deeds under each of the four. */
const deeds: readonly (readonly [string, readonly string[]])[] = [
  [
    'C-01',
    [
      'register tls EINVAL, register: refused, unregister: kept',
      'register tls 0, register: owns, unregister tls 0, unregister: released',
      'register tls EINVAL, register: refused, unregister: kept',
      'register tls EINVAL, register: refused, unregister: kept',
    ],
  ],
  [
    'C-02 C-02a C-14a',
    [
      'register abi EBUSY, register: refused, unregister: kept',
      'register abi 0, register: owns, unregister abi 0, unregister: released',
      'register abi EBUSY, register: refused, unregister: kept',
      'register abi EINVAL, register: refused, unregister: kept',
    ],
  ],
  [
    'C-03 C-14b',
    [
      'claim_handled: defer, release_handled: kept',
      'claim_handled: nosym, register abi 0, release_handled: nosym',
      'claim_handled: nosym, register abi EBUSY, release_handled: nosym',
      'claim_handled: nosym, register abi EINVAL, release_handled: nosym',
    ],
  ],
  [
    'C-04',
    [
      'claim_abi: defer',
      'claim_abi: uninit, register abi 0',
      'claim_abi: defer',
      'claim_abi: uninit, register abi EINVAL',
    ],
  ],
  [
    'C-05',
    [
      'claim: nosym, register tls EINVAL',
      'claim: nosym, register tls 0',
      'claim: nosym, register tls EINVAL',
      'claim: defer',
    ],
  ],
  [
    'C-05a C-06 C-07 C-08 C-14',
    [
      'init: owner, register tls EINVAL, register: refused, unregister: kept, fini: reset',
      'init: owner, register tls 0, register: owns, unregister tls 0, unregister: released, fini: reset',
      'init: owner, register tls EINVAL, register: refused, unregister: kept, fini: reset',
      'init: defers, register: defers, unregister: kept, fini: reset',
    ],
  ],
  [
    'C-09',
    [
      'register abi EBUSY, register: refused, register: stores cpu_id',
      'register abi 0, register: owns',
      'register abi EBUSY, register: refused, register: stores cpu_id',
      'register abi EINVAL, register: refused, register: stores cpu_id',
    ],
  ],
  [
    'C-10',
    [
      'register: shares',
      'register abi 0, register: owns',
      'register: shares',
      'register abi EINVAL, register: refused, register: stores cpu_id',
    ],
  ],
  [
    'C-11',
    [
      'register: shares, register: stores cpu_id_start',
      'register abi 0, register: owns, register: stores cpu_id_start',
      'register: shares, register: stores cpu_id_start',
      'register abi EINVAL, register: refused, register: stores cpu_id',
    ],
  ],
  [
    'C-12',
    [
      'register abi EBUSY, claim_busy_ok: busy, unregister abi 0, signal SIGABRT',
      'register abi 0, claim_busy_ok: ok, unregister abi 0',
      'register abi EBUSY, claim_busy_ok: busy, unregister abi 0',
      'register abi EINVAL, claim_busy_ok: failed',
    ],
  ],
  [
    'C-13',
    [
      'register abi EBUSY, claim_busy_ok: busy, unregister abi 0, unregister: released, signal SIGABRT',
      'register abi 0, claim_busy_ok: ok, unregister abi 0, unregister: released',
      'register abi EBUSY, claim_busy_ok: busy, unregister abi 0, unregister: released',
      'register abi EINVAL, claim_busy_ok: failed',
    ],
  ],
  ['C-15', ['register tls EINVAL', 'register tls 0', 'register tls EINVAL', 'register tls EINVAL']],
  [
    'C-17',
    [
      'init: owner, register tls EINVAL, register: refused',
      'init: owner, register tls 0, register: owns',
      'init: owner, register tls EINVAL, register: refused',
      'init: defers, register: defers',
    ],
  ],
  [
    'C-17a',
    [
      'init: owner, register: goes without',
      'init: owner, register: goes without',
      'init: owner, register: goes without',
      'init: defers, register: defers',
    ],
  ],
  ['C-18', ['probe: used', 'probe: unused', 'probe: used', 'probe: used']],
  [
    'C-19',
    [
      'unregister libc 0, register static 0, restore: restored, signal SIGABRT',
      'register static 0, restore: restored',
      'unregister libc 0, register static 0, restore: restored',
      'unregister libc 0, register static 0, restore: restored',
    ],
  ],
  ['C-19a', ['signal SIGSEGV', 'register static 0, restore: restored', 'signal SIGSEGV', 'signal SIGSEGV']],
  [
    'C-21',
    [
      'register static EINVAL, probe: taken for used',
      'register static 0, unregister static 0, probe: unused',
      'register static EINVAL, probe: taken for used',
      'register static EINVAL, probe: taken for used',
    ],
  ],
  ['C-23', ['seccomp: EPERM, signal SIGABRT', 'seccomp: EPERM', 'seccomp: EPERM', 'seccomp: EPERM']],
  ['C-23a', ['seccomp: EACCES, signal SIGABRT', 'seccomp: EACCES', 'seccomp: EACCES', 'seccomp: EACCES']],
  ['C-23b', ['seccomp: ENOSYS, signal SIGABRT', 'seccomp: ENOSYS', 'seccomp: ENOSYS', 'seccomp: ENOSYS']],
  ['C-23c', ['seccomp: KILL, signal SIGSYS', 'seccomp: KILL', 'seccomp: KILL', 'seccomp: KILL']],
  [
    'C-L10',
    [
      'register tls EINVAL, claim_note: failed',
      'register tls 0, claim_note: ok, unregister tls 0',
      'register tls EINVAL, claim_note: failed',
      'register tls EINVAL, claim_note: failed',
    ],
  ],
];

const expected = deeds.flatMap(([ids, each]) => ids.split(' ').map((id) => [id, each] as const));

describe('a claimant in a thread', () => {
  test('is every one that has code', () => {
    expect(expected.map(([id]) => id).sort()).toEqual(
      claimantProtocols
        .filter(isWoven)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test.each(expected)('%s under v12, 2.31, 2.32-dev and 2.36', (id, each) => {
    expect(libcs.map((libc) => deedsOf(inThread(id), libc))).toEqual(each);
  });
});

describe('what tells two periods apart', () => {
  const tunableOff = (who: string) => `${inThread(who)}tunables: {glibc.pthread.rseq: 0}\n`;

  test('with the tunable off, presence of the symbols defers to nobody and the size does not', () => {
    expect(deedsOf(tunableOff('C-05a'), 'debian-2.36')).toContain('register: defers');
    expect(deedsOf(tunableOff('C-05'), 'debian-2.36')).toBe('claim: size=0, register tls 0');
  });

  test('users of one count share, and the last of them releases, libc of v4 among them', () => {
    const two = (libc: string) =>
      deedsOf(
        'scenario: two\nexe: {needed: [a], main: call w_use}\n' +
          'objects: {a: {funcs: {w_use: claimant C-02 register abi; claimant C-02 register abi; ' +
          'claimant C-02 unregister abi; claimant C-02 unregister abi}}}\n',
        libc,
      );
    expect(two('2.31')).toBe(
      'register abi 0, register: owns, register: shares, unregister: left, unregister abi 0, unregister: released',
    );
    expect(deedsOf(inThread('C-02'), 'patch-v4')).toBe('register: shares, unregister: left');
  });

  test('a refused release leaves the count at 1 after the fix, at 0 before', () => {
    const late = (who: string) =>
      deedsOf(
        `scenario: late\nexe: {needed: [a], main: call w_use}\nobjects: {a: {funcs: {w_use: claimant ${who} register abi; ` +
          `seccomp EPERM; claimant ${who} unregister abi; claimant ${who} unregister abi}}}\n`,
        '2.31',
      );
    expect(late('C-02')).toMatch(
      /unregister abi EPERM, unregister: recounted, unregister abi EPERM, unregister: recounted$/,
    );
    expect(late('C-02a')).toMatch(/unregister abi EPERM, unregister: refused, unregister: kept$/);
  });

  test('a refusal after a success ends a process with librseq of 2023', () => {
    const filtered = inThread('C-06').replace('join t', 'join t; seccomp EPERM; spawn u b; join u');
    expect(deedsOf(filtered, '2.31')).toMatch(/register tls EPERM, register: refused, signal SIGABRT$/);
  });

  test('two first uses side by side: with the flag first one thread may go without, with the flag last none', () => {
    const race = (who: string) => `
scenario: race
exe: {needed: [a], main: start t b; start u b; join t; join u, bodies: {b: call w_use}}
objects: {a: {funcs: {w_use: claimant ${who} register tls}}}
forbidden: u is owned by nobody
allowed: t is owned by a
`;
    expect(verdict(judged(race('C-06'), '2.31'), 'forbidden').outcome).toBe('sometimes');
    expect(verdict(judged(race('C-07'), '2.31'), 'forbidden').outcome).toBe('never');
  });

  test('a dump asks the kernel where it can be asked, and tries where it cannot', () => {
    expect(deedsOf(inThread('C-18'), 'debian-2.36', knownKernel('5.10'))).toBe(
      'register static EINVAL, probe: taken for used',
    );
    expect(deedsOf(inThread('C-18'), 'debian-2.36', knownKernel('5.13'))).toBe('probe: used');
  });
});

describe('an environment', () => {
  test.each(claimantProtocols.flatMap(({ id, kernels = [] }) => kernels.map((kernel) => [id, kernel] as const)))(
    '%s is the kernel %s, under which a claimant is answered',
    (id, kernel) => {
      expect(claimantNamed(id)?.actions.act).toEqual([]);
      const answer = { 'no-rseq': 'ENOSYS', emulated: '0', '6.18': '0' }[kernel];
      expect(deedsOf(inThread('C-15'), '2.31', knownKernel(kernel))).toBe(`register tls ${answer}`);
    },
  );

  test('that accepts the call and does nothing leaves a claimant sure of a registration that nobody sees', () => {
    const text =
      'scenario: e\nexe: {main: register tls; register tls; info}\nforbidden: P-09 broken\nallowed: exe ran rseq_info uninit';
    const judgement = judge(scenario(text), build('debian-2.36'), knownKernel('emulated'));
    expect(verdict(judgement, 'allowed').outcome).toBe('always');
  });

  test('woven into an object is refused with the kernel that stands for it', () => {
    const { unsupported } = judged(`${inThread('C-22')}forbidden: exe ran main\nallowed: exe ran main`, '2.31');
    expect(unsupported).toEqual(['claimant C-22 (emulators) in an object: it is the kernel no-rseq or emulated']);
  });
});

describe('a step by number', () => {
  test.each(['C-03', 'C-99'])('of %s, which is no rule, is refused before anything runs', (who) => {
    const text = `scenario: s\nexe: {main: claimant ${who} register tls}\nforbidden: exe ran main\nallowed: exe ran main`;
    expect(judged(text, '2.31').unsupported).toEqual([`steps of claimant ${who}, which has none`]);
  });
});
