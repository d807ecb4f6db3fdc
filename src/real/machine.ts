/**
 * Who answers: processor and kernel, the libc by its package's version, the compiler and the link editor, and how the libc's
 * tunables stand. And which of the model's builds that libc is.
 *
 * What can go wrong: a version number taken for a build. The loader itself is asked (`ld.so --version` names the packager), so that
 * an unpacked libc is known as surely as an installed one; a packager of whom nothing is recorded gets the upstream release, and
 * the log says so.
 */
import { arch, machine as processor, release } from 'node:os';
import { buildNamed } from '../process/builds.js';
import { runIn } from './private-folder.js';
import { installedLoader } from './sysroot.js';
import type { Workshop } from './workshop.js';

/** The machine that answers, in its own words. */
export interface Machine {
  readonly processor: string;
  /** Of uname. */
  readonly kernel: string;
  /** As the loader says it: `Debian GLIBC 2.36-9+deb12u14`. */
  readonly libc: string;
  /** The model's build of this libc; absent when none describes it. */
  readonly build?: string;
  /** The build is the upstream release, because none of this packager's is known. */
  readonly assumed?: true;
  readonly compiler: string;
  readonly linker: string;
  /** Defaults of the tunables that a world may set, where the loader lists them (since 2.33). */
  readonly tunables: Readonly<Record<string, string>>;
}

/** What a first line of `ld.so --version` (or of libc.so.6, before 2.33) says in brackets, and the release behind it. */
const versionLine = /\((.+?)\) (?:stable|development) release version (\d+\.\d+)/;

/** The model's build of a libc that calls itself so. */
export function buildOf(libc: string): Pick<Machine, 'build' | 'assumed'> {
  const [, packager = '', number] = /^(\S+) .*?(\d+\.\d+)/.exec(libc) ?? [];
  if (number === undefined) return {};
  const own = buildNamed(`${packager.toLowerCase()}-${number}`);
  if (own !== undefined) return { build: own.name };
  const upstream = buildNamed(number);
  if (upstream === undefined) return {};
  return packager === 'GNU' ? { build: upstream.name } : { build: upstream.name, assumed: true };
}

async function libcOf(shop: Workshop): Promise<string> {
  const loader = shop.sysroot?.loader ?? installedLoader;
  const [folder = '/lib/x86_64-linux-gnu'] = shop.sysroot?.libraries ?? [];
  for (const words of [['--version'], [`${folder}/libc.so.6`]]) {
    const said = await runIn(shop, loader, words, { timeout: 10_000 }).catch(() => '');
    const [, packager, number] = versionLine.exec(said.replace(/^GNU C Library /, '')) ?? [];
    if (packager !== undefined && number !== undefined)
      return packager.includes(number) ? packager : `${packager} ${number}`;
  }
  return 'unknown';
}

const asked = ['glibc.pthread.rseq', 'glibc.rtld.dynamic_sort', 'glibc.pthread.stack_cache_size'];

async function tunablesOf(shop: Workshop): Promise<Record<string, string>> {
  const loader = shop.sysroot?.loader ?? installedLoader;
  const said = await runIn(shop, loader, ['--list-tunables'], { timeout: 10_000 }).catch(() => '');
  const all = said.split('\n').map((line) => /^(\S+): (\S+)/.exec(line));
  const found = all.flatMap((each) =>
    each?.[1] !== undefined && asked.includes(each[1]) ? [[each[1], each[2] ?? '']] : [],
  );
  return Object.fromEntries(found.sort()) as Record<string, string>;
}

/** Ask the machine who it is. */
export async function machineOf(shop: Workshop): Promise<Machine> {
  const first = (command: string, words: readonly string[]) =>
    runIn(shop, command, words, { timeout: 10_000 }).then(
      (said) => said.split('\n')[0] ?? '',
      () => 'unknown',
    );
  const libc = await libcOf(shop);
  const linker = (await first(shop.compiler, ['-print-prog-name=ld'])).trim();
  return {
    processor: process.platform === 'linux' ? processor() : arch(),
    kernel: release(),
    libc,
    ...buildOf(libc),
    compiler: await first(shop.compiler, ['--version']),
    linker: linker === 'unknown' ? linker : await first(linker, ['--version']),
    tunables: await tunablesOf(shop),
  };
}
