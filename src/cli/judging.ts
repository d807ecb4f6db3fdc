/**
 * Which scenario is judged under which libc and kernel, and the judging itself: what explore, compare and check have in common.
 *
 * What can go wrong: a scenario judged under semantics its author never thought of. Without a word from the command line it is
 * judged under those that it lists, then under those that it expects something of.
 */
import type { KernelFeatures } from '../kernel/index.js';
import type { Build } from '../process/builds.js';
import { type JudgeOptions, judge, judgedStates } from '../process/judge.js';
import type { Judgement } from '../report/index.js';
import type { Scenario } from '../scenario/index.js';
import type { ScenarioFile } from './catalogue.js';
import type { Answer } from './complaint.js';
import { DEFAULT_KERNEL, DEFAULT_LIBC, kernelNamed, libcNamed } from './names.js';
import type { Session } from './session.js';
import { breathe } from './terminal.js';

/** A scenario on a libc and a kernel. */
export interface Trial extends ScenarioFile {
  readonly libc: Build;
  readonly kernel: KernelFeatures;
}

/** A trial and what came of it. */
export interface Judged extends Trial {
  readonly judgement: Judgement;
}

/** What the command line decides for all scenarios. */
export interface Asked {
  readonly libc?: readonly Build[] | undefined;
  readonly kernel?: KernelFeatures | undefined;
}

/** Names of the semantics that a scenario asks for. */
function askedBy({ libc, expect }: Scenario): readonly string[] {
  if (libc.length > 0) return libc;
  const expected = Object.keys(expect);
  return expected.length > 0 ? expected : [DEFAULT_LIBC];
}

/** The trials of a scenario: under the libcs and the kernel asked for, or its own. */
export function trialsOf(file: ScenarioFile, asked: Asked): Answer<readonly Trial[]> {
  const kernel =
    asked.kernel === undefined ? kernelNamed(file.scenario.kernel ?? DEFAULT_KERNEL) : { value: asked.kernel };
  if ('complaint' in kernel) return kernel;
  const libcs: Build[] = [...(asked.libc ?? [])];
  for (const name of asked.libc === undefined ? askedBy(file.scenario) : []) {
    const libc = libcNamed(name);
    if ('complaint' in libc) return libc;
    if (!libcs.includes(libc.value)) libcs.push(libc.value);
  }
  return { value: libcs.map((libc) => ({ ...file, libc, kernel: kernel.value })) };
}

/** By what means a search is done; they change nothing in its answer. */
export interface Means {
  /** Threads. */
  readonly workers: number;
  /** The folder where searches are kept. */
  readonly keep: string | undefined;
}

/** What the command line decides about each search. */
export interface Searching {
  readonly bounds: JudgeOptions;
  readonly means: Means;
}

/** On one thread, without a bound of its own, and kept nowhere. */
export const plainly: Searching = { bounds: {}, means: { workers: 1, keep: undefined } };

/** Judge a trial on this thread; the complaint is about the file in which it is kept. */
export async function judgedHere(
  trial: Omit<Trial, 'file'>,
  { bounds, means }: Searching,
  interrupted: () => boolean = () => false,
): Promise<Answer<Judgement>> {
  const { scenario, libc, kernel } = trial;
  const { hireThread } = means.workers > 1 ? await import('../units/crew.js') : { hireThread: undefined };
  const crew = hireThread === undefined ? {} : { crew: { size: means.workers, hire: hireThread } };
  const options = { ...bounds, ...crew, interrupted };
  if (means.keep === undefined) return { value: judge(scenario, libc, kernel, options) };
  const { SearchFile } = await import('./keeping.js');
  const file = new SearchFile(means.keep, trial);
  const found = file.read();
  if ('complaint' in found) return found;
  const kept = found.value;
  if (kept !== undefined && 'judgement' in kept) return { value: kept.judgement };
  const judgement = judge(scenario, libc, kernel, {
    ...options,
    ...(kept === undefined ? {} : { resume: kept.snapshot }),
    checkpoint: (snapshot) => file.keep(snapshot, interrupted()),
  });
  file.done(judgement);
  return { value: judgement };
}

/** How a trial is judged: where somebody watches, so that Ctrl-C is heard; else here and now. */
async function judged(session: Session, trial: Trial, name: string, searching: Searching): Promise<Answer<Judgement>> {
  if (!session.terminal.watched) return judgedHere(trial, searching);
  const { judgedInterruptibly } = await import('./interruptible.js');
  const { drawnProgress } = await import('./progress.js');
  const progress = drawnProgress(session, name, searching.bounds.maxStates ?? judgedStates);
  return judgedInterruptibly(trial, searching, progress);
}

/** What to do after an interruption; what was not done is named. */
function tellInterrupted(session: Session, left: readonly Trial[], { keep }: Means): void {
  const files = [...new Set(left.map(({ file }) => file))];
  session.terminal.err('rtldlab: interrupted: what is printed is known, and no more; nothing was proven beyond it\n');
  const how =
    keep === undefined
      ? `the same command on ${files.join(' ')}, from the start; with --keep DIR a search can be gone on with`
      : `the same command, with --keep ${keep}`;
  session.terminal.err(`  to go on: ${how}\n`);
}

/**
 * Judge one trial after another and hand each over as it is done. A broken promise costs one trial, not the others; an interrupted
 * trial is the last.
 */
export async function judgeTrials(
  session: Session,
  trials: readonly Trial[],
  searching: Searching,
  done: (judged: Judged) => void,
): Promise<void> {
  for (const [i, trial] of trials.entries()) {
    const name = `${trial.scenario.name} under ${trial.libc.name}`;
    try {
      const answer = await judged(session, trial, name, searching);
      session.progress('');
      const judgement = session.take(answer);
      if (judgement === undefined) continue;
      done({ ...trial, judgement });
      if (judgement.bound?.what === 'interrupted') return tellInterrupted(session, trials.slice(i), searching.means);
    } catch (error) {
      session.broken(error, name);
    }
    await breathe();
  }
}
