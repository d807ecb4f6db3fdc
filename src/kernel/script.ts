/**
 * Files of scripts: one JSON object a line, or one JSON array, in the format of the recordings; one result line a case. The
 * door of the floor for `rtldlab kernel`.
 *
 * What can go wrong: one bad line spoiling the rest; every case is judged by itself and every diagnostic names its line.
 */
import type { KernelFeatures } from './features.js';
import { decodeKernelCase, type KernelDiagnostic } from './script-decode.js';
import type { CaseResult, KernelCase } from './script-format.js';
import { elementLines, exactText, parseExactly } from './script-json.js';
import { runKernelCase } from './script-run.js';

/** A result with its case's name, as it is printed. */
export interface NamedResult extends CaseResult {
  readonly id: string;
}

/** What a file came to: the results of its good cases, in order, and what is wrong with the others. */
export interface KernelFileResult {
  readonly results: readonly NamedResult[];
  readonly diagnostics: readonly KernelDiagnostic[];
}

interface RawCase {
  readonly line: number;
  readonly value: unknown;
}

const notJson = (line: number): KernelDiagnostic => ({
  code: 'K001',
  line,
  path: '',
  message: 'this line is not JSON',
  expected: 'one JSON object a line, or one JSON array of them',
});

const isBlank = (line: string): boolean => line.trim() === '';

/** A whole text that is one JSON array, or one object spread over lines. */
function asOneDocument(text: string): readonly RawCase[] | null {
  const parsed = parseExactly(text);
  if (parsed === null) return null;
  const { value } = parsed;
  if (!Array.isArray(value)) {
    const before = text.slice(0, text.length - text.trimStart().length);
    return [{ line: before.split('\n').length, value }];
  }
  const lines = elementLines(text);
  return value.map((element: unknown, i) => ({ line: lines[i] ?? 1, value: element }));
}

/** The cases of a text, and the lines that hold none. */
function casesOf(text: string): { readonly raw: readonly RawCase[]; readonly wrong: readonly KernelDiagnostic[] } {
  const document = asOneDocument(text);
  if (document !== null) return { raw: document, wrong: [] };
  const raw: RawCase[] = [];
  const wrong: KernelDiagnostic[] = [];
  text.split('\n').forEach((content, i) => {
    if (isBlank(content)) return;
    const parsed = parseExactly(content);
    if (parsed === null) wrong.push(notJson(i + 1));
    else raw.push({ line: i + 1, value: parsed.value });
  });
  return { raw, wrong };
}

const empty: KernelDiagnostic = {
  code: 'K009',
  line: 1,
  path: '',
  message: 'there is no case in this file',
  expected: 'one JSON object a line, or one JSON array of them',
};

/** The scripts of a file's text that are well formed, in order, and a diagnostic for everything that is not. */
export interface KernelScripts {
  readonly scripts: readonly KernelCase[];
  readonly diagnostics: readonly KernelDiagnostic[];
}

/** Read the scripts of a file's text. */
export function readKernelScripts(text: string): KernelScripts {
  const { raw, wrong } = casesOf(text.startsWith('\ufeff') ? text.slice(1) : text);
  const scripts: KernelCase[] = [];
  const diagnostics: KernelDiagnostic[] = [...wrong];
  for (const { line, value } of raw) {
    const decoded = decodeKernelCase(value, line);
    if (decoded.ok) scripts.push(decoded.script);
    else diagnostics.push(...decoded.diagnostics);
  }
  if (raw.length === 0 && wrong.length === 0) diagnostics.push(empty);
  return { scripts, diagnostics: diagnostics.sort((a, b) => a.line - b.line) };
}

/**
 * Run every case of a file's text on a kernel with these features.
 *
 * @returns results of the cases that are well formed, and a diagnostic for everything that is not, in the order of lines
 */
export function runKernelFile(text: string, features: KernelFeatures): KernelFileResult {
  const { scripts, diagnostics } = readKernelScripts(text);
  return { results: scripts.map((script) => ({ id: script.id, ...runKernelCase(script, features) })), diagnostics };
}

/** A script as one line of JSON that reads back as the same script, registers exact. */
export const scriptLine = ({ id, glibcRseq, ops }: KernelCase): string =>
  exactText({ id, glibc_rseq: glibcRseq ? 1 : 0, ops });

/** A result as one line of JSON, in the field order of the recordings. */
export const resultLine = (result: NamedResult): string => JSON.stringify(result);

/** A diagnostic as one line of text: `FILE:3: K005 at ops[1].op: ...`. */
export function diagnosticLine(file: string, d: KernelDiagnostic): string {
  const place = d.path === '' ? '' : ` at ${d.path}`;
  const near = d.nearest === undefined ? '' : `; did you mean "${d.nearest}"?`;
  return `${file}:${d.line}: ${d.code}${place}: ${d.message}; expected ${d.expected}${near}`;
}
