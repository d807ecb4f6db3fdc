/**
 * The folder of a campaign as the command line sees it: its plan, or one complaint that says why it is none.
 *
 * What can go wrong: work done for a plan that another version made. It is refused before the first unit.
 */
import { type Plan, type PlanFault, type Planned, readPlan } from '../campaign/plan.js';
import type { Trouble } from '../campaign/run.js';
import { type Answer, type Complaint, type ComplaintCode, quoted } from './complaint.js';
import { version } from './version.js';

/** Who plans here: plans of others are refused, since they may mean something else by the same words. */
export function maker(): string {
  return `rtldlab ${version()}`;
}

const codes: Readonly<Record<PlanFault['kind'], ComplaintCode>> = {
  none: 'C070',
  version: 'C071',
  damaged: 'C072',
  another: 'C073',
  system: 'C078',
};

/** A plan, or the complaint about what is there instead. */
export function planAnswer(planned: Planned): Answer<Plan> {
  if ('plan' in planned) return { value: planned.plan };
  const { kind, message, expected } = planned.fault;
  const next = kind === 'none' ? { next: 'rtldlab campaign plan --help' } : {};
  return { complaint: { code: codes[kind], message, expected, ...next } };
}

/** The plan in a folder. */
export function planIn(folder: string): Answer<Plan> {
  return planAnswer(readPlan(folder, maker()));
}

/** The complaint about results of another plan; undefined when there are none. */
export function foreignComplaint(folder: string, foreign: readonly Trouble[]): Complaint | undefined {
  const [first] = foreign;
  if (first === undefined) return undefined;
  const more = foreign.length === 1 ? '' : `, and ${foreign.length - 1} more`;
  return {
    code: 'C076',
    message: `${quoted(folder)} has a result that is not of its plan: unit ${first.unit}, ${first.why}${more}`,
    expected: 'results of one plan only: move the others away',
  };
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;
}
