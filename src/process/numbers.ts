/**
 * The outcome of N1 to N10: from where a build has the number, and what the kernel below answers, to what users of the libc see.
 * In glibc: sysdeps/unix/sysv/linux/ARCH/arch-syscall.h and the `#ifdef __NR_rseq` of the patch series.
 *
 * What can go wrong: a base and a constant for a call that is older than the common numbers. The sum is the number of some other
 * call, and that call is made.
 */
import { commonBases, firstCommonNumber, rseqNumber, rseqNumbers } from '../kernel/numbers.js';
import type { NumberOutcome, NumberParameters } from '../rseq/numbers.js';
import type { RseqSemantics } from '../rseq/semantics.js';

/** What came of a choice of parameters. */
export interface NumberResult {
  readonly outcome: NumberOutcome;
  /** The number that libc calls; null when it makes no call. */
  readonly number: number | null;
  /** A library with its own constant can register the threads of this program. */
  readonly rivalMayOwn: boolean;
}

/** Whether version `a` of Linux is `b` or newer; both as `4.18`. */
export function isAtLeast(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA > majorB || (majorA === majorB && minorA >= minorB);
}

/** The number of the call where the scheme of base and constant takes it from. */
const constantOfAll = 334;

/** The number that libc has after its build; null when it has none. An unknown architecture has none. */
export function numberOfBuild(p: NumberParameters): number | null {
  const answer = rseqNumber(p.architecture);
  if (!answer.ok) return null;
  const { number, firstHeaders } = answer.entry;
  switch (p.mode) {
    case 'headers':
      return isAtLeast(p.buildHeaders, firstHeaders) ? number : null;
    case 'list':
      return isAtLeast(p.listVersion, '4.18') ? number : null;
    case 'base':
      return constantOfAll >= firstCommonNumber ? constantOfAll : null;
    case 'base-anyway':
      return (commonBases[p.architecture] ?? 0) + constantOfAll;
  }
}

/** The kernel below has the call for this architecture. */
function kernelHasCall({ architecture, runKernel, configured, backport }: NumberParameters): boolean {
  const answer = rseqNumber(architecture);
  return answer.ok && configured && (backport || isAtLeast(runKernel, answer.entry.firstHeaders));
}

/** The flag is raised whether or not the call works. */
const announces = ({ ownerFlag, ownerFlagAt }: RseqSemantics) => ownerFlag !== 'none' && ownerFlagAt !== 'never';

function outcomeOf(p: NumberParameters, number: number | null, semantics: RseqSemantics): NumberOutcome {
  if (!p.backport && !isAtLeast(p.runKernel, p.minKernel)) return 'KERNEL-TOO-OLD';
  if (semantics.mainAt === 'never') return 'ABSENT';
  if (number === null || !p.signature) return p.symbols === 'always' ? 'STUB' : 'ABSENT';
  const right = rseqNumber(p.architecture);
  if (!right.ok || right.entry.number !== number) return 'WRONG-NUMBER';
  if (p.filter === 'kill') return 'KILLED';
  if (p.filter === 'none' && kernelHasCall(p)) return 'SUPPORTED';
  return announces(semantics) ? 'EXPORTED-BUT-NOT-HANDLED' : 'REFUSED';
}

/** What comes of a choice of N1 to N10 under a semantics. */
export function numberResult(p: NumberParameters, semantics: RseqSemantics): NumberResult {
  const known = numberOfBuild(p);
  const outcome = outcomeOf(p, known, semantics);
  const calls = !['STUB', 'ABSENT', 'KERNEL-TOO-OLD'].includes(outcome);
  const rivalMayOwn =
    p.rivalNumber && kernelHasCall(p) && p.filter === 'none' && outcome !== 'SUPPORTED' && outcome !== 'KERNEL-TOO-OLD';
  return { outcome, number: calls ? known : null, rivalMayOwn };
}

/** Where nothing else is said: a build of 2019 on a kernel that has everything. */
export const usualParameters: NumberParameters = {
  mode: 'headers',
  buildHeaders: '5.2',
  listVersion: '5.4',
  architecture: 'x86-64',
  runKernel: '6.18',
  configured: true,
  backport: false,
  signature: true,
  minKernel: '3.2',
  symbols: 'always',
  filter: 'none',
  rivalNumber: true,
};

/** Every architecture that has a number, once. */
export const architectures: readonly string[] = rseqNumbers.map(({ architecture }) => architecture);
