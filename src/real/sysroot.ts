/**
 * A libc that is unpacked somewhere and not installed: its loader, its libraries and what links against them. A program linked for
 * it names its loader in PT_INTERP, so the kernel starts it as it starts any other.
 *
 * What can go wrong: half of it. A package split over /lib and /usr/lib is looked for in both; a missing libc.a is the end of static
 * programs only.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The loader of the installed libc, as PT_INTERP names it. */
export const installedLoader = '/lib64/ld-linux-x86-64.so.2';

/** An unpacked libc; all paths are absolute. */
export interface Sysroot {
  readonly folder: string;
  /** ld-linux-x86-64.so.2. */
  readonly loader: string;
  /** Folders with shared libraries, the first that of libc.so.6. */
  readonly libraries: readonly string[];
  /** Folder of crt1.o and libc.so. */
  readonly development: string;
  /** Whether static programs can be linked. */
  readonly archive: boolean;
  /** Whether threads of static programs can be unwound: the compiler's libgcc_eh.a may call what only a newer libc.a has (2.35). */
  readonly unwinds: boolean;
}

const places = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib64', 'usr/lib64', 'lib', 'usr/lib'];
const loaderName = 'ld-linux-x86-64.so.2';

/** The libc below a folder, or what is missing there. */
export function sysrootAt(path: string): Sysroot | { readonly missing: string } {
  const folder = resolve(path);
  const holding = (file: string) =>
    places.map((place) => join(folder, place)).filter((at) => existsSync(join(at, file)));
  const [own] = holding('libc.so.6');
  if (own === undefined) return { missing: 'libc.so.6' };
  const [loaderAt] = holding(loaderName);
  if (loaderAt === undefined) return { missing: loaderName };
  const [development] = holding('crt1.o');
  if (development === undefined) return { missing: 'crt1.o' };
  const archive = join(development, 'libc.a');
  return {
    folder,
    loader: join(loaderAt, loaderName),
    libraries: [...new Set([own, ...holding('libgcc_s.so.1')])],
    development,
    archive: existsSync(archive),
    unwinds: existsSync(archive) && readFileSync(archive).includes('_dl_find_object'),
  };
}

/**
 * The text of libc.so for a sysroot: what the sysroot's own says, with paths that are right here.
 *
 * @source Makerules:$(inst_libdir)/libc.so
 */
export function libcScript(
  { libraries, development, loader }: Pick<Sysroot, 'libraries' | 'development' | 'loader'>,
  shared = `${libraries[0]}/libc.so.6`,
): string {
  return `GROUP ( ${shared} ${development}/libc_nonshared.a AS_NEEDED ( ${loader} ) )\n`;
}
