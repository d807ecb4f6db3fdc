import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { knownKernel } from '../../src/kernel/index.js';
import { buildNamed } from '../../src/process/builds.js';
import {
  bySignature,
  closeWorkshop,
  findDivergence,
  inOrder,
  type RealAnswerer,
  realAnswerer,
  shrinkDivergence,
  worldOfSeed,
} from '../../src/real/index.js';
import type { World } from '../../src/scenario/world-schema.js';

let answerer: RealAnswerer = { skipped: 'not asked yet' };

beforeAll(async () => {
  answerer = await realAnswerer();
});

afterAll(() => {
  if ('shop' in answerer) closeWorkshop(answerer.shop);
});

/** A libc that nobody installs: predicting it is wrong on every machine. */
const neverShipped = buildNamed('patch-v4');

const world: World = {
  exe: { needed: ['a'], main: [{ op: 'mark', text: 'x' }] },
  objects: { a: { ctors: [{ do: [{ op: 'mark', text: 'y' }] }] } },
};

describe('a divergence', () => {
  test('is found, and shrinks to the smallest world that has it', async () => {
    if ('skipped' in answerer || neverShipped === undefined) {
      process.stdout.write(`No divergence is looked for: ${'skipped' in answerer ? answerer.skipped : 'no build'}\n`);
      return expect(neverShipped).toBeDefined();
    }
    const asked = { build: neverShipped, kernel: knownKernel('6.18') };
    const found = await findDivergence(answerer.shop, world, asked);
    expect(found.outcome).toBe('different');
    if (found.outcome !== 'different') return;
    const small = await shrinkDivergence(answerer.shop, found.divergence, asked, 50);
    expect(small.signature).toBe(found.divergence.signature);
    // The constructor's own event is where the two part, so it stays; what it does, and what main does, goes.
    expect(small.world.objects).toEqual({ a: { ctors: [{ do: [] }] } });
    expect(small.world.exe.main).toEqual([]);
  });
});

describe('the world of a seed', () => {
  test('is the same whenever it is drawn, and another for the next seed', () => {
    expect(worldOfSeed(7)).toEqual(worldOfSeed(7));
    const drawn = Array.from({ length: 100 }, (_, seed) => JSON.stringify(worldOfSeed(seed)));
    expect(new Set(drawn).size).toBeGreaterThan(95);
  });
});

test('divergences are told by signature, the most frequent first', () => {
  const of = (signature: string, seed: number) => ({ signature, seed });
  const groups = bySignature([of('a', 1), of('b', 2), of('b', 3)]);
  expect(groups.map((all) => all.map(({ seed }) => seed))).toEqual([[2, 3], [1]]);
});

test('answers are handed over in the order of the questions, whichever comes first', async () => {
  const waiting: (() => void)[] = [];
  const told: number[] = [];
  const all = inOrder(
    [0, 1, 2],
    3,
    (question) => new Promise<number>((resolve) => waiting.push(() => resolve(question * 10))),
    (_, answer) => told.push(answer),
  );
  for (const answer of waiting.toReversed()) answer();
  await all;
  expect(told).toEqual([0, 10, 20]);
});
