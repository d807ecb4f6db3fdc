/**
 * What decides whether a libc can make the call at all: where its build got the number from, and what the kernel below answers.
 * N1 to N10 of the record of proposals, as rows. In glibc: sysdeps/unix/sysv/linux/ARCH/arch-syscall.h, bits/rseq.h.
 *
 * What can go wrong: judging a release by its version. Two builds of one release differ when the number comes from the kernel
 * headers of the machine that built them.
 */

/** Where a build takes the number from. `base`: only for calls that have one number everywhere; `base-anyway`: for older ones too. */
export type NumberMode = 'headers' | 'list' | 'base' | 'base-anyway';

/** What a filter of system calls answers. */
export type FilterAnswer = 'none' | 'EPERM' | 'EACCES' | 'ENOSYS' | 'kill';

/** One choice for each of N1 to N10. Versions of Linux as `4.18`. */
export interface NumberParameters {
  /** N1. */
  readonly mode: NumberMode;
  /** N2: the kernel headers on the machine that built libc. */
  readonly buildHeaders: string;
  /** N3: the version that libc's own list was made for. */
  readonly listVersion: string;
  /** N4: as the kernel's table calls it. */
  readonly architecture: string;
  /** N5: the kernel below, whether it was configured with the call, and whether a vendor brought the call to it. */
  readonly runKernel: string;
  readonly configured: boolean;
  readonly backport: boolean;
  /** N6: libc has a signature for this architecture. */
  readonly signature: boolean;
  /** N7: the oldest kernel that libc was configured to run on. */
  readonly minKernel: string;
  /** N8: the symbols are there in every build, or only where the call can be made. */
  readonly symbols: 'always' | 'if-built';
  /** N9: the filter that is in force when libc registers. */
  readonly filter: FilterAnswer;
  /** N10: a library brings the number itself. */
  readonly rivalNumber: boolean;
}

/** What comes of it. */
export const numberOutcomes = {
  SUPPORTED: 'libc registers',
  STUB: 'the symbols are there and libc never calls; whoever has the number must own',
  ABSENT: 'no symbols, no call; whoever has the number must own',
  'WRONG-NUMBER': 'libc makes another system call than it thinks',
  'EXPORTED-BUT-NOT-HANDLED': 'the flag says that libc handles rseq, and no thread is registered',
  REFUSED: 'libc calls and is told no, and says so where others can read it',
  KILLED: 'the first call ends the process',
  'KERNEL-TOO-OLD': 'the loader refuses to start the program on this kernel',
} as const;

export type NumberOutcome = keyof typeof numberOutcomes;

/** A parameter of the record. */
export interface NumberRow {
  readonly id: `N${number}`;
  readonly name: string;
  readonly domain: string;
  readonly effect: string;
  /** The parameters above that say it. */
  readonly parameters: readonly (keyof NumberParameters)[];
}

const row = (
  n: number,
  name: string,
  domain: string,
  effect: string,
  ...parameters: readonly (keyof NumberParameters)[]
): NumberRow => ({ id: `N${n}`, name, domain, effect, parameters });

export const numberRows: readonly NumberRow[] = [
  row(1, 'numbers.mode', 'headers, list, base, base-anyway', 'where the build takes the number from', 'mode'),
  row(
    2,
    'build.headers',
    'a version of Linux',
    'with headers: older ones, or an unwired architecture, give a stub',
    'buildHeaders',
  ),
  row(3, 'list.version', 'a version of Linux', 'with a list: the call is known from 4.18 on', 'listVersion'),
  row(4, 'arch.class', 'an architecture', 'which number there is, and since which headers', 'architecture'),
  row(
    5,
    'run.kernel',
    'a version, configured or not, backported or not',
    'the call is there or ENOSYS, whatever N2 and N3 say',
    'runKernel',
    'configured',
    'backport',
  ),
  row(
    6,
    'signature.defined',
    'yes or no',
    'without a signature a build with a number is a stub all the same',
    'signature',
  ),
  row(
    7,
    'min.kernel',
    'a version of Linux',
    'from 4.18 on the call may be assumed (v15); an older kernel runs nothing',
    'minKernel',
  ),
  row(8, 'symbol.export', 'always, if-built', 'whether a build without the call can be linked against', 'symbols'),
  row(9, 'filter', 'none, EPERM, EACCES, ENOSYS, kill', 'what the call answers once the filter is there', 'filter'),
  row(
    10,
    'rival.numbers',
    'own constant or none',
    'a library with its own constant works where libc is a stub',
    'rivalNumber',
  ),
];
