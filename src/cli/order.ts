/**
 * `rtldlab order FILE`: constructors and destructors in order, of glibc's ordering tests (elf/dso-sort-tests-1.def), each compared
 * with what its file expects, of real programs known by the facts of their files, or of a program itself.
 *
 * What can go wrong: an output that is known not to come out (`xfail_output`) must not count, whichever way it goes.
 */
import { withFile } from '../elf/bytes.js';
import { filesOfProgram, type ProgramFacts, parseFacts } from '../elf/facts.js';
import type { Build } from '../process/builds.js';
import { type OrderOutcome, orderOutcome } from '../process/order.js';
import { type ProgramOrder, programOrder } from '../process/order-program.js';
import { parseDsoTests } from '../scenario/dso-test.js';
import { type DsoRun, dsoRuns } from '../scenario/dso-test-runs.js';
import { EXIT } from './exit.js';
import { readText } from './input.js';
import { columns, counted } from './layout.js';
import { DEFAULT_LIBC, libcNamed } from './names.js';
import { type OrderProgramWords, orderProgram } from './order-program.js';
import type { Session } from './session.js';
import { breathe } from './terminal.js';

export type OrderWords = OrderProgramWords;

interface Asked {
  readonly libc: Build;
  readonly json: boolean;
}

/** The order of real programs: one JSON object a line, or lines for a person. */
function tellProgram(session: Session, facts: ProgramFacts, { libc, json }: Asked): void {
  const files = filesOfProgram(facts);
  const order = programOrder(files, libc, null);
  const sort1 = programOrder(files, libc, 1);
  if (order.error !== undefined) session.note(EXIT.unexpected);
  if (json) {
    const { init, fini } = sort1;
    session.line(JSON.stringify({ program: facts.program, ...order, sort1: { init, fini } }));
    return;
  }
  session.line(columns([[facts.program]]));
  const { init, fini, error } = order;
  const rows = [
    ['init', init.join(' ')],
    ['fini', fini.join(' ')],
    ...(error === undefined ? [] : [['error', error]]),
    ...(sameOrder(order, sort1)
      ? []
      : [
          ['init, sort 1', sort1.init.join(' ')],
          ['fini, sort 1', sort1.fini.join(' ')],
        ]),
  ];
  session.line(columns(rows, '  '));
}

function sameOrder(a: ProgramOrder, b: ProgramOrder): boolean {
  return a.init.join(' ') === b.init.join(' ') && a.fini.join(' ') === b.fini.join(' ');
}

function verdictOf({ agrees, fails }: OrderOutcome): string {
  if (fails) return agrees ? 'agrees (was not expected to)' : 'differs (as expected)';
  return agrees ? 'agrees' : 'DIFFERS';
}

/** One run of a test: what was expected, and what the model says. Undefined when the simulator broke. */
function tellRun(session: Session, run: DsoRun, { libc, json }: Asked): OrderOutcome | undefined {
  try {
    const outcome = orderOutcome(run, libc);
    const { name, tunables, expected, predicted } = outcome;
    if (json) session.line(JSON.stringify({ schema: 'rtldlab.order/1', libc: libc.name, ...outcome }));
    else {
      session.line(columns([[`${verdictOf(outcome)}  ${name}  ${tunables}`]]));
      session.line(columns([['expected ', expected]], '  '));
      session.line(columns([['predicted', predicted]], '  '));
    }
    return outcome;
  } catch (error) {
    session.broken(error, run.name);
    return undefined;
  }
}

async function orderTests(session: Session, runs: readonly DsoRun[], asked: Asked): Promise<void> {
  if (runs.length === 0) return;
  let agree = 0;
  let known = 0;
  for (const run of runs) {
    const outcome = tellRun(session, run, asked);
    if (run.fails) known++;
    else if (outcome?.agrees === true) agree++;
    await breathe();
  }
  const counting = runs.length - known;
  if (agree < counting) session.note(EXIT.unexpected);
  if (asked.json) session.line(JSON.stringify({ schema: 'rtldlab.order-summary/1', agree, runs: counting, known }));
  else {
    if (known > 0) session.line(`not counted: ${counted(known, 'run')} of which the file says that the output differs`);
    session.line(`${agree} of ${counting} runs agree`);
  }
}

/** Whether a text is a file of facts: its first line that says something is a JSON object. */
function isFacts(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/** Whether a file begins as ELF files do. */
function isElf(file: string): boolean {
  const magic =
    file === '-' ? undefined : withFile(file, (bytes) => bytes.size >= 4 && bytes.u32(0, 'the magic number'));
  return magic === 0x464c457f;
}

/** Put the objects of a file in order: of ordering tests, of real programs by their facts, or of a program. */
export async function order(session: Session, file: string, words: OrderWords): Promise<void> {
  if (words.root !== undefined || isElf(file)) return orderProgram(session, file, words);
  const libc = session.take(libcNamed(words.libc ?? DEFAULT_LIBC));
  const text = libc === undefined ? undefined : session.take(readText(file, session.terminal));
  if (libc === undefined || text === undefined) return;
  const asked = { libc, json: words.json === true };
  const name = file === '-' ? 'standard input' : file;
  if (!isFacts(text)) {
    const { tests, diagnostics } = parseDsoTests(text, name);
    session.diagnose(diagnostics);
    return orderTests(session, tests.flatMap(dsoRuns), asked);
  }
  const { programs, diagnostics } = parseFacts(text, name);
  session.diagnose(diagnostics);
  for (const facts of programs) {
    try {
      tellProgram(session, facts, asked);
    } catch (error) {
      session.broken(error, facts.program);
    }
    await breathe();
  }
}
