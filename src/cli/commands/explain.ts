/**
 * `rtldlab explain`: its words. It stands for the index of the numbers that a discussion quotes.
 *
 * What can go wrong: start-up paying for what this run does not use; `explain.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { ExplainWords } from '../explain.js';
import type { Session } from '../session.js';
import { examples } from './options.js';

export function addExplain(program: Command, session: Session): void {
  program
    .command('explain')
    .summary('what a number or a libc build stands for: L-08, C-05, P-24, debian-2.36')
    .description(
      'Say what numbers or names stand for, or in what two builds differ; without a word, list all that has a number.',
    )
    .argument('[id...]', 'a number as L-08, C-05, P-24, or a libc build as debian-2.36')
    .option('--diff', 'what differs between two builds, with the changes behind it')
    .option('--json', 'one JSON object each')
    .addHelpText(
      'after',
      examples('rtldlab explain L-08', 'rtldlab explain glibc-2.36', 'rtldlab explain --diff debian-2.36 debian-2.41'),
    )
    .action(async (words: string[], options: ExplainWords) =>
      (await import('../explain.js')).explain(session, words, options),
    );
}
