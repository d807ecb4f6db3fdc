/**
 * The command line: which commands there are, what each takes, and where its words go. Thin: parse, call, exit code.
 *
 * What can go wrong: commander ends the process and prints by itself unless told not to; here it throws, and its faults become
 * complaints with codes like all others.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { type Complaint, quoted, unknown } from './complaint.js';
import { EXIT, type ExitCode } from './exit.js';
import { type KernelWords, kernel } from './kernel.js';
import { type RunWords, run } from './run.js';
import { Session } from './session.js';
import type { Terminal } from './terminal.js';

const EXIT_CODES = `
Exit codes:
  0   as expected
  1   a verdict, path or prediction that was not expected
  2   something is wrong with a file, a name or an option
  3   a bound was hit before the answer was known
  70  a fault of rtldlab itself`;

const LIBC =
  'a release (2.31, 2.36, 2.41, 2.43, 2.32-dev), a distribution build (debian-2.36) or a semantics (patch-v12)';
const KERNEL = 'a Linux release from 4.17 to 7.1, with amendments as 6.18+debug, or no-rseq';

function version(): string {
  const about = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return about.version;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

function addRun(program: Command, session: Session): void {
  program
    .command('run')
    .summary('one schedule of each world, event by event')
    .description(
      'Run one schedule of each world in FILE and print its events, in the format of the recordings. FILE is a scenario (YAML or JSON), a recorded world, or a recording (one world a line, gzip too); - is standard input. A family (vary) is run member by member.',
    )
    .argument('<file>', 'scenario or recording')
    .option('--libc <name>', LIBC)
    .option('--kernel <name>', KERNEL)
    .option('--seed <n>', 'draw the schedule from this seed; without it the lowest-numbered thread goes first')
    .option('--json', 'one {"id","events"} a line, or {"id","unsupported"}')
    .addHelpText(
      'after',
      examples(
        'rtldlab run scenarios/seed/constructor.yaml --libc patch-v12',
        'rtldlab run test/fixtures/glibc/2.36.jsonl.gz --libc debian-2.36 --json',
        'rtldlab run - --seed 7 < world.json',
      ),
    )
    .action((file: string, words: RunWords) => run(session, file, words));
}

function addKernel(program: Command, session: Session): void {
  program
    .command('kernel')
    .summary('scripts of rseq system calls against the model of the kernel')
    .description(
      'Play each script of FILE (JSON lines or one JSON array, gzip too; - is standard input) and print what it saw.',
    )
    .argument('<file>', 'scripts of system calls')
    .option('--kernel <name>', KERNEL)
    .option('--json', 'one result a line, in the format of the recordings')
    .addHelpText(
      'after',
      examples(
        'rtldlab kernel test/fixtures/kernel-rseq/6.18.jsonl.gz --json',
        'rtldlab kernel scripts.jsonl --kernel 5.4',
      ),
    )
    .action((file: string, words: KernelWords) => kernel(session, file, words));
}

/** The word in quotes in one of commander's messages. */
function blamed(message: string): string {
  return /'([^']*)'/.exec(message)?.[1] ?? '';
}

function ownNames(command: Command): string[] {
  return command.options.flatMap((option) => [option.long ?? option.short ?? '']).concat('--help');
}

/** What commander found wrong, in our words. */
function complaintOf(error: CommanderError, program: Command, argv: readonly string[]): Complaint {
  const command = program.commands.find((each) => each.name() === argv[0]);
  const next = `rtldlab ${command === undefined ? '' : `${command.name()} `}--help`;
  const word = blamed(error.message);
  if (error.code === 'commander.unknownCommand') {
    return {
      ...unknown(
        'C001',
        'command',
        word,
        program.commands.map((each) => each.name()),
      ),
      next,
    };
  }
  if (error.code === 'commander.unknownOption') {
    return { ...unknown('C002', 'option', word.split('=')[0] ?? '', ownNames(command ?? program)), next };
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
  addKernel(program, session);
  for (const each of [program, ...program.commands]) {
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
  return session.code;
}
