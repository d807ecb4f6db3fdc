/**
 * The real machine's answer to a described program: whether it can be asked at all, and what it showed. Stands for the recorder
 * of the conformance data, on the reader's own machine.
 *
 * What can go wrong: silence. A world that cannot be run here is reported as skipped, with the reason, never as passed.
 */
import { execFile } from 'node:child_process';
import { release } from 'node:os';
import { promisify } from 'node:util';
import type { World } from '../scenario/world-schema.js';
import { closeWorkshop, openWorkshop, type RealRun, recordWorld, type Workshop } from './record.js';
import { whyNotReal } from './runnable.js';

export { type WorldConstraints, worlds } from './arbitrary-worlds.js';
export { firstDifference } from './compare.js';
export { Dice } from './dice.js';
export { mutatedWorld } from './mutate-world.js';
export { type WorldKind, worldKinds } from './random-styles.js';
export { randomWorld } from './random-worlds.js';
export { closeWorkshop, openWorkshop, type RealRun, recordWorld, type Workshop } from './record.js';
export { whyNotReal } from './runnable.js';
export { smallerWorlds } from './shrink-world.js';

const run = promisify(execFile);

/** The machine that answers: kernel release, glibc version, compiler's first line. */
export interface Machine {
  readonly kernel: string;
  readonly libc: string;
  readonly compiler: string;
}

/** A workshop on a machine that can build, start and trace programs; or why it cannot. */
export type RealAnswerer = { readonly shop: Workshop; readonly machine: Machine } | { readonly skipped: string };

/** What the machine showed, or why it was not asked. */
export type RealAnswer = RealRun | { readonly skipped: string };

const probe: World = { exe: { main: [{ op: 'mark', text: 'probe' }] }, objects: {} };

/** Open a workshop, if this machine can answer: Linux on x86-64 with a C compiler, glibc and a permitted ptrace. */
export async function realAnswerer(compiler = 'gcc'): Promise<RealAnswerer> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { skipped: `this is ${process.platform} on ${process.arch}, not Linux on x64` };
  const shop = await openWorkshop(compiler).catch((error: unknown) => String(error).split('\n')[0] ?? 'unknown');
  if (typeof shop === 'string') return { skipped: `no working C compiler "${compiler}": ${shop}` };
  const events = await recordWorld(shop, probe).then(
    ({ events: seen }) => seen,
    () => [],
  );
  if (!events.some(({ kind, detail }) => kind === 'mark' && detail === 'probe')) {
    await closeWorkshop(shop);
    return { skipped: 'a first program could not be built, started and traced' };
  }
  return { shop, machine: await machineOf(compiler) };
}

async function machineOf(compiler: string): Promise<Machine> {
  const first = async (command: string, args: readonly string[]) =>
    run(command, [...args]).then(
      ({ stdout }) => stdout.split('\n')[0] ?? '',
      () => 'unknown',
    );
  return {
    kernel: release(),
    libc: await first('getconf', ['GNU_LIBC_VERSION']),
    compiler: await first(compiler, ['--version']),
  };
}

/** Build and run a world on the machine. */
export async function realRun(shop: Workshop, world: World): Promise<RealAnswer> {
  const why = whyNotReal(world);
  return why === undefined ? recordWorld(shop, world) : { skipped: why };
}
