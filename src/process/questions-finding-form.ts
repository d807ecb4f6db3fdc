/**
 * The form of a derived statement: a question whose answer is a verdict.
 *
 * What can go wrong: a verdict that nothing could change. It is made from what was seen.
 */
import type { Question, Seen } from './questions-form.js';

export type FindingVerdict = 'confirmed' | 'refuted' | 'confirmed in part' | 'not run';

/** A derived statement. `answer` says what was seen. */
export interface Finding extends Question {
  /** Where it stands in the record. */
  readonly where: string;
  readonly verdict: (seen: Seen) => FindingVerdict;
}

export const all = (...held: readonly boolean[]): FindingVerdict => {
  if (held.every(Boolean)) return 'confirmed';
  return held.some(Boolean) ? 'confirmed in part' : 'refuted';
};
