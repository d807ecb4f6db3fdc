/**
 * `rtldlab kernel FILE`: scripts of rseq system calls on a model of the kernel, in the format of the recordings.
 *
 * What can go wrong: results told beside the wrong operation. A script that does not decode has no result, so scripts and
 * results are paired after the bad ones are left out.
 */
import {
  decodeKernelCase,
  diagnosticLine,
  type KernelCase,
  type NamedResult,
  resultLine,
  runKernelFile,
} from '../kernel/index.js';
import type { AreaSnapshot, Op, OpResult } from '../kernel/script-format.js';
import { parseExactly } from '../kernel/script-json.js';
import { EXIT } from './exit.js';
import { readText } from './input.js';
import { columns } from './layout.js';
import { DEFAULT_KERNEL, kernelNamed } from './names.js';
import type { Session } from './session.js';

export interface KernelWords {
  readonly kernel?: string;
  readonly json?: true;
}

/** The scripts of a file that decode, in order. */
function scriptsOf(text: string): KernelCase[] {
  const whole = parseExactly(text);
  const values =
    whole === null ? text.split('\n').flatMap((line) => parseExactly(line)?.value ?? []) : [whole.value].flat();
  return values.flatMap((value) => {
    const decoded = decodeKernelCase(value, 1);
    return decoded.ok ? [decoded.script] : [];
  });
}

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

/** What an operation led to, in one cell. */
function outcome(result: OpResult | null | undefined): string {
  if (result === null || result === undefined) return 'not reached';
  if (result.killed === true) return 'killed';
  if (result.err !== undefined) return result.err;
  if (result.query !== undefined) return `addr=${result.query.addr} len=${result.query.len} sig=${result.query.sig}`;
  return [result.ret, result.child_end].filter((word) => word !== undefined).join(', child: ');
}

function rowsOf(ops: readonly Op[], results: readonly (OpResult | null)[], depth = 0): string[][] {
  return ops.flatMap((op, i) => {
    const result = results[i];
    const row = [
      `${'  '.repeat(depth)}${operation(op)}`,
      outcome(result),
      Object.entries(result?.areas ?? {})
        .map(area)
        .join(' '),
    ];
    const inner = 'ops' in op ? rowsOf(op.ops, result?.child ?? [], depth + 1) : [];
    return [row, ...inner];
  });
}

function caseText(script: KernelCase, result: NamedResult): string {
  const rows = columns(rowsOf(script.ops, result.results), '  ');
  const handlers = result.segv_handler_runs === 0 ? '' : `, SIGSEGV handlers started: ${result.segv_handler_runs}`;
  return `${columns([[result.id]])}\n${rows}\n  end: ${result.end}${handlers}\n`;
}

/** Run every script of a file. */
export function kernel(session: Session, file: string, words: KernelWords): void {
  const features = session.take(kernelNamed(words.kernel ?? DEFAULT_KERNEL));
  if (features === undefined) return;
  const text = session.take(readText(file, session.terminal));
  if (text === undefined) return;
  const { results, diagnostics } = runKernelFile(text, features);
  const scripts = words.json === true ? [] : scriptsOf(text);
  for (const [i, result] of results.entries()) {
    const script = scripts[i];
    session.line(script === undefined ? resultLine(result) : caseText(script, result));
  }
  for (const diagnostic of diagnostics) {
    session.terminal.err(`${diagnosticLine(file === '-' ? 'standard input' : file, diagnostic)}\n`);
    session.note(EXIT.badInput);
  }
}
