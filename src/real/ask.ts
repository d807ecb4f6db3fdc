/**
 * One world put to the machine and to the model, and what came of it.
 *
 * What can go wrong: a failure of ours to build a program taken for an answer. It is a reason to skip, and says what the compiler
 * said.
 */
import type { World } from '../scenario/world-schema.js';
import { type Compared, compareRun, type Prediction } from './comparison.js';
import { firstFault } from './fault.js';
import { recordWorld } from './record.js';
import { whyNotReal } from './runnable.js';
import type { Workshop } from './workshop.js';

/** What to predict, and how far to look for it. */
export type Asked = Prediction;

/** What came of a world. */
export type Told = Compared | { readonly outcome: 'skipped'; readonly reason: string };

/** Build a world, run it, and compare what was seen with what is predicted. */
export async function askMachine(shop: Workshop, world: World, asked: Asked): Promise<Told> {
  const reason = whyNotReal(world, shop.sysroot);
  if (reason !== undefined) return { outcome: 'skipped', reason };
  const run = await recordWorld(shop, world).catch(firstFault);
  if (typeof run === 'string') return { outcome: 'skipped', reason: `it could not be built or traced: ${run}` };
  return compareRun(world, run, asked);
}
