/**
 * A hand for a campaign of ours: a thread that knows every kind. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: a thread started from a source that was never compiled; it lies beside this file, built.
 */
import { type Hand, threadHand } from '../campaign/hands.js';
import type { Plan } from '../campaign/plan.js';

/** A thread that does units of a plan, one at a time. */
export function unitHand(plan: Plan): Hand {
  return threadHand(new URL('./unit-thread.js', import.meta.url), plan);
}
