/**
 * What a description in the notation of glibc's dso-sort tests says: objects in the order of first mention, who needs whom, who
 * calls whom, and what the main program does (scripts/dso-ordering-test.py:parse_description_string, process_testcase).
 *
 * What can go wrong: the order of lists. A dependency that was mentioned before keeps its place, and what `*` stands for is known
 * only when the whole description was read, and comes last.
 */
import {
  type DsoFault,
  DsoProblem,
  dsoWords,
  MAIN,
  type MainAction,
  OBJECTS_MAX,
  refuse,
  type Word,
} from './dso-test-words.js';

/** Lists by object, the main program under {@link MAIN}. */
type Lists = Map<string, Set<string>>;

/** A description that is still being read. */
export interface Draft {
  readonly objects: Set<string>;
  readonly needed: Lists;
  readonly calls: Lists;
  readonly sonames: Map<string, string>;
  readonly permuted: Set<string>;
  actions: readonly MainAction[];
  /** A main program was written down; it then needs only what it is said to need. */
  hasMain: boolean;
}

/** A whole description. Lists are in the order in which a link line has them. */
export interface DsoDescription {
  readonly objects: readonly string[];
  readonly needed: ReadonlyMap<string, readonly string[]>;
  readonly calls: ReadonlyMap<string, readonly string[]>;
  readonly sonames: ReadonlyMap<string, string>;
  /** Objects whose dependencies stand in every order. */
  readonly permuted: readonly string[];
  readonly actions: readonly MainAction[];
}

export function emptyDraft(): Draft {
  return {
    objects: new Set(),
    needed: new Map(),
    calls: new Map(),
    sonames: new Map(),
    permuted: new Set(),
    actions: [],
    hasMain: false,
  };
}

/** Stands in a list for every object that nobody needs. */
const everything = '*';

/** Most dependencies and calls of one test. */
const LINKS_MAX = 100_000;

/** Where a line's reader is: the objects before an arrow, and the arrow. */
interface Place {
  from: readonly string[];
  arrow: 'needs' | 'calls' | null;
  last: Word | null;
}

/** Read one line of a description into `draft`; the first fault, or null. What stands before it has been taken. */
export function readDescription(draft: Draft, text: string, from: number): DsoFault | null {
  const place: Place = { from: [], arrow: null, last: null };
  try {
    for (const word of dsoWords(text, from)) {
      readWord(draft, place, word);
      place.last = word;
    }
    endStatement(place);
    return null;
  } catch (problem) {
    if (problem instanceof DsoProblem) return problem.fault;
    throw problem;
  }
}

function readWord(draft: Draft, place: Place, word: Word): void {
  if (word.kind === 'soname') nameObject(draft, word);
  else if (word.kind === 'objects') target(draft, place, word, word.names);
  else if (word.kind === 'main') readMain(draft, place, word);
  else if (word.kind === 'end') endStatement(place);
  else if (word.kind === 'everything') {
    if (place.arrow === null) refuse(word, '`*` can only be needed or called', 'an object before, as a->*');
    target(draft, place, word, [everything]);
  } else {
    const example = word.kind === 'permute' ? 'a!->[bc]' : 'a->b or a=>b';
    if (place.from.length === 0 || place.arrow !== null) refuse(word, 'no objects before this sign', example);
    if (place.from.includes(everything)) refuse(word, '`*` can only be needed or called', 'objects by name');
    if (word.kind !== 'permute') place.arrow = word.kind;
    else for (const object of place.from) draft.permuted.add(object);
  }
}

function endStatement(place: Place): void {
  if (place.arrow !== null && place.last !== null) refuse(place.last, 'an arrow that leads nowhere', 'objects, or *');
  place.from = [];
}

/** Objects after an arrow, or the first of a statement. */
function target(draft: Draft, place: Place, word: Word, names: readonly string[]): void {
  if (place.from.length > 0 && place.arrow === null)
    refuse(word, 'two sets of objects side by side', '-> or => between them');
  if (place.arrow !== null) link(place.arrow === 'needs' ? draft.needed : draft.calls, place.from, names, word);
  place.arrow = null;
  place.from = names;
  for (const name of names) if (name !== everything && name !== MAIN) draft.objects.add(name);
  if (draft.objects.size > OBJECTS_MAX) refuse(word, 'too many objects', `at most ${OBJECTS_MAX}`);
}

function link(lists: Lists, sources: readonly string[], targets: readonly string[], word: Word): void {
  let links = 0;
  for (const source of sources) {
    const list = lists.get(source) ?? new Set();
    lists.set(source, list);
    for (const each of targets) list.add(each);
  }
  for (const list of lists.values()) links += list.size;
  if (links > LINKS_MAX) refuse(word, 'too many dependencies', `at most ${LINKS_MAX}`);
}

function nameObject(draft: Draft, word: Word & { kind: 'soname' }): void {
  if (word.of !== MAIN && !draft.objects.has(word.of))
    refuse(word, `no object ${word.of} so far`, 'an object that was named before');
  if (draft.sonames.has(word.of)) refuse(word, `${word.of} has a soname already`);
  draft.sonames.set(word.of, word.is);
}

function readMain(draft: Draft, place: Place, word: Word & { kind: 'main' }): void {
  if (place.arrow !== null) refuse(word, 'nobody can need or call the main program', 'objects');
  if (draft.actions.length > 0) refuse(word, 'a second main program', '{} to go on with the first');
  const open = new Set<string>();
  for (const { sign, object } of word.actions) {
    draft.objects.add(object);
    if (sign === '+' || sign === '^') open.add(object);
    if ((sign === '-' || sign === '%') && !open.has(object))
      refuse(word, `${sign}${object} without a dlopen before`, `+${object} or ^${object}`);
    if (sign === '%' || sign === '@') link(draft.calls, [MAIN], [object], word);
  }
  draft.actions = word.actions;
  draft.hasMain = true;
  target(draft, place, word, [MAIN]);
}

/** What the draft comes to, or why it is no program. */
export function finishDescription(draft: Draft): DsoDescription | string {
  const needed = draft.needed;
  const isNeeded = new Set([...needed.values()].flatMap((list) => [...list]));
  const unneeded = [...draft.objects].filter((object) => !isNeeded.has(object));
  for (const lists of [needed, draft.calls]) {
    for (const list of lists.values()) {
      if (list.delete(everything)) for (const object of unneeded) list.add(object);
    }
  }
  if (!draft.hasMain) {
    if (unneeded.length === 0) return 'each object is needed by another, so the main program needs none';
    needed.set(MAIN, new Set(unneeded));
  }
  return {
    objects: [...draft.objects],
    needed: listed(needed),
    calls: listed(draft.calls),
    sonames: draft.sonames,
    permuted: [...draft.permuted],
    actions: draft.actions,
  };
}

function listed(lists: Lists): ReadonlyMap<string, readonly string[]> {
  return new Map([...lists].map(([object, list]) => [object, [...list]]));
}

/** Most calls of one test: functions that call many others, each of which calls many others, multiply. */
const CALLS_MAX = 20_000;

/** Whether functions call each other without end, or more often than anybody wants to read. */
export function endlessCalls({ actions, calls }: DsoDescription): boolean {
  const counted = new Map<string, number>();
  const count = (object: string): number => {
    const known = counted.get(object);
    if (known !== undefined) return known;
    counted.set(object, Number.POSITIVE_INFINITY);
    let sum = 1;
    if (object !== MAIN) for (const callee of calls.get(object) ?? []) sum += count(callee);
    counted.set(object, sum);
    return sum;
  };
  const called = actions.filter(({ sign }) => sign === '%' || sign === '@');
  return called.reduce((sum, { object }) => sum + count(object), 0) > CALLS_MAX;
}
