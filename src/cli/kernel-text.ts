/**
 * Scripts of rseq calls and what they led to, as text in columns: one answer, or the kernel's beside the model's. It stands for
 * nothing in Linux.
 *
 * What can go wrong: results told beside the wrong operation; rows follow the script, and a result that is missing says so.
 */
import type { KernelCase, NamedResult } from '../kernel/index.js';
import type { AreaSnapshot, CaseResult, Op, OpResult } from '../kernel/script-format.js';
import { columns } from './layout.js';

/** A register as people write it: small numbers decimal, others hexadecimal. */
function register(value: unknown): string {
  if (typeof value !== 'bigint') return String(value);
  return value >= 0n && value < 0x10000n ? String(value) : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** An operation in one line: `rseq A+0 len=32 flags=0 sig=0x53053053`. */
function operation(op: Op): string {
  const { op: name, ...fields } = op;
  const { slot, off, ops: _inner, ...rest } = fields as { slot?: string; off?: number; ops?: readonly Op[] };
  const place = slot === undefined ? [] : [off === undefined ? slot : `${slot}+${off}`];
  const others = Object.entries(rest).map(([key, value]) => `${key}=${register(value)}`);
  return [name, ...place, ...others].join(' ');
}

const area = ([name, words]: readonly [string, AreaSnapshot]): string =>
  `${name}=${words === 'nomap' ? words : words.join(',')}`;

const areas = (result: OpResult | null | undefined): readonly string[] => Object.entries(result?.areas ?? {}).map(area);

/** What an operation led to, in one cell. */
function outcome(result: OpResult | null | undefined): string {
  if (result === null || result === undefined) return 'not reached';
  if (result.killed === true) return 'killed';
  if (result.err !== undefined) return result.err;
  if (result.query !== undefined) return `addr=${result.query.addr} len=${result.query.len} sig=${result.query.sig}`;
  return [result.ret, result.child_end].filter((word) => word !== undefined).join(', child: ');
}

/** The results of one list of operations. */
type Results = readonly (OpResult | null)[];

/** One row an operation, nested ones indented; the cells after the operation are the caller's. */
function rowsOf(
  ops: readonly Op[],
  answers: readonly Results[],
  cells: (results: readonly (OpResult | null | undefined)[]) => readonly string[],
  depth = 0,
): string[][] {
  return ops.flatMap((op, i) => {
    const results = answers.map((answer) => answer[i]);
    const row = [`${'  '.repeat(depth)}${operation(op)}`, ...cells(results)];
    const inner = results.map((result) => result?.child ?? []);
    return [row, ...('ops' in op ? rowsOf(op.ops, inner, cells, depth + 1) : [])];
  });
}

const handlers = (runs: number): string => (runs === 0 ? '' : `, SIGSEGV handlers started: ${runs}`);

const endOf = ({ end, segv_handler_runs }: CaseResult): string => `${end}${handlers(segv_handler_runs)}`;

/** A script with what it led to. */
export function caseText(script: KernelCase, result: NamedResult): string {
  const rows = rowsOf(script.ops, [result.results], ([each]) => [outcome(each), areas(each).join(' ')]);
  return `${columns([[result.id]])}\n${columns(rows, '  ')}\n  end: ${endOf(result)}\n`;
}

/** What a cell of the kernel's and one of the model's have to say: the outcome, and the areas that differ. */
function beside(mine: OpResult | null | undefined, other: OpResult | null | undefined): string {
  const others = areas(other);
  return [outcome(mine), ...areas(mine).filter((each) => !others.includes(each))].join(' ');
}

/** A script with what the kernel did and what the model says, side by side; an arrow where they part. */
export function differenceText(script: KernelCase, real: CaseResult, predicted: CaseResult): string {
  const rows = rowsOf(script.ops, [real.results, predicted.results], ([mine, model]) => {
    const [left, right] = [beside(mine, model), beside(model, mine)];
    return [left, right, left === right ? '' : '<--'];
  });
  const end = ['end', endOf(real), endOf(predicted), endOf(real) === endOf(predicted) ? '' : '<--'];
  return columns([['', 'this kernel', 'the model', ''], ...rows, end], '  ');
}
