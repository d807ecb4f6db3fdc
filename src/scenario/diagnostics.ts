// What is wrong with a text, where, and what to try: the one form in which every fault of a scenario is told.
// Nearest of kin are a compiler's error lines. What goes wrong here: a caret under the wrong column (tabs, long
// lines), and terminal escapes smuggled in by the text that is quoted.

/** Stable codes: a code never changes its meaning, a meaning that goes away leaves its number unused. */
export const CODES = {
  S001: 'the text is not YAML (or JSON)',
  S002: 'a key stands twice in one mapping',
  S003: 'the text is larger, deeper or more repetitive than any scenario',
  S004: 'a key that is no plain name',
  S005: 'the document is no scenario: not a mapping, or without a program',
  S010: 'unknown field',
  S011: 'a required field is missing',
  S012: 'the value has the wrong type',
  S013: 'none of the possible words',
  S014: 'a name or number outside its range',
  S015: 'a field that only the executable can have',
  S020: 'unknown action',
  S021: 'a short action with too few or too many words',
  S030: 'unknown object',
  S031: 'unknown body',
  S032: 'unknown handle',
  S033: 'unknown thread',
  S034: 'unknown symbol',
  S035: 'unknown thread-specific key',
  S036: 'a reserved name',
  S040: 'the predicate cannot be read',
  S041: 'the predicate names an unknown event kind',
  S042: 'the order cannot be read',
  S050: 'a varied place does not exist in the world',
  S051: 'a varied value does not fit its place',
  S052: 'the families have too many members',
  S060: '`forbidden` without `allowed`',
  S061: 'a verdict for an expectation that is not there',
  S062: 'unknown semantics',
  S063: 'unknown claimant',
  S070: 'the recording line is not JSON',
  S080: 'a line of a dso-sort file that belongs to no test',
  S081: 'the description of a dso-sort test cannot be read',
  S082: 'the tunable of a dso-sort test cannot be read',
  S083: 'a dso-sort test with too many objects, orders or calls',
  S084: 'a line of facts that describes no program',
} as const;
export type Code = keyof typeof CODES;

/** One fault. `line` and `column` count from 1, columns and `length` in UTF-16 code units. */
export interface Diagnostic {
  readonly code: Code;
  /** A warning leaves the scenario usable. */
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly message: string;
  /** The line of the text, whole. */
  readonly text: string;
  /** What was expected, as a clause without a full stop. */
  readonly expected?: string;
  /** The good name nearest to the one that was written. */
  readonly nearest?: string;
}

/** A fault before it has a place in a file. */
export type Fault = Pick<Diagnostic, 'code' | 'message' | 'expected' | 'nearest'> & {
  readonly severity?: Diagnostic['severity'];
};

/** Widest part of a line that is quoted, in code units. */
const WINDOW = 110;

/** Code points that steer a terminal instead of showing something: controls, and marks of writing direction. */
const STEERING: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0a, 0x1f],
  [0x7f, 0x9f],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
];

/** One line of text as a terminal may show it: what would steer the terminal becomes a replacement character. */
export function printable(text: string): string {
  let shown = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    shown += STEERING.some(([low, high]) => unit >= low && unit <= high) ? '\ufffd' : text.charAt(i);
  }
  return shown;
}

function quoteLine(diagnostic: Diagnostic): string[] {
  const { text, column, length } = diagnostic;
  const at = column - 1;
  const from = text.length <= WINDOW ? 0 : Math.max(0, Math.min(at - 40, text.length - WINDOW));
  const shown = printable(text.slice(from, from + WINDOW));
  const before = from > 0 ? '... ' : '';
  const after = from + WINDOW < text.length ? ' ...' : '';
  const pad = shown.slice(0, at - from).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, shown.length - (at - from))));
  const gutter = String(diagnostic.line);
  return [
    `  ${gutter} | ${before}${shown}${after}`.trimEnd(),
    `  ${' '.repeat(gutter.length)} | ${' '.repeat(before.length)}${pad}${carets}`,
  ];
}

/** Lines for a terminal: place and message, the line with a caret, and what to try. No newline at the end. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, code, message, expected, nearest } = diagnostic;
  const hints = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(nearest === undefined ? [] : [`did you mean ${nearest}?`]),
  ].map(printable);
  return [
    printable(`${file}:${line}:${column}: ${severity} ${code}: ${message}`),
    ...quoteLine(diagnostic),
    ...(hints.length === 0 ? [] : [`  ${hints.join('; ')}`]),
  ].join('\n');
}

/** Number of insertions, deletions, replacements and swaps of neighbours between two short words. */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (older[j - 2] ?? cost) + 1);
      row.push(cost);
    }
    [older, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Most good names that a misspelt one is compared with. */
const NAMES_TRIED = 300;

/** The good name that `word` most likely stands for, or undefined when none is near. */
export function nearestName(word: string, good: Iterable<string>): string | undefined {
  if (word.length < 2 || word.length > 60) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  let tried = 0;
  for (const name of good) {
    if (++tried > NAMES_TRIED) break;
    if (Math.abs(name.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** A list for people: the first dozen names, and how many more. */
export function oneOf(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return 'nothing: there is none here';
  const shown = all.slice(0, 12).join(', ');
  return `${all.length === 1 ? '' : 'one of '}${shown}${all.length > 12 ? ` and ${all.length - 12} more` : ''}`;
}

/** The fault of a name that is not among the good ones. */
export function unknownName(code: Code, what: string, name: string, good: Iterable<string>): Fault {
  const names = [...new Set(good)];
  const nearest = nearestName(name, names);
  return {
    code,
    message: `unknown ${what} ${JSON.stringify(name)}`,
    expected: oneOf(names),
    ...(nearest === undefined ? {} : { nearest }),
  };
}
