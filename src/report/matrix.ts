/**
 * Scenarios by semantics: one word a cell, so that what moves between two proposals is seen at a glance. The counterpart of herd's
 * comparison of models over one catalogue.
 *
 * What can go wrong: cells that speak of different things. A row shows one expectation word in all its cells, named in the second
 * column.
 */
import { exitCodeOf, type Judgement, type Verdict } from '../process/verdict.js';
import type { ExpectationWord, VerdictWord } from '../scenario/schema.js';
import { columns, counted } from './columns.js';

export interface Cell {
  /** Nothing where the model lacks something. */
  readonly outcome: VerdictWord | null;
  readonly finals: number;
  readonly of: number;
  readonly complete: boolean;
  /** Whether every verdict of that judgement, not only the one shown, is as expected. */
  readonly agrees: Judgement['outcome'];
}

export interface MatrixRow {
  readonly scenario: string;
  readonly word: ExpectationWord | null;
  /** A cell for each column; null where that pair was not judged. */
  readonly cells: readonly (Cell | null)[];
}

export interface Matrix {
  readonly schema: 'rtldlab.matrix/1';
  readonly columns: readonly string[];
  readonly rows: readonly MatrixRow[];
  readonly exitCode: number;
}

const mostTelling: readonly ExpectationWord[] = ['forbidden', 'required', 'order', 'allowed'];

function wordOf(judgements: readonly Judgement[]): ExpectationWord | null {
  const said = new Set(judgements.flatMap(({ verdicts }) => verdicts.map(({ word }) => word)));
  return mostTelling.find((word) => said.has(word)) ?? null;
}

function cellOf(judgement: Judgement | undefined, word: ExpectationWord | null): Cell | null {
  if (judgement === undefined) return null;
  const { outcome: agrees, complete } = judgement;
  const verdict: Verdict | undefined = judgement.verdicts.find((each) => each.word === word);
  if (verdict === undefined) return { outcome: null, finals: 0, of: 0, complete, agrees };
  const { outcome, finals, of } = verdict;
  return { outcome, finals, of, complete, agrees };
}

/** The matrix of some judgements; rows and columns in the order of their first appearance. */
export function matrixOf(judgements: readonly Judgement[]): Matrix {
  const libcs = [...new Set(judgements.map(({ libc }) => libc))];
  const scenarios = [...new Set(judgements.map(({ scenario }) => scenario))];
  const rows = scenarios.map((scenario): MatrixRow => {
    const own = judgements.filter((judgement) => judgement.scenario === scenario);
    const word = wordOf(own);
    return {
      scenario,
      word,
      cells: libcs.map((libc) =>
        cellOf(
          own.find((each) => each.libc === libc),
          word,
        ),
      ),
    };
  });
  return { schema: 'rtldlab.matrix/1', columns: libcs, rows, exitCode: exitCodeOf(judgements) };
}

function cellText(cell: Cell | null): string {
  if (cell === null) return '';
  const mark = cell.agrees === 'unexpected' ? ' !' : cell.agrees === 'notProven' ? ' ?' : '';
  if (cell.outcome === null) return cell.agrees === 'unsupported' ? 'unsupported' : `-${mark}`;
  if (cell.outcome === 'sometimes') return `sometimes ${cell.finals}/${cell.of}${mark}`;
  return `${cell.outcome}${mark}`;
}

function rowsText(matrix: Matrix, rows: readonly MatrixRow[]): string {
  const head = ['scenario', 'word', ...matrix.columns];
  return columns([head, ...rows.map(({ scenario, word, cells }) => [scenario, word ?? '', ...cells.map(cellText)])]);
}

/** Explains the marks that occur; nothing when none does. */
function legend(rows: readonly MatrixRow[]): string[] {
  const cells = rows.flatMap((row) => row.cells);
  const has = (agrees: Judgement['outcome']) => cells.some((cell) => cell?.agrees === agrees);
  return [
    ...(has('unexpected') ? ['! not as expected'] : []),
    ...(has('notProven') ? ['? a bound was hit: not a proof'] : []),
  ];
}

/** The whole matrix as text; no newline at the end. */
export function matrixText(matrix: Matrix): string {
  return [rowsText(matrix, matrix.rows), ...legend(matrix.rows)].join('\n');
}

function differs({ cells }: MatrixRow): boolean {
  const judged = cells.flatMap((cell) => (cell === null ? [] : [cellText({ ...cell, agrees: 'asExpected' })]));
  return new Set(judged).size > 1;
}

/** Only the scenarios in which the columns differ, and how many agree. */
export function differencesText(matrix: Matrix): string {
  const rows = matrix.rows.filter(differs);
  const agree = matrix.rows.length - rows.length;
  const same = `${counted(agree, 'scenario')} ${agree === 1 ? 'agrees' : 'agree'}`;
  return rows.length === 0 ? same : [rowsText(matrix, rows), ...legend(rows), same].join('\n');
}
