/**
 * Neighbours of a recipe: a number changed, a piece repeated, taken out or taken from another recipe. Worlds that went where none had
 * been are tried again like this, since the next new thing is often one change away.
 *
 * What can go wrong: a neighbour that is no recipe. Every number keeps its range and every list its bound, as the recipe's own
 * arbitrary has them; any such numbers make a world.
 */
import { type FunctionDraw, LIBRARIES_MAX, type ObjectDraw, type Recipe } from '../arbitraries/index.js';

/** A number from 0 to n - 1. */
export type Below = (n: number) => number;

const functionsOfObject = ['ctor', 'dtor', 'func', 'resolver', 'body', 'late'] as const;
const numbersOfObject = ['place', 'needs', 'mode', 'life', 'style', 'refs', 'claimant', 'claims'] as const;

/** Longest function that a mutation makes. */
const FUNCTION_MAX = 7;

const pick = <T>(list: readonly T[], below: Below): T => list[below(list.length)] as T;

/** A function with one action changed, repeated, moved, new or gone. */
function otherFunction(drawn: FunctionDraw, below: Below): FunctionDraw {
  const fresh = (): FunctionDraw[number] => [below(1000), below(100), below(100), below(4)];
  const at = below(drawn.length + 1);
  const one = drawn[at];
  if (one === undefined || (below(3) === 0 && drawn.length < FUNCTION_MAX))
    return [...drawn.slice(0, at), fresh(), ...drawn.slice(at)];
  const rest = [...drawn.slice(0, at), ...drawn.slice(at + 1)];
  switch (below(5)) {
    case 0:
      return rest;
    case 1:
      return drawn.length < FUNCTION_MAX ? [...drawn.slice(0, at), one, ...drawn.slice(at)] : rest;
    case 2: {
      const to = below(rest.length + 1);
      return [...rest.slice(0, to), one, ...rest.slice(to)];
    }
    default: {
      const place = below(4);
      const changed = one.map((n, i) => (i === place ? fresh()[i] : n)) as unknown as FunctionDraw[number];
      return [...drawn.slice(0, at), changed, ...drawn.slice(at + 1)];
    }
  }
}

function otherObject(drawn: ObjectDraw, below: Below): ObjectDraw {
  if (below(3) === 0) return { ...drawn, [pick(numbersOfObject, below)]: below(100) };
  const name = pick(functionsOfObject, below);
  return { ...drawn, [name]: otherFunction(drawn[name], below) };
}

function otherLibraries(recipe: Recipe, donor: Recipe, below: Below): Recipe {
  const { libraries } = recipe;
  const at = below(libraries.length + 1);
  const one = libraries[at];
  const given = donor.libraries[below(Math.max(1, donor.libraries.length))];
  if (one === undefined) {
    return given === undefined || libraries.length >= LIBRARIES_MAX
      ? recipe
      : { ...recipe, libraries: [...libraries, given] };
  }
  const others = libraries.filter((_, i) => i !== at);
  if (below(8) === 0) return { ...recipe, libraries: others };
  const changed = given !== undefined && below(4) === 0 ? given : otherObject(one, below);
  return { ...recipe, libraries: libraries.map((each, i) => (i === at ? changed : each)) };
}

/** One of the features with another draw: it comes, goes, or changes its weight. */
function otherSwarm(recipe: Recipe, donor: Recipe, below: Below): Recipe {
  const name = pick(Object.keys(recipe.swarm) as (keyof Recipe['swarm'])[], below);
  const drawn = name === 'density' ? donor.swarm.density : below(2) === 0 ? donor.swarm[name] : below(100);
  return { ...recipe, swarm: { ...recipe.swarm, [name]: drawn } };
}

function otherParties(recipe: Recipe, donor: Recipe, below: Below): Recipe {
  const name = pick(['parties', 'ways'] as const, below);
  return { ...recipe, [name]: below(2) === 0 ? donor[name] : [below(100), below(100)] };
}

function step(recipe: Recipe, donor: Recipe, below: Below): Recipe {
  switch (below(8)) {
    case 0:
      return otherSwarm(recipe, donor, below);
    case 1:
      return { ...recipe, [pick(['kernel', 'setting'] as const, below)]: below(100) };
    case 2:
      return { ...recipe, exe: otherObject(recipe.exe, below) };
    case 3:
      return { ...recipe, main: below(3) === 0 ? donor.main : otherFunction(recipe.main, below) };
    case 4:
      return { ...recipe, main: otherFunction(recipe.main, below) };
    case 5:
      return otherParties(recipe, donor, below);
    default:
      return otherLibraries(recipe, donor, below);
  }
}

/** A neighbour of a recipe, one to four changes away; pieces may come from `donor`. */
export function mutated(recipe: Recipe, donor: Recipe, below: Below): Recipe {
  let out = recipe;
  for (let n = 1 + below(4); n > 0; n--) out = step(out, donor, below);
  return out;
}
