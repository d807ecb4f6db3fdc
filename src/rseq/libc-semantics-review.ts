/**
 * What the review of v10 proposed between May and June 2019, and the guards it argued about: L-07a to L-07j and L-09 of the record.
 * None was adopted as it stands; two grew into what came later.
 *
 * What can go wrong: comparing two proposals that differ in two things. Each row is v10 with the one thing its author spoke of.
 */

import { patchV12 } from './libc-semantics.js';
import { patchV10 } from './libc-semantics-series.js';
import { amend } from './semantics.js';

/** L-07a: ld.so itself, where it sets the thread pointer. It has no thread-local storage of its own to do that with. */
export const initTls = amend(patchV10, {
  id: 'L-07a',
  name: 'init-tls',
  statement:
    'ld.so registers __rseq_abi as it sets the thread pointer; its use of thread-local storage trips an assertion.',
  source: 'Desnoyers, linux-api 2019-05-29 and 30',
  mainAt: 'thread-pointer',
  ownerFlag: 'ldso',
  ownerFlagAt: 'after-relocation',
});

/** L-07c: libc's `_init`, in its turn among the constructors. */
export const libcInit = amend(patchV10, {
  id: 'L-07c',
  name: 'libc-init',
  statement: "libc's _init sets the flag and registers, in its turn among the constructors.",
  source: 'Weimer, linux-api 2019-06-04',
  mainAt: 'libc-init',
  staticAt: 'early-init',
});

/** L-07b: the same place, but for static programs. */
export const libcConstructor = amend(libcInit, {
  id: 'L-07b',
  name: 'libc-constructor',
  statement: 'a constructor of libc with priority 1000 sets the flag and registers.',
  source: 'Weimer, linux-api 2019-05-31',
  staticAt: 'constructors',
});

/** L-07d: an entry of libc.so that ld.so calls; became `__libc_early_init`. */
export const initEntry = amend(patchV10, {
  id: 'L-07d',
  name: 'init-entry',
  statement: 'ld.so looks up an entry of libc.so and calls it after relocation; it sets the flag and registers.',
  source: 'Desnoyers, linux-api 2019-05-31',
  mainAt: 'early-init',
  staticAt: 'early-init',
});

/** L-07e: ld.so finds the variable before it relocates anything. */
export const addressFirst = amend(patchV10, {
  id: 'L-07e',
  name: 'address-first',
  statement: 'ld.so looks up __rseq_abi before relocation and registers it; resolvers find the thread registered.',
  source: 'Weimer, linux-api 2019-05-31',
  mainAt: 'before-relocation',
  ownerFlag: 'ldso',
  ownerFlagAt: 'after-relocation',
});

/** L-07f: the flag with four values, for a preload that wants to be first. */
export const fourStates = amend(libcInit, {
  id: 'L-07f',
  name: 'four-states',
  statement:
    '__rseq_handled says UNSET, PREINIT, LIBC or OVERRIDE; libc registers unless somebody has taken it over before its turn.',
  source: 'Desnoyers, linux-api 2019-06-04; refused by Weimer 2019-06-06',
  ownerFlag: 'ldso',
  ownerFlagAt: 'after-relocation',
  ownerFlagStates: 'four',
});

/** L-07g: who owns is said in ld.so, who registers is libc; adopted in v11. */
export const splitOwner = amend(patchV12, {
  id: 'L-07g',
  name: 'patch-v11',
  statement:
    'the flag is in ld.so and the registration in libc; adopted, and the same as patch-v12 as far as ownership goes.',
  source: "O'Donell, linux-api 2019-06-10",
});

/** The draft of v11: the flag is written before ld.so is relocated for the second time, and so into its own copy. */
export const ownCopy = amend(patchV12, {
  id: 'L-08-draft',
  name: 'patch-v11-draft',
  statement:
    'as patch-v11, but ld.so writes its own copy of the flag, also where an executable or a preload has another.',
  source: 'Desnoyers and Weimer, linux-api 2019-06-14',
  ownerFlagAt: 'before-relocation',
});

/** L-07h: the area's own word as guard. An inner libc reads its own copy of it. */
export const cpuIdCheck = amend(libcInit, {
  id: 'L-07h',
  name: 'cpu-id-check',
  statement:
    'libc registers only when the cpu_id of its own __rseq_abi says that nobody did; an inner libc always reads -1.',
  source: 'refused by Weimer, linux-api 2019-06-12',
  whenInitialised: 'adopt',
});

/** L-07i: the guard that costs an address lookup. */
export const namespaceCheck = amend(libcInit, {
  id: 'L-07i',
  name: 'namespace-check',
  statement: 'libc asks ld.so by its own address whether it is in the base namespace, and registers only there.',
  source: 'Weimer, linux-api 2019-06-12; libio has the same test',
  guard: 'base-namespace',
  threadGuard: 'base-namespace',
});

/** L-07j: the guard that was at hand. */
export const multipleAtStart = amend(patchV10, {
  id: 'L-07j',
  name: 'multiple-libcs-start',
  statement: '__libc_start_main registers unless __libc_multiple_libcs is set, which it never is there.',
  source: 'Weimer, linux-api 2019-06-12; glibc 2.31 csu/libc-start.c',
  guard: 'multiple-libcs',
});

/** L-07j on a libc with the distribution's patch. */
export const multipleAtStartFedora = amend(multipleAtStart, {
  id: 'L-07j-fedora',
  name: 'multiple-libcs-start-fedora',
  statement:
    'as multiple-libcs-start, where _dl_starting_up exists: by then start-up is over, so no libc registers at all.',
  source: 'glibc 16552c01a6, on the fedora branches',
  guard: 'multiple-libcs-fedora',
});

/** L-09: the same flag read in `_init`. */
export const multipleLibcs = amend(libcInit, {
  id: 'L-09',
  name: 'multiple-libcs',
  statement:
    "libc's _init registers unless __libc_multiple_libcs is set; it is 0 in every libc that ran _init, inner or outer.",
  source: 'glibc 2.31 csu/init-first.c, elf/dl-support.c, sysdeps/unix/sysv/linux/configure',
  guard: 'multiple-libcs',
});

/** L-09 with the distribution's patch. */
export const multipleLibcsFedora = amend(multipleLibcs, {
  id: 'L-09-fedora',
  name: 'multiple-libcs-fedora',
  statement:
    'as multiple-libcs, where _dl_starting_up exists: set until the first _dl_init ends, which with an auditor is that of the auditor.',
  source: 'glibc 16552c01a6, on the fedora branches; glibc 2.31 elf/dl-init.c:_dl_init',
  guard: 'multiple-libcs-fedora',
});

/** By number. */
export const reviewSemantics = [
  initTls,
  libcConstructor,
  libcInit,
  initEntry,
  addressFirst,
  fourStates,
  splitOwner,
  ownCopy,
  cpuIdCheck,
  namespaceCheck,
  multipleAtStart,
  multipleAtStartFedora,
  multipleLibcs,
  multipleLibcsFedora,
] as const;
