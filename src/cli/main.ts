#!/usr/bin/env node
/**
 * The `rtldlab` command. It stands for nothing in glibc or Linux: it hands the process's words and streams to the command line and
 * takes its exit code.
 *
 * What can go wrong: ending the process before its output is out; the exit code is set and the process ends by itself.
 */
import { answeredHelp } from './kept-help.js';

const argv = process.argv.slice(2);
if (!answeredHelp(argv)) {
  const { processTerminal, runCommandLine } = await import('./command-line.js');
  process.exitCode = await runCommandLine(argv, processTerminal());
}
