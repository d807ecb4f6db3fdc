/**
 * What `rtldlab --help` prints, kept by the build: to make it, every command and all its options must be there first. It stands for a
 * man page.
 *
 * What can go wrong: a text that is older than the commands. The build writes it last, from the command itself, and without it, or for a
 * terminal of another width, the help is made as all others are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isatty } from 'node:tty';

const kept = new URL('./help.txt', import.meta.url);

/** Answer `--help` with the kept text. @returns whether it was answered */
export function answeredHelp(argv: readonly string[]): boolean {
  if (argv.length !== 1 || argv[0] !== '--help' || isatty(1)) return false;
  try {
    writeFileSync(1, readFileSync(kept));
    return true;
  } catch {
    return false;
  }
}
