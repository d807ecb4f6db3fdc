/**
 * The semantics that libc had, has, or was asked to have, as rows. Numbers are those of the record of proposals.
 *
 * What can go wrong: two rows that differ by accident. Rows are made from each other where one came from the other, so that a
 * row says only what changed.
 */
import { amend, type RseqSemantics } from './semantics.js';

/** No registration by libc at all. */
export const nobody: RseqSemantics = {
  id: 'L-00',
  name: 'glibc-2.31',
  statement: 'libc does not know rseq; whoever wants it registers.',
  source: 'glibc 2.31, 2.34: no registration',
  mainAt: 'never',
  guard: 'none',
  staticAt: 'never',
  area: 'none',
  areaIn: 'libc',
  ownerFlag: 'none',
  ownerFlagAt: 'never',
  ownerFlagStates: 'handled',
  userCount: 'none',
  registerState: false,
  sizeSymbols: false,
  sizeSays: 'none',
  presets: 'nothing',
  tunable: false,
  whenInitialised: 'call',
  failedGivesUp: false,
  onMainRefusal: 'mark',
  threads: 'never',
  threadGuard: 'none',
  onThreadRefusal: 'mark',
  atThreadEnd: 'nothing',
};

/** Version 4 of the series: registration by libpthread's initialiser, shared by a count. */
export const patchV4: RseqSemantics = amend(nobody, {
  id: 'L-03',
  name: 'patch-v4',
  statement:
    'libpthread registers a weak __rseq_abi when it is initialised; programs without libpthread never register.',
  source: 'glibc-dev fccdce4f2a nptl/rseq.c, nptl/nptl-init.c',
  mainAt: 'libpthread-init',
  staticAt: 'libpthread-init',
  area: 'rseq_abi',
  userCount: 'beside-area',
  failedGivesUp: true,
  onMainRefusal: 'mark-unless-busy',
  threads: 'always',
  onThreadRefusal: 'mark-unless-busy',
  atThreadEnd: 'counts-again',
});

/** The patch of the seed thread: flag in ld.so before constructors, registration in __libc_start_main. */
export const patchV12: RseqSemantics = amend(nobody, {
  id: 'L-08',
  name: 'patch-v12',
  statement:
    'ld.so announces ownership in __rseq_handled before constructors run; libc registers in __libc_start_main and in each thread.',
  source:
    'Desnoyers, libc-alpha 2019-08-07, v12; glibc-dev 6c37c2c7a2 csu/libc-start.c, elf/rtld.c, nptl/pthread_create.c',
  mainAt: 'start-main',
  guard: 'rtld-active',
  staticAt: 'after-tls',
  area: 'rseq_abi',
  ownerFlag: 'ldso',
  ownerFlagAt: 'after-relocation',
  failedGivesUp: true,
  onMainRefusal: 'mark-unless-busy',
  threads: 'always',
  onThreadRefusal: 'mark-unless-busy',
  atThreadEnd: 'unregister-or-abort',
});

/** Weimer's reply: initialise libc before user code; a failed second registration is all the information others need. */
export const registerEarly: RseqSemantics = amend(nobody, {
  id: 'L-10',
  name: 'register-early',
  statement:
    'libc registers before user code other than resolvers and audit modules; there is no flag, a refusal tells.',
  source: 'Weimer, seed thread, 2019-09-11 and 2019-09-13',
  mainAt: 'early-init',
  guard: 'initial',
  staticAt: 'early-init',
  area: 'rseq_abi',
  failedGivesUp: true,
  onMainRefusal: 'mark-unless-busy',
  threads: 'always',
  onThreadRefusal: 'mark-unless-busy',
});

/** O'Donell's question: as set_robust_list, in every thread, no state, any refusal ignored. */
export const unconditional: RseqSemantics = amend(registerEarly, {
  id: 'L-11',
  name: 'unconditional',
  statement:
    'libc registers in the manner of set_robust_list: always, in every thread and namespace, whatever the answer.',
  source: "O'Donell, seed thread, 2019-09-11; read as a call without state in ownership-proposals L-11",
  guard: 'none',
  failedGivesUp: false,
  onMainRefusal: 'mark',
  onThreadRefusal: 'mark',
});

/** The tree of July 2020. */
export const development232: RseqSemantics = amend(registerEarly, {
  id: 'L-14',
  name: 'glibc-2.32-dev',
  statement: 'the base libc registers __rseq_abi in its early initialisation; anything unexpected is fatal.',
  source: 'glibc 0c76fc3c2b sysdeps/unix/sysv/linux/rseq-internal.h, csu/libc_early_init.c',
  whenInitialised: 'fatal',
  failedGivesUp: false,
  onMainRefusal: 'fatal-unless-absent',
  onThreadRefusal: 'fatal-unless-absent',
});

/** Since 2.35: ld.so registers an area in the thread control block while it sets the thread pointer. */
export const threadPointer: RseqSemantics = amend(nobody, {
  id: 'L-16',
  name: 'glibc-2.36',
  statement:
    'ld.so registers an area of the thread control block as it sets the thread pointer; threads follow their creator.',
  source: 'glibc 2.35 sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp, nptl/pthread_create.c:start_thread',
  mainAt: 'thread-pointer',
  staticAt: 'thread-pointer',
  area: 'tcb',
  sizeSymbols: true,
  sizeSays: 32,
  tunable: true,
  threads: 'inherit',
  onThreadRefusal: 'fatal',
});

/** 2.40: `__rseq_size` counts the bytes with a meaning. */
export const activeSize: RseqSemantics = amend(threadPointer, {
  id: 'L-17',
  name: 'glibc-2.40',
  statement: 'as glibc-2.36, with __rseq_size the 20 bytes of the area that mean something.',
  source: 'glibc 2.40 sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp, bug 31965',
  sizeSays: 20,
});

/** Since 2.41: the area is an extra TLS block and its size is the kernel's. */
export const extraTls: RseqSemantics = amend(threadPointer, {
  id: 'L-18',
  name: 'glibc-2.41',
  statement: 'as glibc-2.36, with the area in an extra TLS block and __rseq_size the kernel feature size.',
  source: 'glibc 2.41 sysdeps/unix/sysv/linux/rseq-internal.h, elf/dl-tls.c',
  area: 'extra-tls',
  sizeSays: 'feature-size',
  presets: 'fields',
});

/** The five that the seed's question is asked of, in the order of the thread. */
export const seedSemantics: readonly RseqSemantics[] = [
  patchV12,
  registerEarly,
  unconditional,
  development232,
  threadPointer,
];

/** The rows that began this file: those of real builds and of the seed thread. */
export const firstSemantics: readonly RseqSemantics[] = [
  nobody,
  patchV4,
  patchV12,
  registerEarly,
  unconditional,
  development232,
  threadPointer,
  activeSize,
  extraTls,
];
