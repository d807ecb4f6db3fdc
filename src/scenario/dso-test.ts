/**
 * Files of glibc's dso-sort tests (elf/dso-sort-tests-1.def): each test has a name, a description of objects and a main program,
 * and the constructors and destructors that are expected of it (scripts/dso-ordering-test.py:parse_description_file).
 *
 * What can go wrong: a line that belongs to the wrong test. A test ends where the next one is named; lines without a name
 * belong to the test before, and tunables count for the tests below them.
 */
import type { Code, Diagnostic } from './diagnostics.js';
import { type Draft, emptyDraft, endlessCalls, finishDescription, readDescription } from './dso-test-description.js';
import { countOrders, type DsoOutput, type DsoTest, ORDERS_MAX } from './dso-test-runs.js';
import type { DsoFault } from './dso-test-words.js';

/** Most faults that are told of one file. */
const FAULTS_MAX = 100;

/** A test that is being read. */
interface OpenTest {
  readonly name: string;
  readonly extended: boolean;
  readonly line: number;
  readonly draft: Draft;
  readonly tunables: readonly string[];
  readonly outputs: Map<string | null, DsoOutput>;
  sound: boolean;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Reads one file, line by line. */
class Reader {
  readonly tests: DsoTest[] = [];
  readonly diagnostics: Diagnostic[] = [];
  private tunables: readonly string[] = [];
  private open: OpenTest | null = null;
  private openLine: Line = { number: 1, text: '' };

  constructor(private readonly file: string) {}

  line(line: Line): void {
    const said = line.text.replace(/#.*$/, '').trimEnd();
    const at = said.length - said.trimStart().length;
    const text = said.slice(at);
    if (text === '') return;
    if (text === 'clear_tunables') {
      this.tunables = [];
      return;
    }
    const [label = '', name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
    if (label === '') this.description(line, text, at);
    else if (name === 'tunable_option') this.tunable(line, value, at);
    else if (/^(xfail_)?output/.test(name)) this.output(line, name, value, at);
    else this.test(line, name.trim(), value, at + text.length - value.length);
  }

  private tunable(line: Line, value: string, at: number): void {
    if (value === '') this.tell(line, fault('S082', 'an empty tunable', at, line.text.length - at, 'name=value'));
    else this.tunables = [...this.tunables, value];
  }

  private test(line: Line, label: string, description: string, at: number): void {
    this.end();
    const extended = /^xtest\((.*)\)$/.exec(label)?.[1];
    const head = { name: extended ?? label, extended: extended !== undefined, line: line.number };
    this.open = { ...head, draft: emptyDraft(), tunables: this.tunables, outputs: new Map(), sound: true };
    this.openLine = line;
    this.description(line, description, at);
  }

  private description(line: Line, text: string, at: number): void {
    if (this.open === null) {
      const expected = '`name: description`';
      this.tell(line, fault('S080', 'a description that belongs to no test', at, text.length, expected));
      return;
    }
    const wrong = readDescription(this.open.draft, text, at);
    if (wrong !== null) this.tell(line, wrong);
  }

  private output(line: Line, label: string, text: string, at: number): void {
    const parts = /^(xfail_)?output(?:\(([\w.=:]+)\))?$/.exec(label);
    if (parts === null) {
      const expected = 'output: or output(name=value):';
      this.tell(line, fault('S082', `${JSON.stringify(label)} names no tunable`, at, label.length, expected));
    } else if (this.open === null) {
      const expected = '`name: description` before it';
      this.tell(line, fault('S080', 'an output that belongs to no test', at, label.length, expected));
    } else {
      const tunables = parts[2] ?? null;
      this.open.outputs.set(tunables, { tunables, text, fails: parts[1] !== undefined });
    }
  }

  /** The test that is open is complete. */
  end(): void {
    const { open, openLine } = this;
    this.open = null;
    if (open === null || !open.sound) return;
    const description = finishDescription(open.draft);
    const at = openLine.text.length - openLine.text.trimStart().length;
    const refuse = (code: Code, message: string, expected: string): void =>
      this.tell(openLine, fault(code, message, at, open.name.length, expected));
    if (typeof description === 'string') refuse('S081', description, '{}-> and what it needs');
    else if (endlessCalls(description)) refuse('S083', 'functions that call each other without end', 'no cycle of =>');
    else if (countOrders(description) > ORDERS_MAX) refuse('S083', 'too many orders', `at most ${ORDERS_MAX}`);
    else {
      const { name, extended, line, tunables } = open;
      this.tests.push({ name, extended, line, description, tunables, outputs: [...open.outputs.values()] });
    }
  }

  private tell(line: Line, { at, length, ...rest }: DsoFault): void {
    if (this.open !== null) this.open.sound = false;
    if (this.diagnostics.length >= FAULTS_MAX) return;
    const place = { file: this.file, line: line.number, column: at + 1, length };
    this.diagnostics.push({ severity: 'error', ...rest, ...place, text: line.text });
  }
}

function fault(code: Code, message: string, at: number, length: number, expected: string): DsoFault {
  return { code, message, at, length, expected };
}

/**
 * Read a file of dso-sort tests. A test with a fault is left out and told of; the others are read all the same. Never throws.
 *
 * @param file the name of the file in diagnostics
 */
export function parseDsoTests(
  text: string,
  file = 'tests.def',
): { readonly tests: readonly DsoTest[]; readonly diagnostics: readonly Diagnostic[] } {
  const reader = new Reader(file);
  for (const [i, line] of text.split(/\r?\n/).entries()) reader.line({ number: i + 1, text: line });
  reader.end();
  return { tests: reader.tests, diagnostics: reader.diagnostics };
}
