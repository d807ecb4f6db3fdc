/**
 * Scenario files on disk: single ones, folders of them, and the shelf that comes with the package. It stands for a reviewer's
 * folder.
 *
 * What can go wrong: an order that the file system decides. Files come in the order of their names.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNames } from '../process/builds.js';
import { claimantNames } from '../rseq/claimants.js';
import { type ParseOptions, parseScenario, renderDiagnostic, type Scenario } from '../scenario/index.js';
import { type Answer, quoted } from './complaint.js';
import { readText } from './input.js';
import type { Session } from './session.js';

/** A scenario and the file it was read from. */
export interface ScenarioFile {
  readonly file: string;
  readonly scenario: Scenario;
}

/** The names that a scenario may use; others are faults of its text. */
export const KNOWN_NAMES = {
  knownSemantics: buildNames,
  knownClaimants: claimantNames,
} as const satisfies ParseOptions;

/** Deepest folder below one that was asked for. */
const DEPTH_MAX = 8;

function scenarioFilesBelow(folder: string, depth = 0): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return depth < DEPTH_MAX ? scenarioFilesBelow(path, depth + 1) : [];
    return /\.ya?ml$/.test(entry.name) ? [path] : [];
  });
}

/** The scenario files a path stands for: itself, or those of a folder, sorted. */
export function scenarioPaths(path: string): Answer<readonly string[]> {
  try {
    if (path === '-' || !existsSync(path) || !statSync(path).isDirectory()) return { value: [path] };
    const files = scenarioFilesBelow(path);
    if (files.length > 0) return { value: files };
    return { complaint: { code: 'C017', message: `no scenario in ${quoted(path)}`, expected: 'files *.yaml' } };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return { complaint: { code: 'C012', message: `${quoted(path)} cannot be read: ${code}` } };
  }
}

/** Read the scenarios of files and folders; what is wrong is told, and the others are read all the same. */
export function readScenarios(session: Session, paths: readonly string[]): ScenarioFile[] {
  return paths.flatMap((path) =>
    (session.take(scenarioPaths(path)) ?? []).flatMap((file) => {
      const text = session.take(readText(file, session.terminal));
      if (text === undefined) return [];
      const parsed = parseScenario(text, { file: file === '-' ? 'standard input' : file, ...KNOWN_NAMES });
      session.diagnose('diagnostics' in parsed ? parsed.diagnostics : parsed.warnings);
      return 'scenario' in parsed ? [{ file, scenario: parsed.scenario }] : [];
    }),
  );
}

/** The folder of a shelf of the package, as it is called from here where that is shorter. */
export function shelf(name: string): string {
  const path = fileURLToPath(new URL(`../../scenarios/${name}`, import.meta.url));
  const near = relative('.', path);
  return near.startsWith('..') ? path : near;
}

/**
 * The scenarios of a shelf of the package.
 *
 * @throws when one of them cannot be read, which is our own fault
 */
export function shelved(name: string): ScenarioFile[] {
  const folder = shelf(name);
  return (existsSync(folder) ? scenarioFilesBelow(folder) : []).map((file) => {
    const parsed = parseScenario(readFileSync(file, 'utf8'), { file, ...KNOWN_NAMES });
    if ('scenario' in parsed) return { file, scenario: parsed.scenario };
    const [first] = parsed.diagnostics;
    throw new Error(`invariant: ${first === undefined ? file : renderDiagnostic(first).split('\n')[0]}`);
  });
}
