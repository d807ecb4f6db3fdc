/**
 * `rtldlab kernel`: its words. It stands for a script of rseq system calls put to the model of the kernel, or to the kernel itself.
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
    .summary('scripts of rseq system calls against the model of the kernel, or against the running one')
    .description(
      'Play each script of FILE (JSON lines or one JSON array, gzip too; - is standard input) and print what it saw. With --real play it on the running kernel too, compare, and make smaller what differs.',
    )
    .argument('[file]', 'scripts of system calls')
    .option('--generate <n>', 'instead of a file, so many scripts drawn from the seed')
    .option('--seed <n>', 'of --generate (1)')
    .option('--kernel <name>', `${KERNEL}; with --real, compare with this one instead of the one that is found`)
    .option('--real', 'on the running kernel beside the model: what is equal, and where they part')
    .option('--cc <compiler>', 'with --real: what compiles the driver, gcc, clang or a path (gcc)')
    .option('--out <folder>', 'with --real: where to keep the smallest script of each difference (divergences)')
    .option('--json', 'one result a line, in the format of the recordings; with --real rtldlab.kernel-real/1')
    .addHelpText(
      'after',
      examples(
        'rtldlab kernel test/fixtures/kernel-rseq/6.18.jsonl.gz --json',
        'rtldlab kernel scripts.jsonl --kernel 5.4',
        'rtldlab kernel test/fixtures/kernel-rseq/6.18.jsonl.gz --real',
        'rtldlab kernel --real --generate 200 --seed 7',
      ),
    )
    .action(async (file: string | undefined, words: KernelWords) =>
      (await import('../kernel.js')).kernel(session, file, words),
    );
}
