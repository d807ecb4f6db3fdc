/**
 * The patch series from its first version to the merge of July 2020, one row for each version that decided something anew. Numbers
 * are those of the record of proposals; the versions of the seed thread and of the merge are in libc-semantics.ts.
 *
 * What can go wrong: taking a version for its predecessor with one line changed. Where libc keeps its variables moved three times
 * (libpthread, libc, ld.so), and an inner libc shares only the last of these with the program.
 */
import { development232, nobody, patchV4, patchV12, registerEarly } from './libc-semantics.js';
import { amend } from './semantics.js';

/** The first version: everybody counts, libpthread included. */
export const patchV1 = amend(nobody, {
  id: 'L-01',
  name: 'patch-v1',
  statement:
    'libpthread defines a weak __rseq_abi and counts itself as one user of it per thread; first user registers, last unregisters.',
  source: 'Desnoyers, libc-alpha 2019-08-07, version notes of v12; linux-kernel 2018-06',
  mainAt: 'libpthread-init',
  staticAt: 'libpthread-init',
  area: 'rseq_abi',
  areaIn: 'libpthread',
  userCount: 'beside-area',
  onMainRefusal: 'mark-unless-busy',
  threads: 'always',
  onThreadRefusal: 'mark-unless-busy',
  atThreadEnd: 'unregister-last',
});

/** The count moves into the area: the first word that kernels before 6.3 leave alone. */
export const patchV2 = amend(patchV1, {
  id: 'L-02',
  name: 'patch-v2',
  statement: 'as patch-v1, with the count in the first word behind the 20 bytes of the area that were in use.',
  source: 'Desnoyers, libc-alpha 2019-08-07, version notes of v12, since v1',
  userCount: 'in-area',
});

/** v5: the variables in libc.so, the main thread registered by `__libc_start_main`. */
export const patchV5 = amend(patchV4, {
  id: 'L-04',
  name: 'patch-v5',
  statement:
    '__libc_start_main registers an exported __rseq_abi of libc.so; users count themselves per thread in a symbol beside it.',
  source: 'Desnoyers, libc-alpha 2019-08-07, version notes of v12, since v4',
  mainAt: 'start-main',
  staticAt: 'after-tls',
  atThreadEnd: 'unregister-last',
});

/** v6, v7: a state beside the count, instead of blocked signals. */
export const patchV7 = amend(patchV5, {
  id: 'L-05',
  name: 'patch-v7',
  statement:
    'as patch-v5, with a per-thread state that forbids to register within a registration and after libc is done with the thread.',
  source: 'Desnoyers, libc-alpha 2019-08-07, version notes of v12, since v5; userspace-rcu-dev 1edad2a',
  registerState: true,
});

/** v8 to v10: one flag of libc.so instead of count and state. */
export const patchV10 = amend(patchV12, {
  id: 'L-06',
  name: 'patch-v10',
  statement: '__libc_start_main sets __rseq_handled of libc.so and registers; threads register and unregister.',
  source: 'Desnoyers, libc-alpha 2019-05-03, v10 patch 1/5, and 2019-05-27',
  guard: 'none',
  ownerFlag: 'libc',
  ownerFlagAt: 'registration',
});

/** v13 to v17: early initialisation, no flag, the kernel cleans up. */
export const patchV17 = amend(registerEarly, {
  id: 'L-12',
  name: 'patch-v17',
  statement:
    'every libc registers in its early initialisation, inner ones too; there is no flag and no unregistration.',
  source: 'Desnoyers, libc-alpha 2019-12-20 v13 to 2020-03-26 v17',
  guard: 'none',
});

/** v18: the loader says which libc is the first. */
export const patchV18 = amend(patchV17, {
  id: 'L-13',
  name: 'patch-v18',
  statement: 'as patch-v17, for the initial libc only.',
  source: 'glibc 03e187a41d elf/dl-open.c, elf/rtld.c, csu/libc-start.c',
  guard: 'initial',
});

/** Voiced while the merge was taken back: no exported variable whose size and alignment the ABI would fix. */
export const accessor = amend(development232, {
  id: 'L-15b',
  name: 'accessor',
  statement:
    'as the merge of July 2020, with an area that only an accessor function of libc finds; nobody can share it.',
  source: 'libc-alpha 2020-07-14 and 15, "rseq: Allow extending struct rseq"',
  area: 'tcb',
  whenInitialised: 'call',
});

/** The versions, oldest first. */
export const seriesSemantics = [patchV1, patchV2, patchV5, patchV7, patchV10, patchV17, patchV18, accessor] as const;
