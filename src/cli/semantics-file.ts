/**
 * A reader's semantics from his own file: .ts, .js or .json, anywhere on his disk. It stands for the patch under review.
 *
 * What can go wrong: everything that a file of code can do wrong, before it says anything. One diagnostic with its place and the
 * nearest good name; no stack trace of ours.
 */
import { register } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import type { Build } from '../process/builds.js';
import { type ProposalFault, readProposal } from '../process/proposals.js';
import { type Answer, type Complaint, type ComplaintCode, quoted } from './complaint.js';
import { readText } from './input.js';
import { hasTypes, withoutTypes } from './semantics-hooks.js';
import type { Session } from './session.js';
import type { Terminal } from './terminal.js';

/** The endings that are read. */
const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.json'];

/** Where every switch is explained. */
const next = 'rtldlab explain patch-v12';

const refused = (code: ComplaintCode, message: string, hint: Partial<Complaint> = {}) => ({
  complaint: { code, message, next, ...hint },
});

let taught = false;

/** Teach Node.js once to find this package and to read types. */
function teach(): void {
  if (taught) return;
  register('./semantics-hooks.js', import.meta.url);
  taught = true;
}

const codes: Readonly<Record<ProposalFault['kind'], ComplaintCode>> = {
  shape: 'C043',
  switch: 'C041',
  value: 'C042',
  name: 'C043',
};

/** Line and column of a field in a text, both from 1; undefined when it is not written there. */
function placeOf(text: string, key: string): string | undefined {
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    const at = line.search(new RegExp(`(?<![\\w$])['"]?${key.replace(/[^\w]/g, '\\$&')}['"]?\\s*:`));
    if (at >= 0) return `${i + 1}:${at + 1}`;
  }
  return undefined;
}

function complaintOf(file: string, text: string, fault: ProposalFault): Complaint {
  const place = fault.key === undefined ? undefined : placeOf(text, fault.key);
  return {
    code: codes[fault.kind],
    message: `${file}${place === undefined ? '' : `:${place}`}: ${fault.message}`,
    expected: fault.expected,
    ...(fault.nearest === undefined ? {} : { nearest: fault.nearest }),
    next,
  };
}

interface Located {
  readonly message?: unknown;
  readonly startLine?: unknown;
  readonly startColumn?: unknown;
}

/** What a parser or the code itself said, in one line with its place. */
function failure(file: string, error: unknown) {
  const { message, startLine, startColumn } = (typeof error === 'object' && error !== null ? error : {}) as Located;
  const place = typeof startLine === 'number' ? `:${startLine}:${Number(startColumn) + 1}` : '';
  const said = String(message ?? error).split('\n', 1)[0] ?? '';
  return refused('C040', `${file}${place}: ${said}`, { expected: 'a file that loads by itself' });
}

/** What a module says: its default, or the one thing it exports. */
function exported(module: Readonly<Record<string, unknown>>): unknown {
  if ('default' in module) return module.default;
  const values = Object.values(module);
  return values.length === 1 ? values[0] : undefined;
}

/** JSON as YAML reads it, which knows where a mistake is. */
function valueOfJson(file: string, text: string): Answer<unknown> {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error === undefined) return { value: document.toJS() as unknown };
  const [{ line, col } = { line: 1, col: 1 }] = error.linePos ?? [];
  return failure(file, {
    message: error.message.replace(/ at line \d+[\s\S]*$/, ''),
    startLine: line,
    startColumn: col - 1,
  });
}

async function exportOf(file: string, text: string): Promise<Answer<unknown>> {
  try {
    if (extname(file) === '.json') return valueOfJson(file, text);
    if (hasTypes(file)) await withoutTypes(text);
    teach();
    return { value: exported((await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>) };
  } catch (error) {
    return failure(file, error);
  }
}

/** The semantics that a file exports, as a build. */
export async function semanticsIn(file: string, terminal: Terminal): Promise<Answer<Build>> {
  if (!ENDINGS.includes(extname(file))) {
    return refused('C040', `${quoted(file)} cannot hold a semantics`, { expected: `a file ${ENDINGS.join(', ')}` });
  }
  const text = readText(file, terminal);
  if ('complaint' in text) return text;
  const value = await exportOf(file, text.value);
  if ('complaint' in value) return value;
  const read = readProposal(value.value);
  return 'build' in read
    ? { value: { ...read.build, file } }
    : { complaint: complaintOf(file, text.value, read.fault) };
}

/** The semantics of several files, in order; what is refused is told. */
export async function semanticsOfFiles(session: Session, files: readonly string[] = []): Promise<readonly Build[]> {
  const found: Build[] = [];
  for (const file of files) {
    const build = session.take(await semanticsIn(file, session.terminal));
    if (build !== undefined) found.push(build);
  }
  return found;
}
