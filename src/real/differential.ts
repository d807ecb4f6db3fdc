/**
 * The differential campaign: random worlds, each built, run on the machine and compared with what the model predicts. Every
 * divergence is run again, and the first of each sort is shrunk to the smallest world that still has it. Stands for what csmith and
 * llvm-stress do for compilers.
 *
 * What can go wrong: blaming the model for the machine's moods. A world whose runs differ among themselves says nothing, and is
 * counted as unstable.
 */
import * as fc from 'fast-check';
import type { RecordedEvent, World } from '../scenario/world-schema.js';
import { neighboursOf, type WorldConstraints, worlds } from './arbitrary-worlds.js';
import type { Asked } from './ask.js';
import { firstDifference } from './compare.js';
import { type Compared, compareRun } from './comparison.js';
import { type RealRun, recordWorld } from './record.js';
import { whyNotReal } from './runnable.js';
import { smallerWorlds } from './shrink-world.js';
import type { Workshop } from './workshop.js';

/** Something in which the machine and the model part. */
export interface Divergence {
  /** What the two say at the first place where they part, without names: divergences of one cause mostly share it. */
  readonly signature: string;
  readonly world: World;
  readonly run: RealRun;
  readonly compared:
    | Extract<Compared, { outcome: 'different' }>
    | { readonly outcome: 'broken'; readonly reason: string };
}

/** What came of one random world. */
export type Found =
  | Extract<Compared, { outcome: 'equal' | 'unsupported' | 'unproven' }>
  | { readonly outcome: 'skipped'; readonly reason: string }
  | { readonly outcome: 'unstable'; readonly signature: string }
  | { readonly outcome: 'different'; readonly divergence: Divergence };

/** Times that a divergence is run again before the model is blamed. */
const AGAIN = 3;

/** Consecutive seeds that give a world and neighbours of it, which share most of their files. */
const FAMILY = 4;

/** The world of a seed, any 32-bit integer: for every fourth a new one, for those between a neighbour of it, one to three changes away. */
export function worldOfSeed(seed: number, constraints: WorldConstraints = {}): World {
  const nth = ((seed % FAMILY) + FAMILY) % FAMILY;
  const [world] = fc.sample(worlds({ ...constraints, neighbours: 0 }), { seed: seed - nth, numRuns: 1 });
  if (world === undefined) throw new Error('invariant: a sample of one world holds none');
  if (nth === 0) return world;
  const [neighbour] = fc.sample(neighboursOf(world), { seed, numRuns: 1 });
  return neighbour ?? world;
}

const speakers: readonly string[] = ['libc', 'process'];

function wordOf(event: RecordedEvent | undefined): string {
  if (event === undefined) return 'the end';
  return speakers.includes(event.obj) ? `${event.obj} ${event.kind}` : event.kind;
}

function signatureOf(compared: Divergence['compared']): string {
  if (compared.outcome === 'broken') return `the model breaks: ${compared.reason}`;
  const { events, files } = compared;
  if (events !== undefined)
    return `real ${wordOf(events.real[events.at - 1])}, model ${wordOf(events.model[events.at - 1])}`;
  return `linked otherwise: ${[...new Set(files.map(({ fact }) => fact))].join(', ')}`;
}

/** Compare; a promise that the model breaks is a divergence of its own. */
function compare(world: World, run: RealRun, asked: Asked): Compared | Divergence['compared'] {
  try {
    return compareRun(world, run, asked);
  } catch (error) {
    return { outcome: 'broken', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Put a world to the machine and to the model once. */
async function ask(shop: Workshop, world: World, asked: Asked): Promise<Exclude<Found, { outcome: 'unstable' }>> {
  const reason = whyNotReal(world, shop.sysroot);
  if (reason !== undefined) return { outcome: 'skipped', reason };
  const run = await recordWorld(shop, world).catch((error: unknown) => String(error).split('\n').slice(0, 2).join(' '));
  if (typeof run === 'string') return { outcome: 'skipped', reason: `it could not be built or traced: ${run}` };
  const compared = compare(world, run, asked);
  if (compared.outcome !== 'different' && compared.outcome !== 'broken') return compared;
  return { outcome: 'different', divergence: { signature: signatureOf(compared), world, run, compared } };
}

/** Whether the machine shows the same again and again. */
async function isStable(shop: Workshop, { world, run }: Divergence): Promise<boolean> {
  for (let i = 0; i < AGAIN; i++) {
    const events = await recordWorld(shop, world).then(
      (again) => again.events,
      () => [],
    );
    if (firstDifference(run.events, events) !== undefined) return false;
  }
  return true;
}

/** Put a random world to the machine and to the model; a divergence is run again. */
export async function findDivergence(shop: Workshop, world: World, asked: Asked): Promise<Found> {
  const found = await ask(shop, world, asked);
  if (found.outcome !== 'different' || (await isStable(shop, found.divergence))) return found;
  return { outcome: 'unstable', signature: found.divergence.signature };
}

/**
 * The smallest world found that diverges with the same signature, a step at a time.
 *
 * @param tries most worlds to build on the way
 * @param watch told of each world that is built
 */
export async function shrinkDivergence(
  shop: Workshop,
  divergence: Divergence,
  asked: Asked,
  tries: number,
  watch: (left: number) => void = () => undefined,
): Promise<Divergence> {
  let best = divergence;
  let left = tries;
  const seen = new Set<string>();
  for (let smaller: Divergence | undefined = best; smaller !== undefined; ) {
    best = smaller;
    smaller = undefined;
    for (const world of smallerWorlds(best.world)) {
      const text = JSON.stringify(world);
      if (seen.has(text)) continue;
      if (left-- === 0) return best;
      seen.add(text);
      watch(left);
      const found = await ask(shop, world, asked);
      if (found.outcome !== 'different' || found.divergence.signature !== divergence.signature) continue;
      smaller = found.divergence;
      break;
    }
  }
  return best;
}

/** The divergences of each signature, the most frequent first; those of one signature stay in their order. */
export function bySignature<T extends { readonly signature: string }>(found: readonly T[]): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const each of found) groups.set(each.signature, [...(groups.get(each.signature) ?? []), each]);
  return [...groups.values()].sort((a, b) => b.length - a.length);
}
