/**
 * Words that several commands share: what a libc, a kernel or a file of semantics is called in `--help`, and the options of every
 * command that searches. It stands for the vocabulary of the command line.
 *
 * What can go wrong: two commands that name the same thing differently; what is shared is written here once.
 */
import type { Command } from 'commander';

export const LIBC =
  'a release (2.31, 2.36, 2.41, 2.43, 2.32-dev), a distribution build (debian-2.36) or a semantics (patch-v12)';
export const SEMANTICS = 'your own semantics from files .ts, .js or .json: docs/tutorial-your-own-proposal.md';
export const KERNEL = 'a Linux release from 4.17 to 7.1, with amendments as 6.18+debug, or no-rseq';

export const SCENARIOS = 'scenario files, or folders of them';

/** Command lines to copy, under a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** An option that may be given several times. */
export function collect(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

/** A command that searches: its options. */
export function searching(command: Command): Command {
  return command
    .option('--semantics <file>', SEMANTICS, collect)
    .option('--kernel <name>', KERNEL)
    .option('--max-states <n>', 'give up after so many states (5000000); what was not reached is then not proven')
    .option('--memory <mib>', 'memory that the states of a search may take; reaching it is a bound like --max-states')
    .option('--reduce [kinds]', 'leave out what cannot change a verdict: partial-order,stretches; without a word both')
    .option('--workers <n>', 'threads to search with (1); the answer is the same, byte for byte')
    .option('--keep <dir>', 'keep searches in this folder while they run; the same command goes on after any end')
    .option('--json', 'one JSON object a line, with its schema');
}

/** A command that looks at a program on a disk: where it would be started. */
export function surroundings(command: Command): Command {
  return command
    .option('--root <dir>', 'the program and its libraries lie below this folder, as after chroot')
    .option('--library-path <paths>', 'LD_LIBRARY_PATH; without it that of this shell, and none with --root')
    .option('--preload <names>', 'LD_PRELOAD, likewise')
    .option(
      '--cpu <level>',
      'x86-64, x86-64-v2, -v3 or -v4, for glibc-hwcaps folders; without it this machine, x86-64 with --root',
    );
}
