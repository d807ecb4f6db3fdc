/**
 * The command line: which commands there are, what each takes, and where its words go. Thin: parse, call, exit code.
 *
 * What can go wrong: commander ends the process and prints by itself unless told not to; here it throws, and its faults become
 * complaints with codes like all others.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { check } from './check.js';
import { compare } from './compare.js';
import { type Complaint, quoted, unknown } from './complaint.js';
import { EXIT, type ExitCode } from './exit.js';
import { type ExplainWords, explain } from './explain.js';
import { type ExploreWords, explore } from './explore.js';
import { firstLight } from './first-light.js';
import { type KernelWords, kernel } from './kernel.js';
import { type OrderWords, order } from './order.js';
import { type ReplayWords, replay } from './replay.js';
import { type RunWords, run } from './run.js';
import { Session } from './session.js';
import type { Terminal } from './terminal.js';

const EXIT_CODES = `
Exit codes:
  0   as expected
  1   a verdict, path or prediction that was not expected
  2   something is wrong with a file, a name or an option
  3   a bound was hit before the answer was known
  4   the model lacks something that a scenario needs
  70  a fault of rtldlab itself`;

const LIBC =
  'a release (2.31, 2.36, 2.41, 2.43, 2.32-dev), a distribution build (debian-2.36) or a semantics (patch-v12)';
const SEMANTICS = 'your own semantics from files .ts, .js or .json: docs/tutorial-your-own-proposal.md';
const KERNEL = 'a Linux release from 4.17 to 7.1, with amendments as 6.18+debug, or no-rseq';

function version(): string {
  const about = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return about.version;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** An option that may be given several times. */
function collect(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
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
    .option('--semantics <file>', SEMANTICS, collect)
    .option('--kernel <name>', KERNEL)
    .option('--seed <n>', 'draw the schedule from this seed; without it the lowest-numbered thread goes first')
    .option('--why <n>', 'instead, which procedures of glibc put event number n where it is')
    .option('--max-steps <n>', 'give up on a world after so many steps (2000)')
    .option('--json', 'one {"id","events"} a line, or {"id","unsupported"}')
    .addHelpText(
      'after',
      examples(
        'rtldlab run scenarios/seed/constructor-takes-main-thread.yaml --libc patch-v12',
        'rtldlab run test/fixtures/glibc/2.36.jsonl.gz --libc debian-2.36 --json',
        'rtldlab run - --seed 7 < world.json',
        'rtldlab run scenarios/seed/constructor-takes-main-thread.yaml --why 2',
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

const SCENARIOS = 'scenario files, or folders of them';

/** A command that searches: its options. */
function searching(command: Command): Command {
  return command
    .option('--semantics <file>', SEMANTICS, collect)
    .option('--kernel <name>', KERNEL)
    .option('--max-states <n>', 'give up after so many states (1000000); what was not reached is then not proven')
    .option('--json', 'one JSON object a line, with its schema');
}

function addExplore(program: Command, session: Session): void {
  searching(
    program
      .command('explore')
      .summary('all schedules and all members of the families: verdicts and witnesses')
      .description(
        'Explore every schedule of every member of each scenario, and print a verdict for each expectation with the shortest way there. A single scenario under a single libc, and whatever is not as expected, is told as a story.',
      )
      .argument('<scenario...>', SCENARIOS)
      .option('--libc <names>', `semantics, with commas between them: ${LIBC}`),
  )
    .addHelpText(
      'after',
      examples(
        'rtldlab explore scenarios/seed/constructor-takes-main-thread.yaml --libc patch-v12',
        'rtldlab explore scenarios/seed --libc patch-v12,glibc-2.36',
      ),
    )
    .action((paths: string[], words: ExploreWords) => explore(session, paths, words));
}

function addCompare(program: Command, session: Session): void {
  searching(
    program
      .command('compare')
      .summary('the same scenarios under several semantics: the matrix, then the differences')
      .description('Judge scenarios (the seed shelf, unless others are named) under two or more semantics.')
      .argument('[word...]', 'semantics, two or more with those of files, then scenario files or folders'),
  )
    .addHelpText(
      'after',
      examples(
        'rtldlab compare patch-v12 glibc-2.36',
        'rtldlab compare 2.32-dev debian-2.36 scenarios/seed',
        'rtldlab compare patch-v12 --semantics ./mine.ts',
      ),
    )
    .action((words: string[], options: ExploreWords) => compare(session, words, options));
}

function addCheck(program: Command, session: Session): void {
  searching(
    program
      .command('check')
      .summary('a catalogue judged as its scenarios expect')
      .description('Judge each scenario under every semantics that its `expect` names, a line a judgement.')
      .argument('<scenario...>', SCENARIOS)
      .option('--libc <names>', 'only these semantics, with commas between them'),
  )
    .addHelpText('after', examples('rtldlab check scenarios/seed', 'rtldlab check scenarios --json'))
    .action((paths: string[], words: ExploreWords) => check(session, paths, words));
}

function addReplay(program: Command, session: Session): void {
  program
    .command('replay')
    .summary('a saved or printed path, told step by step')
    .description('Follow the path that a story printed, and tell it again.')
    .argument('<scenario>', 'scenario file')
    .requiredOption('--path <path>', 'steps with dots between them, as a story prints them')
    .option('--libc <name>', LIBC)
    .option('--semantics <file>', SEMANTICS, collect)
    .option('--kernel <name>', KERNEL)
    .option('--json', 'the story as one JSON object')
    .addHelpText(
      'after',
      examples('rtldlab replay scenarios/seed/constructor-takes-main-thread.yaml --libc patch-v12 --path main.main'),
    )
    .action((file: string, words: ReplayWords) => replay(session, file, words));
}

function addOrder(program: Command, session: Session): void {
  program
    .command('order')
    .summary("constructor and destructor order of glibc's ordering tests, or of real programs")
    .description(
      'Run the programs of a file of dso-sort tests (elf/dso-sort-tests-1.def) and compare with what it expects; or predict the order of real programs, one a line with the facts of its files (JSON lines, gzip too).',
    )
    .argument('<file>', 'ordering tests, or facts of real programs')
    .option('--libc <name>', LIBC)
    .option('--json', 'one JSON object an output, or {"program","init","fini","sort1"} a program')
    .addHelpText(
      'after',
      examples(
        'rtldlab order dso-sort-tests-1.def --libc 2.36',
        'rtldlab order - < tests.def',
        'rtldlab order test/fixtures/real-programs/programs.jsonl.gz --libc debian-2.36 --json',
      ),
    )
    .action((file: string, words: OrderWords) => order(session, file, words));
}

function addExplain(program: Command, session: Session): void {
  program
    .command('explain')
    .summary('what a number or a libc build stands for: L-08, C-05, P-24, debian-2.36')
    .description(
      'Say what numbers or names stand for, or in what two builds differ; without a word, list all that has a number.',
    )
    .argument('[id...]', 'a number as L-08, C-05, P-24, or a libc build as debian-2.36')
    .option('--diff', 'what differs between two builds, with the changes behind it')
    .option('--json', 'one JSON object each')
    .addHelpText(
      'after',
      examples('rtldlab explain L-08', 'rtldlab explain glibc-2.36', 'rtldlab explain --diff debian-2.36 debian-2.41'),
    )
    .action((words: string[], options: ExplainWords) => explain(session, words, options));
}

function addFirstLight(program: Command, session: Session): void {
  program
    .command('first-light')
    .summary('what `npm start` shows')
    .description(
      'The seed scenarios under five semantics, the shortest counterexample as a story, and how many recorded worlds of each real glibc the model predicts event for event.',
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('rtldlab first-light'))
    .action((words: { json?: true }) => firstLight(session, words));
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
  addExplore(program, session);
  addCompare(program, session);
  addCheck(program, session);
  addReplay(program, session);
  addOrder(program, session);
  addKernel(program, session);
  addExplain(program, session);
  addFirstLight(program, session);
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
  return session.end();
}
