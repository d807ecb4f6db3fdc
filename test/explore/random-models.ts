/**
 * Random models, for comparing searches. Each actor runs a random decision tree: read a component and go on by its value, ask for a choice
 * and go on by the answer, write a value, turn a component to its next value, emit, and end by going or by refusing. Writes go anywhere, so most models have cycles; with
 * `acyclic` every actor also spends from a purse of its own.
 */
import fc from 'fast-check';
import type { Actor, Model, View } from '../../src/explore/model.js';

const COMPONENTS = ['p', 'q', 'r', 's'] as const;
const VALUES = [undefined, 0, { deep: [1n] }, 'x'] as const;

const placeOf = (seen: unknown): number => (typeof seen === 'object' ? 2 : VALUES.indexOf(seen as 0));

type Tree =
  | { readonly do: 'end'; readonly go: boolean }
  | { readonly do: 'read'; readonly of: number; readonly next: readonly Tree[] }
  | { readonly do: 'choose'; readonly next: readonly Tree[] }
  | { readonly do: 'turn'; readonly of: number; readonly next: Tree }
  | { readonly do: 'write'; readonly of: number; readonly value: number; readonly next: Tree }
  | { readonly do: 'emit'; readonly event: number; readonly next: Tree };

export interface RandomModel {
  readonly acyclic: boolean;
  readonly actors: readonly { readonly tree: Tree; readonly bornBy: number | null; readonly purse: number }[];
  readonly initial: readonly number[];
}

const component = fc.nat({ max: COMPONENTS.length - 1 });
const value = fc.nat({ max: VALUES.length - 1 });

const { body } = fc.letrec<{ body: Tree }>((tie) => {
  const next = tie('body');
  return {
    body: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('end' as const), go: fc.constantFrom(true, true, true, false) }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('turn' as const), of: component, next }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), of: component, value, next }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('read' as const),
          of: component,
          next: fc.tuple(next, next, next, next),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('choose' as const),
          next: fc.array(next, { minLength: 1, maxLength: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('emit' as const), event: fc.nat({ max: 2 }), next }) },
    ),
  };
});

/** What an actor does depends on something from the start; otherwise most actors would say the same everywhere. */
const tree = fc.record({ do: fc.constant('read' as const), of: component, next: fc.tuple(body, body, body, body) });

/** Models of up to four actors over four components of four values. */
export function randomModels(acyclic: boolean): fc.Arbitrary<RandomModel> {
  const actor = fc.record({
    tree,
    bornBy: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: component }),
    purse: fc.integer({ min: 1, max: 3 }),
  });
  return fc.record({
    acyclic: fc.constant(acyclic),
    actors: fc.array(actor, { minLength: 1, maxLength: 4, size: 'max' }),
    initial: fc.tuple(value, value, value, value),
  });
}

function runTree(root: Tree, view: View): boolean {
  for (let at = root; ; ) {
    switch (at.do) {
      case 'end':
        return at.go;
      case 'read': {
        const seen = view.get(COMPONENTS[at.of] ?? 'p');
        at = at.next[placeOf(seen)] ?? { do: 'end', go: false };
        break;
      }
      case 'choose':
        at = at.next[view.choose(at.next.length)] ?? { do: 'end', go: false };
        break;
      case 'turn': {
        const key = COMPONENTS[at.of] ?? 'p';
        view.set(key, structuredClone(VALUES[(placeOf(view.get(key)) + 1) % VALUES.length]));
        at = at.next;
        break;
      }
      case 'write':
        // A fresh copy each time: equal values must count as equal, whatever object holds them.
        view.set(COMPONENTS[at.of] ?? 'p', structuredClone(VALUES[at.value]));
        at = at.next;
        break;
      case 'emit':
        view.emit({ event: at.event });
        at = at.next;
        break;
    }
  }
}

/** The description as a model. An actor with `bornBy` exists only while that component is present. */
export function modelOf(random: RandomModel): Model {
  const all = random.actors.map((_, i): Actor => ({ name: `a${i}`, cls: 'random' }));
  const initial = new Map<string, unknown>(COMPONENTS.map((c, i) => [c, VALUES[random.initial[i] ?? 0]]));
  random.actors.forEach(({ purse }, i) => {
    if (random.acyclic) initial.set(`a${i}.purse`, purse);
  });
  return {
    initial,
    actors: (view) =>
      all.filter((_, i) => {
        const bornBy = random.actors[i]?.bornBy;
        return bornBy === null || bornBy === undefined || view.get(COMPONENTS[bornBy] ?? 'p') !== undefined;
      }),
    step: ({ name }, view) => {
      const described = random.actors[Number(name.slice(1))];
      if (described === undefined) return false;
      if (random.acyclic) {
        const purse = view.get(`${name}.purse`) as number;
        if (purse === 0) return false;
        view.set(`${name}.purse`, purse - 1);
      }
      return runTree(described.tree, view);
    },
  };
}

/** A program: lines one after the other, each a decision tree; where it stands is in a component of its own. */
export interface RandomPrograms {
  readonly programs: readonly {
    readonly lines: readonly { readonly tree: Tree; readonly next: number | null }[];
    /** How many run it; several are interchangeable. */
    readonly runners: number;
  }[];
  readonly initial: readonly number[];
}

/** Models of up to three programs and four actors; with loops where lines lead back. */
export function randomPrograms(acyclic: boolean): fc.Arbitrary<RandomPrograms> {
  const next = acyclic ? fc.constant(null) : fc.oneof(fc.constant(null), fc.nat({ max: 2 }));
  const line = fc.record({ tree: body, next });
  const program = fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 3, size: 'max' }),
    runners: fc.constantFrom(1, 1, 1, 2, 3),
  });
  return fc.record({
    programs: fc.array(program, { minLength: 1, maxLength: 3, size: 'max' }),
    initial: fc.tuple(value, value, value, value),
  });
}

/** The description as a model whose actors own where they stand, and whose runners of one program are interchangeable. */
export function modelOfPrograms({ programs, initial }: RandomPrograms): Model {
  const placeOfActor = (name: string): string => `${name}.place`;
  const actors = programs.flatMap(({ runners }, p) =>
    Array.from({ length: runners }, (_, i): Actor => ({ name: `p${p}r${i}`, cls: `p${p}`, own: [`p${p}r${i}.place`] })),
  );
  const start = [
    ...COMPONENTS.map((c, i) => [c, VALUES[initial[i] ?? 0]] as const),
    ...actors.map(({ name }) => [placeOfActor(name), 0] as const),
  ];
  return {
    initial: new Map<string, unknown>(start),
    interchangeable: programs.flatMap(({ runners }, p) => (runners > 1 ? [`p${p}`] : [])),
    actors: () => actors,
    step: ({ name, cls }, view) => {
      const place = view.get(placeOfActor(name)) as number;
      const line = programs[Number(cls.slice(1))]?.lines[place];
      if (line === undefined || !runTree(line.tree, view)) return false;
      view.set(placeOfActor(name), line.next ?? place + 1);
      return true;
    },
  };
}

/** What holds in a state: which components are present, read in an order that depends on the state. */
export function presence(view: View): readonly string[] {
  const first = view.get('s') === undefined ? (['p', 'q'] as const) : (['r'] as const);
  return first.flatMap((c) => (view.get(c) === undefined ? [] : [`${c} is there`]));
}
