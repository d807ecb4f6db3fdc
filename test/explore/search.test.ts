import { describe, expect, test } from '@jest/globals';
import type { Exploration } from '../../src/explore/exploration.js';
import type { Model, View } from '../../src/explore/model.js';
import { searchNaively } from '../../src/explore/naive.js';
import { printPath } from '../../src/explore/path.js';
import { search } from '../../src/explore/search.js';
import { births, choices, counter, deadlock, lostUpdate, stuck, toy, wheel } from './toys.js';

const witness = (result: Exploration, mark: string): string => {
  const path = result.marks.get(mark)?.witness;
  return path === undefined || path === null ? 'none' : printPath(path);
};

describe.each([
  ['remembering', search],
  ['naive', searchNaively],
])('the %s search', (_, explore) => {
  test('finds the lost update of two unlocked threads by a shortest schedule', () => {
    const result = explore(counter(false), { marks: lostUpdate(false) });
    expect(result).toMatchObject({ complete: true, finals: 3 });
    expect(result.marks.get('lost update')).toMatchObject({ finals: 1 });
    expect(witness(result, 'lost update')).toBe('a.b.a.b');
  });

  test('finds no lost update under a lock', () => {
    const result = explore(counter(true), { marks: lostUpdate(true) });
    expect(result).toMatchObject({ complete: true });
    expect(result.marks.has('lost update')).toBe(false);
  });

  test('a deadlock is a final state, reached in two steps', () => {
    const result = explore(deadlock(), { marks: stuck });
    expect(result.marks.get('deadlock')).toMatchObject({ states: 1, finals: 1 });
    expect(witness(result, 'deadlock')).toBe('a.b');
    expect(result.firstFinal).toEqual([
      { actor: 'a', choices: [] },
      { actor: 'b', choices: [] },
    ]);
  });

  test('every answer of every choice is explored in order, and an answer may be refused', () => {
    const result = explore(choices(), {
      judge: (event) => [String(event)],
      marks: (view) => [`at ${JSON.stringify(view.get('picked') ?? null)}`],
    });
    expect(result).toMatchObject({ complete: true, states: 4, transitions: 3, finals: 3 });
    expect([...result.events].map(([name, e]) => [name, printPath(e.witness)])).toEqual([
      ['picked 00', 'vary:0'],
      ['picked 10', 'vary:1,0'],
      ['picked 11', 'vary:1,1'],
    ]);
    expect([...result.marks.keys()]).toEqual(['at null', 'at [0,0]', 'at [1,0]', 'at [1,1]']);
  });

  test('a step reads what it has written itself, and the world otherwise', () => {
    const twice = toy(
      { n: 1 },
      {
        a: (v) => {
          if (v.get('n') !== 1) return false;
          v.set('n', 2);
          v.set('n', (v.get('n') as number) + 1);
          v.set('gone', 'soon');
          v.set('gone', undefined);
          return v.emit([v.get('n'), v.get('gone')]);
        },
      },
    );
    const result = explore(twice, { judge: (e) => [JSON.stringify(e)], marks: (v) => [`n = ${v.get('n')}`] });
    expect([...result.marks.keys()]).toEqual(['n = 1', 'n = 3']);
    expect([...result.events.keys()]).toEqual(['[3,null]']);
  });

  test('a cycle is gone round once', () => {
    const result = explore(wheel(5), { marks: (view) => (view.get('at') === 4 ? ['at 4'] : []) });
    expect(result).toMatchObject({ complete: true, states: 6, transitions: 6, finals: 1, depth: 4 });
    expect(witness(result, 'at 4')).toBe('turn.turn.turn.turn');
    expect(result.marks.get('at 4')).toMatchObject({ finals: 0, finalWitness: null });
  });

  test('actors are born and die, and their components with them', () => {
    const result = explore(births(3), { judge: (event) => [String(event)] });
    expect(result).toMatchObject({ complete: true, finals: 1 });
    expect(printPath(result.events.get('t2 is gone')?.witness ?? [])).toBe('main.main.main.t2.t2');
    expect(result.firstFinal).toHaveLength(9);
  });

  test('a mark tells the first final world without it, also when the mark shows up later', () => {
    const both = toy({}, { vary: (v) => v.get('x') === undefined && v.set('x', v.choose(3)) });
    const result = explore(both, { marks: (v) => (v.get('x') === 1 || v.get('x') === 2 ? ['good'] : ['other']) });
    expect(result.marks.get('good')).toMatchObject({
      states: 2,
      finals: 2,
      finalWithout: [{ actor: 'vary', choices: [0] }],
    });
    expect(result.marks.get('good')).toMatchObject({ finalWitness: [{ actor: 'vary', choices: [1] }] });
    expect(result.marks.get('other')).toMatchObject({ states: 2, finals: 1, witness: [] });
    expect(explore(both, { marks: () => ['always'] }).marks.get('always')?.finalWithout).toBeNull();
  });

  test('a model in which nobody can ever go has one state, which is final', () => {
    const result = explore(toy({ x: 1 }, {}), { marks: () => ['start', 'start'] });
    expect(result).toMatchObject({ complete: true, states: 1, transitions: 0, finals: 1, firstFinal: [] });
    expect(result.marks.get('start')).toMatchObject({ states: 1, finals: 1 });
  });

  describe('a bound that was met', () => {
    const unbounded: Model = toy({ n: 0 }, { up: (v) => v.set('n', (v.get('n') as number) + 1) });

    test.each([
      ['states', { maxStates: 10 }],
      ['depth', { maxDepth: 9 }],
      ['steps', { maxSteps: 9 }],
    ] as const)('is said: %s', (bound, options) => {
      expect(explore(unbounded, options)).toMatchObject({ complete: false, bound, states: 10, depth: 9, finals: 0 });
    });

    test('is only met when something lies beyond it', () => {
      expect(explore(wheel(5), { maxStates: 6, maxDepth: 4 }).complete).toBe(true);
      expect(explore(wheel(5), { maxStates: 5 })).toMatchObject({ complete: false, bound: 'states', states: 5 });
      expect(explore(wheel(5), { maxDepth: 3 })).toMatchObject({ complete: false, bound: 'depth', depth: 3 });
    });

    test('still counts the marks of states that were not expanded', () => {
      const result = explore(unbounded, { maxStates: 10, marks: (v) => (v.get('n') === 9 ? ['nine'] : []) });
      expect(witness(result, 'nine').split('.')).toHaveLength(9);
    });

    test.each([{ maxStates: 0 }, { maxDepth: -1 }, { maxSteps: 1.5 }, { recheckEvery: 0 }])(
      'must be a count: %j',
      (options) => {
        expect(() => explore(unbounded, options)).toThrow('bound-is-a-count');
      },
    );
  });

  describe('a broken promise has a name', () => {
    test.each<[string, (view: View) => unknown]>([
      ['set', (v) => v.set('x', 1)],
      ['choose', (v) => v.choose(2)],
      ['emit', (v) => v.emit('x')],
    ])('marks and actors that use %s', (_name, meddle) => {
      const meddling: Model = { ...wheel(3), actors: (view) => [{ name: String(meddle(view)), cls: 'c' }] };
      expect(() => explore(wheel(3), { marks: (view) => [String(meddle(view))] })).toThrow(
        'observer-only-reads: marks',
      );
      expect(() => explore(meddling)).toThrow('observer-only-reads: actors');
    });

    test('a choice without answers', () => {
      expect(() => explore(toy({}, { a: (v) => v.choose(0) === 0 }))).toThrow('choice-has-answers');
    });

    test('a step that never stops asking', () => {
      const endless = toy(
        {},
        {
          a: (v) => {
            while (v.choose(2) === 0);
            return true;
          },
        },
      );
      expect(() => explore(endless)).toThrow('step-asks-finitely-often');
    });

    test('two actors of one name, and an actor without a name', () => {
      const named = (...names: string[]): Model => ({
        ...wheel(3),
        actors: () => names.map((name) => ({ name, cls: 'c' })),
      });
      expect(() => explore(named('a', 'b', 'a'))).toThrow('actor-has-a-name-of-its-own');
      expect(() => explore(named(''))).toThrow('actor-has-a-name-of-its-own');
    });

    test('a component that holds no plain data', () => {
      expect(() => explore(toy({}, { a: (v) => v.set('bag', new Set()) }))).toThrow('component bag: a Set is not');
    });
  });
});

describe('remembering', () => {
  test('runs a situation once, however many states it occurs in', () => {
    const ring = (v: { get(k: string): unknown; set(k: string, x: unknown): void }, k: string): boolean => {
      v.set(k, ((v.get(k) as number) + 1) % 10);
      return true;
    };
    const apart = toy({ x: 0, y: 0, z: 0 }, { x: (v) => ring(v, 'x'), y: (v) => ring(v, 'y'), z: (v) => ring(v, 'z') });
    const result = search(apart);
    expect(result).toMatchObject({ states: 1000, transitions: 3000, steps: { rich: 30, remembered: 2970 } });
    expect(result.kept?.values).toEqual(
      new Map([
        ['x', 10],
        ['y', 10],
        ['z', 10],
      ]),
    );
  });

  test('a read after a choice splits only its own branch', () => {
    const late = toy(
      { n: 0 },
      {
        n: (v) => v.set('n', ((v.get('n') as number) + 1) % 5),
        pick: (v) => v.get('done') === undefined && v.set('done', v.choose(2) === 0 ? 'blind' : v.get('n')),
      },
    );
    expect(search(late).steps.rich).toBe(5 + (1 + 5) + (1 + 5));
  });

  test('what a step that cannot go has written is forgotten, and why it could not go is not', () => {
    const gate = toy(
      {},
      {
        open: (v) => v.get('open') === undefined && v.set('open', true),
        pass: (v) => {
          v.set('tried', true);
          return v.get('open') === true && v.get('passed') === undefined && v.set('passed', true);
        },
      },
    );
    const result = search(gate, {
      marks: (v) => (v.get('tried') === true && v.get('passed') !== true ? ['leaked'] : []),
    });
    expect(result).toMatchObject({ states: 3, finals: 1 });
    expect(result.marks.has('leaked')).toBe(false);
  });

  test('the progress of a long search is told', () => {
    const told: number[] = [];
    const wide = toy(
      { x: 0 },
      { up: (v) => (v.get('x') as number) < 40_000 && v.set('x', (v.get('x') as number) + 1) },
    );
    search(wide, { progress: ({ expanded }) => told.push(expanded) });
    expect(told).toEqual([8192, 16384, 24576, 32768]);
  });
});

describe('a hidden input', () => {
  const say = (view: View, n: number, event: string): void => {
    view.set('n', n);
    view.emit(event);
  };

  /** A step that answers differently from its `after`-th run on, whatever it reads. */
  const moody = (after: number, differently: (view: View) => unknown): Model => {
    let runs = 0;
    return toy(
      { n: 0, spin: 0 },
      {
        spin: (v) => v.set('spin', ((v.get('spin') as number) + 1) % 50),
        n: (v) => {
          if (v.get('n') !== 0) return false;
          if (++runs > after) return differently(v);
          v.set('n', 1);
          v.emit('one');
          return true;
        },
      },
    );
  };

  test.each<[string, Parameters<typeof moody>[1]]>([
    ['other writes', (v) => say(v, 2, 'one')],
    ['other events', (v) => say(v, 1, 'two')],
    ['other reads', (v) => say(v, v.get('spin') === 'never' ? 2 : 1, 'one')],
    ['other choices', (v) => say(v, 1 + v.choose(2), 'one')],
    ['cannot go any more', () => false],
  ])('is found by running remembered steps again: %s', (_, differently) => {
    expect(search(moody(3, differently))).toMatchObject({ complete: true });
    expect(() => search(moody(3, differently), { recheckEvery: 7 })).toThrow('step-is-a-function-of-its-reads');
  });

  test('is found in the list of actors and in marks as well', () => {
    let asked = 0;
    const base = wheel(20);
    const all = base.actors({ get: () => undefined, set: () => undefined, choose: () => 0, emit: () => undefined });
    const shy: Model = { ...base, actors: () => (++asked > 3 ? all.slice(1) : all) };
    expect(() => search(shy, { recheckEvery: 5 })).toThrow('step-is-a-function-of-its-reads: actors');
    let marked = 0;
    expect(() => search(base, { recheckEvery: 5, marks: () => (++marked > 3 ? ['late'] : []) })).toThrow('marks');
  });

  test('is found at once where two runs of one situation meet', () => {
    let runs = 0;
    const fickle = toy({ n: 0 }, { a: (v) => v.set('n', [v.get(++runs % 2 === 0 ? 'x' : 'y'), v.choose(2)]) });
    expect(() => search(fickle)).toThrow('step-is-a-function-of-its-reads');
  });
});
