/**
 * The time line of glibc's loader and startup: each upstream release with what it changed, each change beside its commit, and
 * the distribution builds as an upstream release with back-ports named one by one. In glibc: the history of elf/, csu/, nptl/.
 *
 * What can go wrong: a row says what changed *in* a release; what it does is the sum of the rows it stands on. And the name of a
 * release alone is ambiguous in the field: `debian-2.36` is not the tag 2.36.
 */
import type { Release, ReleaseFlagName } from './release.js';

/** What a row sets: the new value and where that change was read (a glibc commit, with its bug where it has one). */
export type ReleaseSets = { readonly [N in ReleaseFlagName]?: readonly [value: Release[N], source: string] };

/** One row of the time line. */
export interface ReleaseRow {
  readonly release: string;
  /** The row it stands on; null for the oldest. */
  readonly from: string | null;
  /** Which tree this is. */
  readonly about: string;
  readonly sets: ReleaseSets;
}

/** What the oldest release does: every flag. */
export const oldest: Release = {
  name: '2.28',
  separateLibpthread: true,
  threadCall: 'clone',
  childRobustList: 'libpthread',
  hasLibgcc: true,
  hwcapsFolders: 'legacy',
  exitLock: false,
  tlsDtorsClearNodelete: false,
  signalsWaitForStart: false,
  signalsBlockedAtEnd: false,
  foreignFree: 'free(): invalid pointer',
  tlsLock: false,
  earlyInit: false,
  earlyInitNeedsLibc: false,
  earlyInitAgain: false,
  ctypeInLibcInit: true,
  exeInitInExe: true,
  proxyNotInitialised: false,
  dlNeedsActiveLoader: true,
  dlerrorKey: true,
  sortDefault: 1,
  sortTunable: false,
  dfsForceFirst: false,
  libcRootNotFirst: false,
  closedFirst: false,
  finiMarksFirst: false,
  relocateInInitOrder: false,
  libcRelocatedFirst: false,
  refusesExecutableResolver: false,
  tlsNumbersAgain: false,
  tlsFrees: 'older',
  tlsInitAgain: true,
  tlsImagesSpareAuditors: false,
  innerErrorsPass: true,
  ownErrorsFault: false,
  initErrorsFatal: false,
  staticThreadsFindBlocks: false,
  tlsPerNamespace: 0,
  libcTls: 144,
  globalGrowsEarly: false,
  nodeleteIsPending: false,
  ldsoAlwaysListed: false,
  auditTags: false,
  openStateCheck: 'initialize',
  auditRejectedUsed: true,
  auditTooNew: 'silent',
  unloadAuditFunction: 'dl_main',
  lavCurrent: 1,
  auditVdso: false,
  auditAddAfterInsert: false,
  auditConsistentLate: false,
  auditEmptyQuiet: false,
  auditExitActivity: false,
  auditProxy: false,
  auditBindNow: false,
  auditIgnoresBindNow: true,
  auditDlsymDrifts: false,
};

const upstream: readonly ReleaseRow[] = [
  { release: '2.28', from: null, about: 'tag glibc-2.28 (2018-08)', sets: {} },
  { release: '2.29', from: '2.28', about: 'tag glibc-2.29 (2019-01)', sets: {} },
  {
    release: '2.30',
    from: '2.29',
    about: 'tag glibc-2.30 (2019-08)',
    sets: {
      auditRejectedUsed: [false, 'bug 24122, commit 3b856d093f'],
      unloadAuditFunction: ['unload_audit_module', 'commit 3b856d093f'],
      auditTooNew: ['assertion', 'commit 3b856d093f: the message has %d, which the printer refuses'],
    },
  },
  {
    release: '2.31',
    from: '2.30',
    about: 'tag glibc-2.31 (2020-02)',
    sets: {
      globalGrowsEarly: [true, 'bug 25112, commit 440b7f8653'],
      initErrorsFatal: [true, 'bug 24304, commit 79e0cd7b3c'],
      nodeleteIsPending: [true, 'bug 20839, commits f63b73814f, 365624e2d2 and f8ed116aa5'],
    },
  },
  {
    release: '2.32-dev',
    from: '2.31',
    about: 'development commit 0c76fc3c2b (2020-07-06), with rseq, reverted by efedd1ed3d before 2.32',
    sets: {
      relocateInInitOrder: [true, 'commit 71bcfa6245'],
      signalsWaitForStart: [true, 'bug 25098, commit b3cae39dcb'],
      auditTags: [true, 'bug 24943, commit 8f7a75d700'],
      earlyInit: [true, 'commit ec935dea63'],
      ctypeInLibcInit: [false, 'commit ec935dea63'],
      earlyInitNeedsLibc: [true, 'commit 03e187a41d'],
      auditTooNew: ['reported', 'commit 533dd2acf7: the printer learns %d'],
      hasLibgcc: [false, 'the recorded installation, not the source'],
    },
  },
  {
    release: '2.32',
    from: '2.32-dev',
    about: 'tag glibc-2.32 (2020-08)',
    sets: {
      auditEmptyQuiet: [true, 'bug 26076, commit 3ad5dab476'],
      tlsPerNamespace: [288, 'bug 25051, commits 0c7b002fac, 17796419b5 and 07ed32f920'],
      hasLibgcc: [true, 'an ordinary installation'],
    },
  },
  {
    release: '2.33',
    from: '2.32',
    about: 'tag glibc-2.33 (2021-02)',
    sets: {
      libcRootNotFirst: [true, 'bug 20972, commit 9ffa50b26b'],
      refusesExecutableResolver: [true, 'bug 20019, commit 6ea5b57afa'],
      hwcapsFolders: ['both', 'commits dad90d5282 and f267e1c9dd'],
    },
  },
  {
    release: '2.34',
    from: '2.33',
    about: 'tag glibc-2.34 (2021-08)',
    sets: {
      exeInitInExe: [false, 'bug 23323, commit 035c012e32'],
      childRobustList: ['always', 'commit 66d99dc53a'],
      dlerrorKey: [false, 'bug 24773, commit fada901819'],
      ownErrorsFault: [true, 'commit b2964eb1d9: the handler is now that of the base libc, the error still its own'],
      innerErrorsPass: [false, 'bug 24772, commit b2964eb1d9'],
      tlsNumbersAgain: [true, 'bug 27135, commit 572bd547d5'],
      tlsFrees: ['older-in-use', 'bug 19329, commit 1387ad6225'],
      staticThreadsFindBlocks: [true, 'seen in Debian 2.36, 2.41 and 2.43, not in 2.31; the commit is not known'],
      separateLibpthread: [false, 'commits 442e8a40da, d6163dfd38, f47f1d91af and 49e182c737'],
      threadCall: ['clone3', 'commit d8ea0d0168'],
      earlyInitNeedsLibc: [false, 'commit 3908fa933a'],
    },
  },
  {
    release: '2.35',
    from: '2.34',
    about: 'tag glibc-2.35 (2022-02)',
    sets: {
      tlsLock: [true, 'bug 28357, commit 83b5323261'],
      signalsBlockedAtEnd: [true, 'bug 12889, commit 526c3cf11e'],
      sortDefault: [2, 'bug 17645, commit 15a0c5730d'],
      sortTunable: [true, 'bug 17645, commit 15a0c5730d'],
      openStateCheck: ['update', 'bug 15971, commit a93d9e03a3'],
      auditAddAfterInsert: [true, 'bug 28062, commit ed3ce71f5c'],
      auditDlsymDrifts: [true, 'commit cda4f265c6: the loop moved, its last line went into the condition'],
      auditIgnoresBindNow: [false, 'bug 15533, commit 063f9ba220'],
      auditVdso: [true, 'commit f0e23d34a7'],
      auditExitActivity: [true, 'commit 5fa11a2bc9'],
      tlsImagesSpareAuditors: [true, 'bug 28096, commit 254d3d5aef'],
      auditBindNow: [true, 'bug 23734, commit 32612615c5'],
      lavCurrent: [2, 'bug 23734, commit 32612615c5'],
    },
  },
  {
    release: '2.36',
    from: '2.35',
    about: 'tag glibc-2.36 (2022-08)',
    sets: { dlNeedsActiveLoader: [false, 'bug 29078, commit 8dcb6d0af0'] },
  },
  {
    release: '2.37',
    from: '2.36',
    about: 'tag glibc-2.37 (2023-02)',
    sets: {
      earlyInitAgain: [true, 'bug 29528, commit d0e357ff45'],
      dfsForceFirst: [true, 'bug 28937, commit 1df71d32fe'],
      ownErrorsFault: [false, 'bug 25486, commit ee1ada1bdb'],
      finiMarksFirst: [true, 'commit 6f360366f7'],
      hwcapsFolders: ['named', 'commit 6099908fb8'],
    },
  },
  {
    release: '2.38',
    from: '2.37',
    about: 'tag glibc-2.38 (2023-07)',
    sets: { openStateCheck: ['variable', 'commit 1b5e65ef6a'] },
  },
  {
    release: '2.39',
    from: '2.38',
    about: 'tag glibc-2.39 (2024-01)',
    sets: {
      proxyNotInitialised: [true, 'commit f6c8204fd7'],
      closedFirst: [true, 'bug 30981, commit 849274d48f'],
      libcRelocatedFirst: [true, 'bug 31083, commit 78ca44da01'],
      tlsFrees: ['in-use', 'bug 19924, commit d2123d6827'],
    },
  },
  { release: '2.40', from: '2.39', about: 'tag glibc-2.40 (2024-07)', sets: {} },
  {
    release: '2.41',
    from: '2.40',
    about: 'tag glibc-2.41 (2025-01)',
    sets: {
      openStateCheck: ['none', 'bug 31986, commit 43db5e2c06'],
      libcTls: [136, 'PT_TLS of libc.so.6 in Debian 2.41-12'],
      tlsInitAgain: [false, 'bug 31717, commit 5097cd344f'],
      exitLock: [true, 'bug 31997, commit f6ba993e0c'],
      auditConsistentLate: [true, 'bug 31986, commits 43db5e2c06 and e096b7a189'],
      ldsoAlwaysListed: [true, 'commit 8f8dd904c4'],
      auditProxy: [true, 'bugs 31985, 32065 and 32066, commits 8f36b14696, c4b160744c and 495b96e064'],
    },
  },
  {
    release: '2.42',
    from: '2.41',
    about: 'tag glibc-2.42 (2025-07)',
    sets: { foreignFree: ['free(): invalid size', 'commit 9b0c8ced9c'] },
  },
  {
    release: '2.43',
    from: '2.42',
    about: 'development branch after 2.42, read up to commit 04e750e75b (2026-01-20)',
    sets: { libcTls: [128, 'PT_TLS of libc.so.6 in Debian 2.43-7'] },
  },
];

const distributions: readonly ReleaseRow[] = [
  {
    release: 'pre-2.22',
    from: '2.28',
    about: 'no release: 2.28 with its thread-local destructors as 2.21 had them, to show what that change mended',
    sets: { tlsDtorsClearNodelete: [true, 'bug 18657, commit 90b37cac8b taken back'] },
  },
  {
    release: 'debian-2.31',
    from: '2.31',
    about: 'Debian 11, package 2.31-13+deb11u11: the tag with release/2.31/master',
    sets: {
      refusesExecutableResolver: [true, 'bug 20019, back-port af316e4627 on release/2.31/master'],
      tlsPerNamespace: [336, 'bug 25051, commits 0c7b002fac and 17796419b5, a back-port of Debian'],
    },
  },
  {
    release: 'debian-2.36',
    from: '2.36',
    about: 'Debian 12, package 2.36-9+deb12u14: the tag with release/2.36/master',
    sets: {
      earlyInitAgain: [true, 'bug 29528, back-port 924e4f3eaa on release/2.36/master'],
      dfsForceFirst: [true, 'bug 28937, back-port da5f134f6d on release/2.36/master'],
      finiMarksFirst: [true, 'back-port b6c7135576 on release/2.36/master'],
      proxyNotInitialised: [true, 'back-port f33ffef089 on release/2.36/master'],
      tlsFrees: ['in-use', 'bug 19924, back-port 147a830307 on release/2.36/master'],
    },
  },
  {
    release: 'debian-2.41',
    from: '2.41',
    about: 'Debian 13, package 2.41-12+deb13u4: the tag with release/2.41/master',
    sets: {},
  },
  {
    release: 'debian-2.43',
    from: '2.43',
    about: 'Debian, package 2.43-7: release/2.43/master, known by its recordings alone',
    sets: {},
  },
];

/** Every row, a distribution's builds after the release they are made of; each stands on one before it. */
export const releaseLine: readonly ReleaseRow[] = upstream.flatMap((row) => [
  row,
  ...distributions.filter(({ from }) => from === row.release),
]);
