/**
 * The floor's front door: reading ELF files, and the search by which ld.so finds them. It stands for a disk with an installed
 * glibc.
 *
 * What can go wrong: a reader of a single part paying for all; these are names only.
 */
export type { Closure, Missing } from './closure.js';
export { type ElfAnswer, type ElfFile, elfOf, type OpenElf, readElf, readElfFile } from './file.js';
export type { ElfFault } from './header.js';
export type { Loaded, PassedOver, Why } from './search.js';
