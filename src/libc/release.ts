/**
 * What one build of glibc does differently from another, as named flags. A release name expands to one value of this form;
 * algorithms ask for a flag and never for a version, because distributions move single changes between releases.
 *
 * What can go wrong: a flag that stands for two changes at once. Distributions back-port them apart, and no row can then say
 * what such a build does.
 */

/** One libc's answers. Names, meanings, values and sources of the flags: `releaseFlags`. */
export interface Release {
  readonly name: string;
  readonly separateLibpthread: boolean;
  readonly threadCall: 'clone' | 'clone3';
  readonly childRobustList: 'libpthread' | 'always';
  readonly hasLibgcc: boolean;
  readonly hwcapsFolders: 'legacy' | 'both' | 'named';
  readonly exitLock: boolean;
  readonly tlsDtorsClearNodelete: boolean;
  readonly signalsWaitForStart: boolean;
  readonly signalsBlockedAtEnd: boolean;
  readonly foreignFree: 'free(): invalid pointer' | 'free(): invalid size';
  readonly tlsLock: boolean;
  readonly earlyInit: boolean;
  readonly earlyInitNeedsLibc: boolean;
  readonly earlyInitAgain: boolean;
  readonly ctypeInLibcInit: boolean;
  readonly exeInitInExe: boolean;
  readonly proxyNotInitialised: boolean;
  readonly dlNeedsActiveLoader: boolean;
  readonly dlerrorKey: boolean;
  readonly sortDefault: 1 | 2;
  readonly sortTunable: boolean;
  readonly dfsForceFirst: boolean;
  readonly libcRootNotFirst: boolean;
  readonly closedFirst: boolean;
  readonly finiMarksFirst: boolean;
  readonly relocateInInitOrder: boolean;
  readonly libcRelocatedFirst: boolean;
  readonly refusesExecutableResolver: boolean;
  readonly tlsNumbersAgain: boolean;
  readonly tlsFrees: 'older' | 'older-in-use' | 'in-use';
  readonly tlsInitAgain: boolean;
  readonly tlsImagesSpareAuditors: boolean;
  readonly innerErrorsPass: boolean;
  readonly ownErrorsFault: boolean;
  readonly initErrorsFatal: boolean;
  readonly staticThreadsFindBlocks: boolean;
  readonly tlsPerNamespace: 0 | 336 | 288;
  readonly libcTls: 144 | 136 | 128;
  readonly nodeleteIsPending: boolean;
  readonly ldsoAlwaysListed: boolean;
  readonly auditTags: boolean;
  readonly globalGrowsEarly: boolean;
  readonly openStateCheck: 'initialize' | 'update' | 'variable' | 'none';
  readonly auditRejectedUsed: boolean;
  readonly auditTooNew: 'silent' | 'assertion' | 'reported';
  readonly unloadAuditFunction: 'dl_main' | 'unload_audit_module';
  readonly lavCurrent: 1 | 2;
  readonly auditVdso: boolean;
  readonly auditAddAfterInsert: boolean;
  readonly auditConsistentLate: boolean;
  readonly auditEmptyQuiet: boolean;
  readonly auditExitActivity: boolean;
  readonly auditProxy: boolean;
  readonly auditBindNow: boolean;
  readonly auditIgnoresBindNow: boolean;
  readonly auditDlsymDrifts: boolean;
}

/** The name of a flag. */
export type ReleaseFlagName = Exclude<keyof Release, 'name'>;

/** Any value of any flag. */
export type ReleaseFlagValue = Release[ReleaseFlagName];
