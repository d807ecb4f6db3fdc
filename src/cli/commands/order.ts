/**
 * `rtldlab order`: its words. It stands for glibc's ordering tests, and for programs that lie on a disk.
 *
 * What can go wrong: start-up paying for what this run does not use; `order.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { OrderWords } from '../order.js';
import type { Session } from '../session.js';
import { examples, LIBC, surroundings } from './options.js';

export function addOrder(program: Command, session: Session): void {
  const command = program
    .command('order')
    .summary("constructor and destructor order of glibc's ordering tests, or of real programs")
    .description(
      'Predict the order of a program and of all it loads, and say why each file was found where it was found; or run the programs of a file of dso-sort tests (elf/dso-sort-tests-1.def) and compare with what it expects; or predict the order of real programs, one a line with the facts of its files (JSON lines, gzip too).',
    )
    .argument('<file>', 'a program, ordering tests, or facts of real programs')
    .option('--libc <name>', `${LIBC}; of a program, the one it finds`);
  surroundings(command)
    .option('--json', 'one JSON object an output, or one a program')
    .addHelpText(
      'after',
      examples(
        'rtldlab order /usr/bin/ssh',
        'rtldlab order /usr/bin/ssh --root ./unpacked --libc debian-2.41',
        'rtldlab order dso-sort-tests-1.def --libc 2.36',
        'rtldlab order - < tests.def',
        'rtldlab order test/fixtures/real-programs/programs.jsonl.gz --libc debian-2.36 --json',
      ),
    )
    .action(async (file: string, words: OrderWords) => (await import('../order.js')).order(session, file, words));
}
