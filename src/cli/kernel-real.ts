/**
 * `rtldlab kernel --real`: each script on the running kernel and on the model, compared; what differs is made smaller and kept. It
 * stands for the campaign that the recordings of Linux 6.18 began, on the reader's own machine.
 *
 * What can go wrong: a script that was not played taken for one that agreed. It is told as skipped, with the reason, and where
 * none could be played the exit code says so.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../campaign/folder.js';
import { type KernelCase, type KernelFeatures, scriptLine } from '../kernel/index.js';
import {
  judgeScript,
  type KernelDivergence,
  type KernelMachine,
  type KernelTold,
  openKernelMachine,
  shrinkScript,
} from '../real/index.js';
import { EXIT, type ExitCode } from './exit.js';
import { differenceText } from './kernel-text.js';
import { columns, counted, grouped } from './layout.js';
import { folderToBe } from './out-folder.js';
import type { Session } from './session.js';

export interface KernelRealWords {
  /** Compare with this kernel of the model instead of the one that is found. */
  readonly features?: KernelFeatures | undefined;
  readonly json?: true;
  readonly cc?: string;
  readonly out?: string;
}

/** Where divergences are kept, unless told otherwise. */
const FOLDER = 'divergences';

const codeOf: Readonly<Record<KernelTold['outcome'], ExitCode>> = {
  equal: EXIT.ok,
  skipped: EXIT.ok,
  different: EXIT.unexpected,
  unsettled: EXIT.bound,
};

/** Who answers, as fields of the log. */
function facts({ driver, running, compiler }: KernelMachine, features: KernelFeatures) {
  const { libc, ahead } = driver.facts;
  return { kernel: running.release, predicted: features.name, unlike: running.unlike, libc, compiler, ahead };
}

function machineText(machine: KernelMachine, features: KernelFeatures): string {
  const { kernel, predicted, unlike, libc, compiler, ahead } = facts(machine, features);
  const rows = [
    ['kernel', `Linux ${kernel}, predicted as ${predicted}`],
    ...unlike.map((question) => ['', `unlike it: ${question}`]),
    ['libc', `glibc ${libc}; ${compiler}`],
    ['order', ahead ? 'ahead of all ordinary tasks (SCHED_FIFO)' : 'among ordinary tasks: disturbed runs are repeated'],
  ];
  return `${columns(rows)}\n`;
}

/** Keep the smallest script of a divergence, as the kernel answered it, in the form of the recordings; the file's path. */
function keep(folder: string, script: KernelCase, { real }: KernelDivergence): string {
  makeFolder(folder);
  const path = join(folder, `kernel-${script.id.replace(/[^\w.-]/g, '_').slice(0, 100)}.jsonl`);
  const recorded = JSON.stringify(real).slice(1);
  writeFileSync(path, `${scriptLine(script).slice(0, -1)},${recorded}\n`);
  return path;
}

/** A session's campaign: what to ask, of whom, and how to tell it. */
class Campaign {
  readonly #outcomes: KernelTold['outcome'][] = [];
  #repeated = 0;

  constructor(
    private readonly session: Session,
    private readonly machine: KernelMachine,
    private readonly features: KernelFeatures,
    private readonly words: KernelRealWords,
  ) {}

  /** Ask about one script, and tell what came of it. */
  async ask(script: KernelCase): Promise<void> {
    const told = await judgeScript(this.machine.driver, script, this.features);
    this.#outcomes.push(told.outcome);
    if ('runs' in told && told.runs > 1) this.#repeated += 1;
    this.session.note(codeOf[told.outcome]);
    if (told.outcome === 'different') return this.#different(script, told);
    if (this.words.json === true) this.#line(script, told);
    else if (told.outcome !== 'equal') this.session.line(`${script.id}: ${told.outcome}, because ${told.reason}`);
  }

  async #different(script: KernelCase, told: KernelDivergence): Promise<void> {
    const smallest = await shrinkScript(this.machine.driver, script, told, this.features);
    const { real, predicted } = smallest.told;
    const kept = keep(this.words.out ?? FOLDER, smallest.script, smallest.told);
    if (this.words.json === true) return this.#line(smallest.script, { ...smallest.told, kept });
    this.session.line(`${script.id}: different; the smallest script that is, kept in ${kept}`);
    this.session.line(`${differenceText(smallest.script, real, predicted)}\n`);
  }

  #line(script: KernelCase, told: KernelTold & { readonly kept?: string }): void {
    const about = { schema: 'rtldlab.kernel-real/1', id: script.id, ...told };
    this.session.line(JSON.stringify(about));
  }

  /** What came of all scripts. */
  end(): void {
    const count = (outcome: KernelTold['outcome']) => this.#outcomes.filter((each) => each === outcome).length;
    const scripts = this.#outcomes.length;
    const [equal, different] = [count('equal'), count('different')];
    const [unsettled, skipped] = [count('unsettled'), count('skipped')];
    const repeated = this.#repeated;
    if (scripts > 0 && skipped === scripts) this.session.note(EXIT.unsupported);
    if (this.words.json === true) {
      const about = { scripts, equal, different, unsettled, skipped, repeated };
      const machine = facts(this.machine, this.features);
      this.session.line(JSON.stringify({ schema: 'rtldlab.kernel-real-summary/1', ...about, machine }));
      return;
    }
    const rest = Object.entries({ different, unsettled, skipped }).flatMap(([what, n]) =>
      n > 0 ? [`${grouped(n)} ${what}`] : [],
    );
    const again = repeated > 0 ? ` (${grouped(repeated)} played more than once)` : '';
    this.session.line([`${grouped(equal)} of ${counted(scripts, 'script')} equal${again}`, ...rest].join(', '));
  }
}

/** Nothing can be played here. */
function skipAll(session: Session, scripts: readonly KernelCase[], reason: string, json: boolean): void {
  session.note(EXIT.unsupported);
  if (!json) {
    session.line(`${counted(scripts.length, 'script')} skipped, because ${reason}`);
    return;
  }
  const schema = 'rtldlab.kernel-real/1';
  for (const { id } of scripts) session.line(JSON.stringify({ schema, id, outcome: 'skipped', reason }));
  const none = { scripts: scripts.length, equal: 0, different: 0, unsettled: 0, skipped: scripts.length, repeated: 0 };
  session.line(JSON.stringify({ schema: 'rtldlab.kernel-real-summary/1', ...none, machine: null }));
}

/** Put every script to the running kernel and to the model. */
export async function kernelReal(
  session: Session,
  scripts: readonly KernelCase[],
  words: KernelRealWords,
): Promise<void> {
  if (scripts.length === 0) return;
  if (session.takeOption(words.out ?? FOLDER, folderToBe) === undefined) return;
  const machine = await openKernelMachine(words.cc);
  if ('skipped' in machine) return skipAll(session, scripts, machine.skipped, words.json === true);
  const features = words.features ?? machine.running.features;
  if (words.json !== true) session.line(machineText(machine, features));
  const campaign = new Campaign(session, machine, features, words);
  try {
    for (const [i, script] of scripts.entries()) {
      if (i % 20 === 0) session.progress(`${grouped(i)} of ${counted(scripts.length, 'script')}`);
      await campaign.ask(script);
    }
    session.progress('');
  } finally {
    machine.close();
  }
  campaign.end();
}
