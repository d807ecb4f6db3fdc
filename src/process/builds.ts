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
import { releaseNamed } from '../libc/releases.js';
import { releaseLine } from '../libc/releases-line.js';
import { linkFacts } from '../loader/linkedit.js';
import { semanticsOf } from '../rseq/libc-semantics-line.js';
import { librarySemantics } from '../rseq/library-semantics.js';
import type { RseqSemantics } from '../rseq/semantics.js';
import { nearestName } from '../scenario/diagnostics.js';
import type { ElfFacts, World } from '../scenario/world-schema.js';

/** A libc build: how it loads and starts, and what it does about rseq. */
export interface Build {
  readonly name: string;
  readonly release: Release;
  readonly rseq: RseqSemantics;
  /** The reader's file it was read from. */
  readonly file?: string;
}

const build = (name: string, release = name): Build => ({
  name,
  release: releaseNamed(release),
  rseq: semanticsOf(name),
});

/** Proposals of real builds and of the seed thread, each with the release it was written for. */
const known = {
  'patch-v4': '2.28',
  'patch-v12': '2.30',
  'register-early': '2.30',
  unconditional: '2.30',
} as const;

/** Other versions of the series and what its review proposed. */
const others = {
  'patch-v1': '2.28',
  'patch-v2': '2.28',
  'patch-v5': '2.28',
  'patch-v7': '2.29',
  'patch-v10': '2.29',
  'init-tls': '2.29',
  'libc-constructor': '2.29',
  'libc-init': '2.29',
  'init-entry': '2.29',
  'address-first': '2.29',
  'four-states': '2.29',
  'cpu-id-check': '2.29',
  'namespace-check': '2.29',
  'multiple-libcs-start': '2.29',
  'multiple-libcs-start-fedora': '2.29',
  'multiple-libcs': '2.29',
  'multiple-libcs-fedora': '2.29',
  'patch-v11': '2.30',
  'patch-v11-draft': '2.30',
  'patch-v17': '2.32',
  'patch-v18': '2.32',
  accessor: '2.32',
} as const;

/** The release that each proposal was written for. */
export const writtenFor = { ...known, ...others } as const satisfies Readonly<Record<string, string>>;

/** A proposal by name. */
export type ProposalName = keyof typeof writtenFor;

/** What people ask for first: known proposals; every release, oldest first, distributions after theirs; then all other proposals. */
const all: readonly Build[] = [
  ...Object.entries(known).map(([name, release]) => build(name, release)),
  ...releaseLine.map(({ release }) => build(release)),
  ...Object.entries(others).map(([name, release]) => build(name, release)),
];

export const builds: ReadonlyMap<string, Build> = new Map(all.map((each) => [each.name, each]));

/** Other names of builds: a release with its project in front, and the number of a semantics for the build it is named after. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ...all.flatMap(({ name }) => (/^\d/.test(name) ? [[`glibc-${name}`, name] as const] : [])),
  ...librarySemantics.map(({ id, name }) => [id, name.replace(/^glibc-/, '')] as const),
]);

/** The build a name stands for; undefined when there is none. */
export function buildNamed(name: string): Build | undefined {
  return builds.get(name) ?? builds.get(otherNames.get(name) ?? '');
}

/** Every name that `buildNamed` takes. */
export const buildNames: readonly string[] = [...builds.keys(), ...otherNames.keys()];

/** The names that `buildNamed` takes for one build, its own first. */
export function namesOf(name: string): readonly string[] {
  return [name, ...[...otherNames].flatMap(([other, own]) => (own === name ? [other] : []))];
}

/** The good name that a mistyped one most likely stands for, for diagnostics; undefined when none is near. */
export function nearestBuild(name: string): string | undefined {
  return nearestName(name, buildNames);
}

/** A world ready to run: facts of its files as recorded, or as the link editor would make them. */
export function programFor(
  to: Build,
  world: World,
  elf: Readonly<Record<string, ElfFacts>> | undefined,
  kernel: KernelFeatures = knownKernel('6.18'),
): Program {
  return { world, elf: elf ?? linkFacts(world, to), release: to.release, rseq: to.rseq, kernel };
}
