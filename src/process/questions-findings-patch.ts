/**
 * Derived statements about the patch series and its guards: 0.1, L-08, L-09 and L-11 of the record.
 *
 * What can go wrong: confirming by a world in which the statement cannot fail. Where it speaks of "only" or "never", a world where
 * the other thing would show stands beside.
 */
import { releaseNamed } from '../libc/releases.js';
import { libcInit } from '../rseq/libc-semantics-review.js';
import { amend } from '../rseq/semantics.js';
import type { Build } from './builds.js';
import { all, type Finding } from './questions-finding-form.js';
import { trial } from './questions-form.js';

const busyOnly: Finding = {
  id: 'D-01',
  where: '0.1',
  asks: 'EBUSY is returned only for the identical area, length and signature; a rival with its own area gets EINVAL.',
  trials: [
    trial('own area', ['2.36', '2.32-dev'], 'exe: {main: register tls; register static}', {
      EINVAL: "exe's rseq gets EINVAL",
      EBUSY: "exe's rseq gets EBUSY",
    }),
    trial('same area', ['2.36'], 'exe: {main: register libc}', { EBUSY: "exe's rseq gets EBUSY" }),
    trial('same area, other signature', ['2.36'], 'exe: {main: register libc 0x1}', {
      EPERM: "exe's rseq gets EPERM",
      EBUSY: "exe's rseq gets EBUSY",
    }),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('own area', 'EINVAL', '2.36') === 'always',
      seen.outcome('own area', 'EBUSY', '2.36') === 'never',
      seen.outcome('same area', 'EBUSY') === 'always',
      seen.outcome('same area, other signature', 'EBUSY') === 'never',
    ),
  answer: (seen) =>
    `Own area: EINVAL ${seen.outcome('own area', 'EINVAL', '2.36')}, EBUSY ${seen.outcome('own area', 'EBUSY', '2.36')}; same area: EBUSY ${seen.outcome('same area', 'EBUSY')}; other signature: EPERM ${seen.outcome('same area, other signature', 'EPERM')}.`,
};

const gapMain: Finding = {
  id: 'D-02',
  where: 'L-08',
  asks: 'Constructors see flag 1 with cpu_id -1 under patch v12.',
  trials: [
    trial('constructor', ['patch-v12'], 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [handled]}', {
      gap: 'a ran handled_info uninit giving 1',
    }),
  ],
  verdict: (seen) => all(seen.outcome('constructor', 'gap') === 'always'),
  answer: (seen) => `Seen ${seen.outcome('constructor', 'gap')}.`,
};

const threadFirst: Finding = {
  id: 'D-03',
  where: 'L-08',
  asks: 'A thread that a constructor creates registers before the main thread does.',
  trials: [
    trial(
      'constructor that starts a thread',
      ['patch-v12'],
      'exe: {needed: [a]}\nobjects:\n  a: {ctors: [start t body], dtors: [join t], bodies: {body: mark ran}}',
      { first: 'libc of t is registered before libc of main is registered' },
    ),
    trial(
      'constructor that waits for it',
      ['patch-v12'],
      'exe: {needed: [a]}\nobjects:\n  a: {ctors: [spawn t body], dtors: [join t], bodies: {body: mark ran}}',
      { first: 'libc of t is registered before libc of main is registered' },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('constructor that waits for it', 'first') === 'always',
      seen.outcome('constructor that starts a thread', 'first') === 'always',
    ),
  answer: (seen) =>
    `Always so when the constructor waits for the thread (${seen.outcome('constructor that waits for it', 'first')}); side by side it is a race (${seen.outcome('constructor that starts a thread', 'first')}).`,
};

const auditQuiet: Finding = {
  id: 'D-04',
  where: 'L-08',
  asks: "An audit module's libc registers nothing at start; threads that it creates register its own inner area.",
  trials: [
    trial(
      'quiet module',
      ['patch-v12'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {audit: {callbacks: {la_version: []}}}',
      {
        inner: 'P-02 broken',
      },
    ),
    trial(
      'module with a thread',
      ['patch-v12'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {ctors: [spawn t body; join t], bodies: {body: claim_abi}, audit: {callbacks: {la_version: []}}}',
      { 'inner area': 'libc of t is registered and m ran claim_abi defer' },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('quiet module', 'inner') === 'never',
      seen.outcome('module with a thread', 'inner area') === 'always',
    ),
  answer: (seen) =>
    `Inner registration at start ${seen.outcome('quiet module', 'inner')}; a thread made there finds its own namespace's area registered: ${seen.outcome('module with a thread', 'inner area')}. The caveat of that time, that such threads do not work, was refuted by recorded runs.`,
};

/** A libc that asks rtld_active() where an inner one comes by: in its _init. Nobody proposed it; it makes the guard visible. */
const askedEarlier: Build = {
  name: 'libc-init with rtld-active',
  release: releaseNamed('2.30'),
  rseq: amend(libcInit, { name: 'libc-init with rtld-active', guard: 'rtld-active' }),
};

const rtldActive: Finding = {
  id: 'D-05',
  where: 'L-08',
  asks: 'rtld_active() is false while audit modules are loaded and true for a libc that dlmopen brings later, so as a guard it separates static dlopen only.',
  trials: [
    trial('namespace after start', ['patch-v12', askedEarlier], 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {}', {
      'inner tries': "libc's rseq gets EINVAL",
    }),
    trial(
      'audit module',
      ['patch-v12', askedEarlier],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {audit: {callbacks: {la_version: []}}}',
      { 'inner registers': 'P-02 broken' },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('namespace after start', 'inner tries', askedEarlier.name) === 'always',
      seen.outcome('audit module', 'inner registers', askedEarlier.name) === 'never',
    ),
  answer: (seen) =>
    `Asked in libc's _init it lets a later namespace's libc try (${seen.outcome('namespace after start', 'inner tries', askedEarlier.name)}) and keeps an audit module's away (${seen.outcome('audit module', 'inner registers', askedEarlier.name)}). Where patch v12 asks it no inner libc comes by (${seen.outcome('namespace after start', 'inner tries', 'patch-v12')}).`,
};

const early: Finding = {
  id: 'D-06',
  where: 'L-08',
  asks: 'An early claimant with the shared area is adopted on EBUSY; with a private area libc gets EINVAL and marks the main thread only.',
  trials: [
    trial('shared', ['patch-v12'], 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [claim_abi]}', {
      EBUSY: "libc's rseq gets EBUSY",
      'goes on': 'ends with exit 0',
    }),
    trial(
      'private',
      ['patch-v12'],
      'exe: {needed: [a], main: start t body; join t, bodies: {body: mark ran}}\nobjects:\n  a: {ctors: [register static]}',
      { 'main failed': 'libc of main is failed', 'thread registered': 'libc of t is registered' },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('shared', 'EBUSY') === 'always',
      seen.outcome('shared', 'goes on') === 'always',
      seen.outcome('private', 'main failed') === 'always',
      seen.outcome('private', 'thread registered') === 'always',
    ),
  answer: (seen) =>
    `Shared: EBUSY ${seen.outcome('shared', 'EBUSY')}, and the program goes on. Private: main failed ${seen.outcome('private', 'main failed')}, later threads libc's ${seen.outcome('private', 'thread registered')}.`,
};

const busyAborts: Finding = {
  id: 'D-07',
  where: 'L-08',
  asks: "A claimant that tolerates EBUSY and unregisters in a key destructor makes libc's own unregistration fail, and the program aborts.",
  trials: [
    trial('thread', ['patch-v12'], 'exe: {main: start t body; join t, bodies: {body: claim_busy_ok abi}}', {
      EINVAL: "libc's rseq gets EINVAL",
      aborts: 'ends with signal SIGABRT',
    }),
    trial('main thread', ['patch-v12'], 'exe: {main: claim_busy_ok abi; pthread_exit}', {
      aborts: 'ends with signal SIGABRT',
    }),
  ],
  verdict: (seen) => all(seen.outcome('thread', 'EINVAL') === 'always', seen.outcome('thread', 'aborts') === 'always'),
  answer: (seen) =>
    `In a thread ${seen.outcome('thread', 'aborts')}; in the main thread ${seen.outcome('main thread', 'aborts')}, since libc never unregisters that one.`,
};

const multipleCause: Finding = {
  id: 'D-08',
  where: 'L-09',
  asks: '`__libc_multiple_libcs` is 0 in every libc that ran its _init, inner or outer.',
  trials: [
    trial(
      'audit module',
      ['multiple-libcs'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {audit: {callbacks: {la_version: []}}}',
      {
        'inner takes itself for the only one': 'P-02 broken',
      },
    ),
    trial('namespace after start', ['multiple-libcs'], 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {}', {
      'inner takes itself for the only one': "libc's rseq gets EINVAL",
    }),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('audit module', 'inner takes itself for the only one') === 'always',
      seen.outcome('namespace after start', 'inner takes itself for the only one') === 'always',
    ),
  answer: (seen) =>
    `With the cause that was read (a symbol that Linux does not compile) as the rule, the inner libc registers: audit ${seen.outcome('audit module', 'inner takes itself for the only one')}, later namespace ${seen.outcome('namespace after start', 'inner takes itself for the only one')}. The cause itself was read, not observed.`,
};

const fedora: Finding = {
  id: 'D-09',
  where: 'L-09',
  asks: 'With the distribution’s patch: 0 in the base libc’s _init, 1 after dlmopen, 0 in an audit libc too, and 1 again when __libc_start_main recomputes it.',
  trials: [
    trial('program alone, read in _init', ['multiple-libcs-fedora'], 'exe: {main: mark x}', {
      registers: 'libc of main is registered',
    }),
    trial('namespace after start', ['multiple-libcs-fedora'], 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {}', {
      'inner tries': "libc's rseq gets EINVAL",
    }),
    trial(
      'audit module',
      ['multiple-libcs-fedora'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {audit: {callbacks: {la_version: []}}}',
      {
        'inner registers': 'P-02 broken',
        'base stays away': "not libc's rseq gets EINVAL",
      },
    ),
    trial('program alone, read in __libc_start_main', ['multiple-libcs-start-fedora'], 'exe: {main: mark x}', {
      registers: 'libc of main is registered',
    }),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('program alone, read in _init', 'registers') === 'always',
      seen.outcome('namespace after start', 'inner tries') === 'never',
      seen.outcome('audit module', 'inner registers') === 'always',
      seen.outcome('program alone, read in __libc_start_main', 'registers') === 'never',
    ),
  answer: (seen) =>
    `Base registers in _init ${seen.outcome('program alone, read in _init', 'registers')}; a later namespace tries ${seen.outcome('namespace after start', 'inner tries')}; an audit libc registers ${seen.outcome('audit module', 'inner registers')}; read in __libc_start_main nobody registers (${seen.outcome('program alone, read in __libc_start_main', 'registers')}). Beyond the statement: after an audit module the base libc stays away (${seen.outcome('audit module', 'base stays away')}), since the first run of constructors ends the start-up that the symbol speaks of.`,
};

const likeRobustList: Finding = {
  id: 'D-10',
  where: 'L-11',
  asks: '"Unconditional, in the manner of set_robust_list" means: call in every thread, ignore failure, export no state.',
  trials: [],
  verdict: () => 'not run',
  answer: () =>
    'A reading of a sentence, not a claim about behaviour. The semantics `unconditional` is that reading, and can be run.',
};

/** In the order of the record. */
export const patchFindings: readonly Finding[] = [
  busyOnly,
  gapMain,
  threadFirst,
  auditQuiet,
  rtldActive,
  early,
  busyAborts,
  multipleCause,
  fedora,
  likeRobustList,
];
