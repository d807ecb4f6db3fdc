/**
 * The exit codes of the command, the same for every command. They stand for what a build script asks of a checker: is all as it
 * should be, is it not, was I asked nonsense, or did the checker give up?
 *
 * What can go wrong: a bound taken for a proof. It has a code of its own, and a verdict that was expected does not hide it.
 */
import type { Judgement } from '../report/index.js';

export const EXIT = {
  /** Everything is as expected. */
  ok: 0,
  /** A verdict, a path or a prediction is not the expected one. */
  unexpected: 1,
  /** A file, a line, a name or an option is wrong. */
  badInput: 2,
  /** A bound was hit before the answer was known. */
  bound: 3,
  /** The model lacks something that was needed; nothing was judged. */
  unsupported: 4,
  /** Units of a campaign have no result yet. */
  missing: 5,
  /** The simulator broke one of its own promises. */
  internal: 70,
  /** Stopped by Ctrl-C, as a shell says it: 128 and the number of SIGINT. */
  interrupted: 130,
  /** Stopped by SIGTERM, as batch systems do it. */
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How grave a code is: what is wrong with the input hides what follows from it, and our own faults hide everything. */
const gravity: readonly ExitCode[] = [
  EXIT.ok,
  EXIT.unsupported,
  EXIT.bound,
  EXIT.missing,
  EXIT.interrupted,
  EXIT.terminated,
  EXIT.unexpected,
  EXIT.badInput,
  EXIT.internal,
];

/** The gravest of several codes; `ok` of none. */
export function gravest(codes: Iterable<ExitCode>): ExitCode {
  let worst: ExitCode = EXIT.ok;
  for (const code of codes) if (gravity.indexOf(code) > gravity.indexOf(worst)) worst = code;
  return worst;
}

/** The code of judgements: the gravest of their own. */
export function exitCodeOfJudgements(judgements: readonly Pick<Judgement, 'exitCode'>[]): ExitCode {
  return gravest(judgements.map(({ exitCode }) => exitCode));
}
