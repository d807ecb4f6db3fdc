// Reduced and whole searches of generated scenarios and of the catalogue: the same verdicts, the same final worlds.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scenarios } from '../../src/arbitraries/index.js';
import { type Reductions, search, type View } from '../../src/explore/index.js';
import { knownKernel } from '../../src/kernel/index.js';
import { buildNamed } from '../../src/process/builds.js';
import { judge, modelOfScenario } from '../../src/process/judge.js';
import type { Judgement } from '../../src/process/verdict.js';
import { endIn } from '../../src/process/watchers.js';
import { broken, properties } from '../../src/rseq/properties.js';
import type { Scenario } from '../../src/scenario/schema.js';
import { shelf } from '../catalogue/catalogue.js';

const KINDS: readonly Reductions[] = [
  { partialOrder: true },
  { stretches: true },
  { partialOrder: true, stretches: true },
];
const BUILDS = ['patch-v12', 'debian-2.36', '2.31', '2.32-dev', 'register-early', '2.43'] as const;
const MOST_STATES = 1500;

interface Asked {
  readonly scenario: Scenario;
  readonly libc: string;
  readonly property: string;
  readonly reduce: Reductions;
}

/** What no reduction may change: how many final worlds, how they end, whether the property is broken there, and whether ever. */
function answer({ scenario, libc, property }: Asked, reduce: Reductions): unknown {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(`no build is called ${libc}`);
  const { model, unsupported } = modelOfScenario(scenario, build, knownKernel(scenario.kernel ?? '6.18'), [property]);
  if (unsupported.length > 0) return undefined;
  const isBroken = (view: View): boolean => view.get(`watch/${property}`) === broken;
  const marks = (view: View): string[] => [`ends ${endIn(view)}`, ...(isBroken(view) ? [property] : [])];
  const found = search(model, { reduce, marks, maxStates: MOST_STATES });
  if (!found.complete) return undefined;
  const ends = [...found.marks].flatMap(([name, { finals }]) => (finals > 0 ? [[name, finals]] : []));
  return { finals: found.finals, ends: ends.sort(), isEverBroken: found.marks.has(property) };
}

test('on 1,000 generated scenarios, each with one of the properties', () => {
  const asked: fc.Arbitrary<Asked> = fc.record({
    scenario: scenarios(),
    libc: fc.constantFrom(...BUILDS),
    property: fc.constantFrom(...properties.map(({ id }) => id)),
    reduce: fc.constantFrom(...KINDS),
  });
  let compared = 0;
  fc.assert(
    fc.property(asked, (each) => {
      const whole = answer(each, {});
      if (whole === undefined) return;
      compared++;
      expect(answer(each, each.reduce)).toEqual(whole);
    }),
    { numRuns: 1150, seed: 5, endOnFailure: true },
  );
  expect(compared).toBeGreaterThanOrEqual(1000);
});

/** A judgement without what a reduction may change: counts of states, and which way of several is shown. */
function verdictsIn({ complete, finals, ends, verdicts }: Judgement): unknown {
  const told = verdicts.map(({ word, outcome, finals: holding, of, agrees, parts }) => ({
    word,
    outcome,
    finals: holding,
    of,
    agrees,
    parts: parts.map((part) => ({ text: part.text, outcome: part.outcome, finals: part.finals })),
  }));
  return { complete, finals, ends, verdicts: told };
}

const SHELVES = ['seed', 'incidents', 'loader', 'threads'] as const;
/** More states than that are not searched twice here. */
const HEAVY = 20_000;

describe('on the whole catalogue', () => {
  test.each(SHELVES)('%s', (name) => {
    for (const { scenario } of shelf(name)) {
      for (const [libc, { states }] of Object.entries(scenario.expect)) {
        const build = buildNamed(libc);
        if (build === undefined || (states ?? 0) > HEAVY) continue;
        const kernel = knownKernel(scenario.kernel ?? '6.18');
        const whole = verdictsIn(judge(scenario, build, kernel));
        for (const reduce of KINDS.slice(0, 2)) {
          expect({
            of: scenario.name,
            libc,
            ...(verdictsIn(judge(scenario, build, kernel, { reduce })) as object),
          }).toEqual({
            of: scenario.name,
            libc,
            ...(whole as object),
          });
        }
      }
    }
  });
});
