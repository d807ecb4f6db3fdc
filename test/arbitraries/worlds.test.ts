// Generated worlds: every feature really comes, every world means something to the parser, the same seed gives the same worlds, and
// shrinking ends at the simplest world.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Feature,
  features,
  type GeneratedWorld,
  recipes,
  scenarioOf,
  scenarios,
  swarms,
  worldOf,
  worlds,
} from '../../src/arbitraries/index.js';
import { claimantNames } from '../../src/rseq/claimants.js';
import { actionsOf, type Op, parseScenario, printScenario, type WorldObject } from '../../src/scenario/index.js';

const seed = 20190811;

const objectsOf = ({ world }: GeneratedWorld): WorldObject[] => [world.exe, ...Object.values(world.objects)];
const opsOf = (drawn: GeneratedWorld): Set<Op> =>
  new Set(objectsOf(drawn).flatMap((object) => actionsOf(object).map(({ action }) => action.op)));
const does =
  (...ops: readonly Op[]) =>
  (drawn: GeneratedWorld): boolean =>
    ops.some((op) => opsOf(drawn).has(op));
const has =
  (field: keyof WorldObject) =>
  (drawn: GeneratedWorld): boolean =>
    objectsOf(drawn).some((object) => object[field] !== undefined);

/** How each feature shows in a world. */
const shows: Record<Feature, (drawn: GeneratedWorld) => boolean> = {
  calls: does('call'),
  dlopen: does('dlopen'),
  namespaces: does('dlmopen'),
  threads: does('start', 'spawn'),
  signals: does('signal'),
  keys: does('tsd'),
  destructors: does('tls_dtor', 'atexit'),
  ifuncs: has('ifuncs'),
  audit: has('audit'),
  preload: ({ world }) => world.preload !== undefined,
  initfirst: (drawn) =>
    has('init')(drawn) || has('preinit')(drawn) || objectsOf(drawn).some(({ flags }) => flags?.includes('initfirst')),
  fork: does('fork'),
  vfork: does('vfork'),
  static: ({ world }) => world.exe.kind === 'static' || world.exe.kind === 'static-pie',
  program: ({ world }) => world.exe.soname === 'libc',
  kernels: ({ kernel }) => kernel !== '6.18',
  filters: does('seccomp'),
  tunables: ({ world }) => world.tunables !== undefined || world.bind_now === true || world.via_ldso === true,
  sections: does('section'),
  registers: does('rseq'),
  asks: does('claim', 'claim_abi', 'claim_handled', 'claim_note', 'claim_busy_ok'),
  claimants: (drawn) => drawn.claimants.length > 0 || does('claimant')(drawn),
  interposed: has('handled'),
  reads: does('rseq_info', 'handled_info'),
};

describe('2,000 generated worlds', () => {
  const drawn = fc.sample(worlds(), { seed, numRuns: 2000 });

  test.each(features.map((feature) => [feature]))('%s comes in at least one of a hundred', (feature) => {
    expect(drawn.filter(shows[feature]).length).toBeGreaterThanOrEqual(20);
  });

  test('are small, and no two features always come together', () => {
    expect(Math.max(...drawn.map((each) => objectsOf(each).length))).toBeLessThanOrEqual(4);
    const pairs = features.flatMap((a) => features.map((b) => [a, b] as const)).filter(([a, b]) => a !== b);
    const bound = pairs.filter(([a, b]) => drawn.every((each) => !shows[a](each) || shows[b](each)));
    // A signal needs a thread that it is sent to, and libc.so.6 has functions with resolvers.
    expect(bound).toEqual([
      ['signals', 'threads'],
      ['program', 'ifuncs'],
    ]);
  });

  test('mean something: what is printed of them is read back as it was', () => {
    for (const each of drawn.slice(0, 500)) {
      const scenario = scenarioOf(each);
      const parsed = parseScenario(printScenario(scenario), { knownClaimants: claimantNames });
      expect(parsed).toMatchObject({ scenario });
    }
  });
});

test('the same seed gives the same worlds', () => {
  const [one, other] = [1, 2].map(() => fc.sample(scenarios(), { seed, numRuns: 50 }));
  expect(one).toEqual(other);
});

test('what is asked to be absent never comes, and nothing beside what is asked for', () => {
  const drawn = fc.sample(worlds({ without: ['threads', 'audit'] }), { seed, numRuns: 300 });
  expect(drawn.filter((each) => shows.threads(each) || shows.audit(each))).toEqual([]);
  const only = fc.sample(worlds({ only: ['dlopen'] }), { seed, numRuns: 300 });
  expect(only.filter(shows.dlopen).length).toBeGreaterThan(10);
  expect(features.filter((feature) => feature !== 'dlopen' && only.some(shows[feature]))).toEqual([]);
});

test('a swarm names a weight for each feature, and none where it is not asked for', () => {
  fc.assert(
    fc.property(swarms({ only: ['threads'] }), (swarm) => {
      expect(Object.keys(swarm)).toEqual(features);
      expect(features.filter((feature) => feature !== 'threads' && swarm[feature] !== 0)).toEqual([]);
    }),
    { seed, numRuns: 50 },
  );
});

test('shrinking ends at the simplest world that still does it', () => {
  const told = fc.check(
    fc.property(worlds(), (drawn) => !does('dlopen')(drawn)),
    { seed, numRuns: 300 },
  );
  expect(told.failed).toBe(true);
  const [smallest] = told.counterexample ?? [];
  expect(smallest?.claimants).toEqual([]);
  expect(smallest?.kernel).toBe('6.18');
  expect(Object.keys(smallest?.world.objects ?? {}).length).toBeLessThanOrEqual(2);
  expect(objectsOf(smallest as GeneratedWorld).flatMap((object) => actionsOf(object))).toHaveLength(1);
});

test('any recipe gives the world of its own numbers', () => {
  const [recipe] = fc.sample(recipes, { seed, numRuns: 1 });
  if (recipe === undefined) throw new Error('nothing was drawn');
  expect(worldOf(recipe)).toEqual(worldOf(JSON.parse(JSON.stringify(recipe)) as typeof recipe));
});
