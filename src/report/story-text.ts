/**
 * A story as plain text: a heading, the steps in columns with the culprit marked, then why, what follows, and the replay command,
 * which comes last so that it can be found and pasted.
 *
 * What can go wrong: a line that hides the culprit among others. Its mark stands in the first column, where nothing else does.
 */
import { printable } from '../scenario/diagnostics.js';
import { columns, counted } from './columns.js';
import type { Story } from './story.js';

function headline({ shows, scenario, member }: Story): string {
  const of = member === '' ? scenario : `${scenario}, member ${member}`;
  if (shows === undefined) return `PATH  ${of}`;
  const { word, text, sense } = shows;
  const demand = word === 'required' || word === 'order';
  const seen = sense === 'holds' ? (word === 'forbidden' ? 'BROKEN' : 'REACHED') : demand ? 'MISSED' : 'AVOIDED';
  return `${seen}  ${word}: ${text === '' ? 'the order' : text}    ${of}`;
}

function place({ libc, semantics, kernel, steps, shows }: Story): string {
  const under = `under ${libc} (${semantics.id}), Linux ${kernel}: ${counted(steps, 'step')}`;
  return shows === undefined ? under : `${under}, the shortest way; ${shows.printed}`;
}

function stepRows(story: Story): string[][] {
  const head = [' ', 'step', 'thread', 'ns', 'what', 'changed'];
  let last = 0;
  const rows = story.lines.map(({ step, thread, ns, what, changed, culprit }) => {
    const number = step === last ? '' : String(step);
    last = step;
    return [culprit ? '>' : '', number.padStart(4), thread, ns, what, changed.join('; ')];
  });
  return [head, ...rows];
}

const WIDTH = 120;
const LABEL = 8;

/** Words in lines of at most WIDTH columns, as long as no word is longer. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH - LABEL) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Label in a column of its own; what continues stands below what began. */
function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL)}${printable(line)}`);
}

/** The story as text; its last line is the replay command. No newline at the end. */
export function storyText(story: Story): string {
  const claim = story.claim === undefined ? [] : [`        ${printable(story.claim)}`];
  return [
    printable(headline(story)),
    ...claim,
    `        ${printable(place(story))}`,
    '',
    columns(stepRows(story), ' '),
    '',
    ...labelled(
      'why',
      story.why.flatMap(({ text, source }) => wrapped(`${text} (${source})`)),
    ),
    ...labelled('then', story.after),
    ...labelled('replay', [story.replay]),
  ].join('\n');
}
