/**
 * `rtldlab campaign merge DIR`: what the units came to, in the order of their numbers.
 *
 * What can go wrong: a clock, a host name or the order of arrival in the merged part. Everything here is made of the plan and the
 * results.
 */
import { replaceFile } from '../campaign/durable-file.js';
import type { UnitOutcome, UnitResult } from '../campaign/kind.js';
import { type Merged, mergeCampaign } from '../campaign/merge.js';
import type { Plan } from '../campaign/plan.js';
import { rangesOf } from '../campaign/results.js';
import { kindNamed } from '../units/kinds.js';
import { foreignComplaint, planIn, shellWord } from './campaign-folder.js';
import { systemComplaint } from './complaint.js';
import { EXIT, type ExitCode, gravest } from './exit.js';
import { columns, counted, grouped } from './layout.js';
import type { Session } from './session.js';

export interface MergeWords {
  readonly output?: string;
  readonly json?: true;
}

const codes: Readonly<Record<UnitOutcome, ExitCode>> = {
  asExpected: EXIT.ok,
  unsupported: EXIT.unsupported,
  notProven: EXIT.bound,
  unexpected: EXIT.unexpected,
  broken: EXIT.internal,
};

const marks: Readonly<Record<UnitOutcome, string>> = {
  asExpected: 'ok',
  unsupported: 'unsupported',
  notProven: 'not proven',
  unexpected: 'UNEXPECTED',
  broken: 'BROKEN',
};

/** How many units came to what. */
function tallyOf(results: readonly UnitResult[]): Readonly<Partial<Record<UnitOutcome, number>>> {
  const outcomes = (Object.keys(marks) as UnitOutcome[]).map((outcome) => {
    return [outcome, results.filter((each) => each.outcome === outcome).length] as const;
  });
  return Object.fromEntries(outcomes.filter(([, n]) => n > 0));
}

/** Everything that a merge says. */
interface Page {
  readonly plan: Plan;
  readonly merged: Merged;
  /** What the units come to together, where their kind has such a thing. */
  readonly together: readonly UnitResult[] | undefined;
  readonly exitCode: ExitCode;
}

async function pageOf(plan: Plan, merged: Merged): Promise<Page> {
  const kind = await kindNamed(plan.kind);
  const together = kind.together?.(plan.parameters, merged.finished);
  const judged = together ?? merged.finished.map(({ result }) => result);
  const missing = merged.missing.length > 0 ? [EXIT.missing] : [];
  return { plan, merged, together, exitCode: gravest([...judged.map(({ outcome }) => codes[outcome]), ...missing]) };
}

/** The merge as JSON lines: the units, what they come to together, the summary. */
function jsonLines({ plan, merged, together, exitCode }: Page): string {
  const { id: campaign, kind, seed, units } = plan;
  const { finished, missing, sha256 } = merged;
  const outcomes = tallyOf(finished.map(({ result }) => result));
  const summary = { campaign, kind, seed, units, done: finished.length, missing: rangesOf(missing), outcomes };
  const lines = [
    ...finished.map(({ unit, result }) => ({ schema: 'rtldlab.campaign-unit/1', unit, ...result })),
    ...(together ?? []).map((result) => ({ schema: 'rtldlab.campaign-together/1', ...result })),
    { schema: 'rtldlab.campaign-merged/1', ...summary, sha256, exitCode },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function tell(session: Session, folder: string, { plan, merged, together }: Page): void {
  const { finished, missing, sha256 } = merged;
  session.line(`${plan.kind}, seed ${plan.seed}: ${grouped(finished.length)} of ${counted(plan.units, 'unit')}`);
  const outcomes = Object.entries(tallyOf(finished.map(({ result }) => result))) as [UnitOutcome, number][];
  if (outcomes.length > 0) session.line(`  ${outcomes.map(([outcome, n]) => `${marks[outcome]}: ${n}`).join(', ')}`);
  // Where there is a whole, what a part saw is part of it.
  const good: readonly UnitOutcome[] =
    together === undefined ? ['asExpected'] : ['asExpected', 'unexpected', 'notProven'];
  const worth = finished.filter(({ result }) => !good.includes(result.outcome));
  const rows = worth.map(({ unit, result }) => [marks[result.outcome], `unit ${unit}`, result.says]);
  if (rows.length > 0) session.line(columns(rows, '  '));
  const whole = (together ?? []).map(({ outcome, says }) => [marks[outcome], says]);
  if (whole.length > 0) session.line(`together\n${columns(whole, '  ')}`);
  if (missing.length > 0) {
    const ranges = rangesOf(missing).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
    session.line(`missing: ${ranges.join(', ')}`);
    session.line(`  to resume: rtldlab campaign run ${shellWord(folder)}`);
  }
  session.line(`sha256 of the results: ${sha256}`);
}

/** Merge the campaign in a folder. */
export async function mergeCampaignOf(session: Session, folder: string, words: MergeWords): Promise<void> {
  const plan = session.take(planIn(folder));
  if (plan === undefined) return;
  try {
    const merged = mergeCampaign(folder, plan);
    const foreign = foreignComplaint(folder, merged.foreign);
    if (foreign !== undefined) return session.complain(foreign);
    for (const { unit, why } of merged.damaged) {
      session.terminal.err(`rtldlab: unit ${unit} counts as missing: ${why}\n`);
    }
    const page = await pageOf(plan, merged);
    const lines = jsonLines(page);
    if (words.output !== undefined) replaceFile(words.output, [Buffer.from(lines)]);
    if (words.json === true) session.terminal.out(lines);
    else tell(session, folder, page);
    session.note(page.exitCode);
  } catch (error) {
    session.complain(systemComplaint(folder, error, 'C078'));
  }
}
