// The table of incidents: each scenario that was written by hand is recognised as its own incident, so that a finding that is
// recognised is one; and a hunt from a fixed seed finds those that are found within seconds. `npm run hunt-incidents` finds them all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cured, hasMechanism, type Incident, incidents } from '../../src/hunt/incidents.js';
import { suspicions } from '../../src/hunt/index.js';
import { knownKernel } from '../../src/kernel/releases.js';
import { judge } from '../../src/process/judge.js';
import { claimantNames } from '../../src/rseq/claimants.js';
import { parseScenario, type Scenario } from '../../src/scenario/index.js';
import { build } from '../process/scenarios.js';

const required = ['01', '02', '05', '06', '07', '09', '17', '19', '22', '23', '24', '27', '29', '35', '39', '43'];

function byHand({ scenario }: Incident): Scenario {
  const text = readFileSync(join(__dirname, '..', '..', 'scenarios', 'incidents', `${scenario}.yaml`), 'utf8');
  const parsed = parseScenario(text, { knownClaimants: claimantNames });
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(`${scenario} cannot be read`);
}

/** Ids of what fails in a scenario under a libc, of those that a row names. */
function failing({ fails }: Incident, scenario: Scenario, libc: string): string[] {
  return suspicions
    .filter(({ id }) => fails.includes(id))
    .filter(({ ways }) =>
      ways(scenario).some((that) => {
        const asked = { ...scenario, forbidden: [{ that }], required: [], allowed: [], expect: {} };
        const [verdict] = judge(asked, build(libc), knownKernel(scenario.kernel ?? '6.18')).verdicts;
        return verdict !== undefined && verdict.outcome !== 'never';
      }),
    )
    .map(({ id }) => id);
}

test('the sixteen are there', () => {
  expect(incidents.map(({ id }) => id)).toEqual(required.map((n) => `I-${n}`));
});

describe.each(incidents.map((each): [string, Incident] => [each.id, each]))('%s', (_, incident) => {
  const scenario = byHand(incident);

  test('fails as its row says, by its own actions', () => {
    expect(failing(incident, scenario, incident.libc)).not.toEqual([]);
    expect(hasMechanism(incident, scenario)).toBe(true);
  });

  test('does not, once cured', () => {
    const after = cured(incident, scenario);
    expect(failing(incident, after.scenario, after.libc)).toEqual([]);
  });
});
