/**
 * Which scenario is judged under which libc and kernel, and the judging itself: what explore, compare and check have in common.
 *
 * What can go wrong: a scenario judged under semantics its author never thought of. Without a word from the command line it is
 * judged under those that it lists, then under those that it expects something of.
 */
import type { KernelFeatures } from '../kernel/index.js';
import type { Build } from '../process/builds.js';
import { type JudgeOptions, judge } from '../process/judge.js';
import type { Judgement } from '../report/index.js';
import type { Scenario } from '../scenario/index.js';
import type { ScenarioFile } from './catalogue.js';
import type { Answer } from './complaint.js';
import { grouped } from './layout.js';
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

/** Judge one trial after another and hand each over as it is done. A broken promise costs one trial, not the others. */
export async function judgeTrials(
  session: Session,
  trials: readonly Trial[],
  options: JudgeOptions,
  done: (judged: Judged) => void,
): Promise<void> {
  for (const trial of trials) {
    const name = `${trial.scenario.name} under ${trial.libc.name}`;
    const progress = ({ states }: { readonly states: number }): void =>
      session.progress(`${name}: ${grouped(states)} states`);
    try {
      const judgement = judge(trial.scenario, trial.libc, trial.kernel, { ...options, progress });
      session.progress('');
      done({ ...trial, judgement });
    } catch (error) {
      session.broken(error, name);
    }
    await breathe();
  }
}
