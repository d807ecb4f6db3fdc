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

/** How a trial is judged: where somebody watches, so that Ctrl-C is heard; else here and now. */
async function judged(session: Session, trial: Trial, name: string, options: JudgeOptions): Promise<Judgement> {
  if (!session.terminal.watched) return judge(trial.scenario, trial.libc, trial.kernel, options);
  const { judgedInterruptibly } = await import('./interruptible.js');
  const { drawnProgress } = await import('./progress.js');
  const progress = drawnProgress(session, name, options.maxStates ?? judgedStates);
  return judgedInterruptibly(trial, options, progress);
}

/** What to do after an interruption: a search keeps nothing, so what was not done is named. */
function tellInterrupted(session: Session, left: readonly Trial[]): void {
  const files = [...new Set(left.map(({ file }) => file))];
  session.terminal.err('rtldlab: interrupted: what is printed is known, and no more; nothing was proven beyond it\n');
  session.terminal.err(`  to go on: the same command on ${files.join(' ')}\n`);
}

/**
 * Judge one trial after another and hand each over as it is done. A broken promise costs one trial, not the others; an interrupted
 * trial is the last.
 */
export async function judgeTrials(
  session: Session,
  trials: readonly Trial[],
  options: JudgeOptions,
  done: (judged: Judged) => void,
): Promise<void> {
  for (const [i, trial] of trials.entries()) {
    const name = `${trial.scenario.name} under ${trial.libc.name}`;
    try {
      const judgement = await judged(session, trial, name, options);
      session.progress('');
      done({ ...trial, judgement });
      if (judgement.bound?.what === 'interrupted') return tellInterrupted(session, trials.slice(i));
    } catch (error) {
      session.broken(error, name);
    }
    await breathe();
  }
}
