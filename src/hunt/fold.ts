/**
 * Two objects made one: what a library had is put into another or into the executable, and whoever needed, opened or preloaded it has
 * that one instead. It stands for the author who asks whether the second library is part of the story.
 *
 * What can go wrong: names that both objects use. Bodies of the one that goes get new names; handles, threads and keys are shared
 * then, and whether the world still fails is for the caller to ask.
 */
import type { Scenario } from '../scenario/schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';

type Named = { readonly [name: string]: unknown };

/** Object fields that are lists, and those that are tables of functions. */
const lists = ['needed', 'flags', 'ctors', 'dtors', 'refs'] as const;
const tables = ['funcs', 'ifuncs', 'bodies'] as const;

/** The object with other names for the bodies that are in `taken`. */
function renamed(object: WorldObject, taken: Named, suffix: string): WorldObject {
  const { bodies = {} } = object;
  const clashing = Object.keys(bodies).filter((name) => Object.hasOwn(taken, name));
  const other = (name: string): string => (clashing.includes(name) ? `${name}_${suffix}` : name);
  const told = JSON.stringify({ ...object, bodies: {} }, (key, value: unknown) =>
    (key === 'body' || key === 'dtor') && typeof value === 'string' ? other(value) : value,
  );
  const renamedBodies = Object.fromEntries(Object.entries(bodies).map(([name, body]) => [other(name), body]));
  return { ...(JSON.parse(told) as WorldObject), bodies: renamedBodies };
}

function joined(into: WorldObject, from: WorldObject): WorldObject {
  const out: { [field: string]: unknown } = { ...into };
  for (const field of lists) {
    const all = [...(into[field] ?? []), ...(from[field] ?? [])];
    if (all.length > 0) out[field] = field === 'needed' || field === 'flags' ? [...new Set(all as string[])] : all;
  }
  for (const field of tables) {
    const all: Named = { ...into[field], ...from[field] };
    if (Object.keys(all).length > 0) out[field] = all;
  }
  for (const field of ['init', 'fini'] as const)
    if (out[field] === undefined && from[field] !== undefined) out[field] = from[field];
  return out as WorldObject;
}

/** The names with one in another's place, each once, and without the executable, which nobody needs by name. */
function instead(names: readonly string[], gone: string, by: string): string[] {
  return [...new Set(names.map((name) => (name === gone ? by : name)))].filter((name) => name !== 'exe');
}

function folded({ world, claimants, ...rest }: Scenario, gone: string, by: string): Scenario {
  const objects: { readonly [name: string]: WorldObject } = { ...world.objects, exe: world.exe };
  const [into, from] = [objects[by] ?? {}, objects[gone] ?? {}];
  const all = { ...objects, [by]: joined(into, renamed(from, into.bodies ?? {}, gone)) };
  const told = Object.entries(all).flatMap(([name, object]): [string, WorldObject][] => {
    if (name === gone) return [];
    const opened = JSON.parse(
      JSON.stringify(object, (key, value: unknown) => (key === 'file' && value === gone && by !== 'exe' ? by : value)),
    ) as WorldObject;
    const { needed } = object;
    return [
      [
        name,
        needed === undefined
          ? opened
          : { ...opened, needed: instead(needed, gone, by).filter((each) => each !== name) },
      ],
    ];
  });
  const { exe = world.exe, ...others } = Object.fromEntries(told);
  const settings = (['preload', 'audit'] as const).flatMap((name) => {
    const { [name]: list } = world;
    return list === undefined ? [] : [[name, instead(list, gone, by)] as const];
  });
  const next = { ...world, exe, objects: others, ...Object.fromEntries(settings) } as World;
  return {
    ...rest,
    world: next,
    claimants: claimants.map((each) => (each.object === gone ? { ...each, object: by } : each)),
  };
}

/** Scenarios with one object less: each library put into the executable or into another library. */
export function foldings(scenario: Scenario): Scenario[] {
  const libraries = Object.keys(scenario.world.objects);
  return libraries.flatMap((gone) =>
    ['exe', ...libraries].filter((by) => by !== gone).map((by) => folded(scenario, gone, by)),
  );
}
