/**
 * What one build of glibc does differently from another, as named flags. A release name expands to a row of these; algorithms
 * ask for a flag and never for a version, because distributions move single changes between releases.
 *
 * What can go wrong: a flag that stands for two changes at once. Distributions backport them apart, and the row then cannot
 * say what the build does.
 */

/** The flags, each with what it means when true (or its possible values). */
export interface Release {
  readonly name: string;
  /** Threads live in a libpthread.so.0 of their own, with its own DT_INIT. */
  readonly separateLibpthread: boolean;
  /** `__libc_early_init` exists. */
  readonly earlyInit: boolean;
  /** `__libc_early_init` runs for each libc of an inner namespace, and again when an emptied namespace is used anew. */
  readonly earlyInitAgain: boolean;
  /** The call that makes a thread. */
  readonly threadCall: 'clone' | 'clone3';
  /** set_robust_list is issued again by a forked child that has no libpthread. */
  readonly childRobustList: 'always' | 'libpthread';
  readonly sortDefault: 1 | 2;
  /** `glibc.rtld.dynamic_sort` exists. */
  readonly sortTunable: boolean;
  /** The depth-first sort keeps the first object first when it is told to. */
  readonly dfsForceFirst: boolean;
  /** dlclose puts the closed object first before it sorts. */
  readonly closedFirst: boolean;
  /** A libc.so that is opened as a root is sorted like any other object. */
  readonly libcRootNotFirst: boolean;
  /** dlopen relocates in init-list order; before, it sorted the unrelocated objects apart. */
  readonly relocateInInitOrder: boolean;
  /** The namespace's libc is relocated before everything else. */
  readonly libcRelocatedFirst: boolean;
  /** la_objopen is sent for the vDSO. */
  readonly auditVdso: boolean;
  /** la_activity around the finalisers of exit. */
  readonly auditExitActivity: boolean;
  /** la_symbind is sent for slots bound at load time. */
  readonly auditBindNow: boolean;
  /** la_objopen and la_objclose for the proxy of ld.so; la_activity (delete) before the first la_objclose of dlclose. */
  readonly auditProxy: boolean;
  /** dlopen tells auditors CONSISTENT after relocation. */
  readonly auditConsistentLate: boolean;
  /** The first new object is on the namespace's list before auditors hear ADD. */
  readonly auditAddAfterInsert: boolean;
  /** No CONSISTENT for a namespace that became empty. */
  readonly auditEmptyQuiet: boolean;
  /** Objects of an auditor's namespace ask no auditor for names. */
  readonly auditSearchSkipsAuditors: boolean;
  /** NODELETE of an object that is being opened waits until the open cannot fail; a NODELETE user pins nothing by itself. */
  readonly nodeleteIsPending: boolean;
  /** A resolver in an executable that is not yet relocated is refused; before, it was called. */
  readonly refusesExecutableResolver: boolean;
  /** Copying the initial TLS images spares the blocks of audit modules. */
  readonly tlsImagesSpareAuditors: boolean;
  /** ld.so stays on the base list even when nothing needs it. */
  readonly ldsoAlwaysListed: boolean;
  /** The missing la_version is reported before the module is unloaded. */
  readonly auditReportsBeforeUnload: boolean;
  /** The function whose assertion fails when an audit namespace is not empty after unloading. */
  readonly unloadAuditFunction: string;
  /** A module that asks for a newer interface: said so, a failed assertion in the message's own format, or nothing. */
  readonly auditTooNew: 'reported' | 'assertion' | 'silent';
  readonly lavCurrent: number;
  /** The executable's constructors are run by code in the executable itself (`__libc_csu_init`). */
  readonly exeInitInExe: boolean;
  /** dl_load_tls_lock exists: TLS set-up does not need the loader's big lock. */
  readonly tlsLock: boolean;
  /** The proxy of ld.so is skipped when constructors run. */
  readonly proxyNotInitialised: boolean;
  /** dlclose marks an object as finalised before it runs the destructors. */
  readonly finiMarksFirst: boolean;
  /** libc's own initialiser sets up ctype tables through a thread-local pointer; before the TLS images are there it is null. */
  readonly ctypeInLibcInit: boolean;
  /** The dl functions work only once the loader has its search paths (`rtld_active`); before, they jump through a null hook. */
  readonly dlNeedsActiveLoader: boolean;
  /** dlerror keeps its text under a thread-specific key of its own. */
  readonly dlerrorKey: boolean;
  /** dlopen tells a namespace's libc to initialise without looking whether there is one. */
  readonly earlyInitNeedsLibc: boolean;
  /** For dlsym the auditor asked and the auditor counted drift apart when one has no la_symbind. */
  readonly auditDlsymDrifts: boolean;
  /** While there is any auditor, DT_BIND_NOW of an object is ignored (glibc bug 15533). */
  readonly auditIgnoresBindNow: boolean;
  /** An audit module whose la_version refused is unloaded and used all the same (glibc bug 24122). */
  readonly auditRejectedUsed: boolean;
  /** exit holds a process-wide lock. */
  readonly exitLock: boolean;
  /** pthread_exit and cancellation find libgcc_s.so.1. */
  readonly hasLibgcc: boolean;
}
