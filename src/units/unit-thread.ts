/**
 * A thread that does units of a campaign, one after another, as their numbers are sent to it. It stands for nothing in glibc or
 * Linux; it is there so that the main thread can keep results and answer Ctrl-C.
 *
 * What can go wrong: an error that leaves the main thread waiting. Whatever a unit throws is an answer too.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { answerOfError, type HandAnswer, type HandWork } from '../campaign/hands.js';
import { kindNamed } from './kinds.js';

const { plan } = workerData as HandWork;
const kind = kindNamed(plan.kind);

async function answer(index: number): Promise<HandAnswer> {
  try {
    return { result: await (await kind).unit(plan.parameters, plan.seed, index) };
  } catch (error) {
    return answerOfError(error);
  }
}

parentPort?.on('message', async (index: number) => parentPort?.postMessage(await answer(index)));
