/**
 * Subfolders of every search folder that are looked into first where the processor can do more: glibc-hwcaps/x86-64-v3 and its
 * like, and before them combinations of tls, haswell, avx512_1 and x86_64. In glibc: elf/dl-hwcaps.c:_dl_important_hwcaps,
 * sysdeps/x86_64/dl-hwcaps-subdirs.c, sysdeps/x86/cpu-features.c:update_usable.
 *
 * What can go wrong: what a processor can do and what ld.so takes it for differ (a hypervisor hides a bit, AMD never is `haswell`).
 * On the machine itself its own ld.so is asked.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Release } from '../libc/release.js';

/** A processor as the loader sees it. */
export interface Processor {
  /** Level of x86-64. */
  readonly level: 1 | 2 | 3 | 4;
  /** AT_PLATFORM, or what ld.so puts in its place. */
  readonly platform: 'x86_64' | 'haswell' | 'xeon_phi';
  /** It has the capability `avx512_1`. */
  readonly avx512: boolean;
}

/** A processor that can do what every x86-64 can. */
export const plainProcessor: Processor = { level: 1, platform: 'x86_64', avx512: false };

/** Flags of /proc/cpuinfo that each level adds. */
const LEVELS = [
  ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'],
  ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe'],
  ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
] as const;

const levels = [1, 2, 3, 4] as const;

/** The processor that /proc/cpuinfo describes. */
export function processorOf(cpuinfo: string): Processor {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/) ?? []);
  const has = (wanted: readonly string[]) => wanted.every((flag) => flags.has(flag));
  const firstMissing = LEVELS.findIndex((wanted) => !has(wanted));
  const level = levels[firstMissing < 0 ? 3 : firstMissing] ?? 1;
  if (!/^vendor_id\s*:\s*GenuineIntel$/m.test(cpuinfo)) return { ...plainProcessor, level };
  const phi = has(['avx512cd', 'avx512er', 'avx512pf']);
  const haswell = has(['avx2', 'fma', 'bmi1', 'bmi2', 'abm', 'movbe', 'popcnt']);
  return {
    level,
    platform: phi ? 'xeon_phi' : haswell ? 'haswell' : 'x86_64',
    avx512: !flags.has('avx512er') && has(['avx512cd', 'avx512bw', 'avx512dq', 'avx512vl']),
  };
}

/** What `ld.so --help` says of the subfolders it would search; undefined before 2.33, which says nothing of them. */
export function processorOfHelp(help: string): Processor | undefined {
  if (!help.includes('Subdirectories of glibc-hwcaps directories')) return undefined;
  const searched = (name: string) => new RegExp(`^ +${name} \\(supported, searched\\)$`, 'm').test(help);
  const firstMissing = [2, 3, 4].findIndex((level) => !searched(`x86-64-v${level}`));
  const platform = /^ +(haswell|xeon_phi) \(AT_PLATFORM;/m.exec(help)?.[1];
  return {
    level: levels[firstMissing < 0 ? 3 : firstMissing] ?? 1,
    platform: platform === 'haswell' || platform === 'xeon_phi' ? platform : 'x86_64',
    avx512: searched('avx512_1'),
  };
}

const LDSO = '/lib64/ld-linux-x86-64.so.2';

/** This machine's processor. */
export function thisProcessor(): Processor {
  try {
    const told = processorOfHelp(
      execFileSync(LDSO, ['--help'], { encoding: 'utf8', timeout: 2000, stdio: ['ignore', 'pipe', 'ignore'], env: {} }),
    );
    if (told !== undefined) return told;
  } catch {
    // A machine without this ld.so, or one whose ld.so knows no --help.
  }
  try {
    return processorOf(readFileSync('/proc/cpuinfo', 'latin1'));
  } catch {
    return plainProcessor;
  }
}

/** The names of glibc-hwcaps subfolders, best first. */
export function namedHwcaps(
  { level }: Processor,
  { hwcapsFolders }: Pick<Release, 'hwcapsFolders'>,
): readonly string[] {
  if (hwcapsFolders === 'legacy') return [];
  return [4, 3, 2].filter((each) => each <= level).map((each) => `x86-64-v${each}`);
}

/** The bits of the old hwcap field that count for this processor. */
export function legacyHwcaps({ avx512 }: Processor): bigint {
  return avx512 ? 6n : 2n;
}

/**
 * What is put between a folder and a name, in the order in which it is tried; the last is nothing.
 *
 * @source elf/dl-hwcaps.c:_dl_important_hwcaps
 */
export function subfolders(processor: Processor, release: Pick<Release, 'hwcapsFolders'>): readonly string[] {
  const named = namedHwcaps(processor, release).map((name) => `glibc-hwcaps/${name}/`);
  if (release.hwcapsFolders === 'named') return [...named, ''];
  const words = ['x86_64', ...(processor.avx512 ? ['avx512_1'] : []), processor.platform, 'tls'];
  const sets = Array.from({ length: 2 ** words.length }, (_, i) => 2 ** words.length - 1 - i);
  const chosen = sets.map((set) => words.filter((_, bit) => (set & (1 << bit)) !== 0).reverse());
  return [...named, ...chosen.map((folders) => folders.map((folder) => `${folder}/`).join(''))];
}
