/**
 * A judgement as plain text: the scenario, a line for each expectation with its verdict, and how much was searched.
 *
 * What can go wrong: a bound that reads like a proof. The verdict's own words carry it, and the last line says it again.
 */
import { boundText } from '../process/tallies.js';
import type { Judgement, Verdict } from '../process/verdict.js';
import { printable } from '../scenario/diagnostics.js';
import { columns, counted } from './columns.js';

function expectationText({ expected, agrees }: Verdict): string {
  if (agrees === 'yes') return 'as expected';
  return agrees === 'no' ? `EXPECTED ${expected}` : `not proven (expected ${expected})`;
}

function rowsOf(verdict: Verdict): string[][] {
  const { word, printed, parts } = verdict;
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    return [[word, only.name ?? only.text, printed, expectationText(verdict)]];
  }
  const each = parts.map(({ name, text, outcome, finals, of }) => [
    '',
    name ?? text,
    outcome === 'sometimes' ? `${outcome}, ${finals} of ${of} final worlds` : outcome,
  ]);
  return [[word, '', printed, expectationText(verdict)], ...each];
}

const outcomes: Readonly<Record<Judgement['outcome'], string>> = {
  asExpected: 'as expected',
  unexpected: 'UNEXPECTED',
  notProven: 'not proven',
  unsupported: 'unsupported',
};

function searched(judgement: Judgement): string {
  const { states, finals, members, complete, bound, ends, pinned } = judgement;
  const endings = Object.entries(ends).map(([end, n]) => `${end}: ${n}`);
  const words = [
    counted(states, 'state'),
    `${counted(finals, 'final world')}${endings.length === 0 ? '' : ` (${endings.join(', ')})`}`,
    ...(members === 1 ? [] : [counted(members, 'member')]),
    complete ? 'complete' : `NOT complete: within ${bound === undefined ? 'a bound' : boundText(bound)}`,
    ...(pinned === undefined || pinned.agrees === 'yes' ? [] : [`EXPECTED ${pinned.states} states`]),
  ];
  return words.join('; ');
}

/** One scenario under one semantics as text; no newline at the end. `file` is named where it is given. */
export function judgementText(judgement: Judgement, options: { readonly file?: string } = {}): string {
  const { scenario, libc, semantics, kernel, outcome, unsupported, verdicts, claim } = judgement;
  const where = options.file === undefined ? scenario : `${scenario} (${options.file})`;
  const lines = [printable(`${where}  under ${libc} (${semantics.id}), Linux ${kernel}: ${outcomes[outcome]}`)];
  if (claim !== undefined) lines.push(`  ${printable(claim)}`);
  if (unsupported.length > 0) return [...lines, `  unsupported: ${printable(unsupported.join(', '))}`].join('\n');
  if (verdicts.length > 0) lines.push(columns(verdicts.flatMap(rowsOf), '  '));
  return [...lines, `  ${searched(judgement)}`].join('\n');
}
