/**
 * Kinds `check` and `explore`: a unit is one judgement, every schedule of every member of one scenario under one libc.
 *
 * What can go wrong: a verdict that depends on what was judged before it. Nothing is kept from one unit to the next.
 */
import type { Kind, UnitOutcome, UnitResult } from '../campaign/kind.js';
import { type JudgeOptions, judge } from '../process/judge.js';
import type { Judgement } from '../process/verdict.js';
import { type PlannedTrials, trialName, trialOf } from './trials.js';

/** What a plan of judgements says. */
export interface JudgeParameters extends PlannedTrials {
  readonly bounds: Pick<JudgeOptions, 'maxStates' | 'maxBytes' | 'reduce'>;
}

/** A judgement's verdicts in one line. */
export function verdictsSaid({ verdicts, unsupported }: Judgement): string {
  return [...verdicts.map(({ word, printed }) => `${word}: ${printed}`), ...unsupported].join('; ');
}

/** A judgement as the result of a unit. */
export function resultOf(name: string, judgement: Judgement): UnitResult {
  const outcome: UnitOutcome = judgement.outcome;
  return { outcome, says: `${name}: ${verdictsSaid(judgement)}`, found: judgement };
}

/** The kind. */
export const judgeUnits: Kind = {
  unit(parameters, _seed, index) {
    const { bounds, ...planned } = parameters as JudgeParameters;
    const trial = trialOf(planned, index);
    return resultOf(trialName(trial), judge(trial.scenario, trial.libc, trial.kernel, bounds));
  },
};
