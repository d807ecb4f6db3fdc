/**
 * `rtldlab explore`: its words. It stands for the question in every order.
 *
 * What can go wrong: start-up paying for what this run does not use; `explore.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { ExploreWords } from '../explore.js';
import type { Session } from '../session.js';
import { examples, LIBC, SCENARIOS, searching } from './options.js';

export function addExplore(program: Command, session: Session): void {
  searching(
    program
      .command('explore')
      .summary('all schedules and all members of the families: verdicts and witnesses')
      .description(
        'Explore every schedule of every member of each scenario, and print a verdict for each expectation with the shortest way there. A single scenario under a single libc, and whatever is not as expected, is told as a story.',
      )
      .argument('<scenario...>', SCENARIOS)
      .option('--libc <names>', `semantics, with commas between them: ${LIBC}`),
  )
    .addHelpText(
      'after',
      examples(
        'rtldlab explore scenarios/seed/constructor-takes-main-thread.yaml --libc patch-v12',
        'rtldlab explore scenarios/seed --libc patch-v12,glibc-2.36',
      ),
    )
    .action(async (paths: string[], words: ExploreWords) =>
      (await import('../explore.js')).explore(session, paths, words),
    );
}
