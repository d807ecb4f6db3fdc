/**
 * Which libc does what about rseq: for every build by name the semantics it has, and what it moved on top. In glibc: the history
 * of sysdeps/unix/sysv/linux/rseq-internal.h and sysdeps/nptl/dl-tls_init_tp.c.
 *
 * What can go wrong: stable branches moved `__rseq_size` and the stores before the call apart from everything else, so a
 * distribution's build is between two releases.
 */
import {
  activeSize,
  development232,
  extraTls,
  nobody,
  patchV4,
  patchV12,
  registerEarly,
  threadPointer,
  unconditional,
} from './libc-semantics.js';
import { reviewSemantics } from './libc-semantics-review.js';
import { seriesSemantics } from './libc-semantics-series.js';
import type { RseqSemantics, SwitchName } from './semantics.js';

/** What a build does about rseq: a semantics, and single switches moved, each beside where that was read. */
export interface SemanticsRow {
  readonly build: string;
  readonly base: RseqSemantics;
  readonly sets: { readonly [S in SwitchName]?: readonly [value: RseqSemantics[S], source: string] };
  /** Why this semantics from this build on, where the semantics itself cannot know. */
  readonly because?: string;
}

const row = (build: string, base: RseqSemantics, sets: SemanticsRow['sets'] = {}): SemanticsRow => ({
  build,
  base,
  sets,
});

/** Every build that has a name; a proposal is what its authors wrote it for. */
export const semanticsLine: readonly SemanticsRow[] = [
  ...[patchV4, patchV12, registerEarly, unconditional].map((semantics) => row(semantics.name, semantics)),
  ...[...seriesSemantics, ...reviewSemantics].map((semantics) => row(semantics.name, semantics)),
  ...['2.28', 'pre-2.22', '2.29', '2.30', '2.31', 'debian-2.31'].map((build) => row(build, nobody)),
  row('2.32-dev', development232),
  { ...row('2.32', nobody), because: 'commit efedd1ed3d, which took all of it back' },
  ...['2.33', '2.34'].map((build) => row(build, nobody)),
  ...['2.35', '2.36'].map((build) => row(build, threadPointer)),
  row('debian-2.36', threadPointer, {
    sizeSays: [20, 'bug 31965, back-port b0471d1605 on release/2.36/master'],
    presets: ['fields', 'back-ports b1f62861bf and 314419978f on release/2.36/master'],
  }),
  ...['2.37', '2.38', '2.39'].map((build) => row(build, threadPointer)),
  row('2.40', activeSize),
  row('2.41', extraTls),
  row('debian-2.41', extraTls, { presets: ['whole-area', 'back-port e22c132484 on release/2.41/master'] }),
  ...['2.42', '2.43', 'debian-2.43'].map((build) =>
    row(build, extraTls, { presets: ['whole-area', 'commit 689a62a421'] }),
  ),
];

type Sources = { readonly [S in SwitchName]?: string };

const ofThreadPointer: Sources = {
  mainAt: 'commit 95e114a091',
  staticAt: 'commit 95e114a091',
  area: 'commit 95e114a091',
  threads: 'commit 95e114a091',
  onMainRefusal: 'commit 95e114a091',
  onThreadRefusal: 'commits 95e114a091 and a41c8e9235',
  tunable: 'commit e3e589829d',
  sizeSymbols: 'commit c901c3e764',
  sizeSays: 'commit c901c3e764',
};

/** Where single switches of a semantics were read, when its own source does not say it well enough. */
const finer: ReadonlyMap<RseqSemantics, Sources> = new Map([
  [threadPointer, ofThreadPointer],
  [activeSize, { ...ofThreadPointer, sizeSays: 'bug 31965, commit 2e456ccf0c' }],
  [
    extraTls,
    {
      ...ofThreadPointer,
      area: 'commits 93d0bfbe8f and 540c817266',
      sizeSays: 'commit c813c1490d',
      presets: 'commits 97f60abd25 and d9f40387d3',
    },
  ],
]);

/** The row of a build. */
export function semanticsRow(build: string): SemanticsRow {
  const found = semanticsLine.find((each) => each.build === build);
  if (found === undefined) throw new Error(`invariant: nothing says what "${build}" does about rseq`);
  return found;
}

/** The semantics of a build, single switches moved. */
export function semanticsOf(build: string): RseqSemantics {
  const { base, sets } = semanticsRow(build);
  const moved = Object.entries(sets).map(([name, [value]]) => [name, value]);
  return moved.length === 0 ? base : { ...base, ...Object.fromEntries(moved) };
}

/** Where it was read that a switch stands as it does in a build. */
export function switchSource(build: string, name: SwitchName): string {
  const { base, sets, because } = semanticsRow(build);
  return sets[name]?.[1] ?? because ?? finer.get(base)?.[name] ?? base.source;
}
