/**
 * What `rtldlab --help` prints, kept by the build: to make it, every command and all its options must be there first. It stands for a
 * man page.
 *
 * What can go wrong: a text that is older than the commands. The build writes it last, from the command itself, and without it, or for a
 * terminal of another width, the help is made as all others are.
 */
import { readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

const kept = new URL('./help.txt', import.meta.url);

/** Answer `--help` with the kept text. @returns whether it was answered: if not, nothing has been printed */
export function answeredHelp(argv: readonly string[]): boolean {
  if (argv.length !== 1 || argv[0] !== '--help' || isatty(1)) return false;
  try {
    const text = readFileSync(kept);
    return writeSync(1, text) === text.length;
  } catch {
    return false;
  }
}
