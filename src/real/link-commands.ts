/**
 * How the recordings' files are compiled and linked: one gcc command for each. Needed objects are empty stand-ins with the
 * right soname, so that cycles can be linked and the executable exports nothing that it was not told to export.
 *
 * What can go wrong: the link editor's hash table. Its size decides the order of PLT slots; the recordings were linked with
 * 16381 buckets. Filling so many takes time, so a smaller table that gives the same order is taken where there is one.
 */

import { recordedTable, tableSizeFor } from '../loader/link-hash.js';
import type { WorldObject } from '../scenario/world-schema.js';
import { namedSymbols } from './c-source.js';
import type { Sysroot } from './sysroot.js';

/** Lets gcc order variables without optimisation as it does with it. Other compilers have no such word. */
export const reordering = '-ftoplevel-reorder';

/** The recordings were compiled with -O1, which takes twice as long. What it changes in a file of ours are dead code, which is not written, and the order of variables. */
const common = ['-pipe', '-O0', '-w', '-fno-builtin', '-fno-stack-protector'];
const linking = ['-Wl,--hash-style=gnu', '-Wl,-z,lazy', '-Wl,--unresolved-symbols=ignore-all'];

/** The files of glibc that a program may need, each only if it does; before 2.34 threads and dlopen were in files of their own. */
const ownFiles = ['-Wl,--push-state,--as-needed', '-lpthread', '-ldl', '-Wl,--pop-state'];

/** In a static program all of libpthread, or half of it: weak references pull nothing out of an archive. */
const wholeThreads = ['-Wl,--whole-archive', '-lpthread', '-Wl,--no-whole-archive', '-ldl'];

const modes = {
  pie: ['-fPIE', '-pie'],
  nopie: ['-fno-pie', '-no-pie'],
  static: ['-fno-pie', '-static'],
  'static-pie': ['-fPIE', '-static-pie'],
} as const;

/** File of an object in the folder of its world. */
export const fileOf = (name: string): string => (name === 'exe' ? 'exe' : `${name}.so`);

/** Assembly that defines functions which do nothing. */
export function emptyFunctions(names: readonly string[]): string {
  const lines = names.map((sym) => `.globl ${sym}\n.type ${sym}, @function\n${sym}: ret\n.size ${sym}, 1\n`);
  return `.text\n${lines.join('')}.section .note.GNU-stack,"",@progbits\n`;
}

/**
 * Arguments of gcc that make the stand-in of an object from assembly. An executable's for the first object it needs defines the
 * symbols of other objects that it calls: only so the link editor makes dynamic relocations of them in an executable.
 */
export function standInArguments(name: string, source: string, out: string): readonly string[] {
  return ['-shared', '-nostdlib', `-Wl,-soname,${name}.so`, '-Wl,--hash-style=gnu', '-o', out, source];
}

/** What a file is linked with besides its source. */
export interface Linkage {
  /** The folder of the stand-ins. */
  readonly standIns: string;
  /** A stand-in for the first needed object, which has the symbols the executable calls. */
  readonly withSymbols?: string | undefined;
  /** The folder with the names that libraries are linked by; without it those of the system. */
  readonly names?: string | undefined;
  /** Words of the compiler beside those that every one takes. */
  readonly options?: readonly string[];
  /** Whether the names are few, a thin libc among them: a small table of symbols then holds them all. */
  readonly thin?: boolean;
  /** The libc that is not the installed one. */
  readonly sysroot?: Sysroot | undefined;
}

function withSysroot({ development, loader }: Sysroot, isStatic: boolean): string[] {
  const places = [`-B${development}/`, `-L${development}`];
  return isStatic ? places : [...places, `-Wl,--dynamic-linker=${loader}`];
}

/** Dynamic tags that name other files. */
function tagsOf({ filter = [], auxiliary = [], dt_audit = [], dt_depaudit = [] }: WorldObject): string[] {
  return [
    ...filter.map((name) => `-Wl,--filter=${name}.so`),
    ...auxiliary.map((name) => `-Wl,--auxiliary=${name}.so`),
    ...dt_audit.map((name) => `-Wl,--audit=${name}.so`),
    ...dt_depaudit.map((name) => `-Wl,--depaudit=${name}.so`),
  ];
}

/** Arguments of gcc that make a file from its C source. */
export function linkArguments(
  name: string,
  object: WorldObject,
  source: string,
  { standIns, withSymbols, names, options = [], thin, sysroot }: Linkage,
): readonly string[] {
  const isExe = name === 'exe';
  const flags = object.flags ?? [];
  const z = flags.filter((flag) => flag !== 'rdynamic').map((flag) => `-Wl,-z,${flag}`);
  const soname = isExe ? object.soname : name;
  const needed = [...new Set(object.needed ?? [])].map(
    (n, i) => (i === 0 ? withSymbols : undefined) ?? `${standIns}/${n}.so`,
  );
  const isStatic = object.kind === 'static' || object.kind === 'static-pie';
  const named = namedSymbols(object);
  const isSmall = thin === true && !isStatic;
  const table = isSmall ? tableSizeFor(named) : recordedTable;
  return [
    ...common,
    ...options,
    ...(isExe ? modes[object.kind ?? 'pie'] : ['-fPIC', '-shared']),
    ...linking,
    ...(isSmall || named.length > 1 ? [`-Wl,--hash-size=${table}`] : []),
    ...(names === undefined ? [] : [`-L${names}`]),
    ...(sysroot === undefined ? [] : withSysroot(sysroot, isStatic)),
    ...(object.libc === false ? ['-nostdlib'] : []),
    ...(soname === undefined ? [] : [`-Wl,-soname,${soname}.so`]),
    ...(flags.includes('rdynamic') ? ['-rdynamic'] : []),
    ...z,
    ...tagsOf(object),
    ...(object.init === undefined ? [] : ['-Wl,-init,init_fn_']),
    ...(object.fini === undefined ? [] : ['-Wl,-fini,fini_fn_']),
    '-o',
    fileOf(name),
    source,
    ...(isStatic ? [] : ['-Wl,--no-as-needed', ...needed]),
    ...(object.libc === false ? [] : isStatic ? wholeThreads : ownFiles),
  ];
}
