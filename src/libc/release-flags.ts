/**
 * The flags of a libc release explained: what each decides, the values it can take, and where glibc does it. The changes
 * themselves, with their commits, are rows of the time line.
 *
 * What can go wrong: a place named here that moved. File and function are those of the newest release that still has them.
 */
import type { Release, ReleaseFlagName, ReleaseFlagValue } from './release.js';

/** A flag explained. `values` are listed oldest behaviour first. */
export interface ReleaseFlag {
  readonly name: ReleaseFlagName;
  readonly meaning: string;
  readonly values: readonly ReleaseFlagValue[];
  readonly source: string;
}

type Explained<N extends ReleaseFlagName> = readonly [meaning: string, values: readonly Release[N][], source: string];

/** Of flags that came with a change, and of flags that went with one. */
const came = [false, true] as const;
const went = [true, false] as const;

const flags: { readonly [N in ReleaseFlagName]: Explained<N> } = {
  separateLibpthread: [
    'threads live in a libpthread.so.0 of their own, whose DT_INIT makes the main thread known to the kernel; without it ld.so does that as it sets the thread pointer, and its locks exclude nobody before libc is relocated',
    went,
    'nptl/nptl-init.c:__pthread_initialize_minimal_internal; sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp',
  ],
  threadCall: [
    'the system call that makes a thread',
    ['clone', 'clone3'],
    'nptl/pthread_create.c:create_thread; sysdeps/unix/sysv/linux/clone-internal.c:__clone_internal',
  ],
  childRobustList: [
    'which forked child tells the kernel its robust list again: one with an initialised libpthread, or every one',
    ['libpthread', 'always'],
    'sysdeps/nptl/fork.c:__libc_fork; sysdeps/nptl/_Fork.c:_Fork',
  ],
  hasLibgcc: [
    'pthread_exit and cancellation find libgcc_s.so.1; a fact of the installation, not of the source',
    [true, false],
    'misc/unwind-link.c:__libc_unwind_link_get',
  ],
  hwcapsFolders: [
    'the subfolders in which a library for a better processor is looked for: combinations of tls, haswell, avx512_1 and x86_64, or those named below glibc-hwcaps, or these before those',
    ['legacy', 'both', 'named'],
    'elf/dl-hwcaps.c:_dl_important_hwcaps',
  ],
  signalsWaitForStart: [
    'a new thread begins with all signals blocked and lets them in once it is registered and set up',
    came,
    'nptl/pthread_create.c:start_thread',
  ],
  signalsBlockedAtEnd: [
    'a thread blocks all signals before its task ends, so that a late one is lost',
    came,
    'nptl/pthread_create.c:start_thread',
  ],
  foreignFree: [
    'what free says of memory that ld.so allocated before libc was there, whose size reads zero',
    ['free(): invalid pointer', 'free(): invalid size'],
    'malloc/malloc.c:__libc_free',
  ],
  tlsDtorsClearNodelete: [
    'a pending thread-local destructor keeps its object by the flag NODELETE, and the last of them clears the flag, whoever had set it; since 2.22 a count keeps it',
    came,
    'stdlib/cxa_thread_atexit_impl.c:__call_tls_dtors',
  ],
  exitLock: [
    'exit takes a process-wide lock, so that a second caller waits',
    came,
    'stdlib/exit.c:__run_exit_handlers',
  ],
  tlsLock: [
    'thread-local storage has a lock of its own (dl_load_tls_lock) and does not wait for dlopen',
    came,
    'elf/dl-tls.c:tls_get_addr_tail, _dl_allocate_tls_init',
  ],
  earlyInit: [
    'the loader calls __libc_early_init of each libc before constructors',
    came,
    'elf/dl-call-libc-early-init.c:_dl_call_libc_early_init',
  ],
  earlyInitNeedsLibc: [
    'dlopen asks the libc of its namespace whether it is the first one without looking whether there is any: null is read',
    came,
    'elf/dl-open.c:dl_open_worker',
  ],
  earlyInitAgain: [
    'an emptied namespace that is used again initialises its new libc; before, the old one was still noted there',
    came,
    'elf/dl-open.c:_dl_open',
  ],
  ctypeInLibcInit: [
    "libc's own constructor sets up the ctype tables through a thread-local pointer, which is null until TLS images are there",
    went,
    'csu/init-first.c:_init_first',
  ],
  exeInitInExe: [
    "the executable's constructors are run by code linked into the executable (__libc_csu_init)",
    went,
    'csu/elf-init.c:__libc_csu_init; csu/libc-start.c:call_init',
  ],
  proxyNotInitialised: [
    'constructors of the ld.so proxy of a namespace are not attempted',
    came,
    'elf/dl-init.c:call_init',
  ],
  dlNeedsActiveLoader: [
    'the dl functions look whether the loader has noted its search paths (rtld_active); before that they jump through a null hook',
    went,
    'sysdeps/generic/ldsodefs.h:rtld_active; dlfcn/dlopen.c:___dlopen',
  ],
  dlerrorKey: [
    'dlerror keeps its text under a thread-specific key, which libc copies of one thread can mistake for each other',
    went,
    'dlfcn/dlerror.c:_dlerror_run, init',
  ],
  sortDefault: [
    'the algorithm that orders objects when nothing is said: 1 the original, 2 depth first',
    [1, 2],
    'elf/dl-sort-maps.c:_dl_sort_maps_init; elf/dl-tunables.list',
  ],
  sortTunable: ['glibc.rtld.dynamic_sort exists', came, 'elf/dl-sort-maps.c:_dl_sort_maps_init'],
  dfsForceFirst: [
    'the depth-first sort keeps the first object first when it is told to',
    came,
    'elf/dl-sort-maps.c:_dl_sort_maps_dfs',
  ],
  libcRootNotFirst: [
    'a libc.so that is the program, or is opened by itself, is sorted like any other object',
    came,
    'elf/dl-deps.c:_dl_map_object_deps',
  ],
  closedFirst: ['dlclose puts the closed object first before it sorts', came, 'elf/dl-close.c:_dl_close_worker'],
  finiMarksFirst: [
    'an object counts as finalised before its destructors run, in dlclose as well as at exit',
    came,
    'elf/dl-call_fini.c:_dl_call_fini',
  ],
  relocateInInitOrder: [
    'dlopen relocates in the order of the init list; before, it sorted the unrelocated objects apart',
    came,
    'elf/dl-open.c:dl_open_worker_begin',
  ],
  libcRelocatedFirst: [
    "the namespace's libc is relocated before everything else",
    came,
    'elf/rtld.c:dl_main; elf/dl-open.c:dl_open_worker_begin',
  ],
  refusesExecutableResolver: [
    'an IFUNC resolver in an executable that is not yet relocated is refused; before, it was called',
    came,
    'sysdeps/x86_64/dl-machine.h:elf_machine_rela',
  ],
  tlsNumbersAgain: [
    'the number of a closed object with thread-local storage is given again while higher ones are in use, and the object that gets it is in the table at once',
    came,
    'elf/dl-tls.c:_dl_assign_tls_modid; elf/dl-close.c:remove_slotinfo',
  ],
  tlsFrees: [
    'which blocks of closed objects a thread frees before it allocates one: all that were closed before the object was opened; of these, those whose numbers are not above all that are in use; or of all that are closed, those',
    ['older', 'older-in-use', 'in-use'],
    'elf/dl-tls.c:_dl_update_slotinfo',
  ],
  tlsInitAgain: [
    'dlopen gives initial values to static thread-local blocks of all that it reaches and whose constructors have not begun, those of the start of an audited program too',
    went,
    'elf/dl-open.c:update_tls_slotinfo; elf/dl-tls.c:_dl_allocate_tls_init',
  ],
  tlsImagesSpareAuditors: [
    'copying the initial TLS images at startup leaves the blocks of audit modules alone',
    came,
    'elf/dl-tls.c:_dl_allocate_tls_init',
  ],
  innerErrorsPass: [
    'an error of a dl function that is called out of another than the base namespace passes its caller, since ld.so asks the handler of the base libc',
    went,
    'elf/dl-error-skeleton.c:_dl_signal_exception; dlfcn/dlerror.c:_dlerror_run',
  ],
  ownErrorsFault: [
    'an error that a libc out of the base namespace raises itself, before it asks ld.so, finds no handler, and has no name of an object: a null is read',
    came,
    'dlfcn/dlmopen.c:dlmopen_doit; elf/dl-error-skeleton.c:fatal_error',
  ],
  initErrorsFatal: ['while dlopen runs constructors no error is caught for it', came, 'elf/dl-open.c:call_dl_init'],
  staticThreadsFindBlocks: [
    'in a static program, a thread that comes after an open finds the static TLS block of the opened object; before, it faults there',
    came,
    'elf/dl-tls.c:__tls_get_addr',
  ],
  tlsPerNamespace: [
    'bytes that the room left in static TLS gains with each namespace of glibc.rtld.nns and with each audit module; 0: it is 1664, and there are no tunables',
    [0, 336, 288],
    'elf/dl-tls.c:_dl_tls_static_surplus_init',
  ],
  libcTls: [
    "bytes of libc's own block of static TLS, without an rseq area in it; read from the builds of Debian",
    [144, 136, 128],
    'elf/dl-tls.c:LIBC_IE_TLS',
  ],
  globalGrowsEarly: [
    'room in the global scope is made before constructors run, so that a failure can still be undone',
    came,
    'elf/dl-open.c:add_to_global_resize',
  ],
  nodeleteIsPending: [
    'NODELETE of an object that is being opened waits until the open cannot fail any more',
    came,
    'elf/dl-open.c:activate_nodelete; include/link.h:l_nodelete_pending',
  ],
  ldsoAlwaysListed: ['ld.so stays on the base list even when nothing needs it', came, 'elf/rtld.c:dl_main'],
  auditTags: ['DT_AUDIT and DT_DEPAUDIT of the executable name auditors', came, 'elf/rtld.c:dl_main'],
  auditRejectedUsed: [
    'an audit module whose la_version refused is unloaded and then used all the same',
    went,
    'elf/rtld.c:dl_main; elf/rtld.c:load_audit_module',
  ],
  openStateCheck: [
    'how dlopen asserts that the namespace is consistent when nothing had to be mapped: it is not while a resolver runs at start',
    ['initialize', 'update', 'variable', 'none'],
    'elf/dl-open.c:dl_open_worker; elf/dl-open.c:_dl_open',
  ],
  auditTooNew: [
    "an audit module that asks for a newer interface: nothing is said, the message's own format fails an assertion, or it is said",
    ['silent', 'assertion', 'reported'],
    'elf/rtld.c:load_audit_module; elf/dl-printf.c:_dl_debug_vdprintf',
  ],
  unloadAuditFunction: [
    'the function whose assertion fails when an audit namespace is not empty after unloading',
    ['dl_main', 'unload_audit_module'],
    'elf/rtld.c:unload_audit_module',
  ],
  lavCurrent: ['the version that la_version is called with', [1, 2], 'bits/link_lavcurrent.h:LAV_CURRENT'],
  auditVdso: ['la_objopen is sent for the vDSO', came, 'elf/rtld.c:dl_main'],
  auditAddAfterInsert: [
    'the first new object is on the list of its namespace before auditors hear ADD; before, a new namespace had no head to tell of',
    came,
    'elf/dl-load.c:_dl_notify_new_object',
  ],
  auditConsistentLate: [
    'dlopen tells auditors CONSISTENT after relocation, and after a failure too',
    came,
    'elf/dl-open.c:dl_open_worker, _dl_open',
  ],
  auditEmptyQuiet: [
    'no CONSISTENT for a namespace that dlclose emptied; before, its missing head was read',
    came,
    'elf/dl-close.c:_dl_close_worker',
  ],
  auditExitActivity: [
    'la_activity brackets the finalisers of exit, a namespace at a time',
    came,
    'elf/dl-fini.c:_dl_fini',
  ],
  auditProxy: [
    'la_objopen and, at exit, la_objclose for the proxy of ld.so; in dlclose DELETE comes before the first la_objclose. Three changes that only ever travelled together',
    came,
    'elf/dl-load.c:_dl_notify_new_object; elf/dl-fini.c:_dl_fini; elf/dl-close.c:_dl_close_worker',
  ],
  auditBindNow: ['la_symbind is sent for slots bound at load time', came, 'elf/do-rel.h:elf_dynamic_do_Rel'],
  auditIgnoresBindNow: [
    'while there is any auditor, DT_BIND_NOW of an object is ignored',
    went,
    'elf/dl-reloc.c:_dl_relocate_object',
  ],
  auditDlsymDrifts: [
    'for dlsym the auditor that is asked and the auditor that is counted drift apart when one does not care',
    came,
    'elf/dl-audit.c:_dl_audit_symbind_alt',
  ],
};

/** Every flag: threads and start first, then sorting and loading, then audit. */
export const releaseFlags: readonly ReleaseFlag[] = (Object.keys(flags) as ReleaseFlagName[]).map((name) => {
  const [meaning, values, source] = flags[name];
  return { name, meaning, values, source };
});
