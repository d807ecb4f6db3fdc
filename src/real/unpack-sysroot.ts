/**
 * The libc of a Debian release, fetched through the system's own package client from the mirrors that the system is configured
 * with, and unpacked into a cache folder. Stands for `apt-get download` and `dpkg-deb -x` by hand (man 8 apt-get, man 1 dpkg-deb).
 *
 * What can go wrong: touching the system. Lists, caches, status and sources are private to the work folder; apt is never asked to
 * install anything. A release that the mirror no longer has is an answer, with every attempt in it.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../campaign/folder.js';
import { closeFolder, openFolder, type PrivateFolder, runIn } from './private-folder.js';
import { type Sysroot, sysrootAt } from './sysroot.js';

/** Releases of Debian whose glibc the model has a build of, by the names of their suites. */
export const sysrootReleases: Readonly<Record<string, string>> = {
  bullseye: '2.31',
  bookworm: '2.36',
  trixie: '2.41',
  sid: '2.43',
};

/** Libraries, what links against them, and the unwinder that pthread_exit opens. */
const packages = ['libc6', 'libc6-dev', 'libgcc-s1'];

/** A sysroot in its folder, or why there is none and what was tried. */
export type Unpacked =
  | { readonly sysroot: Sysroot; readonly packages: readonly string[] }
  | { readonly impossible: string; readonly tried: readonly string[] };

const FETCH_TIME = 300_000;
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What went wrong with a command, in one line of its own words. */
function wordsOf(error: unknown): string {
  const said = error as { readonly code?: string | number; readonly stderr?: string };
  if (said.code === 'ENOENT') return 'there is no such command here';
  const lines = (said.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => line.startsWith('E: ')) ?? lines[0] ?? String(error).split('\n')[0] ?? 'unknown').trim();
}

/** The system's mirrors of Debian, each once: those that say they are, or whose path does where no list was fetched yet. */
async function mirrorsOf(work: PrivateFolder): Promise<readonly string[]> {
  const format = '$(ORIGIN)|$(REPO_URI)';
  const said = await runIn(work, 'apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const rows = said.split('\n').flatMap((line) => {
    const [origin = '', uri = ''] = line.split('|');
    return origin === 'Debian' || /\/debian\/?$/.test(uri) ? [uri] : [];
  });
  return [...new Set(rows)].filter((uri) => !/security/.test(uri));
}

/** Options that keep apt's lists, caches and status in the work folder. */
async function privateApt({ folder }: PrivateFolder, suite: string, mirror: string): Promise<string[]> {
  const at = (...names: string[]) => join(folder, ...names);
  for (const each of ['lists/partial', 'cache/archives/partial', 'empty', 'debs'])
    await mkdir(at(each), { recursive: true });
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  await writeFile(at('sources.list'), `deb ${signed}${mirror} ${suite} main\n`);
  await writeFile(at('status'), '');
  const options = {
    'Dir::Etc::sourcelist': at('sources.list'),
    'Dir::Etc::sourceparts': at('empty'),
    'Dir::Etc::preferences': at('none'),
    'Dir::Etc::preferencesparts': at('empty'),
    'Dir::State::lists': at('lists'),
    'Dir::State::status': at('status'),
    'Dir::Cache': at('cache'),
    'APT::Architecture': 'amd64',
    ...(process.getuid?.() === 0 ? { 'APT::Sandbox::User': 'root' } : {}),
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** Fetch the packages of a suite from one mirror and unpack them below `root`; their file names, or what was said instead. */
async function fetchFrom(
  work: PrivateFolder,
  suite: string,
  mirror: string,
  root: string,
): Promise<readonly string[] | string> {
  const apt = await privateApt(work, suite, mirror);
  const debs = join(work.folder, 'debs');
  const steps: readonly (readonly [string, readonly string[]])[] = [
    [`apt-get update for ${suite}`, [...apt, '-o', 'Acquire::Retries=2', 'update', '--error-on=any']],
    [`apt-get download ${packages.join(' ')}`, [...apt, 'download', ...packages]],
  ];
  for (const [name, words] of steps) {
    const failed = await runIn(work, 'apt-get', words, { cwd: debs, timeout: FETCH_TIME }).then(
      () => undefined,
      (error: unknown) => `${name}: ${wordsOf(error)}`,
    );
    if (failed !== undefined) return failed;
  }
  const files = (await readdir(debs)).sort();
  for (const file of files) {
    const failed = await runIn(work, 'dpkg-deb', ['-x', join(debs, file), root]).then(
      () => undefined,
      (error: unknown) => `dpkg-deb -x ${file}: ${wordsOf(error)}`,
    );
    if (failed !== undefined) return failed;
  }
  return files;
}

async function unpackIn(work: PrivateFolder, release: string, into: string): Promise<Unpacked> {
  const tried: string[] = [];
  const mirrors = await mirrorsOf(work).catch((error: unknown) => {
    tried.push(`apt-get indextargets: ${wordsOf(error)}`);
    return [];
  });
  if (tried.length > 0) return { impossible: 'the package client cannot be asked', tried };
  if (mirrors.length === 0) return { impossible: "the system's sources name no mirror of Debian", tried };
  for (const [i, mirror] of mirrors.entries()) {
    const root = join(work.folder, `root${i}`);
    const fetched = await fetchFrom(work, release, mirror, root);
    const found = typeof fetched === 'string' ? undefined : sysrootAt(root);
    if (typeof fetched !== 'string' && found !== undefined && !('missing' in found)) {
      await rm(into, { recursive: true, force: true });
      await rename(root, into);
      const sysroot = sysrootAt(into);
      if (!('missing' in sysroot)) return { sysroot, packages: fetched };
    }
    tried.push(typeof fetched === 'string' ? fetched : `the packages of ${release} hold no whole libc`);
  }
  return { impossible: `no mirror of the system's sources gave ${release}`, tried };
}

/**
 * Fetch and unpack the libc of a Debian release.
 *
 * @param cache the folder that holds one folder a release; it is made where it is missing
 * @throws what the system says when the cache cannot be written
 */
export async function unpackSysroot(release: string, cache: string): Promise<Unpacked> {
  makeFolder(cache);
  const work = await openFolder(cache, '.unpacking-');
  try {
    return await unpackIn(work, release, join(cache, release));
  } finally {
    closeFolder(work);
  }
}
