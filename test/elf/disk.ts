/**
 * A root folder with a small installed system in it: an ld.so, a libc and whatever a test puts beside them. No file of the machine
 * takes part.
 */
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Processor, plainProcessor } from '../../src/elf/hwcaps.js';
import { type NoProgram, type ProgramPlace, type RealProgram, readProgram } from '../../src/elf/program.js';
import { Root } from '../../src/elf/root.js';
import { whyWords } from '../../src/report/found.js';
import { buildElf, type ElfPlan } from './elf-builder.js';

/** A file by its plan or its bytes, a symbolic link, or another name for a file that is there. */
export type OnDisk = ElfPlan | Buffer | { readonly symlink: string } | { readonly hard: string };

export const LDSO = '/lib64/ld-linux-x86-64.so.2';
const BANNER = 'GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\n';
const FOLDERS = '/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0';

/** What every root holds: glibc's own files. */
const glibc: Readonly<Record<string, OnDisk>> = {
  [LDSO]: Buffer.concat([buildElf({ soname: 'ld-linux-x86-64.so.2' }).bytes, Buffer.from(FOLDERS, 'latin1')]),
  '/lib/x86_64-linux-gnu/libc.so.6': Buffer.concat([
    buildElf({ soname: 'libc.so.6', needed: ['ld-linux-x86-64.so.2'] }).bytes,
    Buffer.from(BANNER, 'latin1'),
  ]),
};

const folders: string[] = [];

/** Make a root; {@link removeDisks} takes it away. */
export function disk(files: Readonly<Record<string, OnDisk>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'rtldlab-disk-'));
  folders.push(folder);
  for (const [path, file] of Object.entries({ ...glibc, ...files })) {
    const at = join(folder, path);
    mkdirSync(dirname(at), { recursive: true });
    if ('symlink' in file) symlinkSync(file.symlink, at);
    else if ('hard' in file) linkSync(join(folder, file.hard), at);
    else writeFileSync(at, Buffer.isBuffer(file) ? file : buildElf(file).bytes);
  }
  return folder;
}

export function removeDisks(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A program that needs what it says, beside libc. */
export const program = (plan: ElfPlan): ElfPlan => ({
  interp: LDSO,
  flags1: 0x08000000,
  ...plan,
  needed: [...(plan.needed ?? []), 'libc.so.6'],
});
/** A library of this name. */
export const library = (soname: string, plan: ElfPlan = {}): ElfPlan => ({ soname, ...plan });

/** Read the program `/bin/p` of a root. */
export function readOn(
  files: Readonly<Record<string, OnDisk>>,
  place: Partial<ProgramPlace> = {},
): RealProgram | NoProgram {
  const processor: Processor = plainProcessor;
  const root = new Root(disk(files));
  return readProgram('/bin/p', { root, processor, libraryPath: '', preload: '', libc: undefined, ...place });
}

/** The same, of a program that can be read. */
export function started(files: Readonly<Record<string, OnDisk>>, place: Partial<ProgramPlace> = {}): RealProgram {
  const read = readOn(files, place);
  if (!('closure' in read)) throw new Error(JSON.stringify(read));
  return read;
}

/** Where each library was found and why, but for glibc's own. */
export function foundIn({ closure }: RealProgram): readonly string[] {
  return closure.libraries
    .filter(({ path }) => !/libc\.so\.6$|ld-linux/.test(path))
    .map(({ path, why }) => `${path}: ${whyWords(why)}`);
}

/** An ld.so.cache in the present format: entries in ldconfig's order. */
export function cacheFile(
  entries: readonly { key: string; path: string; hwcap?: bigint; flags?: number }[],
  hwcaps: readonly string[] = [],
): Buffer {
  let text = '';
  const start = 48 + entries.length * 24;
  const place = (word: string): number => {
    text += `${word}\0`;
    return start + text.length - word.length - 1;
  };
  const records = entries.map(({ key, path, hwcap = 0n, flags = 0x303 }) => {
    const record = Buffer.alloc(24);
    record.writeInt32LE(flags, 0);
    record.writeUInt32LE(place(key), 4);
    record.writeUInt32LE(place(path), 8);
    record.writeBigUInt64LE(hwcap, 16);
    return record;
  });
  const names = hwcaps.map(place);
  while (text.length % 4 !== 0) text += '\0';
  const head = Buffer.alloc(48);
  head.write('glibc-ld.so.cache1.1', 'latin1');
  head.writeUInt32LE(entries.length, 20);
  head.writeUInt32LE(text.length, 24);
  head.writeUInt8(2, 28);
  if (names.length === 0) return Buffer.concat([head, ...records, Buffer.from(text, 'latin1')]);
  head.writeUInt32LE(start + text.length, 32);
  const extension = Buffer.alloc(24 + names.length * 4);
  extension.writeUInt32LE(0xeaa42174, 0);
  extension.writeUInt32LE(1, 4);
  extension.writeUInt32LE(1, 8);
  extension.writeUInt32LE(start + text.length + 24, 16);
  extension.writeUInt32LE(names.length * 4, 20);
  for (const [i, name] of names.entries()) extension.writeUInt32LE(name, 24 + i * 4);
  return Buffer.concat([head, ...records, Buffer.from(text, 'latin1'), extension]);
}

/** The old format, with the present one in it as glibc 2.2 to 2.31 wrote it. */
export function oldCacheFile(inner: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.write('ld.so-1.7.0', 'latin1');
  return Buffer.concat([head, inner]);
}
