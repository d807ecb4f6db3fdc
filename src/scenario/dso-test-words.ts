/**
 * The words of a description in the notation of glibc's dso-sort tests (scripts/dso-ordering-test.py): names, sets, arrows, the
 * main program with its actions.
 *
 * What can go wrong: a word that is almost right. Glibc's own reader passes over some of them (`a[bc]`, where `a->[bc]` was
 * meant); here each is a fault with a place.
 */
import type { Code } from './diagnostics.js';

/** What a word is: objects, every object nobody needs, the main program, an arrow, a mark, or a soname. */
export type Word =
  | { readonly kind: 'objects'; readonly names: readonly string[]; readonly at: number; readonly length: number }
  | {
      readonly kind: 'everything' | 'needs' | 'calls' | 'permute' | 'end';
      readonly at: number;
      readonly length: number;
    }
  | { readonly kind: 'main'; readonly actions: readonly MainAction[]; readonly at: number; readonly length: number }
  | { readonly kind: 'soname'; readonly of: string; readonly is: string; readonly at: number; readonly length: number };

/** An action of the main program: `+` dlopen global, `^` dlopen, `-` dlclose, `%` dlsym and call, `@` call. */
export interface MainAction {
  readonly sign: '+' | '^' | '-' | '%' | '@';
  readonly object: string;
}

/** How the main program is called among the objects; no object can have this name. */
export const MAIN = '{}';

/** Most objects of one test: more than any real program maps. */
export const OBJECTS_MAX = 5000;

/** What is wrong at a place of a line; `at` counts code units from 0. */
export interface DsoFault {
  readonly code: Code;
  readonly message: string;
  readonly expected?: string;
  readonly at: number;
  readonly length: number;
}

/** Thrown and caught within the reader of one line. */
export class DsoProblem extends Error {
  constructor(readonly fault: DsoFault) {
    super(fault.message);
  }
}

/** End the reading of a line. */
export function refuse(
  place: { readonly at: number; readonly length: number },
  message: string,
  expected?: string,
): never {
  const { at, length } = place;
  throw new DsoProblem({ code: 'S081', message, at, length, ...(expected === undefined ? {} : { expected }) });
}

const lexeme = new RegExp(
  [
    /(?<blank>\s+)/,
    /soname\((?<of>[0-9A-Za-z]+|\{\})\)=(?<is>[0-9A-Za-z]+)/,
    /\[(?<letters>[0-9A-Za-z]+)\]/,
    /\((?<set>[0-9A-Za-z \t-]+)\)/,
    /\{(?<actions>[^{}]*)\}/,
    /(?<name>[0-9A-Za-z]+)/,
    /(?<sign>->|=>|[*!;])/,
    /(?<stranger>[\s\S])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gu',
);

const signs = { '->': 'needs', '=>': 'calls', '*': 'everything', '!': 'permute', ';': 'end' } as const;

/**
 * The words of a description.
 *
 * @param from where the description begins in its line; places count from the line's start
 * @throws DsoProblem at the first word that cannot be read
 */
export function dsoWords(text: string, from: number): Word[] {
  const words: Word[] = [];
  for (const found of text.matchAll(lexeme)) {
    const { blank, of, is, letters, set, actions, name, sign } = found.groups ?? {};
    const place = { at: from + found.index, length: found[0].length };
    if (blank !== undefined) continue;
    if (of !== undefined && is !== undefined) words.push({ kind: 'soname', of, is, ...place });
    else if (letters !== undefined) words.push({ kind: 'objects', names: [...new Set(letters)], ...place });
    else if (set !== undefined) words.push({ kind: 'objects', names: setOf(set, place.at + 1), ...place });
    else if (actions !== undefined) words.push({ kind: 'main', actions: actionsOf(actions, place.at + 1), ...place });
    else if (name !== undefined) words.push({ kind: 'objects', names: [name], ...place });
    else if (sign !== undefined) words.push({ kind: signs[sign as keyof typeof signs], ...place });
    else
      refuse(place, `${JSON.stringify(found[0])} cannot be read in a description`, 'objects, ->, =>, !, *, ; or {...}');
  }
  return words;
}

/** The names of `(x y n1-4)`, each once. */
function setOf(text: string, from: number): string[] {
  const names = new Set<string>();
  for (const found of text.matchAll(/\S+/g)) {
    const place = { at: from + found.index, length: found[0].length };
    for (const name of rangeOf(found[0], place)) names.add(name);
    if (names.size > OBJECTS_MAX) tooMany(place);
  }
  if (names.size === 0) refuse({ at: from, length: text.length }, 'an empty set', 'names, or a range as n1-4');
  return [...names];
}

function tooMany(place: { at: number; length: number }): never {
  throw new DsoProblem({ ...place, code: 'S083', message: 'too many objects', expected: `at most ${OBJECTS_MAX}` });
}

function rangeOf(text: string, place: { at: number; length: number }): string[] {
  if (/^[A-Za-z][0-9A-Za-z]*$/.test(text)) return [text];
  const [, stem, low = '', high = ''] = /^([A-Za-z]+)(\d+)-(\d+)$/.exec(text) ?? [];
  if (stem === undefined)
    refuse(place, `${JSON.stringify(text)} is neither a name nor a range`, 'a name, or a range as n1-4');
  const first = Number(low);
  const count = Number(high) - first + 1;
  if (count < 1) refuse(place, `the range ${JSON.stringify(text)} has nothing in it`, 'the lower number first');
  if (count > OBJECTS_MAX) tooMany(place);
  return Array.from({ length: count }, (_, i) => `${stem}${first + i}`);
}

function actionsOf(text: string, from: number): MainAction[] {
  if (text.trim() === '') return [];
  let at = from;
  return text.split(';').map((each) => {
    const place = { at, length: Math.max(1, each.length) };
    at += each.length + 1;
    const [, sign, object] = /^\s*([-+%^@])([0-9A-Za-z]+)\s*$/.exec(each) ?? [];
    if (sign === undefined || object === undefined) {
      return refuse(place, `${JSON.stringify(each)} is no action of the main program`, '+a, ^a, -a, %a or @a');
    }
    return { sign: sign as MainAction['sign'], object };
  });
}
