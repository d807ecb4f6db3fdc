/**
 * The libc builds, as rows of flags. A row is its predecessor with what changed, each change beside its source; distribution
 * builds are upstream releases with single changes moved.
 *
 * What can go wrong: the name of a release alone is ambiguous in the field; `debian-2.36` is not the tag 2.36.
 */
import type { Release } from './release.js';

const v228: Release = {
  name: '2.28',
  separateLibpthread: true,
  earlyInit: false,
  earlyInitAgain: false,
  threadCall: 'clone',
  childRobustList: 'libpthread',
  sortDefault: 1,
  sortTunable: false,
  dfsForceFirst: false,
  closedFirst: false,
  libcRootNotFirst: false,
  relocateInInitOrder: false,
  libcRelocatedFirst: false,
  auditVdso: false,
  auditExitActivity: false,
  auditBindNow: false,
  auditProxy: false,
  auditConsistentLate: false,
  auditAddAfterInsert: false,
  auditEmptyQuiet: false,
  auditSearchSkipsAuditors: true,
  nodeleteIsPending: false,
  refusesExecutableResolver: false,
  tlsImagesSpareAuditors: false,
  ldsoAlwaysListed: false,
  auditReportsBeforeUnload: false,
  unloadAuditFunction: 'dl_main',
  auditTooNew: 'silent',
  lavCurrent: 1,
  exeInitInExe: true,
  tlsLock: false,
  proxyNotInitialised: false,
  finiMarksFirst: false,
  ctypeInLibcInit: true,
  dlNeedsActiveLoader: true,
  dlerrorKey: true,
  earlyInitNeedsLibc: false,
  auditDlsymDrifts: false,
  auditRejectedUsed: true,
  auditIgnoresBindNow: true,
  exitLock: false,
  hasLibgcc: true,
};

const v230: Release = { ...v228, name: '2.30', auditRejectedUsed: false, unloadAuditFunction: 'unload_audit_module', auditTooNew: 'assertion' };
const v231: Release = { ...v230, name: '2.31', nodeleteIsPending: true };
const debian231: Release = { ...v231, name: 'debian-2.31', refusesExecutableResolver: true };
const v232dev: Release = {
  ...v231,
  name: '2.32-dev',
  earlyInit: true,
  earlyInitNeedsLibc: true,
  ctypeInLibcInit: false,
  relocateInInitOrder: true,
  auditTooNew: 'reported',
  hasLibgcc: false,
};
const v236: Release = {
  ...v232dev,
  name: '2.36',
  earlyInitNeedsLibc: false,
  auditEmptyQuiet: true,
  dlNeedsActiveLoader: false,
  dlerrorKey: false,
  auditDlsymDrifts: true,
  auditIgnoresBindNow: false,
  separateLibpthread: false,
  threadCall: 'clone3',
  childRobustList: 'always',
  sortDefault: 2,
  sortTunable: true,
  libcRootNotFirst: true,
  auditVdso: true,
  auditExitActivity: true,
  auditBindNow: true,
  auditAddAfterInsert: true,
  refusesExecutableResolver: true,
  tlsImagesSpareAuditors: true,
  lavCurrent: 2,
  exeInitInExe: false,
  tlsLock: true,
  hasLibgcc: true,
};
const debian236: Release = {
  ...v236,
  name: 'debian-2.36',
  dfsForceFirst: true,
  earlyInitAgain: true,
  proxyNotInitialised: true,
  finiMarksFirst: true,
};
const v241: Release = {
  ...debian236,
  name: '2.41',
  closedFirst: true,
  libcRelocatedFirst: true,
  auditProxy: true,
  auditConsistentLate: true,
  ldsoAlwaysListed: true,
  exitLock: true,
};

/** Rows by name. */
export const libcReleases: Readonly<Record<string, Release>> = {
  '2.28': v228,
  '2.30': v230,
  '2.31': v231,
  'debian-2.31': debian231,
  '2.32-dev': v232dev,
  '2.36': v236,
  'debian-2.36': debian236,
  '2.41': v241,
  'debian-2.41': { ...v241, name: 'debian-2.41' },
  '2.43': { ...v241, name: '2.43' },
  'debian-2.43': { ...v241, name: 'debian-2.43' },
};
