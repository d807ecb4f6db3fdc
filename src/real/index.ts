/**
 * The real machine's answer to a described program: whether it can be asked at all, and what it showed. Stands for the recorder
 * of the conformance data, on the reader's own machine.
 *
 * What can go wrong: silence. A world that cannot be run here is reported as skipped, with the reason, never as passed.
 */
import type { World } from '../scenario/world-schema.js';
import { firstFault } from './fault.js';
import { type Machine, machineOf } from './machine.js';
import { type RealRun, recordWorld } from './record.js';
import { whyNotReal } from './runnable.js';
import { closeWorkshop, openWorkshop, type Toolchain, type Workshop } from './workshop.js';

export { type WorldConstraints, worlds } from './arbitrary-worlds.js';
export { type Asked, askMachine, type Told } from './ask.js';
export { firstDifference } from './compare.js';
export type { EventDifference, FileDifference } from './comparison.js';
export { Dice } from './dice.js';
export {
  bySignature,
  type Divergence,
  type Found,
  findDivergence,
  shrinkDivergence,
  worldOfSeed,
} from './differential.js';
export { inOrder } from './in-order.js';
export { type KernelMachine, openKernelMachine } from './kernel-campaign.js';
export { judgeScript, type KernelTold, type ScriptPlayer } from './kernel-judge.js';
export { type KernelDivergence, shrinkScript, smallerScripts } from './kernel-shrink.js';
export type { Machine } from './machine.js';
export { mutatedWorld } from './mutate-world.js';
export { type WorldKind, worldKinds } from './random-styles.js';
export { randomWorld } from './random-worlds.js';
export { type RealRun, recordWorld } from './record.js';
export { whyNotReal } from './runnable.js';
export { smallerWorlds } from './shrink-world.js';
export { type Sysroot, sysrootAt } from './sysroot.js';
export { sysrootReleases, type Unpacked, unpackSysroot } from './unpack-sysroot.js';
export { closeWorkshop, openWorkshop, type Toolchain, UNDER_WAY, type Workshop } from './workshop.js';

/** A workshop on a machine that can build, start and trace programs; or why it cannot. */
export type RealAnswerer = { readonly shop: Workshop; readonly machine: Machine } | { readonly skipped: string };

/** What the machine showed, or why it was not asked. */
export type RealAnswer = RealRun | { readonly skipped: string };

const probe: World = { exe: { main: [{ op: 'mark', text: 'probe' }] }, objects: {} };

/** Open a workshop, if this machine can answer: Linux on x86-64 with a C compiler, glibc and a permitted ptrace. */
export async function realAnswerer(tools: Toolchain = { compiler: 'gcc' }): Promise<RealAnswerer> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { skipped: `this is ${process.platform} on ${process.arch}, not Linux on x64` };
  const shop = await openWorkshop(tools).catch(firstFault);
  if (typeof shop === 'string') return { skipped: `no working C compiler "${tools.compiler}": ${shop}` };
  const seen = await recordWorld(shop, probe).then(({ events }) => events, firstFault);
  if (typeof seen !== 'string' && seen.some(({ kind, detail }) => kind === 'mark' && detail === 'probe'))
    return { shop, machine: await machineOf(shop) };
  closeWorkshop(shop);
  const reason = typeof seen === 'string' ? seen : 'its events were not seen';
  return { skipped: `a first program could not be built, started and traced: ${reason}` };
}

/** Build and run a world on the machine. */
export async function realRun(shop: Workshop, world: World): Promise<RealAnswer> {
  const why = whyNotReal(world, shop.sysroot);
  return why === undefined ? recordWorld(shop, world) : { skipped: why };
}
