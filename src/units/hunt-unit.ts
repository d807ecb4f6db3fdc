/**
 * Kind `hunt`: a unit is a number of generated worlds, run under one libc while everything suspicious is watched, and a scenario
 * for each kind of failure.
 *
 * What can go wrong: the same failure in a hundred units. Together they keep the smallest scenario of each kind.
 */
import type { FinishedUnit, Kind, UnitResult } from '../campaign/kind.js';
import { type Finding, type HuntUnit, huntUnit } from '../hunt/index.js';
import type { Build } from '../process/builds.js';
import { plannedBuild, readBuild } from './trials.js';

/** What a plan of a hunt says. With n libcs, unit i hunts under the i-th modulo n. */
export interface HuntParameters {
  /** Names of builds, or the reader's own in full. */
  readonly libcs: readonly (string | Build)[];
  /** Ids of what is watched; without it, everything. */
  readonly properties?: readonly string[];
  /** The kernel of all worlds; without it they choose. */
  readonly kernel?: string;
  /** Runs of a unit. */
  readonly runs: number;
}

/** Builds as a plan of a hunt says them. */
export function plannedLibcs(libcs: readonly Build[]): HuntParameters['libcs'] {
  return libcs.map(plannedBuild);
}

interface Kept extends Finding {
  readonly libc: string;
  readonly unit: number;
}

/** The smallest finding of each kind under each libc, by libc and kind. */
function smallest(finished: readonly FinishedUnit[]): readonly Kept[] {
  const kept = new Map<string, Kept>();
  for (const { unit, result } of finished) {
    if (result.outcome === 'broken') continue;
    const { libc, findings } = result.found as HuntUnit;
    for (const finding of findings) {
      const name = JSON.stringify([libc, finding.kind]);
      const before = kept.get(name);
      if (before === undefined || isSmaller(finding, before)) kept.set(name, { ...finding, libc, unit });
    }
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
}

function isSmaller(one: Finding, other: Finding): boolean {
  const sizes = [one.objects - other.objects, one.actions - other.actions, one.steps - other.steps];
  return (sizes.find((difference) => difference !== 0) ?? 0) < 0;
}

/** The kind. */
export const huntUnits: Kind = {
  unit(parameters, seed, index): UnitResult {
    const { libcs, properties, kernel, runs } = parameters as HuntParameters;
    const libc = readBuild(libcs[index % libcs.length]);
    const options = {
      libc,
      runs,
      ...(properties === undefined ? {} : { properties }),
      ...(kernel === undefined ? {} : { kernel }),
    };
    const found = huntUnit(options, seed, Math.floor(index / libcs.length));
    const kinds = found.findings.map(({ kind }) => kind);
    const says = `${libc.name}, ${found.runs} runs: ${kinds.length === 0 ? 'nothing' : kinds.join(', ')}`;
    return { outcome: kinds.length === 0 ? 'asExpected' : 'unexpected', says, found };
  },
  together(_parameters, finished) {
    return smallest(finished).map((finding): UnitResult => {
      const { libc, unit, kind, objects, verdict } = finding;
      const size = objects === 1 ? '1 object' : `${objects} objects`;
      const says = `${libc}: ${kind}; ${size}, ${verdict} (unit ${unit})`;
      return { outcome: 'unexpected', says, found: finding };
    });
  },
};
