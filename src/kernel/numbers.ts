/**
 * The number of the call on each architecture. In Linux: each architecture's syscall table; in glibc: arch-syscall.h.
 *
 * A table, not a base and a constant: only calls from 5.1 on share one number everywhere. What can go wrong: taking a number in
 * the headers for a call that works; several architectures have the number and no HAVE_RSEQ, and answer ENOSYS.
 */
import { nearest } from './nearest.js';

/** One architecture's entry. `base` is what the architecture adds to every number of its table. */
export interface RseqNumber {
  readonly architecture: string;
  readonly number: number;
  readonly base: number;
  /** The first kernel headers that define the number. */
  readonly firstHeaders: string;
  /** The table it stands in. */
  readonly source: string;
}

const x32Bit = 0x4000_0000;

const row = (architecture: string, base: number, offset: number, firstHeaders: string, source: string): RseqNumber => ({
  architecture,
  number: base + offset,
  base,
  firstHeaders,
  source,
});

const generic = ['arm64', 'riscv', 'arc', 'csky', 'or1k', 'loongarch', 'nios2', 'hexagon'].map((architecture) =>
  row(architecture, 0, 293, '4.19', 'include/uapi/asm-generic/unistd.h'),
);

/** Every architecture's number, oldest headers first. Generic-table architectures that are younger start with their own release. */
export const rseqNumbers: readonly RseqNumber[] = [
  row('x86-64', 0, 334, '4.18', 'arch/x86/entry/syscalls/syscall_64.tbl'),
  row('x32', x32Bit, 334, '4.18', 'arch/x86/entry/syscalls/syscall_64.tbl'),
  row('i386', 0, 386, '4.18', 'arch/x86/entry/syscalls/syscall_32.tbl'),
  row('arm', 0, 398, '4.18', 'arch/arm/tools/syscall.tbl'),
  row('powerpc', 0, 387, '4.18', 'arch/powerpc/kernel/syscalls/syscall.tbl'),
  row('mips-o32', 4000, 367, '4.18', 'arch/mips/kernel/syscalls/syscall_o32.tbl'),
  row('mips-n64', 5000, 327, '4.18', 'arch/mips/kernel/syscalls/syscall_n64.tbl'),
  row('mips-n32', 6000, 331, '4.18', 'arch/mips/kernel/syscalls/syscall_n32.tbl'),
  row('microblaze', 0, 400, '4.18', 'arch/microblaze/kernel/syscalls/syscall.tbl'),
  ...generic,
  row('s390', 0, 383, '4.19', 'arch/s390/kernel/syscalls/syscall.tbl'),
  row('xtensa', 0, 352, '5.1', 'arch/xtensa/kernel/syscalls/syscall.tbl, b41c51c8e194'),
  row('parisc', 0, 354, '5.1', 'arch/parisc/kernel/syscalls/syscall.tbl, b41c51c8e194'),
  row('sparc', 0, 365, '5.1', 'arch/sparc/kernel/syscalls/syscall.tbl, b41c51c8e194'),
  row('m68k', 0, 384, '5.1', 'arch/m68k/kernel/syscalls/syscall.tbl, b41c51c8e194'),
  row('sh', 0, 387, '5.1', 'arch/sh/kernel/syscalls/syscall.tbl, b41c51c8e194'),
  row('alpha', 0, 527, '5.1', 'arch/alpha/kernel/syscalls/syscall.tbl, b41c51c8e194'),
  row('ia64', 1024, 333, '5.1', 'arch/ia64/kernel/syscalls/syscall.tbl, removed in 6.7'),
];

/** The first call that has one number on all architectures. `@source scripts/syscall.tbl:pidfd_send_signal, 5.1` */
export const firstCommonNumber = 424;

/** What an architecture adds to the common numbers from 5.1 on; 0 where nothing is said. `@source scripts/syscall.tbl, 6.11` */
export const commonBases: Readonly<Record<string, number>> = {
  'mips-o32': 4000,
  'mips-n64': 5000,
  'mips-n32': 6000,
  x32: x32Bit,
  ia64: 1024,
  alpha: 110,
};

export type NumberAnswer =
  | { readonly ok: true; readonly entry: RseqNumber }
  | {
      readonly ok: false;
      readonly error: { readonly code: 'K011'; readonly message: string; readonly nearest: readonly string[] };
    };

/** The entry of an architecture by name. Errors: an unknown name is a value (K011) with the nearest ones. */
export function rseqNumber(architecture: string): NumberAnswer {
  const entry = rseqNumbers.find((r) => r.architecture === architecture);
  if (entry !== undefined) return { ok: true, entry };
  const near = nearest(
    architecture,
    rseqNumbers.map((r) => r.architecture),
    3,
  );
  const message = `no architecture is called "${architecture.slice(0, 60)}"; nearest: ${near.join(', ')}`;
  return { ok: false, error: { code: 'K011', message, nearest: near } };
}
