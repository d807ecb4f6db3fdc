/**
 * A private folder, the commands that run in it, and the end of both. Stands for what mkdtemp(3) and a trap of the shell give a
 * careful script.
 *
 * What can go wrong: what is left behind. The folder goes at the end of the process, also after Ctrl-C and kill; a process that was
 * killed outright leaves one, which the next one removes. It knows it by the name: the maker's pid and when that process began.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A folder that ends with this process, and with it what runs there. */
export interface PrivateFolder {
  readonly folder: string;
  /** Ends what still runs here. */
  readonly closing: AbortController;
  /** Stops watching for the end of this process. */
  readonly forget: () => void;
}

/** Where to run a command, and for how long at most, in milliseconds. */
export interface Errand {
  readonly cwd?: string;
  readonly timeout?: number;
}

/** Longest that a command may take, in milliseconds, and most that it may say, in bytes. */
const TIME_MAX = 120_000;
const WORDS_MAX = 1 << 20;

/** The environment of a command: temporary files are the folder's, and messages are not translated. */
export const environmentIn = (folder: string): NodeJS.ProcessEnv => ({ ...process.env, TMPDIR: folder, LC_ALL: 'C' });

/** Run a command. Its temporary files are the folder's. Rejects when it fails, is too slow, or the folder closes. */
export async function runIn(
  { folder, closing }: Pick<PrivateFolder, 'folder' | 'closing'>,
  command: string,
  args: readonly string[],
  { cwd, timeout = TIME_MAX }: Errand = {},
): Promise<string> {
  const { stdout } = await execute(command, [...args], {
    cwd: cwd ?? folder,
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: WORDS_MAX,
    signal: closing.signal,
    env: environmentIn(folder),
  });
  return stdout;
}

/** When a process began, in clock ticks since the machine did; undefined when there is no such process. In Linux: fs/proc/array.c. */
function beganAt(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Remove the folders of one kind whose processes are gone. */
function removeStale(below: string, kind: string): void {
  for (const name of readdirSync(below)) {
    const [, pid, began] = (name.startsWith(kind) ? /^(\d+)-(\d+)-/.exec(name.slice(kind.length)) : null) ?? [];
    if (pid === undefined || beganAt(pid) === began) continue;
    try {
      rmSync(join(below, name), { recursive: true, force: true });
    } catch {
      // Somebody else's: theirs to remove.
    }
  }
}

/** Remove a folder when this process ends or is told to; the answer stops that. */
function removeAtEnd(folder: string, closing: AbortController): () => void {
  const remove = () => {
    closing.abort();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const leave = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal]);
  process.once('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
  return () => {
    process.off('exit', remove);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, leave);
  };
}

/**
 * Make a private folder, after removing those of the same kind that killed processes left.
 *
 * @param kind how the names of such folders begin
 * @throws what the system says
 */
export async function openFolder(below: string, kind: string): Promise<PrivateFolder> {
  removeStale(below, kind);
  const folder = await mkdtemp(join(below, `${kind}${process.pid}-${beganAt(String(process.pid)) ?? 0}-`));
  const closing = new AbortController();
  return { folder, closing, forget: removeAtEnd(folder, closing) };
}

/** End what still runs in a folder and remove it. */
export function closeFolder({ folder, closing, forget }: PrivateFolder): void {
  forget();
  closing.abort();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
