/**
 * Builds explained, as text for people: what a libc does, and what lies between two. Stands for nothing in glibc or Linux.
 *
 * What can go wrong: a list nobody reads to its end. The flags come in the order of a program's life, and a difference shows
 * nothing that is the same.
 */
import { oldest } from '../libc/releases-line.js';
import type { BuildDifference, BuildExplanation, Difference, ExplainedSetting, Setting } from '../process/explain.js';
import { columns, counted } from './columns.js';

/** A value as people say it. */
export function settingWord(value: Setting): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

/** Since when: what nothing changed is as in the oldest release known here. */
function sinceWords(since: string): string {
  return since === oldest.name ? `as in ${since}` : `since ${since}`;
}

function settingRows(settings: readonly ExplainedSetting[]): string {
  const lines = columns(
    settings.map(({ name, value, since, source }) => [name, settingWord(value), sinceWords(since), source]),
    '  ',
  ).split('\n');
  return settings.flatMap(({ meaning }, i) => [lines[i] ?? '', `      ${meaning}`]).join('\n');
}

/** A build with its flags and its semantics of rseq: value, since when, source and meaning of each. No newline at the end. */
export function buildExplanationText({ name, names, trees, flags, rseq }: BuildExplanation): string {
  const [tree, ...below] = trees;
  const others = names.filter((each) => each !== name);
  const head = [
    `${name} (libc build)`,
    ...(others.length === 0 ? [] : [`  also called ${others.join(', ')}`]),
    `  ${tree?.about ?? ''}`,
    ...(below.length === 0 ? [] : [`  on top of ${below.map(({ release }) => release).join(', ')}`]),
  ].join('\n');
  const semantics = `rseq: ${rseq.name} (${rseq.id})\n  ${rseq.statement}\n  ${rseq.source}`;
  return [head, `release flags\n${settingRows(flags)}`, `${semantics}\n${settingRows(rseq.switches)}`].join('\n\n');
}

function differenceText({ kind, name, meaning, a, b, changes }: Difference): string {
  const told = changes.map(({ release, value, source }) => {
    return `  ${release}${changes.length > 1 ? ` (${settingWord(value)})` : ''}: ${source}`;
  });
  const what = kind === 'switch' ? `rseq ${name}` : name;
  return [`${what}: ${settingWord(a)} -> ${settingWord(b)}`, `  ${meaning}`, ...told].join('\n');
}

/** What differs between two builds, each difference with its changes. No newline at the end. */
export function buildDifferenceText({ a, b, differences }: BuildDifference): string {
  const head = `${a} -> ${b}: ${counted(differences.length, 'difference')}`;
  return [head, ...differences.map(differenceText)].join('\n\n');
}
