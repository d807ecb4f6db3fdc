import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { libraries, referenceProblem } from '../../src/bench/reference-problem.js';
import type { Exploration, ExploreOptions, Reductions } from '../../src/explore/exploration.js';
import type { Model } from '../../src/explore/model.js';
import { replay } from '../../src/explore/replay.js';
import { search } from '../../src/explore/search.js';
import { modelOfPrograms, presence, randomPrograms } from './random-models.js';
import { counter, toy } from './toys.js';

const KINDS: readonly (readonly [string, Reductions])[] = [
  ['partial order', { partialOrder: true }],
  ['symmetry', { symmetry: true }],
  ['stretches', { stretches: true }],
  ['partial order and symmetry', { partialOrder: true, symmetry: true }],
  ['all', { partialOrder: true, symmetry: true, stretches: true }],
];

const OPTIONS: ExploreOptions = { marks: presence, judge: (event) => [JSON.stringify(event)] };

/** What no reduction may change: final states, what holds in them, and which events happen at all. */
function kept({ complete, finals, marks, events }: Exploration): unknown {
  const inFinals = [...marks].flatMap(([name, mark]) => (mark.finals > 0 ? [[name, mark.finals]] : []));
  return { complete, finals, inFinals: inFinals.sort(), events: [...events.keys()].sort() };
}

function agree(model: Model, reduce: Reductions, options: ExploreOptions): void {
  const whole = search(model, options);
  const reduced = search(model, { ...options, reduce });
  expect(kept(reduced)).toEqual(kept(whole));
  expect(reduced.states).toBeLessThanOrEqual(whole.states);
  for (const { witness } of reduced.events.values()) expect(replay(model, witness).ok).toBe(true);
  for (const { finalWitness } of reduced.marks.values()) {
    if (finalWitness !== null) expect(replay(model, finalWitness).ok).toBe(true);
  }
}

describe.each(KINDS)('reducing by %s', (_, reduce) => {
  test.each([
    ['acyclic', true],
    ['cyclic', false],
  ])('changes no answer about random %s programs', (_kind, acyclic) => {
    fc.assert(
      fc.property(randomPrograms(acyclic), (random) => agree(modelOfPrograms(random), reduce, OPTIONS)),
      { numRuns: 250, seed: 20_261_125, unbiased: true },
    );
  });

  test.each(['2LT', '3LT', '3LTC'])('keeps finals and verdict of the reference problem %s', (size) => {
    const judge = (event: unknown): string[] => [String(event)];
    for (const safe of [false, true]) {
      const problem = { threads: Number(size[0]), libraries: libraries(size.slice(1)), safe };
      agree(referenceProblem(problem), reduce, { judge });
    }
  });

  test('finds the lost update, and none under a lock', () => {
    const lost = (view: { get(key: string): unknown }): string[] => (view.get('counter') === 1 ? ['counter is 1'] : []);
    for (const locked of [false, true]) agree(counter(locked), reduce, { marks: lost });
  });
});

describe('the reference problem, reduced', () => {
  test.each([
    { size: '3TTT', reduce: { symmetry: true }, states: 474_204 },
    { size: '3LTC', reduce: { symmetry: true }, states: 57_666 },
    { size: '3LT', reduce: { partialOrder: true }, states: 13_668 },
    { size: '3TTT', reduce: { partialOrder: true }, states: 121_307 },
    { size: '4LTC', reduce: { partialOrder: true, symmetry: true }, states: 178_666 },
  ])('$size has $states states under $reduce', ({ size, reduce, states }) => {
    const problem = { threads: Number(size[0]), libraries: libraries(size.slice(1)) };
    expect(search(referenceProblem(problem), { reduce })).toMatchObject({ complete: true, states });
  });

  test('by symmetry alone, witnesses stay shortest', () => {
    const model = referenceProblem({ threads: 3, libraries: libraries('LTC') });
    const judge = (event: unknown): string[] => [String(event)];
    const [whole, sorted] = [search(model, { judge }), search(model, { judge, reduce: { symmetry: true } })];
    const name = 'libc found the slot taken';
    expect(sorted.events.get(name)?.witness).toHaveLength(whole.events.get(name)?.witness.length ?? -1);
  });
});

describe('what a reduction needs', () => {
  test('actors that own nothing are never left for later', () => {
    const model = counter(false);
    expect(search(model, { reduce: { partialOrder: true } }).states).toBe(search(model).states);
  });

  test('one who spins for ever does not keep another waiting for ever', () => {
    const spins: Model = {
      ...toy({ 'a.place': 0, 'b.place': 0 }, {}),
      actors: () => ['a', 'b'].map((name) => ({ name, cls: name, own: [`${name}.place`] })),
      step: ({ name }, view) => {
        const place = view.get(`${name}.place`) as number;
        if (name === 'b' && place === 1) return false;
        if (name === 'b') view.emit('b went');
        view.set(`${name}.place`, name === 'a' ? (place + 1) % 3 : 1);
        return true;
      },
    };
    const judge = (event: unknown): string[] => [String(event)];
    expect([...search(spins, { judge, reduce: { partialOrder: true } }).events.keys()]).toEqual(['b went']);
  });

  test('an interchangeable actor that touches what another owns is named', () => {
    const model: Model = {
      initial: new Map([
        ['x.own', 0],
        ['y.own', 0],
      ]),
      interchangeable: ['twin'],
      actors: () => ['x', 'y'].map((name) => ({ name, cls: 'twin', own: [`${name}.own`] })),
      step: (_actor, view) => view.get('x.own') === 0 && view.get('y.own') === 1,
    };
    expect(() => search(model)).toThrow('interchangeable-actors-name-no-other');
  });

  test('an actor that the list leaves out and that could go is named', () => {
    const model: Model = {
      initial: new Map([['n', 0]]),
      actors: (view) => [{ name: view.get('n') === 0 ? 'a' : 'b', cls: 'x' }],
      step: (_actor, view) => {
        view.set('n', ((view.get('n') as number) + 1) % 2);
        return true;
      },
    };
    expect(search(model)).toMatchObject({ states: 2 });
    expect(() => search(model, { reduce: { partialOrder: true } })).toThrow('who-is-left-out-cannot-go');
  });
});
