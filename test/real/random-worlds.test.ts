import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { firstDifference } from '../../src/real/compare.js';
import {
  Dice,
  mutatedWorld,
  randomWorld,
  smallerWorlds,
  whyNotReal,
  worldKinds,
  worlds,
} from '../../src/real/index.js';
import { WorldSchema } from '../../src/scenario/world-schema.js';

const seeds = Array.from({ length: 40 }, (_, i) => i);

describe.each(worldKinds)('random worlds of the kind %s', (kind) => {
  test('are worlds, the same for the same seed', () => {
    for (const seed of seeds) {
      const world = randomWorld(kind, seed);
      expect(WorldSchema.safeParse(world).error).toBeUndefined();
      expect(randomWorld(kind, seed)).toEqual(world);
    }
    expect(new Set(seeds.map((seed) => JSON.stringify(randomWorld(kind, seed)))).size).toBeGreaterThan(30);
  });

  test('have neighbours that are worlds', () => {
    for (const seed of seeds) {
      const neighbour = mutatedWorld(randomWorld(kind, seed), new Dice(seed), 5);
      expect(WorldSchema.safeParse(neighbour).error).toBeUndefined();
    }
  });
});

describe('the arbitrary of worlds', () => {
  const sample = (seed: number) => fc.sample(worlds(), { seed, numRuns: 200 });

  test('draws worlds that a machine can be asked about, the same for the same seed', () => {
    const drawn = sample(1);
    for (const world of drawn) {
      expect(WorldSchema.safeParse(world).error).toBeUndefined();
      expect(whyNotReal(world)).toBeUndefined();
    }
    expect(sample(1)).toEqual(drawn);
    expect(sample(2)).not.toEqual(drawn);
  });

  test('shrinks to the smallest world that is still wrong', () => {
    const quick = fc.property(worlds({ kinds: ['exit'] }), (world) => !JSON.stringify(world).includes('"quick_exit"'));
    const { counterexample } = fc.check(quick, { seed: 3, numRuns: 500 });
    expect(counterexample?.[0]).toEqual({ exe: expect.anything(), objects: {} });
    expect(counterexample?.[0].exe.main).toEqual([{ op: 'quick_exit', code: expect.any(Number) }]);
  });
});

describe('a smaller world', () => {
  test('is smaller, and names nothing that was taken away', () => {
    const world = randomWorld('dl', 7);
    for (const smaller of smallerWorlds(world)) {
      expect(JSON.stringify(smaller).length).toBeLessThan(JSON.stringify(world).length);
      const gone = Object.keys(world.objects).filter((name) => !Object.hasOwn(smaller.objects, name));
      for (const name of gone) expect(JSON.stringify(smaller)).not.toContain(`"file":"${name}"`);
    }
  });
});

describe('two event streams', () => {
  const main = { t: 1, obj: 'exe', inst: 1, kind: 'main' };
  const crash = { t: 1, obj: 'process', kind: 'signal', result: 'SIGSEGV' };

  test('are equal whatever code a crash has', () => {
    expect(
      firstDifference([main, { ...crash, detail: 'SEGV_MAPERR' }], [main, { ...crash, detail: 'SEGV_ACCERR' }]),
    ).toBeUndefined();
  });

  test('part where one says more than the other', () => {
    expect(firstDifference([main, crash], [main])).toBe(1);
    expect(firstDifference([main], [{ ...main, t: 2 }])).toBe(0);
  });
});
