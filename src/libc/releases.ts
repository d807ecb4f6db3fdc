/**
 * Releases by name: the rows of the time line summed up, and for each flag of a release the change that gave it its value.
 *
 * What can go wrong: following names of rows into a circle; a row may only stand on one listed before it.
 */
import type { Release, ReleaseFlagName, ReleaseFlagValue } from './release.js';
import { releaseFlags } from './release-flags.js';
import { oldest, type ReleaseRow, releaseLine } from './releases-line.js';

/** One change of one flag: the row that has it, the value from then on, and where it was read. */
export interface FlagChange {
  readonly release: string;
  readonly value: ReleaseFlagValue;
  readonly source: string;
}

function rowNamed(release: string): ReleaseRow {
  const row = releaseLine.find((each) => each.release === release);
  if (row === undefined) throw new Error(`invariant: no row of the time line is called "${release}"`);
  return row;
}

/** The rows a release is the sum of, oldest first, itself last. */
export function rowsOf(release: string): readonly ReleaseRow[] {
  const row = rowNamed(release);
  return row.from === null ? [row] : [...rowsOf(row.from), row];
}

function summed(row: ReleaseRow): Release {
  const values = rowsOf(row.release).flatMap(({ sets }) =>
    Object.entries(sets).map(([flag, [value]]) => [flag, value]),
  );
  return { ...oldest, ...Object.fromEntries(values), name: row.release };
}

/** Every release by name, in the order of the time line. */
export const libcReleases: Readonly<Record<string, Release>> = Object.fromEntries(
  releaseLine.map((row) => [row.release, summed(row)]),
);

/** The release of this name. A name that nobody has is our own bug: what users write is a build's name. */
export function releaseNamed(name: string): Release {
  const release = Object.hasOwn(libcReleases, name) ? libcReleases[name] : undefined;
  if (release === undefined) throw new Error(`invariant: no libc release is called "${name}"`);
  return release;
}

function changeIn(row: ReleaseRow, flag: ReleaseFlagName): readonly FlagChange[] {
  const set = row.sets[flag];
  return set === undefined ? [] : [{ release: row.release, value: set[0], source: set[1] }];
}

/** The change that gave a flag the value it has in a release; what nothing changed is as in the oldest release. */
export function changeBehind(release: string, flag: ReleaseFlagName): FlagChange {
  const changes = rowsOf(release).flatMap((row) => changeIn(row, flag));
  const source = releaseFlags.find(({ name }) => name === flag)?.source ?? '';
  return changes.at(-1) ?? { release: oldest.name, value: oldest[flag], source };
}

/** The changes of a flag that lie between two releases: those that only one of the two has, in the order of the time line. */
export function changesBetween(a: string, b: string, flag: ReleaseFlagName): readonly FlagChange[] {
  const [ofA, ofB] = [new Set(rowsOf(a)), new Set(rowsOf(b))];
  return releaseLine.filter((row) => ofA.has(row) !== ofB.has(row)).flatMap((row) => changeIn(row, flag));
}
