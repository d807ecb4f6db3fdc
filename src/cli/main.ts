#!/usr/bin/env node
/**
 * The `rtldlab` command. It stands for nothing in glibc or Linux: it hands the process's words and streams to the command line and
 * takes its exit code.
 *
 * What can go wrong: ending the process before its output is out; the exit code is set and the process ends by itself.
 */
import { runCommandLine } from './command-line.js';
import { processTerminal } from './terminal.js';

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
