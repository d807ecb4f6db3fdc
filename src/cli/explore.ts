/**
 * `rtldlab explore S...`: every schedule and every member of a scenario's families; a verdict for each expectation, and the story
 * of the most telling path.
 *
 * What can go wrong: the one scenario that matters lost among many. With several, only what was not expected is told as a story.
 */
import type { KernelFeatures } from '../kernel/index.js';
import { judgementText, storyForJudgement, storyText } from '../report/index.js';
import { readScenarios } from './catalogue.js';
import { exitCodeOfJudgements } from './exit.js';
import { type Asked, type Judged, judgeTrials, trialsOf } from './judging.js';
import { kernelNamed, libcsNamed, memoryOf, reductionsOf, statesOf, workersOf } from './names.js';
import { semanticsOfFiles } from './semantics-file.js';
import type { Session } from './session.js';

export interface ExploreWords {
  readonly libc?: string;
  /** Files of semantics. */
  readonly semantics?: readonly string[];
  readonly kernel?: string;
  readonly maxStates?: string;
  /** MiB. */
  readonly memory?: string;
  /** Names of reductions with commas between them, or all. */
  readonly reduce?: string | true;
  /** Threads. */
  readonly workers?: string;
  /** A folder. */
  readonly keep?: string;
  readonly json?: true;
}

/** What the words of a searching command ask for; undefined after complaining. */
export async function askedIn(session: Session, words: ExploreWords) {
  const named = session.takeOption(words.libc, libcsNamed);
  const own = await semanticsOfFiles(session, words.semantics);
  const libc = named === undefined && own.length === 0 ? undefined : [...(named ?? []), ...own];
  const kernel: KernelFeatures | undefined = session.takeOption(words.kernel, kernelNamed);
  const maxStates = session.takeOption(words.maxStates, statesOf);
  const maxBytes = session.takeOption(words.memory, memoryOf);
  const reduce = session.takeOption(words.reduce, reductionsOf);
  const workers = session.takeOption(words.workers, workersOf);
  const { keep } = words;
  const [alone] = Object.entries({ '--workers': workers, '--keep': keep }).filter(([, word]) => word !== undefined);
  if (reduce !== undefined && alone !== undefined) {
    const message = `${alone[0]} does not go with --reduce`;
    session.complain({
      code: 'C004',
      message,
      expected: 'one of the two: what a reduction leaves out rests on all that was learned',
    });
  }
  if (session.code !== 0) return undefined;
  const asked: Asked = { libc, kernel };
  const bounds = {
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(reduce === undefined ? {} : { reduce }),
  };
  return { asked, bounds, means: { workers: workers ?? 1, keep } };
}

function story({ scenario, libc, kernel, judgement, file }: Judged): string {
  const told = storyForJudgement(scenario, libc, kernel, judgement, { file });
  return told === null ? '' : `\n${storyText(told)}\n`;
}

/** Explore scenarios, one judgement after another. */
export async function explore(session: Session, paths: readonly string[], words: ExploreWords): Promise<void> {
  const options = await askedIn(session, words);
  if (options === undefined) return;
  const files = readScenarios(session, paths);
  const trials = files.flatMap((file) => session.take(trialsOf(file, options.asked)) ?? []);
  await judgeTrials(session, trials, options, (judged) => {
    const { judgement, file } = judged;
    session.note(exitCodeOfJudgements([judgement]));
    if (words.json === true) return session.line(JSON.stringify(judgement));
    const worth = trials.length === 1 || judgement.outcome === 'unexpected';
    session.line(`${judgementText(judgement, { file })}\n${worth ? story(judged) : ''}`);
  });
}
