/**
 * Putting the results of a campaign together: in the order of the units' numbers, whoever did them and whenever. It stands for the
 * last job of an array, the one that depends on all others.
 *
 * What can go wrong: a page that looks whole and lacks a unit. What is missing or damaged is part of the answer.
 */
import { createHash } from 'node:crypto';
import type { FinishedUnit } from './kind.js';
import type { Plan } from './plan.js';
import { readResult } from './results.js';
import type { Trouble } from './run.js';

/** The results that are there, in order, and what is wrong with the others. */
export interface Merged {
  readonly finished: readonly FinishedUnit[];
  /** Units without a result, the damaged ones among them, in order. */
  readonly missing: readonly number[];
  readonly damaged: readonly Trouble[];
  readonly foreign: readonly Trouble[];
  /** SHA-256 of the results, for comparing two merges at a glance. */
  readonly sha256: string;
}

/** Merge a campaign. @throws what the system says of its folder */
export function mergeCampaign(folder: string, plan: Plan): Merged {
  const finished: FinishedUnit[] = [];
  const missing: number[] = [];
  const damaged: Trouble[] = [];
  const foreign: Trouble[] = [];
  const hash = createHash('sha256');
  for (let unit = 0; unit < plan.units; unit++) {
    const is = readResult(folder, plan, unit);
    if (is.state === 'done') {
      finished.push({ unit, result: is.result });
      hash.update(`${JSON.stringify({ unit, result: is.result })}\n`);
      continue;
    }
    missing.push(unit);
    if (is.state !== 'missing') (is.state === 'damaged' ? damaged : foreign).push({ unit, why: is.why });
  }
  return { finished, missing, damaged, foreign, sha256: hash.digest('hex') };
}
