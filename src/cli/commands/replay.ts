/**
 * `rtldlab replay`: its words. It stands for a path somebody pasted into a mail.
 *
 * What can go wrong: start-up paying for what this run does not use; `replay.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { ReplayWords } from '../replay.js';
import type { Session } from '../session.js';
import { collect, examples, KERNEL, LIBC, SEMANTICS } from './options.js';

export function addReplay(program: Command, session: Session): void {
  program
    .command('replay')
    .summary('a saved or printed path, told step by step')
    .description('Follow the path that a story printed, and tell it again.')
    .argument('<scenario>', 'scenario file')
    .requiredOption('--path <path>', 'steps with dots between them, as a story prints them')
    .option('--libc <name>', LIBC)
    .option('--semantics <file>', SEMANTICS, collect)
    .option('--kernel <name>', KERNEL)
    .option('--json', 'the story as one JSON object')
    .addHelpText(
      'after',
      examples('rtldlab replay scenarios/seed/constructor-takes-main-thread.yaml --libc patch-v12 --path main.main'),
    )
    .action(async (file: string, words: ReplayWords) => (await import('../replay.js')).replay(session, file, words));
}
