/**
 * One script put to the running kernel and to the model, and what came of it.
 *
 * What can go wrong: chance taken for behaviour. The machine may switch tasks at any time, and a switch refreshes; so a run that
 * differs is played again, disturbed runs are left out, and only what most runs say counts.
 */
import type { KernelFeatures } from '../kernel/features.js';
import type { CaseResult, KernelCase } from '../kernel/script-format.js';
import { runKernelCase } from '../kernel/script-run.js';
import type { Played } from './kernel-driver.js';
import { whyNotPlayed } from './kernel-encode.js';

/** What came of a script. `runs`: how often it was played. */
export type KernelTold =
  | { readonly outcome: 'equal'; readonly runs: number }
  | { readonly outcome: 'different'; readonly runs: number; readonly real: CaseResult; readonly predicted: CaseResult }
  | { readonly outcome: 'unsettled'; readonly runs: number; readonly reason: string }
  | { readonly outcome: 'skipped'; readonly reason: string };

/** What a script needs that plays it: the driver, or a stand-in for it. */
export interface ScriptPlayer {
  readonly facts: { readonly libcArea: boolean };
  play(script: KernelCase): Promise<Played>;
}

/** So many runs that say the same settle a script; so many are played at most. */
const AGREEING = 3;
const RUNS_MAX = 15;

const textOf = ({ results, end, segv_handler_runs }: CaseResult): string =>
  JSON.stringify([results, end, segv_handler_runs]);

/** Whether two answers are the same, field for field. */
export const sameAnswer = (a: CaseResult, b: CaseResult): boolean => textOf(a) === textOf(b);

/** Play a script until its runs settle what the kernel does; undefined when they do not. */
export async function settle(
  player: ScriptPlayer,
  script: KernelCase,
  expected?: CaseResult,
): Promise<{ readonly runs: number; readonly saw?: CaseResult; readonly why: string }> {
  const seen = new Map<string, { readonly saw: CaseResult; times: number }>();
  const broken: string[] = [];
  for (let runs = 1; runs <= RUNS_MAX; runs++) {
    const played = await player.play(script);
    if ('broken' in played) {
      if (broken.push(played.broken) === AGREEING) return { runs, why: [...new Set(broken)].join('; ') };
      continue;
    }
    const { saw, disturbed } = played;
    if (runs === 1 && expected !== undefined && sameAnswer(saw, expected)) return { runs, saw, why: '' };
    if (disturbed) continue;
    const text = textOf(saw);
    const entry = seen.get(text) ?? { saw, times: 0 };
    seen.set(text, entry);
    entry.times += 1;
    if (entry.times === AGREEING) return { runs, saw, why: '' };
  }
  const why = seen.size > 1 ? `${seen.size} different answers` : 'other tasks came between almost each time';
  return { runs: RUNS_MAX, why };
}

/** Ask the kernel and the model about one script. */
export async function judgeScript(
  player: ScriptPlayer,
  script: KernelCase,
  features: KernelFeatures,
): Promise<KernelTold> {
  const reason = whyNotPlayed(script, player.facts.libcArea);
  if (reason !== undefined) return { outcome: 'skipped', reason };
  const predicted = runKernelCase(script, features);
  const { runs, saw: real, why } = await settle(player, script, predicted);
  if (real === undefined) return { outcome: 'unsettled', runs, reason: why };
  return sameAnswer(real, predicted) ? { outcome: 'equal', runs } : { outcome: 'different', runs, real, predicted };
}
