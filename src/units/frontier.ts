/**
 * The worlds at a distance from the start, each with a shortest way there: where a state space is cut so that several machines can
 * search it.
 *
 * What can go wrong: two ways to one world taken for two pieces of work. Worlds are told apart by their whole text, and a world that
 * is nearer to the start is in no frontier.
 */
import type { Model } from '../explore/model.js';
import { worldText } from '../explore/naive.js';
import type { Path } from '../explore/path.js';
import { actorsIn, everyAttempt, type World, worldAfter, worldAtStart } from '../explore/rich.js';

interface Reached {
  readonly world: World;
  readonly path: Path;
}

/** The worlds one step further that were in no frontier before. */
function beyond(model: Model, frontier: readonly Reached[], known: Set<string>): Reached[] {
  const next: Reached[] = [];
  for (const { world, path } of frontier) {
    const lookup = (key: string): unknown => world.get(key);
    for (const actor of actorsIn(model, lookup).result) {
      for (const run of everyAttempt(model, actor, lookup)) {
        if (!run.went) continue;
        const after = worldAfter(world, run.writes);
        const text = worldText(after);
        if (known.has(text)) continue;
        known.add(text);
        const step = { actor: actor.name, choices: run.choices.map(({ answer }) => answer) };
        next.push({ world: after, path: [...path, step] });
      }
    }
  }
  return next;
}

/** A frontier: every world at one distance, as shortest paths in the order of discovery. */
export interface Frontier {
  /** Steps from the start. */
  readonly distance: number;
  readonly paths: readonly Path[];
}

/**
 * The nearest frontier of at least `wanted` worlds; the widest there is where none has so many. It is empty when the start is all
 * there is.
 *
 * @param farthest most steps from the start
 */
export function frontierOf(model: Model, wanted: number, farthest: number): Frontier {
  const start: Reached = { world: worldAtStart(model), path: [] };
  const known = new Set([worldText(start.world)]);
  let best: Frontier = { distance: 0, paths: [] };
  let frontier = [start];
  for (let distance = 1; distance <= farthest; distance++) {
    frontier = beyond(model, frontier, known);
    if (frontier.length > best.paths.length) best = { distance, paths: frontier.map(({ path }) => path) };
    if (frontier.length === 0 || best.paths.length >= wanted) break;
  }
  return best;
}
