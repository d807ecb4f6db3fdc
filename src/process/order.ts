/**
 * Constructor and destructor orders of whole programs: the output of a dso-sort test, as its program would print it, and whether
 * it is the expected one (scripts/dso-ordering-test.py:generate_testcase).
 *
 * What can go wrong: a program that ends early and has printed what was expected so far. Its end is part of what is compared.
 */
import type { DsoRun } from '../scenario/dso-test-runs.js';
import type { RecordedEvent } from '../scenario/world-schema.js';
import { type Build, programFor } from './builds.js';
import { dsoWorld, functionOwner, notedName } from './order-world.js';
import { runProgram } from './run.js';

/** What became of one run of a test. */
export interface OrderOutcome {
  readonly name: string;
  readonly tunables: string;
  readonly expected: string;
  readonly predicted: string;
  readonly agrees: boolean;
  /** The test itself says that this output does not come out. */
  readonly fails: boolean;
}

/** What each kind of event prints; others print nothing. */
const prints: Readonly<Record<string, (event: RecordedEvent) => string>> = {
  ctor: ({ obj }) => `${notedName(obj)}>`,
  dtor: ({ obj }) => `<${notedName(obj)}`,
  func: ({ detail = '' }) => `${functionOwner(detail)}(`,
  mark: ({ detail = '' }) => detail,
  'dlopen.ret': ({ result = '' }) => (result === 'ok' ? '' : failure('dlopen', result)),
  'dlclose.ret': ({ result = '' }) => (result === '0' ? '' : failure('dlclose', result)),
  'dlsym.ret': ({ result = '' }) => (result === 'ok' ? '' : failure('dlsym', result)),
  stderr: ({ detail = '' }) => ` ${detail.trim()} `,
  end: ({ result = '' }) => (result === 'exit 0' ? '' : ` (${result})`),
};

/** What no output that is expected can contain. */
const failure = (call: string, result: string): string => ` (${call} failed: ${result}) `;

/** What the program of a test prints, as its events show it. */
export function printedBy(events: readonly RecordedEvent[]): string {
  return events
    .map((event) => (Object.hasOwn(prints, event.kind) ? (prints[event.kind]?.(event) ?? '') : ''))
    .join('')
    .trim();
}

const withoutBlanks = (text: string): string => text.replace(/\s+/g, '');

/** Run one program of a test under a libc build. Blanks count for nothing in the comparison. */
export function orderOutcome({ name, description, tunables, expected, fails }: DsoRun, libc: Build): OrderOutcome {
  const { events } = runProgram(programFor(libc, dsoWorld(description, tunables), undefined));
  const predicted = printedBy(events);
  const agrees = withoutBlanks(predicted) === withoutBlanks(expected);
  return { name, tunables, expected, predicted, agrees, fails };
}
