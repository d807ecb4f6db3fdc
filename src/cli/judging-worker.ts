/**
 * A thread that judges one scenario while the main one listens to the keyboard. It stands for nothing in glibc or Linux; a search does
 * not come up for air, and whoever runs one on the main thread is deaf to Ctrl-C.
 *
 * What can go wrong: an answer that depends on which thread gave it. A job is a value, and the search is the same.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Progress } from '../explore/exploration.js';
import type { Judgement } from '../process/verdict.js';
import type { Answer } from './complaint.js';
import { judgedHere, type Searching, type Trial } from './judging.js';

/** What to judge. The first number behind `stop` becomes 1 when the search shall end. */
export interface JudgingJob {
  readonly trial: Omit<Trial, 'file'>;
  /** Without what cannot be sent to a thread. */
  readonly searching: Searching;
  readonly stop: SharedArrayBuffer;
}

/** What the thread says: how far it is, and in the end the judgement. */
export type JudgingWord = { readonly progress: Progress } | { readonly answer: Answer<Judgement> };

function say(word: JudgingWord): void {
  parentPort?.postMessage(word);
}

const { trial, searching, stop } = workerData as JudgingJob;
const flag = new Int32Array(stop);
const bounds = { ...searching.bounds, progress: (progress: Progress) => say({ progress }) };
say({ answer: await judgedHere(trial, { ...searching, bounds }, () => Atomics.load(flag, 0) === 1) });
