// Shrinking: only scenarios that fail are kept, nothing smaller fails, and every smaller scenario still means something.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scenarios } from '../../src/arbitraries/index.js';
import { shrunk, sizeOf, smallerScenarios } from '../../src/hunt/index.js';
import { actionsOf, checkWorldNames, type Scenario } from '../../src/scenario/index.js';

const seed = 11;

function opsOf({ world }: Scenario): string[] {
  return [world.exe, ...Object.values(world.objects)].flatMap((object) =>
    actionsOf(object).map(({ action }) => action.op),
  );
}

const drawn = fc.sample(scenarios(), { seed, numRuns: 150 });

describe('a scenario one step smaller', () => {
  test('has no name that means nothing', () => {
    const faults = drawn
      .slice(0, 25)
      .flatMap((scenario) => smallerScenarios(scenario))
      .flatMap(({ world }) => checkWorldNames(world).filter(({ fault }) => fault.severity !== 'warning'));
    expect(faults).toEqual([]);
  });

  test('is no larger', () => {
    for (const scenario of drawn.slice(0, 25)) {
      const [before, after] = [sizeOf(scenario), smallerScenarios(scenario).map(sizeOf)];
      expect(after.filter(({ objects, actions }) => objects > before.objects || actions > before.actions)).toEqual([]);
    }
  });
});

describe('the smallest', () => {
  const wanted = drawn.filter((scenario) => opsOf(scenario).includes('dlopen'));

  test('still fails, and nothing one step smaller does', () => {
    const fails = (scenario: Scenario) => opsOf(scenario).includes('dlopen');
    expect(wanted.length).toBeGreaterThan(5);
    for (const scenario of wanted.slice(0, 3)) {
      const small = shrunk(scenario, fails);
      expect(fails(small)).toBe(true);
      expect(opsOf(small)).toEqual(['dlopen']);
      expect(small.kernel).toBe('6.18');
    }
  });

  test('fails, whatever failing is, and is no larger than what it was made from', () => {
    const lists = ['needed', 'flags', 'init', 'fini', 'ctors', 'dtors'] as const;
    const failures = fc.oneof(
      fc.constantFrom(...lists).map((list) => ({
        what: `an empty list of ${list}`,
        fails: ({ world }: Scenario) => [world.exe, ...Object.values(world.objects)].some((o) => o[list]?.length === 0),
      })),
      fc.nat({ max: 12 }).map((objects) => ({
        what: `more than ${objects} objects`,
        fails: (scenario: Scenario) => sizeOf(scenario).objects > objects,
      })),
      fc.nat({ max: 30 }).map((length) => ({
        what: `a description of a length that ${length} divides`,
        fails: (scenario: Scenario) => JSON.stringify(scenario.world).length % (length + 2) === 0,
      })),
    );
    const untidy = scenarios().map(
      (s): Scenario => ({ ...s, world: { ...s.world, exe: { fini: [], ...s.world.exe } } }),
    );
    const property = fc.property(untidy, failures, (scenario, { fails }) => {
      fc.pre(fails(scenario));
      const small = shrunk(scenario, fails);
      expect(fails(small)).toBe(true);
      expect(sizeOf(small).objects).toBeLessThanOrEqual(sizeOf(scenario).objects);
    });
    fc.assert(property, { seed, numRuns: 40 });
  });
});
