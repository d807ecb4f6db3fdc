/**
 * What a world needs and the model does not have yet, by name, so that such a world is refused instead of told wrongly.
 *
 * What can go wrong: a feature that is half there. Then the model gives a trace, and the trace is wrong; name it here until the
 * recordings agree.
 */
import type { Program } from '../libc/program.js';
import { runsInCircles } from './endless.js';

/** The first feature that the program needs and the model lacks; null when it can be run. */
export function unsupportedFeature({ world }: Program): string | null {
  return runsInCircles(world) ? 'endless recursion' : null;
}
