/**
 * `rtldlab run`: its words. It stands for the first thing a person asks, what happens in this world, and only says how to ask.
 *
 * What can go wrong: start-up paying for what this run does not use; `run.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { RunWords } from '../run.js';
import type { Session } from '../session.js';
import { collect, examples, KERNEL, LIBC, SEMANTICS } from './options.js';

export function addRun(program: Command, session: Session): void {
  program
    .command('run')
    .summary('one schedule of each world, event by event')
    .description(
      'Run one schedule of each world in FILE and print its events, in the format of the recordings. FILE is a scenario (YAML or JSON), a recorded world, or a recording (one world a line, gzip too); - is standard input. A family (vary) is run member by member.',
    )
    .argument('<file>', 'scenario or recording')
    .option('--libc <name>', LIBC)
    .option('--semantics <file>', SEMANTICS, collect)
    .option('--kernel <name>', KERNEL)
    .option('--seed <n>', 'draw the schedule from this seed; without it the lowest-numbered thread goes first')
    .option('--why <n>', 'instead, which procedures of glibc put event number n where it is')
    .option('--max-steps <n>', 'give up on a world after so many steps (2000)')
    .option('--json', 'one {"id","events"} a line, or {"id","unsupported"}')
    .addHelpText(
      'after',
      examples(
        'rtldlab run scenarios/seed/constructor-takes-main-thread.yaml --libc patch-v12',
        'rtldlab run test/fixtures/glibc/2.36.jsonl.gz --libc debian-2.36 --json',
        'rtldlab run - --seed 7 < world.json',
        'rtldlab run scenarios/seed/constructor-takes-main-thread.yaml --why 2',
      ),
    )
    .action(async (file: string, words: RunWords) => (await import('../run.js')).run(session, file, words));
}
