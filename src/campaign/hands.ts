/**
 * Who does a unit: a thread of its own beside the one that keeps the results, so that a unit that runs for an hour still leaves
 * somebody to answer Ctrl-C. It stands for the worker of a batch system.
 *
 * What can go wrong: a thread that dies, out of memory say, and takes its unit along. The unit is lost and stays missing, the
 * others go on with a new thread.
 */
import { Worker } from 'node:worker_threads';
import { NotHere, type UnitResult } from './kind.js';
import type { Plan } from './plan.js';

/** Does one unit at a time. */
export interface Hand {
  /** @throws (the promise is rejected) when the unit was lost; the hand is then of no more use */
  unit(index: number): Promise<UnitResult>;
  dismiss(): Promise<void>;
}

/** What a hand's thread answers. */
export type HandAnswer = { readonly result: UnitResult } | { readonly lost: string };

/** What a hand's thread is started with. */
export interface HandWork {
  readonly plan: Plan;
}

/**
 * A hand that is a thread running `script`: it is started with {@link HandWork}, is sent the number of a unit, and answers with a
 * {@link HandAnswer}.
 */
export function threadHand(script: URL, plan: Plan): Hand {
  const work: HandWork = { plan };
  const worker = new Worker(script, { workerData: work });
  let gone: Error | undefined;
  let fail: ((error: Error) => void) | undefined;
  const end = (error: Error): void => {
    gone ??= error;
    fail?.(gone);
  };
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`the thread ended with code ${code}`)));
  const unit = (index: number): Promise<UnitResult> =>
    new Promise((resolve, reject) => {
      if (gone !== undefined) return reject(gone);
      fail = reject;
      worker.once('message', (answer: HandAnswer) => {
        fail = undefined;
        if ('result' in answer) resolve(answer.result);
        else reject(new Error(answer.lost));
      });
      worker.postMessage(index);
    });
  return {
    unit,
    dismiss: async () => {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}

/** Whether an error speaks of this machine (no memory, no compiler, no disk), so that the same unit may end well elsewhere. */
function isOfThisMachine(error: unknown): boolean {
  if (error instanceof NotHere || error instanceof RangeError) return true;
  return (error as NodeJS.ErrnoException).code !== undefined;
}

/** What a hand answers when a unit threw: a broken promise of ours is a result like any other, the same on every machine. */
export function answerOfError(error: unknown): HandAnswer {
  const message = error instanceof Error ? error.message : String(error);
  if (isOfThisMachine(error)) return { lost: message };
  const says = message.split('\n', 1)[0] ?? '';
  return { result: { outcome: 'broken', says, found: { broken: message } } };
}
