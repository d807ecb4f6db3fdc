/**
 * The reference page of system-call numbers: N1 to N10, the number of each architecture, and the outcome of every choice that
 * matters. Derived from the tables the model reads.
 *
 * What can go wrong: a page that was true once. A test compares the page on disk with what would be written now.
 */
import { rseqNumber } from '../kernel/numbers.js';
import { buildNamed } from '../process/builds.js';
import { architectures, numberOfBuild, numberResult, usualParameters } from '../process/numbers.js';
import { type NumberParameters, numberOutcomes, numberRows } from '../rseq/numbers.js';

type Cells = readonly string[];

const line = (cells: Cells): string => `| ${cells.join(' | ')} |`;

const table = (head: Cells, rows: readonly Cells[]): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');

const numberWord = (number: number | null, right: number): string =>
  number === null ? 'none' : number === right ? String(number) : `${number}, which is another call`;

function architectureRow(architecture: string): Cells {
  const answer = rseqNumber(architecture);
  const { number, firstHeaders } = answer.ok ? answer.entry : { number: 0, firstHeaders: '' };
  const by = (mode: NumberParameters['mode']) =>
    numberWord(numberOfBuild({ ...usualParameters, mode, architecture }), number);
  return [architecture, String(number), firstHeaders, by('headers'), by('list'), by('base'), by('base-anyway')];
}

/** Builds by where they have the number from: a word for each, on an architecture where that shows. */
const sources: readonly (readonly [words: string, parameters: Partial<NumberParameters>])[] = [
  ['headers of 4.17', { mode: 'headers', buildHeaders: '4.17' }],
  ['headers of 4.18', { mode: 'headers', buildHeaders: '4.18' }],
  ['headers of 4.18, arm64', { mode: 'headers', buildHeaders: '4.18', architecture: 'arm64' }],
  ['a list of 5.4', { mode: 'list' }],
  ['a list of 5.4, no signature', { mode: 'list', signature: false }],
  ['a list of 5.4, symbols only if built', { mode: 'list', signature: false, symbols: 'if-built' }],
  ['base and constant', { mode: 'base', architecture: 'arm64' }],
  ['base and constant all the same, arm64', { mode: 'base-anyway', architecture: 'arm64' }],
];

const kernels: readonly (readonly [words: string, parameters: Partial<NumberParameters>])[] = [
  ['6.18', {}],
  ['6.18 without CONFIG_RSEQ', { configured: false }],
  ['4.17', { runKernel: '4.17' }],
  ['4.17 with the call brought to it', { runKernel: '4.17', backport: true }],
  ['4.17, libc wants 4.18', { runKernel: '4.17', minKernel: '4.18' }],
  ['6.18, filter says EPERM', { filter: 'EPERM' }],
  ['6.18, filter kills', { filter: 'kill' }],
];

const columns = ['patch-v12', 'patch-v17', '2.36'] as const;

function outcomeRows(): Cells[] {
  return sources.flatMap(([from, build]) =>
    kernels.map(([on, kernel]) => {
      const parameters = { ...usualParameters, ...build, ...kernel };
      const results = columns.flatMap((name) => {
        const semantics = buildNamed(name)?.rseq;
        return semantics === undefined ? [] : [numberResult(parameters, semantics)];
      });
      const rival = results.some(({ rivalMayOwn }) => rivalMayOwn) ? 'yes' : 'no';
      return [from, on, ...results.map(({ outcome }) => outcome), rival];
    }),
  );
}

/** The page, ending with a newline. */
export function numbersPage(): string {
  return `${[
    '<!-- Written by scripts/generate-numbers-docs.ts; a test fails when it is stale. -->',
    '# Numbers of the call',
    'Whether a libc registers at all depends on where its build found the number of the call, and on the kernel below. Neither follows from the version of libc.',
    '## The parameters',
    table(
      ['', 'parameter', 'values', 'effect'],
      numberRows.map(({ id, name, domain, effect }) => [id, `\`${name}\``, domain, effect]),
    ),
    '## The number, by architecture',
    'What each way of finding the number gives, with headers of 5.2 and a list of 5.4. The call is older than the numbers that all architectures share (424 and up), so a base and a constant give none; where the scheme is applied all the same, it is right where the constant was taken from and wrong elsewhere.',
    table(
      ['architecture', 'number', 'in headers since', 'headers', 'list', 'base', 'base-anyway'],
      architectures.map(architectureRow),
    ),
    '## Outcomes',
    table(
      ['outcome', 'meaning'],
      Object.entries(numberOutcomes).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    '## Outcomes by build and kernel',
    'On x86-64 unless another architecture is named, symbols in every build unless said otherwise; the last column says whether a library with a number of its own can own rseq under at least one of the three.',
    table(['the build has', 'kernel', ...columns.map((name) => `\`${name}\``), 'rival may own'], outcomeRows()),
  ].join('\n\n')}\n`;
}

/** The generated files: path from the top of the project, and content. */
export function generatedNumberFiles(): ReadonlyMap<string, string> {
  return new Map([['docs/reference/numbers.md', numbersPage()]]);
}
