import { describe, expect, test } from '@jest/globals';
import { firstDifference } from '../../src/real/compare.js';
import { Dice, mutatedWorld, randomWorld, smallerWorlds, worldKinds } from '../../src/real/index.js';
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
