/**
 * What the link editor makes of a described object: DT_NEEDED, the arrays, flags, thread-local storage. Used when a world comes
 * without the recorded facts of its files; a test compares the two for every recorded file. Stands for gcc and binutils ld with
 * the options of the recordings (`--no-as-needed` for the world's objects, `--as-needed` for the files of glibc).
 *
 * What can go wrong: a library that is needed for a single function. Which file of glibc has a function moved between releases,
 * and a file that is needed is loaded, initialised, audited and counted.
 */

import type { Release } from '../libc/release.js';
import { libcReleases } from '../libc/releases.js';
import type { RseqSemantics } from '../rseq/semantics.js';
import type { ElfFacts, World, WorldObject } from '../scenario/world-schema.js';
import { type LinkedFile, linkedFile } from './link-file.js';
import { relocationsOf } from './link-relocations.js';

/** What linking depends on: a libc build, without its name. */
export interface LinkBuild {
  readonly release: Release;
  readonly rseq: RseqSemantics;
}

/**
 * Facts of every file of a world, as linked for a libc build: `exe` and each object that exists on disk, by name.
 *
 * A world with `link_with` is linked against that older glibc, whatever it runs on.
 *
 * @source binutils ld/ldelf.c, bfd/elflink.c:bfd_elf_size_dynamic_sections
 */
export function linkFacts(world: World, build: LinkBuild): Readonly<Record<string, ElfFacts>> {
  const older = world.link_with === undefined ? undefined : libcReleases[world.link_with];
  const separate = (older ?? build.release).separateLibpthread;
  const files: [string, WorldObject][] = [['exe', world.exe], ...Object.entries(world.objects)];
  return Object.fromEntries(
    files
      .filter(([, object]) => object.absent !== true)
      .map(([name, object]) => [name, factsFor(linkedFile(name, object), separate)]),
  );
}

function factsFor(file: LinkedFile, separateLibpthread: boolean): ElfFacts {
  const { object, startFiles } = file;
  const flags = object.flags ?? [];
  const extra = startFiles ? 1 : 0;
  return {
    type: file.shape === 'nopie' || object.kind === 'static' ? 'exec' : 'dyn',
    needed: file.isStatic ? [] : neededBy(file, separateLibpthread),
    init: startFiles || object.init !== undefined,
    fini: startFiles || object.fini !== undefined,
    init_array: extra + (object.ctors?.length ?? 0),
    fini_array: extra + (object.dtors?.length ?? 0),
    preinit_array: object.preinit?.length ?? 0,
    flags_1: flagsOf(file),
    bind_now: flags.includes('now'),
    tls: file.isStatic || file.threadLocal !== 'none',
    relocs: relocationsOf(file),
  };
}

/**
 * Names of the bits of DT_FLAGS_1, lowest first. An executable keeps neither NODELETE nor INITFIRST.
 *
 * @source binutils bfd/elflink.c:bfd_elf_size_dynamic_sections
 */
function flagsOf(file: LinkedFile): string[] {
  const flags = file.object.flags ?? [];
  const kept =
    file.shape === 'shared'
      ? (['now', 'nodelete', 'initfirst', 'interpose'] as const)
      : (['now', 'interpose'] as const);
  const named = kept.filter((flag) => flags.includes(flag));
  return [...named.map((flag) => flag.toUpperCase()), ...(file.shape === 'pie' ? ['PIE'] : [])];
}

/**
 * DT_NEEDED: the described objects, each once, then the files of glibc whose symbols are used, in the order of the link line.
 * ld.so stands behind libc because libc's linker script names it there, as needed.
 */
function neededBy(file: LinkedFile, separateLibpthread: boolean): string[] {
  const own = [...new Set(file.object.needed ?? [])].map((name) => `${name}.so`);
  if (file.object.libc === false) return own;
  const out = [...own];
  if (separateLibpthread && file.usesThreads) out.push('libpthread.so.0');
  if (separateLibpthread && file.usesDlopen) out.push('libdl.so.2');
  out.push('libc.so.6');
  if (file.usesLdso) out.push('ld-linux-x86-64.so.2');
  return out;
}
