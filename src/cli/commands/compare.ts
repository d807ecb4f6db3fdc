/**
 * `rtldlab compare`: its words. It stands for one proposal laid beside another.
 *
 * What can go wrong: start-up paying for what this run does not use; `compare.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { ExploreWords } from '../explore.js';
import type { Session } from '../session.js';
import { examples, searching } from './options.js';

export function addCompare(program: Command, session: Session): void {
  searching(
    program
      .command('compare')
      .summary('the same scenarios under several semantics: the matrix, then the differences')
      .description('Judge scenarios (the seed shelf, unless others are named) under two or more semantics.')
      .argument('[word...]', 'semantics, two or more with those of files, then scenario files or folders'),
  )
    .addHelpText(
      'after',
      examples(
        'rtldlab compare patch-v12 glibc-2.36',
        'rtldlab compare 2.32-dev debian-2.36 scenarios/seed',
        'rtldlab compare patch-v12 --semantics ./mine.ts',
      ),
    )
    .action(async (words: string[], options: ExploreWords) =>
      (await import('../compare.js')).compare(session, words, options),
    );
}
