/**
 * A world in which every name means something, from one in which some do not: actions and references that name what is not there
 * are taken out. It stands for the author who deletes a library and then what called it.
 *
 * What can go wrong: taking out too much. Only the list element that holds the bad name goes.
 */
import { checkWorldNames } from '../scenario/names.js';
import type { World } from '../scenario/world-schema.js';

type Place = readonly (string | number)[];

/** The value without what stands at `place`; list elements close up. */
function without(value: unknown, [step, ...rest]: Place): unknown {
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, i) => i !== step)
      : value.map((one, i) => (i === step ? without(one, rest) : one));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === step ? without(one, rest) : one]));
}

/** The world without the actions and references whose names mean nothing in it. */
export function pruned(world: World): World {
  const [fault] = checkWorldNames(world).filter((placed) => placed.fault.severity !== 'warning');
  if (fault === undefined) return world;
  const element = fault.path.findLastIndex((step) => typeof step === 'number') + 1;
  return pruned(without(world, fault.path.slice(0, element)) as World);
}
