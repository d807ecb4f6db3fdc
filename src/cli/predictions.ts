/**
 * All recordings predicted, two at a time. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: a thread that dies and leaves the main one waiting; its death is the answer then, as an error.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Prediction, type RecordedBuild, recordedBuilds } from './prediction.js';
import type { PredictionJob } from './prediction-worker.js';

/** Most threads to use; more find no further work that is worth starting them. */
const THREADS_MAX = 4;

export interface BuildPrediction extends RecordedBuild {
  readonly prediction: Prediction;
}

/** Where a recording lies in this package. */
export function recordingPath(file: string): string {
  return fileURLToPath(new URL(`../../test/fixtures/glibc/${file}.jsonl.gz`, import.meta.url));
}

/** One job on one thread. @throws when the thread fails */
function ask(worker: Worker, job: PredictionJob): Promise<Prediction> {
  return new Promise((resolve, reject) => {
    worker.once('message', (prediction: Prediction) => {
      worker.removeAllListeners('error');
      resolve(prediction);
    });
    worker.once('error', reject);
    worker.postMessage(job);
  });
}

/**
 * Predict the recordings of all builds that lie in this package, in the order of the builds.
 *
 * @param told called as each build is done, in whatever order, for whoever waits
 */
export async function predictRecordings(told: (done: BuildPrediction) => void): Promise<readonly BuildPrediction[]> {
  const present = recordedBuilds.filter(({ file }) => existsSync(recordingPath(file)));
  const answers = new Map<string, BuildPrediction>();
  const waiting = [...present];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./prediction-worker.js', import.meta.url));
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const prediction = await ask(worker, { path: recordingPath(next.file), libc: next.libc });
        const done = { ...next, prediction };
        answers.set(next.file, done);
        told(done);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(THREADS_MAX, availableParallelism()) }, work));
  return present.flatMap(({ file }) => answers.get(file) ?? []);
}
