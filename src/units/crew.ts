/**
 * Threads for a search: how one is begun, sent word, and ended. It stands for nothing in glibc or Linux; `explore` says what they do.
 *
 * What can go wrong: a thread started from a source that was never compiled; it lies beside this file, built.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Desk, Hire, Word } from '../explore/crew.js';

/** Begin a thread that expands states. */
export const hireThread: Hire = (desk: Desk) => {
  const { port1, port2 } = new MessageChannel();
  const workerData = { desk, port: port2 };
  const script = new URL('./expanding-thread.js', import.meta.url);
  const worker = new Worker(script, { workerData, transferList: [port2], execArgv: [] });
  // It must neither keep the process alive nor end it; a thread that has died is missed by the search itself.
  worker.on('error', () => undefined);
  worker.unref();
  port1.unref();
  return {
    send: (word: Word) => port1.postMessage(word),
    dismiss: () => {
      port1.close();
      void worker.terminate();
    },
  };
};
