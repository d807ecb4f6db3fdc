/**
 * The libc builds a program can run on, by the names people use: a release, a distribution's build, or a proposed semantics on
 * the release it was written for.
 *
 * What can go wrong: a name that could mean two builds. `2.36` is the upstream tag, `debian-2.36` what was recorded.
 */
import type { KernelFeatures } from '../kernel/features.js';
import { knownKernel } from '../kernel/releases.js';
import type { Program } from '../libc/program.js';
import type { Release } from '../libc/release.js';
import { libcReleases } from '../libc/releases.js';
import { linkFacts } from '../loader/linkedit.js';
import {
  development232,
  extraTls,
  nobody,
  patchV4,
  patchV12,
  registerEarly,
  threadPointer,
  unconditional,
} from '../rseq/libc-semantics.js';
import type { RseqSemantics } from '../rseq/semantics.js';
import type { ElfFacts, World } from '../scenario/world-schema.js';

/** A libc build: how it loads and starts, and what it does about rseq. */
export interface Build {
  readonly name: string;
  readonly release: Release;
  readonly rseq: RseqSemantics;
}

function build(name: string, release: string, rseq: RseqSemantics): Build {
  const row = libcReleases[release];
  if (row === undefined) throw new Error(`invariant: no libc release is called "${release}"`);
  return { name, release: row, rseq };
}

const all: readonly Build[] = [
  build('patch-v4', '2.28', patchV4),
  build('patch-v12', '2.30', patchV12),
  build('register-early', '2.30', registerEarly),
  build('unconditional', '2.30', unconditional),
  build('2.31', '2.31', nobody),
  build('debian-2.31', 'debian-2.31', nobody),
  build('2.32-dev', '2.32-dev', development232),
  build('2.36', '2.36', { ...threadPointer, sizeSays: 32 }),
  build('debian-2.36', 'debian-2.36', threadPointer),
  build('2.41', '2.41', extraTls),
  build('debian-2.41', 'debian-2.41', extraTls),
  build('2.43', '2.43', extraTls),
  build('debian-2.43', 'debian-2.43', extraTls),
];

export const builds: ReadonlyMap<string, Build> = new Map(all.map((b) => [b.name, b]));

/** Names that mean the same build. */
const aliases: Readonly<Record<string, string>> = Object.fromEntries(
  all.flatMap((b) => (/^\d/.test(b.name) ? [[`glibc-${b.name}`, b.name]] : [])),
);

/** The build a name stands for; undefined when there is none. */
export function buildNamed(name: string): Build | undefined {
  return builds.get(name) ?? builds.get(aliases[name] ?? '');
}

/** Every name that `buildNamed` takes. */
export const buildNames: readonly string[] = [...builds.keys(), ...Object.keys(aliases)];

/** A world ready to run: facts of its files as recorded, or as the link editor would make them. */
export function programFor(
  to: Build,
  world: World,
  elf: Readonly<Record<string, ElfFacts>> | undefined,
  kernel: KernelFeatures = knownKernel('6.18'),
): Program {
  return { world, elf: elf ?? linkFacts(world, to), release: to.release, rseq: to.rseq, kernel };
}
