/**
 * A libc to link against and never to run: the soname and the versioned names of libc.so.6 that described programs use, without the
 * three thousand others, which the link editor would read for every file. Stands for libc.so as packages install it for linking.
 *
 * What can go wrong: a name left out, which would be linked without its version. Every word of the C sources, and whatever the start
 * files leave undefined, is kept if libc.so.6 defines it; a test compares the files byte by byte.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preludeSource } from './prelude-source.js';

/** Runs a command and hands over what it prints; rejects when it fails. */
export type Run = (command: string, words: readonly string[]) => Promise<string>;

interface Named {
  readonly name: string;
  readonly version: string;
}

/** The names that a shared object defines in their default version, as `nm -D --with-symbol-versions` prints them. */
function definedNames(printed: string): Named[] {
  return [...printed.matchAll(/ [TWi] (\w+)@@([\w.]+)$/gm)].map(([, name = '', version = '']) => ({ name, version }));
}

/** An assembly file that defines the names, each in its version. */
export function thinSource(names: readonly Named[]): string {
  const lines = names.map(
    ({ name, version }, i) => `n${i}: .globl n${i}\n.type n${i}, @function\n.symver n${i}, ${name}@@@${version}\n`,
  );
  return `.text\n${lines.join('')}.section .note.GNU-stack,"",@progbits\n`;
}

/** The versions as the link editor wants them told. */
export function versionScript(names: readonly Named[]): string {
  return [...new Set(names.map(({ version }) => version))].map((version) => `${version} { };\n`).join('');
}

/** What a compiler may call without being told to. */
const calledByCompilers = 'memcpy memmove memset memcmp';

/** The object files and archives that the driver adds to every program. */
const startFiles = ['Scrt1.o', 'crt1.o', 'crti.o', 'crtbeginS.o', 'crtbegin.o', 'libc_nonshared.a'] as const;

/**
 * Make the thin libc in a folder of names; the answer is its file, or undefined where the tools for that are missing.
 *
 * @param shared libc.so.6
 * @param options of the driver that say where the start files are
 */
export async function makeThinLibc(
  run: Run,
  driver: string,
  shared: string,
  options: readonly string[],
  names: string,
): Promise<string | undefined> {
  const thin = join(names, 'libc.so.6');
  try {
    const places = startFiles.map((file) => run(driver, [...options, `-print-file-name=${file}`]));
    const used = await run('nm', ['-u', ...(await Promise.all(places)).map((place) => place.trim())]);
    const printed = await run('nm', ['-D', '--with-symbol-versions', shared]);
    const words = new Set(`${preludeSource} ${used} ${calledByCompilers}`.match(/\w+/g));
    const kept = definedNames(printed).filter(({ name }) => words.has(name));
    await writeFile(join(names, 'thin.s'), thinSource(kept));
    await writeFile(join(names, 'thin.map'), versionScript(kept));
    const link = [`-Wl,--version-script=${join(names, 'thin.map')}`, '-Wl,-soname,libc.so.6', '-Wl,--hash-style=gnu'];
    await run(driver, ['-shared', '-nostdlib', ...link, '-o', thin, join(names, 'thin.s')]);
    return thin;
  } catch {
    return undefined;
  }
}
