/**
 * What a libc build is, as data: every flag of its release and every switch of its rseq semantics with value and source, and the
 * difference between two builds with the changes that lie between them. It stands for reading glibc's history.
 *
 * What can go wrong: a difference without its reason. Each one carries the changes that only one of the two builds has.
 */
import { releaseFlags } from '../libc/release-flags.js';
import { changeBehind, changesBetween, rowsOf } from '../libc/releases.js';
import { semanticsOf, switchSource } from '../rseq/libc-semantics-line.js';
import type { SwitchName } from '../rseq/semantics.js';
import { semanticsSwitches } from '../rseq/semantics-switches.js';
import { type Build, buildNamed, namesOf } from './builds.js';

/** A flag or a switch can stand at one of these. */
export type Setting = string | number | boolean;

/** A flag of the release or a switch of the rseq semantics as a build has it. */
export interface ExplainedSetting {
  readonly name: string;
  readonly value: Setting;
  readonly meaning: string;
  /** The build that brought this value; the oldest of the time line when none did. */
  readonly since: string;
  /** Where that change was read: commit and bug; of a value older than the time line, file and function. */
  readonly source: string;
  /** Where glibc does what this is about. */
  readonly where: string;
}

/** One step of a setting's history. */
export interface SettingChange {
  readonly release: string;
  readonly value: Setting;
  readonly source: string;
}

/** A build explained. */
export interface BuildExplanation {
  readonly schema: 'rtldlab.explain-build/1';
  readonly name: string;
  /** Every name that means this build, its own first. */
  readonly names: readonly string[];
  /** The rows of the time line its release is the sum of, newest first: release and tree. */
  readonly trees: readonly { readonly release: string; readonly about: string }[];
  readonly flags: readonly ExplainedSetting[];
  readonly rseq: {
    readonly id: string;
    readonly name: string;
    readonly statement: string;
    readonly source: string;
    readonly switches: readonly ExplainedSetting[];
  };
}

/** One flag or switch that two builds have at different values. */
export interface Difference {
  readonly kind: 'flag' | 'switch';
  readonly name: string;
  readonly meaning: string;
  readonly a: Setting;
  readonly b: Setting;
  /** The changes that one of the two has and the other has not, oldest first; never empty. */
  readonly changes: readonly SettingChange[];
}

/** Two builds compared. */
export interface BuildDifference {
  readonly schema: 'rtldlab.explain-diff/1';
  readonly a: string;
  readonly b: string;
  readonly differences: readonly Difference[];
}

/** The builds a build is the sum of, oldest first, itself last; a proposal stands on the release it was written for. */
function stagesOf({ name, release }: Build): readonly string[] {
  const releases = rowsOf(release.name).map((row) => row.release);
  return releases.at(-1) === name ? releases : [...releases, name];
}

/** The steps of a switch on the way to a build; the first is what the oldest release does. */
function switchHistory(build: Build, name: SwitchName): readonly SettingChange[] {
  const history: SettingChange[] = [];
  for (const stage of stagesOf(build)) {
    const value = semanticsOf(stage)[name];
    if (history.at(-1)?.value !== value) history.push({ release: stage, value, source: switchSource(stage, name) });
  }
  return history;
}

function flagsOf({ release }: Build): ExplainedSetting[] {
  return releaseFlags.map(({ name, meaning, source: where }) => {
    const { release: since, source } = changeBehind(release.name, name);
    return { name, value: release[name], meaning, since, source, where };
  });
}

function switchesOf(build: Build): ExplainedSetting[] {
  return semanticsSwitches.map(({ name, meaning, source: where }) => {
    const { release: since = build.name, source = '' } = switchHistory(build, name).at(-1) ?? {};
    return { name, value: build.rseq[name], meaning, since, source, where };
  });
}

/**
 * What the build of this name is.
 *
 * @returns undefined when nobody has the name; `nearestBuild` knows the one that was meant
 */
export function explainBuild(name: string): BuildExplanation | undefined {
  const build = buildNamed(name);
  if (build === undefined) return undefined;
  const { id, name: semantics, statement, source } = build.rseq;
  return {
    schema: 'rtldlab.explain-build/1',
    name: build.name,
    names: namesOf(build.name),
    trees: rowsOf(build.release.name)
      .toReversed()
      .map(({ release, about }) => ({ release, about })),
    flags: flagsOf(build),
    rseq: { id, name: semantics, statement, source, switches: switchesOf(build) },
  };
}

function flagDifferences(a: Build, b: Build): Difference[] {
  return releaseFlags.flatMap(({ name, meaning }) => {
    if (a.release[name] === b.release[name]) return [];
    const changes = changesBetween(a.release.name, b.release.name, name);
    return [{ kind: 'flag', name, meaning, a: a.release[name], b: b.release[name], changes }];
  });
}

function switchDifferences(a: Build, b: Build): Difference[] {
  return semanticsSwitches.flatMap(({ name, meaning }) => {
    if (a.rseq[name] === b.rseq[name]) return [];
    const [ofA, ofB] = [switchHistory(a, name), switchHistory(b, name)];
    const isIn = (history: readonly SettingChange[], { release }: SettingChange) =>
      history.some((change) => change.release === release);
    const changes = [...ofA.filter((change) => !isIn(ofB, change)), ...ofB.filter((change) => !isIn(ofA, change))];
    return [{ kind: 'switch', name, meaning, a: a.rseq[name], b: b.rseq[name], changes }];
  });
}

/**
 * Only what differs between two builds, flags of the release first, then switches of rseq.
 *
 * @returns undefined when nobody has one of the names
 */
export function explainDiff(a: string, b: string): BuildDifference | undefined {
  const [one, other] = [buildNamed(a), buildNamed(b)];
  if (one === undefined || other === undefined) return undefined;
  const differences = [...flagDifferences(one, other), ...switchDifferences(one, other)];
  return { schema: 'rtldlab.explain-diff/1', a: one.name, b: other.name, differences };
}
