/**
 * The workshop in which programs are built and run: a private folder with the compiled tracer, the stand-ins, and one folder a
 * world.
 *
 * What can go wrong: a compiler that compiles nothing. The tracer is made before any world, and without it there is no workshop.
 */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { KeptFiles } from './kept-files.js';
import { reordering } from './link-commands.js';
import { closeFolder, environmentIn, openFolder, type PrivateFolder, runIn } from './private-folder.js';
import { standbySource } from './standby-source.js';
import { installedLoader, libcScript, type Sysroot } from './sysroot.js';
import { makeThinLibc, type Run } from './thin-libc.js';
import { Toolbox } from './toolbox.js';
import { tracerSource } from './tracer-source.js';
import { Turns } from './turns.js';

/** Worlds under way for each that runs: the others are being built, or wait for the compiler, which takes many at once. */
export const UNDER_WAY = 32;

/** So many symbols of a library leave a small table of the link editor as it is. */
const FEW_SYMBOLS = 100;

/** What builds and what is built against. */
export interface Toolchain {
  /** A name on the PATH, or a path. */
  readonly compiler: string;
  /** The libc to link with and run under; without it the installed one. */
  readonly sysroot?: Sysroot | undefined;
  /** Most worlds that run at a time; as many as there are processors. Others are built meanwhile. */
  readonly jobs?: number;
  /** Whether worlds are built fast: tools on standby, a thin libc to link with. They are; the files are the same either way. */
  readonly standby?: boolean;
}

/** A folder with the compiled tracer and the stand-ins, shared by many worlds. */
export interface Workshop extends PrivateFolder {
  readonly compiler: string;
  readonly sysroot?: Sysroot | undefined;
  /** The folder of the names that libraries are linked by. */
  readonly names: string;
  /** Words that this compiler takes and not every one. */
  readonly options: readonly string[];
  /** Whether a thin libc is among them. */
  readonly thin: boolean;
  readonly tracer: string;
  readonly standIns: string;
  /** Files of worlds that were built here. */
  readonly kept: KeptFiles;
  /** Stand-ins that are made, or being made, by name. */
  readonly standInsMade: Map<string, Promise<void>>;
  /** Whose turn it is to run a world. */
  readonly turns: Turns;
  /** The tools that make and run the files of a world. */
  readonly toolbox: Toolbox;
}

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

/** The names by which programs are linked: those of a sysroot's libraries, and a thin libc, if there can be one, in place of a whole one; whether there is. */
async function nameLibraries(
  own: PrivateFolder,
  names: string,
  { compiler, sysroot, standby }: Toolchain,
): Promise<boolean> {
  await mkdir(names);
  const run: Run = (command, words) => runIn(own, command, words);
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
  if (sysroot !== undefined)
    for (const [name, file] of [
      ['libpthread.so', 'libpthread.so.0'],
      ['libdl.so', 'libdl.so.2'],
    ] as const)
      await symlink(join(sysroot.libraries[0] ?? '', file), join(names, name));
  // Before 2.34 libpthread is no empty name: its symbols would make a small table grow into another order.
  const named =
    sysroot === undefined ? run(compiler, ['-print-file-name=libpthread.so']) : join(names, 'libpthread.so');
  const threads = await run('nm', ['-D', (await named).trim()]).catch(() => '');
  return thin !== undefined && threads.split('\n').length < FEW_SYMBOLS;
}

/** The words of ours that a compiler knows beside the usual ones. */
function optionsOf(own: PrivateFolder, compiler: string): Promise<readonly string[]> {
  return runIn(own, compiler, [reordering, '-E', '-x', 'c', '/dev/null']).then(
    () => [reordering],
    () => [],
  );
}

/** Compile the tracer into a new private folder. Rejects when there is no working compiler. */
export async function openWorkshop(tools: Toolchain = { compiler: 'gcc' }): Promise<Workshop> {
  const own = await openFolder(tmpdir(), 'rtldlab-real-');
  const { folder, closing } = own;
  const names = join(folder, 'names');
  try {
    const shop: Workshop = {
      ...own,
      compiler: tools.compiler,
      sysroot: tools.sysroot,
      names,
      options: await optionsOf(own, tools.compiler),
      thin: await nameLibraries(own, names, tools),
      tracer: join(folder, 'tracer'),
      standIns: join(folder, 'standins'),
      standInsMade: new Map(),
      turns: new Turns(tools.jobs ?? availableParallelism()),
      kept: new KeptFiles(join(folder, 'kept')),
      toolbox: await toolboxIn(folder, closing, tools),
    };
    await writeFile(join(folder, 'tracer.c'), tracerSource);
    await mkdir(shop.standIns);
    await runIn(shop, tools.compiler, ['-O1', '-w', '-o', shop.tracer, 'tracer.c']);
    return shop;
  } catch (error) {
    closeFolder(own);
    throw error;
  }
}

/** End what still runs in a workshop and remove everything it made. */
export function closeWorkshop(shop: Workshop): void {
  closeFolder(shop);
}
