/**
 * `rtldlab check`: its words. It stands for a catalogue kept as a regression suite.
 *
 * What can go wrong: start-up paying for what this run does not use; `check.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { ExploreWords } from '../explore.js';
import type { Session } from '../session.js';
import { examples, SCENARIOS, searching } from './options.js';

export function addCheck(program: Command, session: Session): void {
  searching(
    program
      .command('check')
      .summary('a catalogue judged as its scenarios expect')
      .description('Judge each scenario under every semantics that its `expect` names, a line a judgement.')
      .argument('<scenario...>', SCENARIOS)
      .option('--libc <names>', 'only these semantics, with commas between them'),
  )
    .addHelpText('after', examples('rtldlab check scenarios/seed', 'rtldlab check scenarios --json'))
    .action(async (paths: string[], words: ExploreWords) => (await import('../check.js')).check(session, paths, words));
}
