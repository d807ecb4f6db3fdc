/**
 * A hunt: one unit after another until the runs are used up, and what they found together. It stands for the afternoon that a
 * reviewer would spend on inventing programs against a proposal.
 *
 * What can go wrong: finding the same thing in every unit. What an earlier unit has written down is not made small again.
 */
import type { Finding } from './finding.js';
import { type HuntOptions, type HuntUnit, huntUnit, UNIT_RUNS } from './unit.js';

export interface WholeHuntOptions extends HuntOptions {
  /** Decides every draw; a whole number, default 1. */
  readonly seed?: number;
  /** Runs in all; default one unit. */
  readonly runs?: number;
}

/** What a hunt came to. Plain data; without a `stop`, the same options give the same value. */
export interface HuntReport {
  readonly schema: 'rtldlab.hunt/1';
  readonly libc: string;
  readonly seed: number;
  readonly runs: number;
  readonly worlds: number;
  readonly unsupported: number;
  readonly broken: HuntUnit['broken'];
  readonly findings: readonly Finding[];
}

/** Hunt until the runs are used up or `stop` says so. */
export function hunt(options: WholeHuntOptions): HuntReport {
  const { seed = 1, runs = UNIT_RUNS, stop } = options;
  const findings: Finding[] = [];
  const broken: HuntUnit['broken'][number][] = [];
  let done = { runs: 0, worlds: 0, unsupported: 0 };
  for (let index = 0; done.runs < runs && stop?.() !== true; index++) {
    const unit = huntUnit(
      { ...options, runs: Math.min(UNIT_RUNS, runs - done.runs), known: [...(options.known ?? []), ...findings] },
      seed,
      index,
    );
    findings.push(...unit.findings);
    broken.push(...unit.broken.filter(({ promise }) => !broken.some((each) => each.promise === promise)));
    done = {
      runs: done.runs + unit.runs,
      worlds: done.worlds + unit.worlds,
      unsupported: done.unsupported + unit.unsupported,
    };
  }
  return { schema: 'rtldlab.hunt/1', libc: options.libc.name, seed, ...done, broken, findings };
}
