/**
 * What a campaign consists of: units, each a function of the plan's parameters, the plan's seed and its own number. It stands for
 * the array task of a batch system.
 *
 * What can go wrong: a unit that looks at a clock, a host or an earlier unit. Two machines would then not give the same bytes, and
 * a campaign that was killed would not end as one that was left alone.
 */

/** What a unit came to, from good to bad. */
export type UnitOutcome =
  /** Everything as expected. */
  | 'asExpected'
  /** What the unit needs is not there: in the model, or on this machine. */
  | 'unsupported'
  /** A bound was met before the answer was known. */
  | 'notProven'
  /** Found: a verdict or an event that was not expected. */
  | 'unexpected'
  /** The simulator broke one of its own promises. */
  | 'broken';

/** The result of a unit: plain data. */
export interface UnitResult {
  readonly outcome: UnitOutcome;
  /** One line for a person. */
  readonly says: string;
  /** Everything, for a program. */
  readonly found: unknown;
}

/** One finished unit. */
export interface FinishedUnit {
  readonly unit: number;
  readonly result: UnitResult;
}

/** One kind of campaign. */
export interface Kind {
  /**
   * Do one unit.
   *
   * @param parameters the plan's, plain data
   * @param seed the plan's, from 0 to 4,294,967,295
   * @param index from 0
   * @throws what breaks an invariant of ours; NotHere, or what the system says, when this machine lacks something
   */
  unit(parameters: unknown, seed: number, index: number): UnitResult | Promise<UnitResult>;
  /** What the finished units come to together, in the order of a page; without it they only stand side by side. */
  together?(parameters: unknown, finished: readonly FinishedUnit[]): readonly UnitResult[];
}

/** What this machine lacks for a unit, which may end well on another one: the unit is lost here, and stays missing. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}

/** A seed of its own for each unit: 32 bits, mixed so that neighbours have nothing in common (the finisher of MurmurHash3). */
export function seedOfUnit(seed: number, index: number): number {
  let mixed = (seed ^ Math.imul(index + 1, 0x9e3779b9)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
