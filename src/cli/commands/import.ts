/**
 * `rtldlab import`: its words. It stands for programs that lie on a disk.
 *
 * What can go wrong: start-up paying for what this run does not use; `import.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { ImportWords } from '../import.js';
import type { Session } from '../session.js';
import { examples, LIBC, surroundings } from './options.js';

export function addImport(program: Command, session: Session): void {
  const command = program
    .command('import')
    .summary('a real program and all it loads, as a scenario')
    .description(
      'Read a program and its libraries, found as ld.so finds them, into a scenario that run and explore accept. What a scenario cannot say of them stands in comments at its top.',
    )
    .argument('<program>', 'an ELF program for Linux on x86-64')
    .option('-o, --output <file>', 'write the scenario there; without it to standard output')
    .option('--libc <name>', `${LIBC}; without it the one the program finds`);
  surroundings(command)
    .option('--json', 'one JSON object with the text')
    .addHelpText(
      'after',
      examples('rtldlab import /usr/bin/ssh -o ssh.yaml', 'rtldlab import /usr/bin/ssh --root ./unpacked --json'),
    )
    .action(async (path: string, words: ImportWords) =>
      (await import('../import.js')).importProgram(session, path, words),
    );
}
