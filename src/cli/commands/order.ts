/**
 * `rtldlab order`: its words. It stands for glibc's ordering tests, and for programs that lie on a disk.
 *
 * What can go wrong: start-up paying for what this run does not use; `order.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { OrderWords } from '../order.js';
import type { Session } from '../session.js';
import { examples, LIBC } from './options.js';

export function addOrder(program: Command, session: Session): void {
  program
    .command('order')
    .summary("constructor and destructor order of glibc's ordering tests, or of real programs")
    .description(
      'Run the programs of a file of dso-sort tests (elf/dso-sort-tests-1.def) and compare with what it expects; or predict the order of real programs, one a line with the facts of its files (JSON lines, gzip too).',
    )
    .argument('<file>', 'ordering tests, or facts of real programs')
    .option('--libc <name>', LIBC)
    .option('--json', 'one JSON object an output, or {"program","init","fini","sort1"} a program')
    .addHelpText(
      'after',
      examples(
        'rtldlab order dso-sort-tests-1.def --libc 2.36',
        'rtldlab order - < tests.def',
        'rtldlab order test/fixtures/real-programs/programs.jsonl.gz --libc debian-2.36 --json',
      ),
    )
    .action(async (file: string, words: OrderWords) => (await import('../order.js')).order(session, file, words));
}
