/**
 * What a judgement says: for each expectation of a scenario never, sometimes or always, how sure that is, and the shortest ways
 * there. All of it is plain data, so that it can be printed, compared and kept as JSON.
 *
 * What can go wrong: a bound that was hit and read as a proof. `complete` goes with every verdict, and a "never" that is not
 * complete has an exit code of its own.
 */
import type { Bound } from '../explore/index.js';
import type { ExpectationWord, VerdictWord } from '../scenario/schema.js';

/** Exit codes of a judgement; 2 is kept for bad input. A higher row wins when several scenarios are judged together. */
export const exitCodes = {
  /** Every verdict is as expected. */
  asExpected: 0,
  /** Something forbidden is reached, or another verdict than the expected one came out. */
  unexpected: 1,
  /** A bound was hit before the question was settled. */
  notProven: 3,
  /** The model lacks something the scenario needs. */
  unsupported: 4,
} as const;

export type JudgementOutcome = keyof typeof exitCodes;

/** A way through the model: its steps counted, and the path as it is printed and pasted. */
export interface Way {
  readonly steps: number;
  readonly path: string;
}

/** How often something held. */
export interface Tally {
  readonly outcome: VerdictWord;
  /** Final worlds in which it holds, of all. */
  readonly finals: number;
  readonly of: number;
  /** The shortest way to where it holds; null when it never does. */
  readonly witness: Way | null;
  /** The shortest way to a final world in which it does not hold; null when it always does. */
  readonly against: Way | null;
}

/** One predicate (or order) of an expectation. */
export interface Part extends Tally {
  readonly name?: string;
  readonly text: string;
}

/** The verdict on one expectation word of a scenario. */
export interface Verdict extends Tally {
  readonly word: ExpectationWord;
  /** `never, complete (812 states)`, `sometimes, 12 of 318 final worlds`, `always`, `never, within 1000 states`. */
  readonly printed: string;
  /** The scenario's own word for this semantics; without one, what the expectation word itself demands. */
  readonly expected: VerdictWord | 'not never';
  /** `no-proof`: nothing speaks against what was expected, and a bound was hit before it was certain. */
  readonly agrees: 'yes' | 'no' | 'no-proof';
  readonly parts: readonly Part[];
}

export interface Judgement {
  readonly schema: 'rtldlab.judgement/1';
  readonly scenario: string;
  readonly claim?: string;
  /** The build, as `debian-2.36` or `patch-v12`. */
  readonly libc: string;
  /** What it does about rseq, by number and name. */
  readonly semantics: { readonly id: string; readonly name: string };
  readonly kernel: string;
  /** How many members the `vary` families have together. */
  readonly members: number;
  readonly complete: boolean;
  /** Which bound was met first, and where it stood. */
  readonly bound?: { readonly what: Bound; readonly limit: number };
  /** What the search left out because it cannot change a verdict; counts of states and transitions are then smaller, and not those pinned. */
  readonly reduced?: readonly string[];
  readonly states: number;
  readonly transitions: number;
  /** Worlds in which nobody can go. */
  readonly finals: number;
  /** Steps to the farthest state. */
  readonly depth: number;
  /** How the final worlds end: `exit 0`, `signal SIGABRT`, `timeout`; by text, in alphabetical order. */
  readonly ends: { readonly [end: string]: number };
  readonly verdicts: readonly Verdict[];
  /** The number of states the scenario pins for this semantics. */
  readonly pinned?: { readonly states: number; readonly agrees: 'yes' | 'no' | 'no-proof' };
  /** What the model lacks, by name; then nothing was searched and `verdicts` is empty. */
  readonly unsupported: readonly string[];
  readonly outcome: JudgementOutcome;
  readonly exitCode: (typeof exitCodes)[JudgementOutcome];
}

/** The exit code of several judgements together: bad news first, then missing proof, then what could not be judged. */
export function exitCodeOf(judgements: readonly Pick<Judgement, 'outcome'>[]): number {
  const worst = (['unexpected', 'notProven', 'unsupported'] as const).find((outcome) =>
    judgements.some((judgement) => judgement.outcome === outcome),
  );
  return exitCodes[worst ?? 'asExpected'];
}
