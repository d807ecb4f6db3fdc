// A text as written: its value, and where each part of it stands, so that every fault can be shown in place. Reads
// YAML 1.2 and therefore JSON. What goes wrong here is all the input's doing: aliases that multiply, nesting
// without end, keys that JavaScript objects inherit; each is refused with a diagnostic, none may throw or hang.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type ParsedNode,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { Diagnostic, Fault } from './diagnostics.js';
import type { Path, PlacedFault } from './issues.js';
import { readShortActions, type ShortAction, type Span } from './short-actions.js';

const TEXT_MAX = 1 << 18;
const DEPTH_MAX = 40;
const NODES_MAX = 50_000;
/** Widest indentation, in columns: it bounds how deep blocks can nest. */
const INDENT_MAX = 400;

/** Where one value stands, and the values in it. */
interface Spot {
  readonly start: number;
  readonly end: number;
  readonly key?: { readonly start: number; readonly end: number };
  readonly inside: Map<string, Spot>;
}

/** A text with its value. `faults` are those of reading it; the value is then undefined. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** The diagnostic of a fault in the value. */
  readonly show: (placed: PlacedFault) => Diagnostic;
}

/** Places where the spelling of a number counts, as 6.10 is another kernel than 6.1. */
function spellingCounts(path: Path): boolean {
  const last = path.at(-1);
  return last === 'kernel' || last === 'libc' || last === 'link_with' || last === 'sig' || spelledInside(path.at(-2));
}
function spelledInside(parent: string | number | undefined): boolean {
  return parent === 'libc' || parent === 'tunables';
}

class TooMuch extends Error {
  constructor(
    readonly fault: Fault,
    readonly start: number,
  ) {
    super(fault.message);
  }
}

/** Builds the plain value of a document, counting what it builds. */
class Builder {
  readonly faults: { fault: Fault; start: number; end: number }[] = [];
  private nodes = 0;

  constructor(private readonly document: Document.Parsed) {}

  build(node: ParsedNode | null, path: Path, at: number): { value: unknown; spot: Spot } {
    const [start, end] = node?.range ?? [at, at];
    if (++this.nodes > NODES_MAX) throw new TooMuch(tooMuch(`more than ${NODES_MAX} values`), start);
    if (path.length > DEPTH_MAX) throw new TooMuch(tooMuch(`values nested more than ${DEPTH_MAX} deep`), start);
    const inside = new Map<string, Spot>();
    const spot = { start, end, inside };
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined) {
        const fault: Fault = {
          code: 'S001',
          message: `no anchor for the alias *${node.source}`,
          expected: '&name before *name',
        };
        this.faults.push({ fault, start, end });
        return { value: null, spot };
      }
      const built = this.build(target as ParsedNode, path, start);
      return { value: built.value, spot: { ...built.spot, start, end } };
    }
    if (isMap(node)) return { value: this.mapping(node, path, inside), spot };
    if (isSeq(node)) {
      const value = node.items.map((item, i) => {
        const built = this.build(item as ParsedNode | null, [...path, i], start);
        inside.set(String(i), built.spot);
        return built.value;
      });
      return { value, spot };
    }
    return { value: isScalar(node) ? this.scalar(node, path, start, end) : null, spot };
  }

  private scalar(node: { value: unknown; source?: string }, path: Path, start: number, end: number): unknown {
    const { value } = node;
    if (typeof value === 'number' && spellingCounts(path) && node.source !== undefined) return node.source;
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.faults.push({
      start,
      end,
      fault: {
        code: 'S012',
        message: `${String(node.source ?? value)} is no value of a scenario`,
        expected: 'text, a finite number, true, false or null',
      },
    });
    return null;
  }

  private mapping(node: { items: readonly { key: unknown; value: unknown }[] }, path: Path, inside: Map<string, Spot>) {
    const entries: [string, unknown][] = [];
    for (const pair of node.items) {
      const keyNode = pair.key as ParsedNode | null;
      const [start, end] = keyNode?.range ?? [0, 1];
      const key = isScalar(keyNode) ? (typeof keyNode.value === 'string' ? keyNode.value : keyNode.source) : undefined;
      if (key === undefined || key === '__proto__') {
        const message = key === undefined ? 'a key that is no text' : `the key ${key} is not possible`;
        this.faults.push({ start, end, fault: { code: 'S004', message, expected: 'a plain name' } });
        continue;
      }
      const built = this.build(pair.value as ParsedNode | null, [...path, key], end);
      if (inside.has(key)) this.faults.push({ start, end, fault: twice(key) });
      inside.set(key, { ...built.spot, key: { start, end } });
      entries.push([key, built.value]);
    }
    return Object.fromEntries(entries);
  }
}

function twice(key: string): Fault {
  return {
    code: 'S002',
    message: `the key ${JSON.stringify(key)} stands twice in one mapping`,
    expected: 'each key once',
  };
}

function tooMuch(what: string): Fault {
  return { code: 'S003', message: what, expected: 'the text of one scenario' };
}

/**
 * Offset of the token that nests too deep, if one does. The YAML library recurses into every level, and a text of
 * nothing but brackets would take the whole process down with it; so its depth is measured before.
 */
function tooDeepAt(text: string): number | undefined {
  let offset = 0;
  let flow = 0;
  let inLine = 0;
  let fresh = true;
  for (const token of new Lexer().lex(text)) {
    const mark = token === '\u0002' || token === '\u0018' || token === '\u001f' || token === '\ufeff';
    if (token === '{' || token === '[') flow++;
    else if (token === '}' || token === ']') flow = Math.max(0, flow - 1);
    else if (token === '-' || token === '?') inLine++;
    const blank = fresh && /^[ \t]/.test(token) && token.trim() === '';
    if (flow > DEPTH_MAX || inLine > DEPTH_MAX || (blank && token.length > INDENT_MAX)) return offset;
    if (!mark) {
      offset += token.length;
      fresh = token.endsWith('\n');
      if (fresh) inLine = 0;
    }
  }
  return undefined;
}

/** Line starts, so that an offset becomes a line and a column. */
class Lines {
  private readonly starts: number[] = [0];

  constructor(private readonly text: string) {
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.starts.push(i + 1);
  }

  at(offset: number): { line: number; column: number; text: string; start: number } {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = this.starts[low] ?? 0;
    const end = this.starts[low + 1] ?? this.text.length + 1;
    return {
      line: low + 1,
      column: offset - start + 1,
      text: this.text.slice(start, end - 1).replace(/\r$/, ''),
      start,
    };
  }
}

type ReadShort = (text: string) => readonly ShortAction[];

/** Reads each text of short actions once, however many faults are in it. */
function readingOnce(): ReadShort {
  const known = new Map<string, readonly ShortAction[]>();
  return (text) => {
    const actions = known.get(text) ?? readShortActions(text).actions;
    known.set(text, actions);
    return actions;
  };
}

/** The part of `spot` that a path below it means, in the value as written. */
function locate(spot: Spot, value: unknown, path: Path, read: ReadShort): { spot: Spot; value: unknown; rest: Path } {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return { spot, value, rest: path };
  if (Array.isArray(value) && typeof step === 'number' && holdsShortActions(value, rest)) {
    return locateAction(spot, value, step, rest, read);
  }
  const inner = spot.inside.get(String(step));
  if (inner === undefined) return { spot, value, rest: path };
  return locate(inner, (value as { [key: string]: unknown })[String(step)], rest, read);
}

/** Whether a list with texts in it is one list of actions, so that a text may stand for several. */
function holdsShortActions(items: readonly unknown[], rest: Path): boolean {
  const [field] = rest;
  return typeof field === 'string' && field !== 'do' && items.some((item) => typeof item === 'string');
}

function locateAction(spot: Spot, items: readonly unknown[], index: number, rest: Path, read: ReadShort) {
  let passed = 0;
  for (const [i, item] of items.entries()) {
    const count = typeof item === 'string' ? read(item).length : 1;
    const inner = spot.inside.get(String(i));
    if (index < passed + count && inner !== undefined) {
      if (typeof item === 'string') return { spot: inner, value: item, rest: [index - passed, ...rest] };
      return locate(inner, item, rest, read);
    }
    passed += count;
  }
  return { spot, value: items as unknown, rest };
}

/** The span of a field in a text of short actions; `rest` is `[index, field ...]`, perhaps after `do`. */
function spanInShort(text: string, rest: Path, read: ReadShort): Span | undefined {
  const [index, ...field] = rest[0] === 'do' ? rest.slice(1) : rest;
  if (typeof index !== 'number') return undefined;
  const action = read(text)[index];
  return action === undefined ? undefined : (action.fields.get(field.join('.')) ?? action.whole);
}

/** Offsets of a span of `value` in the text; where escapes or folding hide it, the same words after as many like them. */
function offsets(text: string, spot: Spot, value: string, span: Span): { start: number; end: number } {
  const quoted = /["']/.test(text.charAt(spot.start)) ? 1 : 0;
  const piece = value.slice(span.at, span.at + span.length);
  const plain = spot.start + quoted + span.at;
  if (piece === '') return spot;
  if (text.startsWith(piece, plain) && plain + piece.length <= spot.end)
    return { start: plain, end: plain + piece.length };
  let start = spot.start - 1;
  for (let at = value.indexOf(piece); at >= 0 && at <= span.at; at = value.indexOf(piece, at + 1)) {
    start = text.indexOf(piece, start + 1);
    if (start < 0 || start + piece.length > spot.end) return spot;
  }
  return { start, end: start + piece.length };
}

function rangeOf(
  text: string,
  root: Spot,
  value: unknown,
  placed: PlacedFault,
  read: ReadShort,
): { start: number; end: number } {
  const found = locate(root, value, placed.path, read);
  if (placed.atKey === true && found.rest.length === 0 && found.spot.key !== undefined) return found.spot.key;
  if (typeof found.value === 'string') {
    const span = placed.span ?? spanInShort(found.value, found.rest, read);
    if (span !== undefined) return offsets(text, found.spot, found.value, span);
  }
  const structured = typeof found.value === 'object' && found.value !== null;
  return structured && found.spot.key !== undefined ? found.spot.key : found.spot;
}

/** Read a text. `line` is the line of `file` on which it begins. */
export function readSource(text: string, file: string, line = 1): Source {
  const lines = new Lines(text);
  const place = (fault: Fault, start: number, end: number): Diagnostic => {
    const here = lines.at(Math.min(start, text.length));
    const length = Math.max(1, Math.min(end, here.start + here.text.length) - start);
    return {
      severity: 'error',
      ...fault,
      file,
      line: here.line + line - 1,
      column: here.column,
      length,
      text: here.text,
    };
  };
  const refuse = (diagnostics: Diagnostic[]): Source => ({
    file,
    text,
    value: undefined,
    diagnostics,
    show: ({ fault }) => place(fault, 0, 1),
  });
  if (text.length > TEXT_MAX) return refuse([place(tooMuch(`more than ${TEXT_MAX} characters`), 0, 1)]);
  const deep = tooDeepAt(text);
  if (deep !== undefined) return refuse([place(tooMuch('values nested too deep'), deep, deep + 1)]);
  try {
    const document = parseDocument(text, {
      schema: 'core',
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'error',
    });
    const complaints = [...document.errors, ...document.warnings];
    if (complaints.length > 0) {
      return refuse(complaints.slice(0, 20).map((one) => place(syntaxFault(one), one.pos[0], one.pos[1])));
    }
    const builder = new Builder(document);
    const { value, spot } = builder.build(document.contents, [], 0);
    if (builder.faults.length > 0)
      return refuse(builder.faults.map(({ fault, start, end }) => place(fault, start, end)));
    const read = readingOnce();
    const show = (placed: PlacedFault) => {
      const { start, end } = rangeOf(text, spot, value, placed, read);
      return place(placed.fault, start, end);
    };
    return { file, text, value, diagnostics: [], show };
  } catch (error) {
    if (error instanceof TooMuch) return refuse([place(error.fault, error.start, error.start + 1)]);
    if (error instanceof RangeError) return refuse([place(tooMuch('values nested too deep'), 0, 1)]);
    throw error;
  }
}

function syntaxFault(error: YAMLError): Fault {
  const message = error.message.split('\n')[0] ?? error.code;
  return { code: 'S001', message: message.charAt(0).toLowerCase() + message.slice(1), expected: 'YAML 1.2 or JSON' };
}
