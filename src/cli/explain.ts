/**
 * `rtldlab explain ID`: what L-08, C-05 or P-01 is: a semantics of libc, a claimant, a property, as the model has them.
 *
 * What can go wrong: a number of the record that the model does not have yet; it is unknown here, and the nearest known is named.
 */
import { claimantProtocols } from '../rseq/claimants.js';
import { librarySemantics } from '../rseq/libc-semantics.js';
import { properties } from '../rseq/properties.js';
import { unknown } from './complaint.js';
import { columns } from './layout.js';
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

/** Explain one number or name; without one, list them all. */
export function explain(session: Session, word: string | undefined, { json }: { readonly json?: true }): void {
  if (word === undefined) {
    if (json === true) session.line(JSON.stringify({ schema: 'rtldlab.explain/1', entries }));
    else session.line(columns(entries.map(({ id, name, kind, statement }) => [id, kind, name, statement])));
    return;
  }
  const entry = entries.find(({ id, name }) => id.toLowerCase() === word.toLowerCase() || name === word);
  if (entry === undefined) {
    const names = [...entries.map(({ id }) => id), ...entries.map(({ name }) => name)];
    session.complain({ ...unknown('C030', 'id', word, names), next: 'rtldlab explain' });
    return;
  }
  if (json === true) {
    session.line(JSON.stringify({ schema: 'rtldlab.explain/1', entries: [entry] }));
    return;
  }
  const { id, name, kind, statement, source, rows } = entry;
  session.line(`${id} ${name} (${kind})\n\n  ${statement}\n\n${columns([...rows, ['source', source]], '  ')}`);
}
