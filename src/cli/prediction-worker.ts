/**
 * A thread that predicts recordings beside the main one. It stands for nothing in glibc or Linux; it is there because six
 * thousand worlds on one core are a long wait.
 *
 * What can go wrong: an answer that depends on which thread gave it. A job is a value, its answer is a function of it.
 */

import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { predict } from './prediction.js';

/** A recording to predict: where it lies, and the libc of its build. */
export interface PredictionJob {
  readonly path: string;
  readonly libc: string;
}

parentPort?.on('message', ({ path, libc }: PredictionJob) => {
  parentPort?.postMessage(predict(gunzipSync(readFileSync(path)).toString('utf8'), libc));
});
