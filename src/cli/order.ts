/**
 * `rtldlab order FILE`: the order of constructors and destructors in glibc's own ordering tests (elf/dso-sort-tests-1.def), each
 * compared with the output its file expects.
 *
 * What can go wrong: a test that is known to fail. It is as expected when its output does not come out.
 */
import type { Build } from '../process/builds.js';
import { type OrderOutcome, orderOutcome } from '../process/order.js';
import { parseDsoTests } from '../scenario/dso-test.js';
import { dsoRuns } from '../scenario/dso-test-runs.js';
import { EXIT } from './exit.js';
import { readText } from './input.js';
import { columns, counted } from './layout.js';
import { DEFAULT_LIBC, libcNamed } from './names.js';
import type { Session } from './session.js';
import { breathe } from './terminal.js';

export interface OrderWords {
  readonly libc?: string;
  readonly json?: true;
}

const asExpected = ({ agrees, fails }: OrderOutcome): boolean => agrees !== fails;

function outcomeText(outcome: OrderOutcome): string {
  const { name, tunables, expected, predicted } = outcome;
  const rows = [[asExpected(outcome) ? 'ok' : 'UNEXPECTED', name, tunables, predicted]];
  return columns(asExpected(outcome) ? rows : [...rows, ['', '', 'expected', expected]]);
}

function judgeRun(session: Session, libc: Build, run: Parameters<typeof orderOutcome>[0], json: boolean): boolean {
  try {
    const outcome = orderOutcome(run, libc);
    session.line(
      json ? JSON.stringify({ schema: 'rtldlab.order/1', libc: libc.name, ...outcome }) : outcomeText(outcome),
    );
    if (!asExpected(outcome)) session.note(EXIT.unexpected);
    return asExpected(outcome);
  } catch (error) {
    session.broken(error, run.name);
    return false;
  }
}

/** Run every program of a file of ordering tests. */
export async function order(session: Session, file: string, words: OrderWords): Promise<void> {
  const libc = session.take(libcNamed(words.libc ?? DEFAULT_LIBC));
  const text = libc === undefined ? undefined : session.take(readText(file, session.terminal));
  if (libc === undefined || text === undefined) return;
  const { tests, diagnostics } = parseDsoTests(text, file === '-' ? 'standard input' : file);
  session.diagnose(diagnostics);
  const runs = tests.flatMap(dsoRuns);
  let good = 0;
  for (const run of runs) {
    if (judgeRun(session, libc, run, words.json === true)) good++;
    await breathe();
  }
  if (words.json !== true && runs.length > 0) session.line(`${good} of ${counted(runs.length, 'output')} as expected`);
}
