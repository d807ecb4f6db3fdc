/**
 * What a hunt watches for, whoever is hunted: every property of the record, and a few things that no libc should do to anybody:
 * a process that dies, a registration by libc that is refused, a library closed that must stay, a resolver that runs too early.
 * Each comes to predicates in the language of scenarios, so that what is found can be written down and judged.
 *
 * What can go wrong: a suspicion that holds in worlds which ask for trouble. A process that a filter kills has got what it asked for,
 * so SIGSYS is none.
 */
import { properties } from '../rseq/properties.js';
import { actionsOf } from '../scenario/names.js';
import type { Predicate, Scenario } from '../scenario/schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';

/** Something that must not happen. */
export interface Suspicion {
  /** A property's number, or the name of the thing. */
  readonly id: string;
  /** What it is called when it comes to pass, as the beginning of a sentence. */
  readonly happens: string;
  /** What it comes to in a world: each predicate is one way to happen. */
  readonly ways: (scenario: Scenario) => readonly Predicate[];
}

const ran = (obj: string, kind: string, detail?: string): Predicate => ({
  is: 'ran',
  obj,
  kind,
  ...(detail === undefined ? {} : { detail }),
});

function objectsOf(world: World): [string, WorldObject][] {
  return [['exe', world.exe], ...Object.entries(world.objects)];
}

/** Libraries that stay in the process whenever they are there: by a flag of their own, or of each dlopen that can bring them. */
function keptLibraries(world: World): string[] {
  const objects = objectsOf(world);
  const actions = objects.flatMap(([, object]) => actionsOf(object).map(({ action }) => action));
  // The destructors of a child that exits are no unloading.
  if (actions.some(({ op }) => op === 'fork')) return [];
  const needed = new Set(objects.flatMap(([, object]) => object.needed ?? []));
  return Object.entries(world.objects).flatMap(([name, { flags = [] }]) => {
    const opens = actions.flatMap((action) => ('flags' in action && action.file === name ? [action.flags] : []));
    const asked = opens.length > 0 && !needed.has(name) && opens.every((each) => each.includes('nodelete'));
    return asked || flags.includes('nodelete') ? [name] : [];
  });
}

/** Of an object's functions with resolvers: one that its own relocation asks for, and others that only somebody else's does. */
function earlyResolvers([name, { ifuncs = {}, refs = [] }]: [string, WorldObject]): Predicate[] {
  const own = new Set(refs.map(({ sym }) => sym));
  const [mark] = Object.keys(ifuncs).filter((sym) => own.has(sym));
  if (mark === undefined) return [];
  return Object.keys(ifuncs)
    .filter((sym) => !own.has(sym))
    .map((sym) => ({ is: 'before', first: ran(name, 'resolver', sym), later: ran(name, 'resolver', mark) }));
}

const killed = (name: 'SIGSEGV' | 'SIGABRT'): Suspicion => ({
  id: name,
  happens: `The process dies by ${name}`,
  ways: () => [{ is: 'ends', ending: { how: 'signal', name } }],
});

const others: readonly Suspicion[] = [
  killed('SIGSEGV'),
  killed('SIGABRT'),
  {
    id: 'refused',
    happens: "Libc's own registration of a thread is refused",
    ways: () => ['EINVAL', 'EBUSY'].map((result) => ({ is: 'rseq', obj: 'libc', result })),
  },
  {
    id: 'unloaded',
    happens: 'A library that must not be unloaded is finalised before the program ends',
    ways: ({ world }) =>
      keptLibraries(world)
        .filter((name) => (world.objects[name]?.dtors ?? []).length > 0)
        .map((name) => ({ is: 'before', first: ran(name, 'dtor'), later: ran('exe', 'main.ret') })),
  },
  {
    id: 'early-resolver',
    happens: 'A resolver runs before its object is relocated',
    ways: ({ world }) => objectsOf(world).flatMap(earlyResolvers),
  },
];

/** Everything a hunt watches for: the properties by number, then the rest. */
export const suspicions: readonly Suspicion[] = [
  ...properties.map(
    ({ id, name }): Suspicion => ({
      id,
      happens: `${id}, ${name}, is broken`,
      ways: () => [{ is: 'property', id, broken: true }],
    }),
  ),
  ...others,
];

/** Their ids, as `--property` takes them. */
export const suspicionIds: readonly string[] = suspicions.map(({ id }) => id);
