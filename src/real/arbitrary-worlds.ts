/**
 * Random worlds as a fast-check arbitrary: every sample is a world that a real glibc can build and run, drawn in the style of the
 * recorded ones or as a neighbour of such a world. It shrinks as a divergence does: without an object, a setting, an action.
 *
 * What can go wrong: a sample that the machine refuses. A neighbour or a smaller world can call what it has no place for; such
 * worlds are drawn again, or left out when shrinking.
 */
import * as fc from 'fast-check';
import type { World } from '../scenario/world-schema.js';
import { Dice } from './dice.js';
import { mutatedWorld } from './mutate-world.js';
import { type WorldKind, worldKinds } from './random-styles.js';
import { randomWorld } from './random-worlds.js';
import { whyNotReal } from './runnable.js';
import { smallerWorlds } from './shrink-world.js';

/** Which worlds are drawn. */
export interface WorldConstraints {
  /** Kinds to draw from; without it all but `wild`, the mixture that nobody recorded. */
  readonly kinds?: readonly WorldKind[];
  /** How often, from 0 to 1, a world is replaced by a neighbour of it, one to three changes away; without it 0.25. */
  readonly neighbours?: number;
}

const tame: readonly WorldKind[] = worldKinds.filter((kind) => kind !== 'wild');

/** Draws until a world is one that a real glibc can build and start. */
function drawn(random: fc.Random, draw: (dice: Dice) => World): fc.Value<World> {
  for (;;) {
    const world = draw(new Dice(random.nextInt(0, 0x7fffffff)));
    if (whyNotReal(world) === undefined) return new fc.Value(world, undefined);
  }
}

abstract class RealWorlds extends fc.Arbitrary<World> {
  override canShrinkWithoutContext(value: unknown): value is World {
    return typeof value === 'object' && value !== null && 'exe' in value && 'objects' in value;
  }

  override shrink(world: World): fc.Stream<fc.Value<World>> {
    return new fc.Stream(runnable(smallerWorlds(world)));
  }
}

class Worlds extends RealWorlds {
  private readonly kinds: readonly WorldKind[];
  private readonly neighbours: number;

  constructor({ kinds = tame, neighbours = 0.25 }: WorldConstraints) {
    super();
    this.kinds = kinds;
    this.neighbours = neighbours;
  }

  override generate(random: fc.Random): fc.Value<World> {
    return drawn(random, (dice) => {
      const world = randomWorld(dice.pick(this.kinds), dice.between(0, 0x7fffffff));
      return dice.chance(this.neighbours) ? mutatedWorld(world, dice) : world;
    });
  }
}

class Neighbours extends RealWorlds {
  constructor(private readonly world: World) {
    super();
  }

  override generate(random: fc.Random): fc.Value<World> {
    return drawn(random, (dice) => mutatedWorld(this.world, dice));
  }
}

function* runnable(worlds: readonly World[]): Generator<fc.Value<World>, undefined> {
  for (const world of worlds) if (whyNotReal(world) === undefined) yield new fc.Value(world, undefined);
}

/**
 * Worlds that a real glibc can build, start and trace, to sample (`fc.sample(worlds(), { seed, numRuns })`) or to state a
 * property of. The same seed gives the same worlds.
 */
export function worlds(constraints: WorldConstraints = {}): fc.Arbitrary<World> {
  return new Worlds(constraints);
}

/** Worlds that a real glibc can build and start and that are one to three changes away from a world. */
export function neighboursOf(world: World): fc.Arbitrary<World> {
  return new Neighbours(world);
}
