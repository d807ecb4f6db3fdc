/**
 * What a world needs and the model does not have yet, by name, so that such a world is refused instead of told wrongly.
 *
 * What can go wrong: a feature that is half there. Then the model gives a trace, and the trace is wrong; name it here until the
 * recordings agree.
 */
import type { Program } from '../libc/program.js';
import { claimantNamed } from '../rseq/claimants.js';
import { actionsOf } from '../scenario/names.js';
import type { World } from '../scenario/world-schema.js';
import { runsInCircles } from './endless.js';

/** The first feature that the program needs and the model lacks; null when it can be run. */
export function unsupportedFeature({ world }: Program): string | null {
  if (runsInCircles(world)) return 'endless recursion';
  const who = withoutRule(world);
  return who === undefined ? null : `steps of claimant ${who}, which has none`;
}

/** A claimant whose steps the world asks for by number, and whose row has no rule. */
function withoutRule(world: World): string | undefined {
  const actions = [world.exe, ...Object.values(world.objects)].flatMap((object) => actionsOf(object));
  const asked = actions.flatMap(({ action }) => (action.op === 'claimant' ? [action.who] : []));
  return asked.find((who) => claimantNamed(who)?.rule === undefined);
}
