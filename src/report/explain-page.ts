/**
 * The reference page of releases: the time line with its sources, what distribution builds change, what each build does about
 * rseq, and every flag. Derived from the tables the algorithms read.
 *
 * What can go wrong: a page that was true once. A test compares the page on disk with what would be written now.
 */
import { releaseFlags } from '../libc/release-flags.js';
import { libcReleases } from '../libc/releases.js';
import { oldest, type ReleaseRow, releaseLine } from '../libc/releases-line.js';
import { builds } from '../process/builds.js';
import { explainDiff, type Setting } from '../process/explain.js';
import { semanticsSwitches } from '../rseq/semantics-switches.js';
import { settingWord } from './explain.js';

type Cells = readonly string[];

const line = (cells: Cells): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function table(head: Cells, rows: readonly Cells[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const code = (value: Setting): string => `\`${settingWord(value)}\``;

function rowText(row: ReleaseRow): string {
  const changes = releaseFlags.flatMap(({ name, meaning }) => {
    const set = row.sets[name];
    return set === undefined ? [] : [[`\`${name}\``, code(set[0]), meaning, set[1]]];
  });
  const body = changes.length === 0 ? 'No flag changes.' : table(['flag', 'becomes', 'meaning', 'source'], changes);
  const from = row.from === null ? 'The oldest; the last table says what it does.' : `From ${row.from}.`;
  return `### ${row.release}\n\n${row.about}. ${from}\n\n${body}`;
}

function distributionText({ release, from }: ReleaseRow): string {
  const differences = from === null ? [] : (explainDiff(from, release)?.differences ?? []);
  const rows = differences.map(({ kind, name, a, b, changes }) => {
    const what = kind === 'switch' ? `rseq \`${name}\`` : `\`${name}\``;
    return [what, code(a), code(b), changes.map(({ source }) => source).join('; ')];
  });
  const body =
    rows.length === 0 ? 'Nothing that a flag or a switch says.' : table(['', String(from), release, 'source'], rows);
  return `### ${release} against ${from}\n\n${body}`;
}

const semanticsTable = (): string =>
  table(
    ['build', 'semantics', 'main thread registers', 'area', '`__rseq_size`', 'stored before the call', 'new threads'],
    [...builds.values()].map(({ name, rseq }) => [
      `\`${name}\``,
      `${rseq.id} ${rseq.name}`,
      ...[rseq.mainAt, rseq.area, rseq.sizeSays, rseq.presets, rseq.threads].map(settingWord),
    ]),
  );

const flagTable = (): string =>
  table(
    ['flag', 'meaning', 'values', 'in 2.28', 'where'],
    releaseFlags.map(({ name, meaning, values, source }) => {
      return [`\`${name}\``, meaning, values.map(code).join(' '), code(oldest[name]), source];
    }),
  );

/** Whether a row is a distribution's: no other row stands on it, and it is not named by a number. */
const isDistribution = ({ release }: ReleaseRow): boolean => !/^\d/.test(release);

/** The page, ending with a newline. */
export function releasesPage(): string {
  const upstream = releaseLine.filter((row) => !isDistribution(row));
  return `${[
    '<!-- Written by scripts/generate-release-docs.ts; a test fails when it is stale. -->',
    '# Releases of glibc',
    `The simulator knows ${Object.keys(libcReleases).length} trees of glibc. Each is a row of flags that the algorithms ask; a row is the one it stands on with its own changes, and each change has the glibc commit it was read in, with the bug where there is one. \`rtldlab explain glibc-2.36\` prints one build, \`rtldlab explain --diff A B\` what lies between two.`,
    '## Time line',
    ...upstream.map(rowText),
    '## Distribution builds',
    ...releaseLine.filter(isDistribution).map(distributionText),
    '## What each build does about rseq',
    semanticsTable(),
    '### The switches',
    table(
      ['switch', 'meaning', 'values', 'where'],
      semanticsSwitches.map(({ name, meaning, values, source }) => {
        return [`\`${name}\``, meaning, values.map(code).join(' '), source];
      }),
    ),
    '## The flags',
    flagTable(),
  ].join('\n\n')}\n`;
}

/** The generated files: path from the top of the project, and content. */
export function generatedReleaseFiles(): ReadonlyMap<string, string> {
  return new Map([['docs/reference/releases.md', releasesPage()]]);
}
