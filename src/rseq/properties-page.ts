/**
 * The reference page of properties, written from their rows: the sentence, who argued it and where, and what exactly is observed.
 * Stands for the fourth part of the record of proposals.
 *
 * What can go wrong: a page that was true once. A test compares the page on disk with what would be written now.
 */
import { claimantsPage, tableLine } from './claimants-page.js';
import { pairProperties, properties } from './properties.js';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly statement: string;
  readonly who: string;
  readonly where: string;
  readonly observed: string;
  readonly liveness?: string;
}

const rows: readonly (Row & { readonly pair: boolean })[] = [
  ...properties.map((each) => ({ ...each, pair: false })),
  ...pairProperties.map((each) => ({ ...each, pair: true })),
].toSorted((a, b) => (a.id < b.id ? -1 : 1));

function section({ id, name, statement, who, where, observed, liveness }: Row): string {
  const finite = liveness === undefined ? '' : `\n\nOn a finite run: ${liveness}.`;
  return `### ${id} ${name}\n\nThat ${statement}.\n\nArgued by ${who}: ${where}.\n\n${observed}${finite}`;
}

/** The page, `docs/reference/properties.md`. */
export function propertiesPage(): string {
  const overview = rows.map(({ id, name, liveness, pair }) => [
    id,
    name,
    pair ? 'two judgements' : liveness === undefined ? 'a run, as it happens' : 'a run, at a deadline',
  ]);
  return `<!-- Written by scripts/generate-rseq-docs.ts; a test fails when it is stale. -->

# Properties

What must never happen to rseq. A scenario speaks of those that a single run can break, \`forbidden: P-09 broken\` or
\`required: P-10 holds\`; the story of a run that breaks one underlines the event to blame. Those of two judgements compare one
scenario under two builds of libc. For each of the former the tests have a smallest world that breaks it and one that keeps it.

${[['number', 'name', 'checked on'], ['---', '---', '---'], ...overview].map(tableLine).join('\n')}

${rows.map(section).join('\n\n')}
`;
}

/** Generated pages by path. */
export function generatedRseqFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/claimants.md', claimantsPage()],
    ['docs/reference/properties.md', propertiesPage()],
  ]);
}
