/**
 * `rtldlab campaign run DIR`: the units that this process is to do, with somebody watching or nobody.
 *
 * What can go wrong: a batch system that takes a finding for a failed job and runs it again. The exit code says whether the units
 * were done; what they found is said by `merge`.
 */
import { type Progress, type RunReport, runUnits } from '../campaign/run.js';
import { type Choice, type ChoiceFault, shareOf } from '../campaign/share.js';
import { unitHand } from '../units/hand.js';
import { foreignComplaint, planIn, shellWord } from './campaign-folder.js';
import { type ComplaintCode, systemComplaint } from './complaint.js';
import { EXIT } from './exit.js';
import { counted, grouped } from './layout.js';
import { wholeNumber } from './names.js';
import type { Session } from './session.js';

export interface RunCampaignWords {
  readonly workers?: string;
  readonly index?: string;
  readonly shares?: string;
  readonly first?: string;
  readonly all?: true;
  readonly json?: true;
}

/** Most units at a time. */
const WORKERS_MAX = 256;
/** Numbers of tasks are 32 bits wide in every engine. */
const TASK_MAX = 2 ** 32 - 1;

const codes: Readonly<Record<ChoiceFault['kind'], ComplaintCode>> = { range: 'C074', engines: 'C075', number: 'C075' };

function choiceIn(session: Session, words: RunCampaignWords): Choice {
  const count = (name: string, text: string | undefined, least: number) =>
    session.takeOption(text, (word) => wholeNumber(name, word, least, TASK_MAX));
  return {
    all: words.all,
    index: count('--index', words.index, 0),
    shares: count('--shares', words.shares, 1),
    first: count('--first', words.first, 0),
  };
}

/** Seconds as a person says them: `42 s`, `3 min`, `2 h 5 min`. */
function spoken(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How far a run is, in one line. */
export function progressText({ done, now, of, found, lost }: Progress, seconds: number): string {
  const rate = seconds > 0 ? now / seconds : 0;
  return [
    `${grouped(done)} of ${counted(of, 'unit')}`,
    ...(found === 0 ? [] : [`${grouped(found)} found something`]),
    ...(lost === 0 ? [] : [`${grouped(lost)} lost`]),
    ...(now === 0 ? [] : [`${rate < 10 ? rate.toFixed(1) : grouped(rate)}/s`, `${spoken((of - done) / rate)} left`]),
  ].join(', ');
}

/** Listen for Ctrl-C and for a batch system's SIGTERM while work goes on. */
function stopSignals() {
  const stopping = new AbortController();
  let code: typeof EXIT.interrupted | typeof EXIT.terminated = EXIT.interrupted;
  const stop = (signal: NodeJS.Signals): void => {
    code = signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    stopping.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const each of signals) process.on(each, stop);
  return {
    signal: stopping.signal,
    code: () => code,
    forget() {
      for (const each of signals) process.off(each, stop);
    },
  };
}

function tell(session: Session, folder: string, report: RunReport, again: string, json: boolean): void {
  const { done, now, of, found, lost, troubles, stopped, swept } = report;
  for (const { unit, why } of troubles) session.terminal.err(`rtldlab: unit ${unit} was lost: ${why.split('\n')[0]}\n`);
  if (json) {
    const schema = 'rtldlab.campaign-run/1';
    session.line(JSON.stringify({ schema, done, now, of, found, lost, troubles, stopped, swept }));
    return;
  }
  const words = [
    `${grouped(done)} of ${counted(of, 'unit')} done, ${grouped(now)} of them now`,
    ...(found === 0 ? [] : [`${grouped(found)} found something`]),
    ...(swept === 0 ? [] : [`${counted(swept, 'half-written file')} swept`]),
  ];
  session.line(`${stopped ? 'stopped: ' : ''}${words.join('; ')}`);
  if (done < of) session.line(`  to resume: ${again}`);
  else session.line(`  next: rtldlab campaign merge ${shellWord(folder)}`);
}

/** How to go on: the same words, or the same task where an engine named it. */
function wayOn(folder: string, words: RunCampaignWords, by: string | undefined): string {
  const call = `rtldlab campaign run ${shellWord(folder)}`;
  if (by !== undefined && by !== '--index') return `start the task again, or ${call} --all`;
  const { workers, index, shares, first, all } = words;
  const options = Object.entries({ workers, index, shares, first }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  return [call, ...options, ...(all === true ? ['--all'] : [])].join(' ');
}

/** Do units of a campaign. */
export async function runCampaign(session: Session, folder: string, words: RunCampaignWords): Promise<void> {
  const workers = session.takeOption(words.workers, (word) => wholeNumber('--workers', word, 1, WORKERS_MAX)) ?? 1;
  const choice = choiceIn(session, words);
  const plan = session.take(planIn(folder));
  if (plan === undefined || session.code !== 0) return;
  const share = shareOf(plan.units, choice, process.env);
  if ('fault' in share) {
    const { kind, message, expected } = share.fault;
    return session.complain({ code: codes[kind], message, expected, next: 'rtldlab campaign run --help' });
  }
  const stopping = stopSignals();
  const began = performance.now();
  try {
    const report = await runUnits(folder, plan, share.units, {
      workers,
      hand: unitHand,
      stop: stopping.signal,
      damaged: ({ unit, why }) => session.terminal.err(`rtldlab: unit ${unit} is done again: ${why}\n`),
      progress: (so) => session.progress(progressText(so, (performance.now() - began) / 1000)),
    });
    session.progress('');
    const foreign = foreignComplaint(folder, report.foreign);
    if (foreign !== undefined) return session.complain(foreign);
    tell(session, folder, report, wayOn(folder, words, share.by), words.json === true);
    if (report.stopped) session.note(stopping.code());
    else if (report.done < report.of) session.note(EXIT.missing);
  } catch (error) {
    session.complain(systemComplaint(folder, error, 'C078'));
  } finally {
    stopping.forget();
  }
}
