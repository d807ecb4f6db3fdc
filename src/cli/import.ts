/**
 * `rtldlab import PROGRAM`: a real program and all it loads as a scenario, with what a scenario cannot say of it in comments above.
 * It stands for a recorder that never runs what it records.
 *
 * What can go wrong: a scenario that reads like the whole program. What is left out stands in its first lines, where it is edited.
 */
import { writeFileSync } from 'node:fs';
import { type Imported, importedProgram } from '../elf/import.js';
import { Root } from '../elf/root.js';
import { printable } from '../scenario/diagnostics.js';
import { printScenario } from '../scenario/index.js';
import { type Complaint, quoted } from './complaint.js';
import { type ProgramWords, type Started, startedProgram } from './elf-program.js';
import type { Session } from './session.js';

export interface ImportWords extends ProgramWords {
  readonly output?: string;
  readonly json?: true;
}

/** A program as a scenario. */
export function imported({ program, libc }: Started, words: ProgramWords): Imported {
  return importedProgram(new Root(words.root), program.closure, libc);
}

/** The program at a path as a scenario, or what is wrong with it. */
export function importOf(
  path: string,
  words: ProgramWords = {},
): Imported | { readonly problems: readonly Complaint[] } {
  const started = startedProgram(path, words);
  return 'complaint' in started ? { problems: [started.complaint] } : imported(started.value, words);
}

/** The text of an imported scenario, what it leaves out first. */
export function importedText({ scenario, leftOut }: Imported, program: string, banner: string): string {
  const head = [
    `Imported from ${program}, which finds ${banner}.`,
    'What each object does is not in its file: add it here.',
  ];
  const lines = [
    ...head,
    ...(leftOut.length === 0
      ? []
      : ['Not said below, or said by another name:', ...leftOut.map((each) => `- ${each}`)]),
  ];
  return `${lines.map((line) => `# ${printable(line)}\n`).join('')}${printScenario(scenario)}`;
}

/** Import the program at a path. */
export function importProgram(session: Session, path: string, words: ImportWords): void {
  const started = session.take(startedProgram(path, words));
  if (started === undefined) return;
  const made = imported(started, words);
  const text = importedText(made, path, started.program.banner ?? 'no libc that says which it is');
  const written = words.output === undefined ? undefined : writtenTo(words.output, text);
  if (written !== undefined) {
    session.complain({ code: 'C068', message: `${quoted(words.output ?? '')} cannot be written: ${written}` });
    return;
  }
  if (words.json === true) {
    const { program, libc } = started;
    const objects = program.closure.libraries.length;
    const about = { program: path, libc: libc.name, objects, leftOut: made.leftOut };
    session.line(
      JSON.stringify({ schema: 'rtldlab.import/1', ...about, ...(words.output === undefined ? { text } : {}) }),
    );
  } else if (words.output === undefined) session.terminal.out(text);
  for (const { name, message, fatal } of started.program.closure.missing) {
    if (fatal) session.terminal.err(`rtldlab: warning: ${printable(`${name}: ${message}`)}\n`);
  }
}

/** Write a file; the errno's name where the system refuses. */
function writtenTo(path: string, text: string): string | undefined {
  try {
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}
