/**
 * `rtldlab sysroot`: its words. It stands for asking another release than the installed one.
 *
 * What can go wrong: start-up paying for what this run does not use; `sysroot.ts` is loaded only when the command runs.
 */
import type { Command } from 'commander';
import type { Session } from '../session.js';
import type { SysrootWords } from '../sysroot.js';
import { examples } from './options.js';

export function addSysroot(program: Command, session: Session): void {
  program
    .command('sysroot')
    .summary("unpack another Debian release's libc into a cache folder, for `real --sysroot`")
    .description(
      "Fetch the libc packages of a Debian release (bullseye 2.31, bookworm 2.36, trixie 2.41, sid 2.43) with the system's package client from its configured mirror, and unpack them into a cache folder. Nothing is installed.",
    )
    .argument('<release>', 'bullseye, bookworm, trixie or sid, or the glibc release')
    .option('--cache <folder>', 'where to unpack ($XDG_CACHE_HOME/rtldlab/sysroots)')
    .option('--again', 'fetch it anew, though it is there')
    .option('--json', 'one rtldlab.sysroot/1')
    .addHelpText(
      'after',
      examples('rtldlab sysroot trixie', 'rtldlab real scenarios/loader --sysroot ~/.cache/rtldlab/sysroots/trixie'),
    )
    .action(async (name: string, words: SysrootWords) => (await import('../sysroot.js')).sysroot(session, name, words));
}
