// The short way to write actions: "dlopen b now h; info; dlclose h". One word for the action, then its fields in a
// fixed order, `;` between actions. It is notation only: each short action stands for exactly one long one. What
// goes wrong here: a text with blanks or `;` in it, which therefore is quoted as JSON quotes strings.
import { type Fault, unknownName } from './diagnostics.js';

/** A field of a short action. `many` takes all words that the fields after it leave over. */
interface Field {
  readonly name: string;
  readonly form: 'word' | 'number' | 'many';
  /** What stands for it when it is not written; without it the field must be written. */
  readonly absent?: null | 'left out';
}

const word = (name: string): Field => ({ name, form: 'word' });
const flags: Field = { name: 'flags', form: 'many' };
const code: Field = { name: 'code', form: 'number' };

/** Order of the fields of each action. `fork` and `vfork` are missing on purpose: what holds actions is written long. */
export const SHORT_FORMS: ReadonlyMap<string, readonly Field[]> = new Map([
  ['mark', [word('text')]],
  ['call', [word('sym')]],
  ['dlopen', [word('file'), flags, word('as')]],
  ['dlmopen', [word('file'), word('ns'), flags, word('as')]],
  ['dlclose', [word('handle')]],
  ['dlsym_call', [word('handle'), word('sym')]],
  ['spawn', [word('as'), word('body')]],
  ['start', [word('as'), word('body')]],
  ['join', [word('thread')]],
  ['detach', [word('thread')]],
  ['pthread_exit', []],
  ['tsd', [word('key'), { name: 'dtor', form: 'word', absent: null }]],
  ['key_delete', [word('key')]],
  ['tls_dtor', [word('body')]],
  ['atexit', [word('body')]],
  ['at_quick_exit', [word('body')]],
  ['on_exit', [word('body')]],
  ['atfork', [word('name'), word('prepare'), word('parent'), word('child')]],
  ['exit', [code]],
  ['_exit', [code]],
  ['quick_exit', [code]],
  ['rseq', [word('cmd'), word('area'), { name: 'sig', form: 'word', absent: 'left out' }]],
  ['claim', [word('area')]],
  ['claim_abi', []],
  ['claim_handled', [word('area')]],
  ['release_handled', [{ name: 'area', form: 'word', absent: null }]],
  ['handled_info', []],
  ['claim_busy_ok', [word('area'), { name: 'undo', form: 'word', absent: 'left out' }]],
  ['claim_note', [word('area')]],
  ['claimant', [word('who'), word('step'), word('area')]],
  ['rseq_info', []],
  ['seccomp', [word('action')]],
  ['section', []],
  ['signal', [word('thread'), word('body')]],
  ['spin', []],
]);

/** Other words for the same: the words before the fields that follow. */
export const ALIASES: ReadonlyMap<string, readonly string[]> = new Map([
  ['info', ['rseq_info']],
  ['handled', ['handled_info']],
  ['register', ['rseq', 'register']],
  ['unregister', ['rseq', 'unregister']],
  ['dlsym', ['dlsym_call']],
]);

/** Where something stands in the short text, in code units. */
export interface Span {
  readonly at: number;
  readonly length: number;
}
/** One action as written: its long form, not yet validated, and where each of its fields stands. */
export interface ShortAction {
  readonly long: Readonly<Record<string, unknown>>;
  readonly whole: Span;
  readonly fields: ReadonlyMap<string, Span>;
}
type Piece = Span & { readonly text: string; readonly quoted: boolean };
export type ShortProblem = Fault & Span;

/** Words of `text`, grouped by `;`. An unfinished quotation is a problem and ends the text. */
function wordsOf(text: string, problems: ShortProblem[]): Piece[][] {
  const groups: Piece[][] = [[]];
  const lexeme = /\s+|;|"(?:[^"\\]|\\.)*"|[^\s;"]+|"/gy;
  for (let found = lexeme.exec(text); found !== null; found = lexeme.exec(text)) {
    const [raw] = found;
    const span = { at: found.index, length: raw.length };
    if (raw === ';') groups.push([]);
    else if (raw.startsWith('"')) {
      const content = unquote(raw);
      if (content !== undefined) groups.at(-1)?.push({ ...span, text: content, quoted: true });
      else problems.push({ ...span, code: 'S021', message: 'a quotation that does not end', expected: 'a closing "' });
    } else if (raw.trim() !== '') groups.at(-1)?.push({ ...span, text: raw, quoted: false });
  }
  return groups;
}

/** The content of a quotation as JSON writes it; undefined if it is none. */
export function unquote(raw: string): string | undefined {
  try {
    const content: unknown = JSON.parse(raw);
    return typeof content === 'string' ? content : undefined;
  } catch {
    return undefined;
  }
}

function shape(op: string, form: readonly Field[]): string {
  const one = (field: Field) =>
    field.form === 'many' ? `[${field.name} ...]` : 'absent' in field ? `[${field.name}]` : field.name;
  return [op, ...form.map(one)].join(' ');
}

/** The short syntax of an action, for people: `dlopen file [flags ...] as`. */
export function shortSyntax(op: string): string {
  return shape(op, SHORT_FORMS.get(op) ?? []);
}

function wordValue(field: Field, piece: Piece): unknown {
  if (field.form === 'number' && /^\d{1,9}$/.test(piece.text)) return Number(piece.text);
  return piece.text === 'null' && !piece.quoted && field.name !== 'text' ? null : piece.text;
}

function readOne(pieces: readonly Piece[], problems: ShortProblem[]): ShortAction | undefined {
  const [head, ...written] = pieces;
  const last = pieces.at(-1);
  if (head === undefined || last === undefined) return undefined;
  const whole = { at: head.at, length: last.at + last.length - head.at };
  const [op = head.text, ...implied] = ALIASES.get(head.text) ?? [head.text];
  const form = SHORT_FORMS.get(op);
  if (form === undefined) {
    const fault: Fault =
      op === 'fork'
        ? { code: 'S021', message: 'fork has no short form', expected: '{op: fork, child: [...], then: _exit}' }
        : unknownName('S020', 'action', head.text, [...SHORT_FORMS.keys(), 'fork', ...ALIASES.keys()]);
    problems.push({ at: head.at, length: head.length, ...fault });
    return undefined;
  }
  const words = [...implied.map((text) => ({ at: head.at, length: head.length, text, quoted: false })), ...written];
  const needed = form.filter((field) => field.form !== 'many' && !('absent' in field)).length;
  const many = form.findIndex((field) => field.form === 'many');
  if (words.length < needed || (many < 0 && words.length > form.length)) {
    const expected = implied.length === 0 ? shape(op, form) : shape(head.text, form.slice(implied.length));
    const message = `${head.text} has too ${words.length < needed ? 'few' : 'many'} words`;
    problems.push({ ...whole, code: 'S021', message, expected });
    return undefined;
  }
  const long: Record<string, unknown> = { op };
  const fields = new Map<string, Span>([['op', head]]);
  let next = 0;
  for (const [i, field] of form.entries()) {
    if (field.form === 'many') {
      const taken = words.slice(next, words.length - (form.length - i - 1));
      next += taken.length;
      long[field.name] = taken.map((piece) => piece.text);
      for (const [j, piece] of taken.entries()) fields.set(`${field.name}.${j}`, piece);
      continue;
    }
    const piece = words[next++];
    if (piece === undefined) {
      if (field.absent === null) long[field.name] = null;
      continue;
    }
    long[field.name] = wordValue(field, piece);
    fields.set(field.name, piece);
  }
  return { long, whole, fields };
}

/** Read a text of short actions. Empty actions (`;;`, a final `;`) are no actions. All problems are returned. */
export function readShortActions(text: string): { actions: ShortAction[]; problems: ShortProblem[] } {
  const problems: ShortProblem[] = [];
  const groups = wordsOf(text, problems);
  const actions = groups.flatMap((pieces) => readOne(pieces, problems) ?? []);
  return { actions, problems };
}

function printWord(value: unknown, field: Field): string {
  if (value === null) return 'null';
  const text = String(value);
  const bare = /^[^\s;"]+$/.test(text) && (text !== 'null' || field.name === 'text');
  return bare ? text : JSON.stringify(text);
}

/** The short form of one long action, or undefined where it has none (it holds actions). */
export function printShortAction(long: Readonly<Record<string, unknown>>): string | undefined {
  const form = SHORT_FORMS.get(String(long.op));
  if (form === undefined) return undefined;
  const words = form.flatMap((field) => {
    const value = long[field.name];
    if (value === undefined || (value === null && field.absent === null)) return [];
    return Array.isArray(value) ? value.map((one) => printWord(one, field)) : [printWord(value, field)];
  });
  const op = String(long.op);
  return [op === 'rseq_info' ? 'info' : op, ...words].join(' ');
}
