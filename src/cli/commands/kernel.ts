/**
 * `rtldlab kernel`: its words. It stands for a script of rseq system calls put to the model of the kernel.
 *
 * What can go wrong: start-up paying for what this run does not use; `kernel.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { KernelWords } from '../kernel.js';
import type { Session } from '../session.js';
import { examples, KERNEL } from './options.js';

export function addKernel(program: Command, session: Session): void {
  program
    .command('kernel')
    .summary('scripts of rseq system calls against the model of the kernel')
    .description(
      'Play each script of FILE (JSON lines or one JSON array, gzip too; - is standard input) and print what it saw.',
    )
    .argument('<file>', 'scripts of system calls')
    .option('--kernel <name>', KERNEL)
    .option('--json', 'one result a line, in the format of the recordings')
    .addHelpText(
      'after',
      examples(
        'rtldlab kernel test/fixtures/kernel-rseq/6.18.jsonl.gz --json',
        'rtldlab kernel scripts.jsonl --kernel 5.4',
      ),
    )
    .action(async (file: string, words: KernelWords) => (await import('../kernel.js')).kernel(session, file, words));
}
