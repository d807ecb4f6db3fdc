/**
 * What the machine's own ld.so says it does: a program run with `LD_DEBUG=files`, and the order of its `calling init` and `calling
 * fini`. Stands for elf/dl-debug.c and the messages of elf/dl-init.c and elf/dl-call_fini.c.
 *
 * What can go wrong: more than one program in one log. What a program starts writes logs of its own, by process number; what it
 * turns into by exec goes on in the same log, after a second `transferring control`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTABLE } from '../process/order-program.js';

/** A dlopen that had to look for a file: the name, and the path of the object that called. */
export interface LoggedOpening {
  readonly name: string;
  readonly by: string;
}

/** What ld.so said of one run. Objects by their paths, the program as `(main)`; the base namespace only. */
export interface LoaderLog {
  /** Before control went to the program. */
  readonly init: readonly string[];
  /** What was opened, before control went to the program and after. */
  readonly openings: readonly LoggedOpening[];
  /** Some of it before: a constructor opened it. */
  readonly openedAtStart: boolean;
  /** Opened objects that were closed again: finalised before the program. */
  readonly closed: readonly string[];
  /** From the program's own finalisers on; empty where it left without running exit. */
  readonly fini: readonly string[];
  /** It became another program before its end. */
  readonly becameAnother: boolean;
}

const LINE =
  /^\s*\d+:\t(?:(calling init|calling fini|transferring control): (.*)|file=(.*) \[0\]; {2}dynamically loaded by (.*) \[0\])$/;

/** The events of the first program in a log. */
function eventsOf(text: string): { readonly lines: readonly RegExpExecArray[]; readonly transfers: number } {
  const lines: RegExpExecArray[] = [];
  let transfers = 0;
  for (const line of text.split('\n')) {
    const read = LINE.exec(line);
    if (read?.[1] === 'transferring control') transfers++;
    if (read !== null && transfers < 2) lines.push(read);
  }
  return { lines, transfers };
}

/** Read a log of `LD_DEBUG=files`. `program` is what it was started as; undefined where no control was ever transferred. */
export function readLoaderLog(text: string, program: string): LoaderLog | undefined {
  const { lines, transfers } = eventsOf(text);
  if (transfers === 0) return undefined;
  const nameOf = (path: string) => (path === program || path === '' ? EXECUTABLE : path);
  const started = lines.findIndex(([, what]) => what === 'transferring control');
  const objectsOf = (wanted: string, among: readonly RegExpExecArray[]) =>
    among.flatMap(([, what, object = '']) => (what === wanted ? [object] : []));
  const finalised = objectsOf('calling fini', lines).flatMap((object) => {
    const [, path = object, namespace = '0'] = /^(.*) \[(\d+)\]$/.exec(object) ?? [];
    return namespace === '0' ? [nameOf(path)] : [];
  });
  const end = finalised.indexOf(EXECUTABLE);
  return {
    init: objectsOf('calling init', lines.slice(0, started)),
    openings: lines.flatMap(([, , , name, by = '']) => (name === undefined ? [] : [{ name, by }])),
    openedAtStart: lines.slice(0, started).some(([, , , name]) => name !== undefined),
    closed: end < 0 ? finalised : finalised.slice(0, end),
    fini: end < 0 ? [] : finalised.slice(end),
    becameAnother: transfers > 1,
  };
}

/** How a run ended, with what ld.so said; no log where ld.so was not heard. */
export interface DebuggedRun {
  /** Exit status; null where it was stopped or died of a signal. */
  readonly status: number | null;
  readonly log: LoaderLog | undefined;
}

/** What a program may see of the world: no display, no bus, no home. */
const quiet = (folder: string): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
  HOME: folder,
  TMPDIR: folder,
  XDG_RUNTIME_DIR: folder,
  LC_ALL: 'C',
  TERM: 'dumb',
});

/** Most bytes of a log that are read. */
const LOG_MAX = 1 << 26;

/** The log of the process that came first. */
function firstLog(folder: string): string | undefined {
  const numbers = readdirSync(folder).flatMap((name) => /^log\.(\d+)$/.exec(name)?.[1] ?? []);
  const [first] = numbers.map(Number).sort((a, b) => a - b);
  if (first === undefined) return undefined;
  const path = join(folder, `log.${first}`);
  return statSync(path).size > LOG_MAX ? undefined : readFileSync(path, 'latin1');
}

/** Words before a command that shut it off from other processes and the network; none where the machine does not let us. */
export type Fence = readonly string[];

export const FENCE: Fence = ['unshare', '-p', '-f', '-n', '-i', '-u', '-m', '--mount-proc', '--kill-child', '--'];

/** End a command and everything it started. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Run a command in an empty folder, nothing to read, output thrown away; its exit status. */
function finished(
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  limit: number,
): Promise<number | null> {
  const [command = '', ...rest] = words;
  return new Promise((done) => {
    const child = spawn(command, rest, { cwd, env, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => endGroup(child.pid), limit);
    const end = (status: number | null) => {
      clearTimeout(timer);
      endGroup(child.pid);
      done(status);
    };
    child.once('error', () => end(null));
    child.once('exit', end);
  });
}

/** Whether commands can be shut off here. */
export async function fenceHere(): Promise<Fence> {
  const status = await finished([...FENCE, '/bin/true'], tmpdir(), quiet(tmpdir()), 5000);
  return status === 0 ? FENCE : [];
}

/**
 * Run a program under `LD_DEBUG=files` in an empty folder that is removed afterwards.
 *
 * @param limit milliseconds
 */
export async function debuggedRun(
  program: string,
  args: readonly string[],
  fence: Fence,
  limit: number,
): Promise<DebuggedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'rtldlab-order-'));
  try {
    const variables = [`LD_DEBUG=files`, `LD_DEBUG_OUTPUT=${join(folder, 'log')}`];
    // A shell stays above the program, so that it is not process 1 of its namespace, which is a special one.
    const words = ['sh', '-c', '"$@"; exit $?', 'sh', 'env', ...variables, program, ...args];
    const status = await finished([...fence, ...words], folder, quiet(folder), limit);
    const text = firstLog(folder);
    return { status, log: text === undefined ? undefined : readLoaderLog(text, program) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
