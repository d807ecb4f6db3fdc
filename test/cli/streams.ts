/**
 * A terminal made of strings, and the command line run on it: what a test needs instead of a shell.
 *
 * What can go wrong: a test that passes here and fails in a shell; `built.test.ts` runs the built command in a process of its own.
 */
import { runCommandLine } from '../../src/cli/command-line.js';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Run a command line, with text or bytes as standard input. */
export async function rtldlab(argv: readonly string[], stdin: string | Uint8Array = ''): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  const given = typeof stdin === 'string' ? Buffer.from(stdin) : stdin;
  const code = await runCommandLine(argv, {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    stdin: (most) => (given.length > most ? undefined : given),
    watched: false,
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** The words of a line as a shell would split it; quotes keep blanks, nothing else is special. */
export function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}
