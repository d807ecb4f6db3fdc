/**
 * The private folder in which programs are built and run: the compiled tracer, the stand-ins, and one folder a world. Everything
 * that is started in it ends with it.
 *
 * What can go wrong: what is left behind. The folder goes at the end of the process, also after Ctrl-C and kill; a process that was
 * killed outright leaves one, which the next one removes. It knows it by the name: the maker's pid and when that process began.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { standbySource } from './standby-source.js';
import { installedLoader, libcScript, type Sysroot } from './sysroot.js';
import { makeThinLibc, type Run } from './thin-libc.js';
import { Toolbox } from './toolbox.js';
import { tracerSource } from './tracer-source.js';

const execute = promisify(execFile);

/** What builds and what is built against. */
export interface Toolchain {
  /** A name on the PATH, or a path. */
  readonly compiler: string;
  /** The libc to link with and run under; without it the installed one. */
  readonly sysroot?: Sysroot | undefined;
  /** Whether worlds are built fast: tools on standby, a thin libc to link with. They are; the files are the same either way. */
  readonly standby?: boolean;
}

/** A folder with the compiled tracer and the stand-ins, shared by many worlds. */
export interface Workshop {
  readonly compiler: string;
  readonly sysroot?: Sysroot | undefined;
  /** The folder of the names that libraries are linked by. */
  readonly names: string;
  readonly folder: string;
  readonly tracer: string;
  readonly standIns: string;
  /** The tools that make and run the files of a world. */
  readonly toolbox: Toolbox;
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

/** Longest that a compiler may take, in milliseconds, and most that it may say, in bytes. */
const COMPILER_TIME = 120_000;
const WORDS_MAX = 1 << 20;

/** Run a command of a workshop. Its temporary files are the workshop's. Rejects when it fails, is too slow, or the workshop closes. */
export async function runIn(
  shop: Pick<Workshop, 'folder' | 'closing'>,
  command: string,
  args: readonly string[],
  { cwd, timeout = COMPILER_TIME }: Errand = {},
): Promise<string> {
  const { stdout } = await execute(command, [...args], {
    cwd: cwd ?? shop.folder,
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: WORDS_MAX,
    signal: shop.closing.signal,
    env: environmentIn(shop.folder),
  });
  return stdout;
}

const environmentIn = (folder: string): NodeJS.ProcessEnv => ({ ...process.env, TMPDIR: folder, LC_ALL: 'C' });

/** Compile the shim and give the toolbox what it needs; without a shim that compiles, tools are started as usual. */
async function toolboxIn(folder: string, closing: AbortController, tools: Toolchain): Promise<Toolbox> {
  const shim = join(folder, 'standby.so');
  await writeFile(join(folder, 'standby.c'), standbySource);
  const words = ['-O1', '-w', '-shared', '-fPIC', '-o', shim, 'standby.c', '-ldl'];
  const compiled =
    tools.standby !== false &&
    (await runIn({ folder, closing }, tools.compiler, words).then(
      () => true,
      () => false,
    ));
  const toolbox = new Toolbox({
    driver: tools.compiler,
    folder,
    ...(compiled ? { shim } : {}),
    env: environmentIn(folder),
    start: (program, rest, cwd, timeout) => runIn({ folder, closing }, program, rest, { cwd, timeout }),
  });
  closing.signal.addEventListener('abort', () => toolbox.close());
  return toolbox;
}

const PREFIX = 'rtldlab-real-';

/** When a process began, in clock ticks since the machine did; undefined when there is no such process. In Linux: fs/proc/array.c. */
function beganAt(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Remove the folders of processes that are gone. */
export function removeStale(below = tmpdir()): void {
  for (const name of readdirSync(below)) {
    const [, pid, began] = /^rtldlab-real-(\d+)-(\d+)-/.exec(name) ?? [];
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

/** The names by which programs are linked: those of a sysroot's libraries, and a thin libc in place of a whole one. */
async function nameLibraries(shop: Workshop, { compiler, sysroot, standby }: Toolchain): Promise<void> {
  const { names } = shop;
  await mkdir(names);
  const run: Run = (command, words) => runIn(shop, command, words);
  const placeOf = async (file: string) => dirname((await run(compiler, [`-print-file-name=${file}`])).trim());
  const whole = sysroot ?? {
    libraries: [await placeOf('libc.so.6')],
    development: await placeOf('libc_nonshared.a'),
    loader: installedLoader,
  };
  const shared = join(whole.libraries[0] ?? '', 'libc.so.6');
  const options = sysroot === undefined ? [] : [`-B${sysroot.development}/`];
  const thin = standby === false ? undefined : await makeThinLibc(run, compiler, shared, options, names);
  if (sysroot !== undefined || thin !== undefined) await writeFile(join(names, 'libc.so'), libcScript(whole, thin));
  if (sysroot === undefined) return;
  for (const [name, file] of [
    ['libpthread.so', 'libpthread.so.0'],
    ['libdl.so', 'libdl.so.2'],
  ] as const)
    await symlink(join(sysroot.libraries[0] ?? '', file), join(names, name));
}

/** Compile the tracer into a new private folder. Rejects when there is no working compiler. */
export async function openWorkshop(tools: Toolchain = { compiler: 'gcc' }): Promise<Workshop> {
  removeStale();
  const name = `${PREFIX}${process.pid}-${beganAt(String(process.pid)) ?? 0}-`;
  const folder = await mkdtemp(join(tmpdir(), name));
  const closing = new AbortController();
  const forget = removeAtEnd(folder, closing);
  const shop: Workshop = {
    compiler: tools.compiler,
    sysroot: tools.sysroot,
    names: join(folder, 'names'),
    folder,
    tracer: join(folder, 'tracer'),
    standIns: join(folder, 'standins'),
    toolbox: await toolboxIn(folder, closing, tools),
    closing,
    forget,
  };
  try {
    await nameLibraries(shop, tools);
    await writeFile(join(folder, 'tracer.c'), tracerSource);
    await mkdir(shop.standIns);
    await runIn(shop, tools.compiler, ['-O1', '-w', '-o', shop.tracer, 'tracer.c']);
  } catch (error) {
    closeWorkshop(shop);
    throw error;
  }
  return shop;
}

/** End what still runs in a workshop and remove everything it made. */
export function closeWorkshop(shop: Workshop): void {
  shop.forget();
  shop.closing.abort();
  rmSync(shop.folder, { recursive: true, force: true, maxRetries: 3 });
}
