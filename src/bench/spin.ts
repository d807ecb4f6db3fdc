/**
 * SPIN on the reference problem, where it is installed: the model is printed, turned into C, compiled with -O2 and run. It stands for
 * the model checker that a reader would otherwise reach for.
 *
 * What can go wrong: a hash table too small for the states, which costs SPIN dearly. Its size follows from the counts that are known.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cold } from './cold.js';
import { promelaOf } from './promela.js';
import type { ReferenceProblem } from './reference-problem.js';

/** What SPIN is asked. */
export interface SpinQuestion {
  readonly problem: ReferenceProblem;
  /** Its own partial-order reduction, on the form of the model that suits it; without it on the smaller form. */
  readonly reduced: boolean;
  /** Assert the property; SPIN stops where it fails. */
  readonly asserts: boolean;
  /** States to expect, for the size of the hash table. */
  readonly expected: number;
}

export interface SpinAnswer {
  readonly states: number;
  /** SPIN counts the initial state as one more. */
  readonly transitions: number;
  readonly errors: number;
  /** Processor seconds of the verifier alone. */
  readonly search: number;
  /** Processor seconds from the model's text to the verdict: spin -a, the C compiler, the verifier. */
  readonly whole: number;
  /** The same by the clock. */
  readonly wall: number;
  /** Bytes that the verifier used, all included, divided by its states. */
  readonly bytesPerState: number;
}

/** Whether SPIN and a C compiler are here. */
export function spinIsHere(): boolean {
  return cold('command -v spin && command -v cc').status === 0;
}

function numberBefore(words: string, out: string): number {
  return Number(new RegExp(`([\\d.e+]+) ${words}`).exec(out)?.[1] ?? Number.NaN);
}

/** Ask SPIN. @throws when it cannot be run to its end */
export function askSpin({ problem, reduced, asserts, expected }: SpinQuestion): SpinAnswer {
  const folder = mkdtempSync(join(tmpdir(), 'rtldlab-spin-'));
  try {
    writeFileSync(join(folder, 'model.pml'), promelaOf(problem, { form: reduced ? 'split' : 'flat', asserts }));
    const bits = Math.min(30, Math.max(18, Math.ceil(Math.log2(expected)) + 1));
    const made = cold(`spin -a model.pml && cc -O2 -DSAFETY ${reduced ? '' : '-DNOREDUCE'} -o pan pan.c`, folder);
    const ran = cold(`./pan -n -m10000 -w${bits}`, folder);
    const states = numberBefore('states, stored', ran.out);
    if (made.status !== 0 || Number.isNaN(states)) throw new Error('SPIN did not come to an end');
    return {
      states,
      transitions: numberBefore('transitions', ran.out),
      errors: Number(/errors: (\d+)/.exec(ran.out)?.[1]),
      search: ran.seconds,
      whole: made.seconds + ran.seconds,
      wall: made.wall + ran.wall,
      bytesPerState: (numberBefore('total actual memory usage', ran.out) * 2 ** 20) / states,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
