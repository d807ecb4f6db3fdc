/**
 * Judging so that Ctrl-C is heard: short searches on this thread, long ones on a thread of their own. It stands for the reader who has
 * seen enough, and wants to know what is known so far.
 *
 * What can go wrong: paying for a thread where nobody would ever press a key. A search that is done in a moment never starts one, and
 * one that is not begins again there; the moment is what that costs. A second Ctrl-C ends the program as it always does.
 */
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { Progress } from '../explore/exploration.js';
import { type JudgeOptions, judge } from '../process/judge.js';
import type { Judgement } from '../process/verdict.js';
import type { Answer } from './complaint.js';
import type { Searching, Trial } from './judging.js';
import type { JudgingJob, JudgingWord } from './judging-worker.js';

/** Milliseconds that a search may take on this thread. */
const MOMENT = 400;

/** The judgement of a trial, on this thread; undefined when it takes longer than a moment. */
function judgedInAMoment({ scenario, libc, kernel }: Trial, options: JudgeOptions): Judgement | undefined {
  const end = performance.now() + MOMENT;
  const judgement = judge(scenario, libc, kernel, { ...options, interrupted: () => performance.now() > end });
  return judgement.bound?.what === 'interrupted' ? undefined : judgement;
}

/**
 * The judgement of a trial, from a thread of its own.
 *
 * @param stop its first number is polled by the search, which ends when it is 1
 * @throws what the search threw
 */
export function judgedByThread(
  { scenario, libc, kernel }: Trial,
  { bounds, means }: Searching,
  progress: (so: Progress) => void,
  stop: SharedArrayBuffer,
): Promise<Answer<Judgement>> {
  const { maxStates, maxDepth, maxSteps, maxBytes, recheckEvery, reduce } = bounds;
  const all = { maxStates, maxDepth, maxSteps, maxBytes, recheckEvery, reduce };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const job: JudgingJob = { trial: { scenario, libc, kernel }, searching: { bounds: given, means }, stop };
  const worker = new Worker(new URL('./judging-worker.js', import.meta.url), { workerData: job, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.on('message', (word: JudgingWord) => {
      if ('progress' in word) progress(word.progress);
      else resolve(word.answer);
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('invariant: a judging thread answers before it ends')));
  });
}

/** Judge a trial; the first Ctrl-C ends a search that takes longer than a moment, and its judgement says so. */
export async function judgedInterruptibly(
  trial: Trial,
  searching: Searching,
  progress: (so: Progress) => void,
): Promise<Answer<Judgement>> {
  const quick = searching.means.keep === undefined ? judgedInAMoment(trial, searching.bounds) : undefined;
  if (quick !== undefined) return { value: quick };
  const stop = new SharedArrayBuffer(4);
  const heard = (): void => void Atomics.store(new Int32Array(stop), 0, 1);
  process.once('SIGINT', heard);
  try {
    return await judgedByThread(trial, searching, progress, stop);
  } finally {
    process.removeListener('SIGINT', heard);
  }
}
