/**
 * `rtldlab real`: its words. It stands for putting the same question to the machine that was put to the model.
 *
 * What can go wrong: start-up paying for what this run does not use; `real.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { RealWords } from '../real.js';
import type { Session } from '../session.js';
import { examples, KERNEL, LIBC, SCENARIOS } from './options.js';

export function addReal(program: Command, session: Session): void {
  program
    .command('real')
    .summary("build worlds, run them on this machine's glibc and kernel, and compare with the prediction")
    .description(
      'Turn every member of each scenario, and every recorded world, into C, build it, run it traced under the installed glibc and kernel, and compare its files and its events with what the model predicts of this glibc. What cannot be run for real is skipped, with the reason.',
    )
    .argument('[scenario...]', `${SCENARIOS}; recordings too`)
    .option('--cc <compiler>', 'gcc, clang or a path (gcc)')
    .option('--sysroot <folder>', 'run under the libc unpacked there, instead of the installed one')
    .option('--libc <name>', `predict this build instead of the one that is found: ${LIBC}`)
    .option('--kernel <name>', `predict this kernel instead of the running one: ${KERNEL}`)
    .option('--jobs <n>', 'worlds at a time (as many as there are processors)')
    .option('--max-states <n>', 'states to look through for the schedule of threads that run side by side (5000000)')
    .option(
      '--generate <n>',
      'instead of files, so many random worlds; where machine and model part, the smallest is saved',
    )
    .option('--seed <n>', 'seed of the first random world; the next one has the next seed (1)')
    .option('--kinds <names>', 'kinds of random worlds, with commas between them (all but wild)')
    .option('--out <folder>', 'where worlds that differ are saved, as recordings (divergences)')
    .option('--shrink <n>', 'most worlds to build for making one smaller (200)')
    .option(
      '--json',
      'one rtldlab.real/1 a world, then one rtldlab.real-summary/1; with --generate one rtldlab.real-generate/1',
    )
    .addHelpText(
      'after',
      examples(
        'rtldlab real scenarios/loader',
        'rtldlab real scenarios/seed --cc clang',
        'rtldlab real --generate 200 --seed 7 --out divergences',
        'rtldlab real world.json --sysroot ~/.cache/rtldlab/sysroots/trixie',
      ),
    )
    .action(async (paths: string[], words: RealWords) => (await import('../real.js')).real(session, paths, words));
}
