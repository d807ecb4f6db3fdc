/**
 * `rtldlab explain ID`: what L-08, C-05 or P-01 is: a semantics of libc, a claimant, a property, as the model has them; what a
 * question comes to when it is searched for; and what a libc build is, flag by flag.
 *
 * What can go wrong: a number of the record that the model does not have yet; it is unknown here, and the nearest known is named.
 */
import { buildNames } from '../process/builds.js';
import { explainBuild, explainDiff } from '../process/explain.js';
import { buildDifferenceText, buildExplanationText } from '../report/explain.js';
import { claimantProtocols } from '../rseq/claimants.js';
import { librarySemantics } from '../rseq/library-semantics.js';
import { properties } from '../rseq/properties.js';
import { unknown } from './complaint.js';
import { recordIds, toldOfRecord } from './explain-record.js';
import { columns } from './layout.js';
import { libcNamed } from './names.js';
import type { Session } from './session.js';

/** One entry: its number, its name, and what is said of it. */
interface Entry {
  readonly id: string;
  readonly name: string;
  readonly kind: 'semantics' | 'claimant' | 'property';
  readonly statement: string;
  readonly source: string;
  /** Everything else that is known, by name. */
  readonly rows: readonly (readonly [string, string])[];
}

const semantics = librarySemantics.map(({ id, name, statement, source, ...switches }): Entry => {
  const rows = Object.entries(switches).map(([key, value]) => [key, String(value)] as const);
  return { id, name, kind: 'semantics', statement, source, rows };
});

const claimants = claimantProtocols.map(({ id, name, statement, source, when, decides, undo, area }): Entry => {
  const rows = Object.entries({ when, decides, undo, area });
  return { id, name, kind: 'claimant', statement, source, rows };
});

const watched = properties.map(({ id, name, statement, source, who, where }): Entry => {
  return { id, name, kind: 'property', statement, source, rows: Object.entries({ who, where }) };
});

/** Everything that has a number. */
export const entries: readonly Entry[] = [...semantics, ...claimants, ...watched];

export interface ExplainWords {
  readonly diff?: true;
  readonly json?: true;
}

function list(session: Session, json: boolean): void {
  if (json) session.line(JSON.stringify({ schema: 'rtldlab.explain/1', entries }));
  else session.line(columns(entries.map(({ id, name, kind, statement }) => [id, kind, name, statement])));
}

function entryText({ id, name, kind, statement, source, rows }: Entry): string {
  return `${id} ${name} (${kind})\n\n  ${statement}\n\n${columns([...rows, ['source', source]], '  ')}`;
}

function one(session: Session, word: string, json: boolean): void {
  const entry =
    entries.find(({ id }) => id.toLowerCase() === word.toLowerCase()) ??
    (buildNames.includes(word) ? undefined : entries.find(({ name }) => name === word));
  if (entry !== undefined) {
    session.line(json ? JSON.stringify({ schema: 'rtldlab.explain/1', entries: [entry] }) : entryText(entry));
    return;
  }
  const told = toldOfRecord(word);
  if (told !== undefined) {
    session.line(json ? JSON.stringify(told.data) : told.text);
    return;
  }
  const build = explainBuild(word);
  if (build !== undefined) session.line(json ? JSON.stringify(build) : buildExplanationText(build));
  else {
    const names = [...entries.map(({ id }) => id), ...entries.map(({ name }) => name), ...recordIds, ...buildNames];
    session.complain({ ...unknown('C030', 'id', word, [...new Set(names)]), next: 'rtldlab explain' });
  }
}

function difference(session: Session, words: readonly string[], json: boolean): void {
  const [a, b] = words;
  if (a === undefined || b === undefined || words.length > 2) {
    const message = `--diff needs two builds, and got ${words.length}`;
    session.complain({
      code: 'C003',
      message,
      expected: 'names as debian-2.31 glibc-2.36',
      next: 'rtldlab explain --help',
    });
    return;
  }
  const told = explainDiff(a, b);
  if (told !== undefined) session.line(json ? JSON.stringify(told) : buildDifferenceText(told));
  else for (const name of words) session.take(libcNamed(name));
}

/** Explain numbers and names, or the difference of two builds; without a word, list all that has a number. */
export function explain(session: Session, words: readonly string[], { diff, json }: ExplainWords): void {
  if (diff === true) difference(session, words, json === true);
  else if (words.length === 0) list(session, json === true);
  else for (const word of words) one(session, word, json === true);
}
