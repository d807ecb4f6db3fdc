/**
 * The scenario files on a shelf of the catalogue, parsed.
 *
 * What can go wrong: a file that is skipped because its name is unexpected; every file on a shelf must be a scenario.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildNames } from '../../src/process/builds.js';
import { claimantNames } from '../../src/rseq/claimants.js';
import { parseScenario, renderDiagnostic } from '../../src/scenario/index.js';
import type { Scenario } from '../../src/scenario/schema.js';

export interface Shelved {
  /** The file's name without its ending. */
  readonly name: string;
  readonly text: string;
  readonly scenario: Scenario;
}

const scenarios = join(__dirname, '..', '..', 'scenarios');

/** Every scenario of a shelf, by name. A file that is no valid scenario is a mistake in the catalogue, and says why. */
export function shelf(name: string): readonly Shelved[] {
  const folder = join(scenarios, name);
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const parsed = parseScenario(text, { file, knownSemantics: buildNames, knownClaimants: claimantNames });
      if (!('scenario' in parsed)) throw new Error(parsed.diagnostics.map((d) => renderDiagnostic(d)).join('\n'));
      return { name: file.replace(/\.yaml$/, ''), text, scenario: parsed.scenario };
    });
}
