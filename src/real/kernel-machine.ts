/**
 * Which kernel of the model the running one is: its release by name, and by how it answers. A distribution's kernel carries changes
 * that its number does not tell, and a debug option is told nowhere; so a few short scripts are played, and the kernel is the one
 * whose predictions they meet.
 *
 * What can go wrong: a kernel fitted to its own faults. The questions are few and each parts two kernels of the model; whatever no
 * kernel of the model answers is left for the campaign to find.
 */
import { release, version } from 'node:os';
import type { KernelFeatures } from '../kernel/features.js';
import { amendments, kernelFeatures, releases } from '../kernel/releases.js';
import type { CaseResult, KernelCase, Op } from '../kernel/script-format.js';
import { signature } from '../kernel/script-image.js';
import { runKernelCase } from '../kernel/script-run.js';
import { type ScriptPlayer, sameAnswer, settle } from './kernel-judge.js';

const register = (slot: 'A' | 'U', more: { off?: number; len?: bigint; flags?: bigint } = {}): Op => ({
  op: 'rseq',
  slot,
  off: more.off ?? 0,
  len: more.len ?? 32n,
  flags: more.flags ?? 0n,
  sig: BigInt(signature),
});
const area = { slot: 'A', off: 0 } as const;

/** A question, and which kernels it parts. */
interface Question {
  readonly parts: string;
  readonly ops: readonly Op[];
}

/** The questions whose answers tell kernels apart. */
export const kernelQuestions: readonly Question[] = [
  { parts: 'registers at all', ops: [register('A'), register('A')] },
  { parts: 'clears rseq_cs at registration (6.15)', ops: [register('U')] },
  { parts: 'takes longer areas (6.3)', ops: [register('A', { len: 33n })] },
  { parts: 'asks for 64-byte alignment (7.0)', ops: [register('A', { off: 32, len: 64n })] },
  { parts: 'refuses other bits in an unregistration (5.5)', ops: [register('A'), register('A', { flags: 3n })] },
  {
    parts: 'lets a CLONE_VM child start unregistered (5.5)',
    ops: [register('A'), { op: 'clone', kind: 'vm', ops: [register('A')] }],
  },
  {
    parts: 'kills for flags inside a section (6.0)',
    ops: [register('A'), { op: 'cs', ...area, desc: 'in_flags1', event: 'sleep' }],
  },
  {
    parts: 'checks a descriptor that is elsewhere (to 6.18)',
    ops: [register('A'), { op: 'cs', ...area, desc: 'out_version1', event: 'alarm' }],
  },
  {
    parts: 'aborts after a blocking call (to 6.18)',
    ops: [register('A'), { op: 'cs', ...area, desc: 'in', event: 'sleep' }],
  },
  {
    parts: 'checks system calls (debug)',
    ops: [
      register('A'),
      { op: 'cs', ...area, desc: 'in', event: 'none' },
      { op: 'poke', ...area, field: 'rseq_cs', value: 'kernel' },
      { op: 'nop' },
    ],
  },
  { parts: 'resets cpu_id_start to -1 (6.19)', ops: [register('A'), register('A', { flags: 1n })] },
  { parts: 'has the query (5.13, 6.3)', ops: [{ op: 'query' }] },
];

const scriptOf = (question: Question): KernelCase => ({ id: question.parts, glibcRseq: false, ops: question.ops });

/** What the running kernel calls itself: `6.18.44`; Debian tells the stable release in the version, not in the release. */
export function releaseOf(uname: { readonly release: string; readonly version: string }): string {
  const debian = /\bDebian (\d+\.\d+\.\d+)/.exec(uname.version)?.[1];
  return debian ?? /^\d+\.\d+(?:\.\d+)?/.exec(uname.release)?.[0] ?? uname.release;
}

/** The kernels of the model that the running one may be, the likeliest first. */
function candidates(named: string): readonly KernelFeatures[] {
  const short = /^\d+\.\d+/.exec(named)?.[0] ?? named;
  const newest = releases.at(-1) ?? short;
  const bases = [named, short, ...(releases.includes(short) ? [] : [newest]), ...[...releases].reverse()];
  const suffixes = ['', ...['clears-section', 'clone-vm-clears', 'debug', 'no-rseq'].map((name) => `+${name}`)];
  const known = suffixes.filter((s) => s === '' || amendments.some(({ name }) => s === `+${name}`));
  return bases.flatMap((base) =>
    known.flatMap((suffix) => {
      const answer = kernelFeatures(base + suffix);
      return answer.ok ? [answer.features] : [];
    }),
  );
}

/** The running kernel as the model knows it. */
export interface RunningKernel {
  /** Of uname. */
  readonly release: string;
  readonly features: KernelFeatures;
  /** The questions that the kernel does not answer as `features` says. */
  readonly unlike: readonly string[];
}

/**
 * Ask the running kernel the questions, and find the kernel of the model that it answers as.
 *
 * @returns the likeliest of those that answer the most questions rightly; or why it cannot be asked
 */
export async function runningKernel(
  player: ScriptPlayer,
  uname = { release: release(), version: version() },
): Promise<RunningKernel | { readonly skipped: string }> {
  const answers: { readonly script: KernelCase; readonly saw: CaseResult }[] = [];
  for (const question of kernelQuestions) {
    const script = scriptOf(question);
    const { saw, why } = await settle(player, script);
    if (saw === undefined) return { skipped: `the running kernel gives no steady answer: ${why}` };
    answers.push({ script, saw });
  }
  const first = answers[0]?.saw.results[0]?.err;
  if (first === 'ENOSYS') return { skipped: 'the running kernel has no rseq(2): ENOSYS' };
  if (first !== undefined) return { skipped: `rseq(2) is refused here with ${first}, perhaps by a container's filter` };
  const unlike = (features: KernelFeatures) =>
    answers
      .filter(({ script, saw }) => !sameAnswer(runKernelCase(script, features), saw))
      .map(({ script }) => script.id);
  let best: RunningKernel | undefined;
  for (const features of candidates(releaseOf(uname))) {
    const wrong = unlike(features);
    if (best === undefined || wrong.length < best.unlike.length)
      best = { release: uname.release, features, unlike: wrong };
  }
  if (best === undefined) throw new Error('invariant: the model has a kernel');
  return best;
}
