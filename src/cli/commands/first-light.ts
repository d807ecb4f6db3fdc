/**
 * `rtldlab first-light`: its words. It stands for the first minute with this program.
 *
 * What can go wrong: start-up paying for what this run does not use; `first-light.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { Session } from '../session.js';
import { examples } from './options.js';

export function addFirstLight(program: Command, session: Session): void {
  program
    .command('first-light')
    .summary('what `npm start` shows')
    .description(
      'The seed scenarios under five semantics, the shortest counterexample as a story, and how many recorded worlds of each real glibc the model predicts event for event.',
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('rtldlab first-light'))
    .action(async (words: { json?: true }) => (await import('../first-light.js')).firstLight(session, words));
}
