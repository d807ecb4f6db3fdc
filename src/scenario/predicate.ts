// Predicates about one run, in a small English: "main is owned by a and not b ran ctor before a ran ctor".
// They take the place of the `exists` clause of a litmus test. What goes wrong here: two readers who group a
// sentence differently, so `not` holds less tightly than `before`, and the printer writes every other grouping out.
import type { Fault } from './diagnostics.js';
import { unknownName } from './diagnostics.js';
import { EVENT_KINDS } from './event-kinds.js';
import { LIBC_STATES, type LibcState, type Predicate } from './schema.js';
import type { ShortProblem, Span } from './short-actions.js';
import { unquote } from './short-actions.js';

/** What a predicate may speak of. Without it any name is taken. */
export interface Speakable {
  readonly objects: ReadonlySet<string>;
  /** Names given to threads; the initial thread `main` is known everywhere. */
  readonly threads: ReadonlySet<string>;
}

type Token = Span & { readonly text: string; readonly quoted: boolean };

/** The forms of an atom, as the reference page and the error messages show them. */
export const ATOM_FORMS: readonly (readonly [form: string, meaning: string])[] = [
  ['OBJ ran KIND [DETAIL] [giving RESULT]', 'the object emitted such an event; DETAIL may be its first words only'],
  ['THREAD is owned by OBJ|libc', 'an rseq call of that object registered an area for the thread'],
  ['THREAD is owned by nobody', 'no registration for the thread ever worked'],
  ['libc of THREAD is registered|failed', "libc's own registration of the thread worked, or was refused"],
  ['libc of THREAD is unregistered', "libc took the thread's registration back"],
  ['libc of THREAD is untried', 'libc never tried to register the thread'],
  ["OBJ's rseq succeeds", 'an rseq call of the object (libc: of libc) returned 0'],
  ["OBJ's rseq gets ERRNO", 'an rseq call of the object failed so, as EINVAL'],
  ['ends with exit N', 'the process ended with this status'],
  ['ends with signal NAME', 'the process was killed, as by SIGSEGV'],
  ['ends with timeout', 'the process ended in a deadlock'],
  ['P-NN broken', 'the property of that number was violated'],
  ['P-NN holds', 'the property of that number was never violated'],
];

const DEPTH_MAX = 50;
const WORDS_MAX = 1000;
const JOINING = new Set(['before', 'and', 'or', 'giving']);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const lexeme = /\s+|[()]|"(?:[^"\\]|\\.)*"|[^\s()"]+|"/gy;
  for (let found = lexeme.exec(text); found !== null; found = lexeme.exec(text)) {
    const [raw] = found;
    if (raw.trim() === '') continue;
    const content = raw.startsWith('"') ? unquote(raw) : undefined;
    tokens.push({ at: found.index, length: raw.length, text: content ?? raw, quoted: content !== undefined });
  }
  return tokens;
}

/** Thrown inside the reader only, and caught there: the sentence cannot be read past this point. */
class Unreadable extends Error {
  constructor(readonly problem: ShortProblem) {
    super(problem.message);
  }
}

/** Reads one sentence, left to right, one word ahead of itself. */
class Reader {
  readonly problems: ShortProblem[] = [];
  private next = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
    private readonly names: Speakable | undefined,
  ) {}

  sentence(): Predicate {
    const predicate = this.or();
    const rest = this.tokens[this.next];
    if (rest !== undefined) throw this.unreadable('before, and, or, or the end of the sentence');
    return predicate;
  }

  private peek(ahead = 0): string | undefined {
    const token = this.tokens[this.next + ahead];
    return token === undefined || token.quoted ? undefined : token.text;
  }

  private unreadable(expected: string): Unreadable {
    const token = this.tokens[this.next];
    const end = this.text.trimEnd().length;
    const span = token ?? { at: Math.max(0, end - 1), length: 1 };
    const message =
      token === undefined ? 'the predicate ends too early' : `${JSON.stringify(token.text)} cannot be read here`;
    return new Unreadable({ code: 'S040', message, expected, at: span.at, length: span.length });
  }

  private word(wanted: string): void {
    if (this.peek() !== wanted) throw this.unreadable(`"${wanted}"`);
    this.next++;
  }

  private take(pattern: RegExp, expected: string): Token {
    const token = this.tokens[this.next];
    if (token === undefined || token.quoted || !pattern.test(token.text)) throw this.unreadable(expected);
    this.next++;
    return token;
  }

  private known(token: Token, names: Iterable<string> | undefined, what: string, code: Fault['code']): string {
    if (names === undefined) return token.text;
    const good = [...names];
    if (!good.includes(token.text)) {
      this.problems.push({ ...unknownName(code, what, token.text, good), at: token.at, length: token.length });
    }
    return token.text;
  }

  private or(): Predicate {
    if (++this.depth > DEPTH_MAX) throw this.unreadable(`at most ${DEPTH_MAX} levels of parentheses and not`);
    let left = this.and();
    while (this.peek() === 'or') {
      this.next++;
      left = { is: 'or', left, right: this.and() };
    }
    this.depth--;
    return left;
  }

  private and(): Predicate {
    let left = this.not();
    while (this.peek() === 'and') {
      this.next++;
      left = { is: 'and', left, right: this.not() };
    }
    return left;
  }

  private not(): Predicate {
    if (this.peek() !== 'not') return this.before();
    if (++this.depth > DEPTH_MAX) throw this.unreadable(`at most ${DEPTH_MAX} levels of parentheses and not`);
    this.next++;
    const that = this.not();
    this.depth--;
    return { is: 'not', that };
  }

  private before(): Predicate {
    const first = this.primary();
    if (this.peek() !== 'before') return first;
    this.next++;
    return { is: 'before', first, later: this.primary() };
  }

  private primary(): Predicate {
    if (this.peek() !== '(') return this.atom();
    this.next++;
    const inner = this.or();
    this.word(')');
    return inner;
  }

  private atom(): Predicate {
    const [first = '', second = ''] = [this.peek(), this.peek(1)];
    if (/^P-\d\d$/.test(first)) return this.property(first);
    if (first === 'ends' && second === 'with') return this.ends();
    if (first === 'libc' && second === 'of') return this.libcOf();
    if (first.endsWith("'s")) return this.rseqOf();
    if (second === 'ran') return this.ran();
    if (second === 'is') return this.owned();
    throw this.unreadable('a predicate, as "a ran ctor", "main is owned by a", "ends with exit 0" or "P-01 broken"');
  }

  private object(): string {
    return this.known(this.take(/^\w+$/, 'the name of an object'), this.names?.objects, 'object', 'S030');
  }

  private thread(): string {
    const token = this.take(/^\w+$/, 'the name of a thread');
    return this.known(token, this.names && ['main', ...this.names.threads], 'thread', 'S033');
  }

  private property(id: string): Predicate {
    this.next++;
    const { text } = this.take(/^(broken|holds)$/, '"broken" or "holds"');
    return { is: 'property', id, broken: text === 'broken' };
  }

  private ends(): Predicate {
    this.next += 2;
    const { text: how } = this.take(/^(exit|signal|timeout)$/, '"exit N", "signal NAME" or "timeout"');
    if (how === 'timeout') return { is: 'ends', ending: { how } };
    if (how === 'signal') {
      return { is: 'ends', ending: { how, name: this.take(/^SIG[A-Z0-9]+$/, 'a signal, as SIGSEGV').text } };
    }
    const code = Number(this.take(/^(0|[1-9]\d{0,2})$/, 'an exit status').text);
    return { is: 'ends', ending: { how: 'exit', code } };
  }

  private libcOf(): Predicate {
    this.next += 2;
    const thread = this.thread();
    this.word('is');
    const state = LIBC_STATES.find((one) => one === this.peek());
    if (state === undefined) throw this.unreadable(`one of ${LIBC_STATES.join(', ')}`);
    this.next++;
    return { is: 'libc', thread, state: state satisfies LibcState };
  }

  private rseqOf(): Predicate {
    const token = this.take(/^\w+'s$/, "an object, as a's");
    const name = { ...token, text: token.text.slice(0, -2), length: token.length - 2 };
    const obj = this.known(name, this.names?.objects, 'object', 'S030');
    this.word('rseq');
    const { text } = this.take(/^(succeeds|gets)$/, '"succeeds" or "gets ERRNO"');
    if (text === 'succeeds') return { is: 'rseq', obj, result: '0' };
    return { is: 'rseq', obj, result: this.take(/^E[A-Z0-9]+$/, 'an error, as EINVAL').text };
  }

  private ran(): Predicate {
    const obj = this.object();
    this.word('ran');
    const token = this.take(/^[\w.]+$/, 'the kind of an event');
    const kind = this.known(token, this.names && EVENT_KINDS, 'kind of event', 'S041');
    const detail = this.optionalText();
    if (this.peek() !== 'giving') return { is: 'ran', obj, kind, ...(detail === undefined ? {} : { detail }) };
    this.next++;
    const result = this.optionalText();
    if (result === undefined) throw this.unreadable('the result of the event');
    return { is: 'ran', obj, kind, ...(detail === undefined ? {} : { detail }), result };
  }

  private optionalText(): string | undefined {
    const token = this.tokens[this.next];
    if (token === undefined || (!token.quoted && (JOINING.has(token.text) || /^[()"]/.test(token.text)))) {
      return undefined;
    }
    this.next++;
    return token.text;
  }

  private owned(): Predicate {
    const thread = this.thread();
    this.word('is');
    this.word('owned');
    this.word('by');
    const token = this.take(/^\w+$/, 'an object, libc or nobody');
    const owners = this.names && ['libc', 'nobody', ...this.names.objects];
    return { is: 'owned', thread, by: this.known(token, owners, 'object', 'S030') };
  }
}

/**
 * Read one predicate. With `names`, names that it does not know are problems; a predicate comes back all the same
 * unless the sentence cannot be read. Offsets of problems count code units of `text`.
 */
export function parsePredicate(
  text: string,
  names?: Speakable,
): { readonly predicate?: Predicate; readonly problems: readonly ShortProblem[] } {
  const tokens = tokensOf(text);
  if (tokens.length > WORDS_MAX) {
    const expected = `at most ${WORDS_MAX} words`;
    return { problems: [{ code: 'S040', message: 'the predicate is too long', expected, at: 0, length: 1 }] };
  }
  const reader = new Reader(text, tokens, names);
  try {
    const predicate = reader.sentence();
    return { predicate, problems: reader.problems };
  } catch (error) {
    if (error instanceof Unreadable) return { problems: [...reader.problems, error.problem] };
    throw error;
  }
}

function printText(text: string): string {
  return /^[\w.+=@:/-]+$/.test(text) && !JOINING.has(text) ? text : JSON.stringify(text);
}

function printAtom(atom: Exclude<Predicate, { is: 'before' | 'not' | 'and' | 'or' }>): string {
  switch (atom.is) {
    case 'ran': {
      const detail = atom.detail === undefined ? '' : ` ${printText(atom.detail)}`;
      const result = atom.result === undefined ? '' : ` giving ${printText(atom.result)}`;
      return `${atom.obj} ran ${atom.kind}${detail}${result}`;
    }
    case 'owned':
      return `${atom.thread} is owned by ${atom.by}`;
    case 'libc':
      return `libc of ${atom.thread} is ${atom.state}`;
    case 'rseq':
      return `${atom.obj}'s rseq ${atom.result === '0' ? 'succeeds' : `gets ${atom.result}`}`;
    case 'property':
      return `${atom.id} ${atom.broken ? 'broken' : 'holds'}`;
    case 'ends': {
      const { ending } = atom;
      if (ending.how === 'timeout') return 'ends with timeout';
      return ending.how === 'exit' ? `ends with exit ${ending.code}` : `ends with signal ${ending.name}`;
    }
  }
}

/** How tightly a form holds together; an operand that holds less tightly than its place needs parentheses. */
const TIGHTNESS = { or: 1, and: 2, not: 3, before: 4, atom: 5 } as const;

function tightness(predicate: Predicate): number {
  const { is } = predicate;
  return is === 'or' || is === 'and' || is === 'not' || is === 'before' ? TIGHTNESS[is] : TIGHTNESS.atom;
}

function operand(predicate: Predicate, least: number): string {
  const text = printPredicate(predicate);
  return tightness(predicate) < least ? `(${text})` : text;
}

/** The sentence of a predicate; {@link parsePredicate} reads it back as the same predicate. */
export function printPredicate(predicate: Predicate): string {
  switch (predicate.is) {
    case 'or':
    case 'and': {
      const own = TIGHTNESS[predicate.is];
      return `${operand(predicate.left, own)} ${predicate.is} ${operand(predicate.right, own + 1)}`;
    }
    case 'not':
      return `not ${operand(predicate.that, TIGHTNESS.not)}`;
    case 'before':
      return `${operand(predicate.first, TIGHTNESS.atom)} before ${operand(predicate.later, TIGHTNESS.atom)}`;
    default:
      return printAtom(predicate);
  }
}
