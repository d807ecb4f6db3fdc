/**
 * `rtldlab hunt`: its words. It stands for the reviewer who invents programs against a proposal.
 *
 * What can go wrong: start-up paying for what this run does not use; `hunt.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { HuntWords } from '../hunt.js';
import type { Session } from '../session.js';
import { examples, KERNEL, LIBC, SEMANTICS } from './options.js';

export function addHunt(program: Command, session: Session): void {
  program
    .command('hunt')
    .summary('generated worlds, and of those that break something the smallest')
    .description(
      'Run generated worlds under one libc while every property of the record and a few things that must not happen to anybody are watched. Each kind of failure is shrunk, judged in every schedule and, with --out, kept as a scenario that `rtldlab check` passes. The same seed and runs give the same bytes.',
    )
    .option('--libc <name>', LIBC)
    .option('--semantics <file>', SEMANTICS)
    .option('--property <ids>', 'watch these only, with commas between them: P-01, SIGSEGV, refused, ... (all)')
    .option('--kernel <name>', `${KERNEL}; without it the worlds choose`)
    .option('--seed <n>', 'what all draws come from (1)')
    .option('--runs <n>', 'how many runs: a world under one schedule (500)')
    .option('--budget <seconds>', 'instead, run for so long; what was found is then made small')
    .option('--out <folder>', 'keep the scenarios in this folder, which is made where it is missing')
    .option('--json', 'one JSON object with every scenario in it')
    .addHelpText(
      'after',
      examples(
        'rtldlab hunt --libc patch-v17 --seed 1 --runs 200 --out found',
        'rtldlab hunt --libc 2.35 --property SIGSEGV,SIGABRT --budget 60 --out found && rtldlab check found',
        'rtldlab hunt --semantics ./mine.ts --property P-01,P-02,P-17',
      ),
    )
    .action(async (words: HuntWords) => (await import('../hunt.js')).huntWith(session, words));
}
