/**
 * What every command shares while it runs: its terminal, how it complains, and how it ends. It stands for the discipline that one
 * fault makes one message and that the gravest fault makes the exit code.
 *
 * What can go wrong: a fault of our own shown as a stack trace, or taken for one of the input's. It is one line, names the broken
 * promise, and has an exit code of its own.
 */
import { type Diagnostic, printable, renderDiagnostic } from '../scenario/diagnostics.js';
import { type Answer, type Complaint, renderComplaint } from './complaint.js';
import { EXIT, type ExitCode, gravest } from './exit.js';
import type { Terminal } from './terminal.js';

/** Where to report a fault of the simulator. */
const REPORT = 'this is a fault of rtldlab: please report it with the command line and the file';

/** One line that names a broken promise. */
export function internalFault(error: unknown, where?: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n', 1)[0] ?? '';
  const named = line.startsWith('invariant') ? line : `invariant: ${line === '' ? 'an error without a message' : line}`;
  return `rtldlab: ${where === undefined ? '' : `${where}: `}${named}; ${REPORT}`;
}

export class Session {
  #code: ExitCode = EXIT.ok;
  /** Broken promises told so far, and how often each broke again. */
  readonly #broken = new Map<string, number>();

  constructor(readonly terminal: Terminal) {}

  /** The gravest code so far. */
  get code(): ExitCode {
    return this.#code;
  }

  /** Note how a part of the work ended. */
  note(code: ExitCode): void {
    this.#code = gravest([this.#code, code]);
  }

  /** A line on standard output. */
  line(text = ''): void {
    this.terminal.out(`${text}\n`);
  }

  /** Show a person how far the work is; the next call takes its place. */
  progress(text: string): void {
    if (this.terminal.watched) this.terminal.err(`\r\u001b[K${printable(text)}`);
  }

  /** Tell what is wrong with the command line or a file as such. */
  complain(complaint: Complaint): void {
    this.terminal.err(`${renderComplaint(complaint)}\n`);
    this.note(EXIT.badInput);
  }

  /** Tell what is wrong inside a scenario or recording; warnings alone leave the code as it is. */
  diagnose(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      this.terminal.err(`${renderDiagnostic(diagnostic)}\n`);
      if (diagnostic.severity === 'error') this.note(EXIT.badInput);
    }
  }

  /** Tell of a broken promise of the simulator; of the same one only once. */
  broken(error: unknown, where?: string): void {
    const promise = internalFault(error);
    const before = this.#broken.get(promise);
    this.#broken.set(promise, (before ?? 0) + 1);
    if (before === undefined) this.terminal.err(`${internalFault(error, where)}\n`);
    this.note(EXIT.internal);
  }

  /** The end of the work: say how often promises broke again. */
  end(): ExitCode {
    const again = [...this.#broken.values()].reduce((sum, times) => sum + times - 1, 0);
    if (again > 0) this.terminal.err(`rtldlab: and ${again} more of the same\n`);
    return this.#code;
  }

  /** The value of an answer; undefined after complaining. */
  take<T>(answer: Answer<T>): T | undefined {
    if ('value' in answer) return answer.value;
    this.complain(answer.complaint);
    return undefined;
  }

  /** The values of optional words: undefined where none was given, `bad` after complaining. */
  takeOption<T, W = string>(word: W | undefined, read: (word: W) => Answer<T>): T | undefined {
    return word === undefined ? undefined : this.take(read(word));
  }
}
