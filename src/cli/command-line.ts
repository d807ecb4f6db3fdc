/**
 * The command line: which commands there are, what each takes, and where its words go. Thin: parse, call, exit code.
 *
 * What can go wrong: commander ends the process and prints by itself unless told not to; here it throws, and its faults become
 * complaints with codes like all others.
 */
import { Command, CommanderError } from 'commander';
import { oneOf } from '../scenario/diagnostics.js';
import { addCampaign } from './commands/campaign.js';
import { addCheck } from './commands/check.js';
import { addCompare } from './commands/compare.js';
import { addExplain } from './commands/explain.js';
import { addExplore } from './commands/explore.js';
import { addFirstLight } from './commands/first-light.js';
import { addHunt } from './commands/hunt.js';
import { addImport } from './commands/import.js';
import { addKernel } from './commands/kernel.js';
import { addOrder } from './commands/order.js';
import { addReal } from './commands/real.js';
import { addReplay } from './commands/replay.js';
import { addRun } from './commands/run.js';
import { addSysroot } from './commands/sysroot.js';
import { type Complaint, quoted, unknown } from './complaint.js';
import { EXIT, type ExitCode } from './exit.js';
import { Session } from './session.js';
import type { Terminal } from './terminal.js';
import { version } from './version.js';

export { processTerminal } from './terminal.js';

const EXIT_CODES = `
Exit codes:
  0   as expected
  1   a verdict, path or prediction that was not expected
  2   something is wrong with a file, a name or an option
  3   a bound was hit before the answer was known
  4   the model lacks something that a scenario needs
  5   units of a campaign are missing
  70  a fault of rtldlab itself
  130 stopped by Ctrl-C
  143 stopped by SIGTERM`;

/** The word in quotes in one of commander's messages. */
function blamed(message: string): string {
  return /'([^']*)'/.exec(message)?.[1] ?? '';
}

function ownNames(command: Command): string[] {
  return command.options.flatMap((option) => [option.long ?? option.short ?? '']).concat('--help');
}

/** A command and all commands of its own, and theirs. */
function withAllBelow(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAllBelow)];
}

/** The command that words name, as far as they do: `campaign run` of `campaign run DIR`. */
function commandOf(command: Command, [word, ...rest]: readonly string[]): Command {
  const next = command.commands.find((each) => each.name() === word);
  return next === undefined ? command : commandOf(next, rest);
}

/** What is typed to reach a command. */
function callOf(command: Command): string {
  return command.parent === null ? command.name() : `${callOf(command.parent)} ${command.name()}`;
}

/** What commander found wrong, in our words. */
function complaintOf(error: CommanderError, program: Command, argv: readonly string[]): Complaint {
  const command = commandOf(program, argv);
  const next = `${callOf(command)} --help`;
  const word = blamed(error.message);
  const commands = command.commands.map((each) => each.name());
  if (error.code === 'commander.unknownCommand') return { ...unknown('C001', 'command', word, commands), next };
  if (error.code === 'commander.unknownOption') {
    return { ...unknown('C002', 'option', word.split('=')[0] ?? '', ownNames(command)), next };
  }
  if (error.code === 'commander.help') {
    return { code: 'C003', message: `${command.name()} is not enough`, expected: oneOf(commands), next };
  }
  const message = error.message.replace(/^error: /, '').replace(/'([^']*)'/g, (_, name: string) => quoted(name));
  return { code: 'C003', message, next };
}

/** The program with all its commands, silent where commander would print by itself. */
function commandLine(session: Session): Command {
  const program = new Command('rtldlab');
  program
    .description(
      'Litmus tests for everything that runs before main: a simulator of the loader, libc start-up and rseq.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES);
  addRun(program, session);
  addExplore(program, session);
  addCompare(program, session);
  addCheck(program, session);
  addHunt(program, session);
  addReplay(program, session);
  addOrder(program, session);
  addImport(program, session);
  addReal(program, session);
  addSysroot(program, session);
  addKernel(program, session);
  addExplain(program, session);
  addFirstLight(program, session);
  addCampaign(program, session);
  for (const each of withAllBelow(program)) {
    each
      .exitOverride()
      .helpOption('--help', 'print this help')
      .showSuggestionAfterError(false)
      .allowExcessArguments(false)
      .configureOutput({
        writeOut: (text) => session.terminal.out(text),
        writeErr: () => undefined,
      });
  }
  return program;
}

/**
 * Run one command line.
 *
 * @param argv the words after the program's name
 * @returns the exit code; whatever is wrong has been told on `terminal`, nothing throws
 */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const session = new Session(terminal);
  const program = commandLine(session);
  if (argv.length === 0) {
    terminal.err(program.helpInformation());
    return EXIT.badInput;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) session.broken(error);
    else if (error.exitCode !== 0) session.complain(complaintOf(error, program, argv));
  }
  return session.end();
}
