/**
 * Rates as medians of several rounds. It stands for a stopwatch, and nothing of it is part of the model.
 *
 * What can go wrong: one figure of one round, on a machine that was busy just then. The median goes with its extremes.
 */
import { performance } from 'node:perf_hooks';

/** A rate: how many of a thing a second. */
export interface Rate {
  readonly what: string;
  readonly unit: string;
  /** Per second. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
  /** How many in one round. */
  readonly count: number;
}

/**
 * Measure how many of a thing go by in a second.
 *
 * @param round does the work once and says how many went by
 * @param rounds how often, after one round that does not count
 */
export function rate(what: string, unit: string, round: () => number, rounds = 5): Rate {
  round();
  let count = 0;
  const measured = Array.from({ length: rounds }, () => {
    const start = performance.now();
    count = round();
    return count / ((performance.now() - start) / 1000);
  }).sort((a, b) => a - b);
  const at = (i: number): number => measured[i] ?? 0;
  return { what, unit, median: at(Math.floor(rounds / 2)), least: at(0), most: at(rounds - 1), rounds, count };
}
