/**
 * The verdicts of a state space from those of its parts: never when no part ever saw it, always when every final world of every
 * part has it, sometimes otherwise; the shortest witness of all.
 *
 * What can go wrong: a part that is missing or was cut short, and a "never" all the same. The union is complete only when each
 * part is there and complete; the core may have met the frontier, which is what it was told to do.
 */
import type { UnitOutcome, UnitResult } from '../campaign/kind.js';
import { agreement, boundText } from '../process/tallies.js';
import type { Judgement, Tally, Verdict, Way } from '../process/verdict.js';
import { trialName, type UnitTrial } from './trials.js';

/** A finished part. */
export interface FinishedPart {
  readonly result: UnitResult;
  /** It was told to stop at the frontier. */
  readonly isCore: boolean;
}

function shortest(ways: readonly (Way | null)[]): Way | null {
  return ways.flatMap((way) => way ?? []).toSorted((a, b) => a.steps - b.steps)[0] ?? null;
}

/** How often something held in all parts together; the two counts are sums over the parts. */
function sum(tallies: readonly Tally[]): Tally {
  const finals = tallies.reduce((all, tally) => all + tally.finals, 0);
  const of = tallies.reduce((all, tally) => all + tally.of, 0);
  const held = tallies.some(({ outcome }) => outcome !== 'never');
  const always = held && finals === of && of > 0;
  return {
    outcome: always ? 'always' : held ? 'sometimes' : 'never',
    finals,
    of,
    witness: shortest(tallies.map(({ witness }) => witness)),
    against: shortest(tallies.map(({ against }) => against)),
  };
}

const rank = { never: 0, sometimes: 1, always: 2 } as const;

/** The verdict on one expectation word from those of the parts. */
function uniteVerdicts(parts: readonly Verdict[], complete: boolean): Verdict[] {
  const [first] = parts;
  if (first === undefined) return [];
  const { word, expected } = first;
  const inParts = first.parts.map((part, i) => ({ ...part, ...sum(parts.flatMap((each) => each.parts[i] ?? [])) }));
  // `allowed` is as weak as the weakest of what it wants to see.
  const [weakest] = inParts.toSorted((a, b) => rank[a.outcome] - rank[b.outcome] || a.finals - b.finals);
  const { outcome, finals, of, witness, against } = word === 'allowed' && weakest !== undefined ? weakest : sum(parts);
  const tally: Tally = { outcome, finals, of, witness, against };
  const sure = complete || outcome === 'sometimes' ? '' : ' so far';
  const printed = outcome === 'never' && complete ? 'never, complete' : `${outcome}${sure}`;
  return [{ word, ...tally, printed, expected, agrees: agreement(tally, expected, complete), parts: inParts }];
}

function outcomeOf(verdicts: readonly Verdict[], complete: boolean): UnitOutcome {
  if (verdicts.some(({ agrees }) => agrees === 'no')) return 'unexpected';
  const open = verdicts.some(({ agrees }) => agrees === 'no-proof');
  return open || (verdicts.length === 0 && !complete) ? 'notProven' : 'asExpected';
}

/** What keeps the union from being complete, as a clause; undefined when nothing does. */
function gapOf(parts: readonly (FinishedPart | undefined)[], maxStates: number): string | undefined {
  const there = parts.flatMap((part) => part ?? []);
  const missing = parts.length - there.length;
  if (missing > 0) return `${missing} of ${parts.length} parts are missing`;
  const cut = there.filter(({ result, isCore }) => {
    const { complete, bound } = result.found as Judgement;
    return !complete && !(isCore && bound?.what === 'depth');
  });
  if (cut.length === 0) return undefined;
  return `${cut.length} of ${parts.length} parts ended within ${boundText({ what: 'states', limit: maxStates })}`;
}

/** The whole from its parts; undefined stands for a part without a result. */
export function unite(trial: UnitTrial, parts: readonly (FinishedPart | undefined)[], maxStates: number): UnitResult {
  const name = trialName(trial);
  const there = parts.flatMap((part) => part ?? []);
  const hindered = there.find(({ result }) => result.outcome === 'broken' || result.outcome === 'unsupported');
  if (hindered !== undefined) return hindered.result;
  const judgements = there.map(({ result }) => result.found as Judgement);
  const gap = gapOf(parts, maxStates);
  const complete = gap === undefined;
  const words = judgements[0]?.verdicts.map(({ word }) => word) ?? [];
  const verdicts = words.flatMap((word) =>
    uniteVerdicts(
      judgements.flatMap((each) => each.verdicts.filter((verdict) => verdict.word === word)),
      complete,
    ),
  );
  const said = verdicts.map(({ word, printed }) => `${word}: ${printed}`).join('; ');
  const how = complete ? `complete in ${parts.length} parts` : `NOT complete: ${gap}`;
  const { libc, kernel, scenario } = trial;
  const found = {
    scenario: scenario.name,
    libc: libc.name,
    kernel: kernel.name,
    parts: parts.length,
    complete,
    verdicts,
  };
  return { outcome: outcomeOf(verdicts, complete), says: `${name}: ${[said, how].filter(Boolean).join('; ')}`, found };
}
