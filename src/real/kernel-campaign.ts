/**
 * The running kernel as something to ask: the driver compiled and started, and the kernel of the model that it is held against.
 * Stands for the machine of the kernel recordings, on the reader's own machine.
 *
 * What can go wrong: silence. Where scripts cannot be played it says why, and nothing is taken for agreement.
 */
import { firstFault } from './fault.js';
import { buildDriver, KernelDriver } from './kernel-driver.js';
import { type RunningKernel, runningKernel } from './kernel-machine.js';
import { closeWorkshop, openWorkshop, type Workshop } from './workshop.js';

/** A kernel that plays scripts. */
export interface KernelMachine {
  readonly driver: KernelDriver;
  readonly running: RunningKernel;
  readonly compiler: string;
  /** Ends the driver and removes what was built. */
  readonly close: () => void;
}

/** The driver of an open workshop, and the kernel it runs on; or why there is none. */
async function machineIn(shop: Workshop): Promise<KernelMachine | { readonly skipped: string }> {
  const program = await buildDriver(shop).catch((error: unknown) => ({ broken: firstFault(error) }));
  if (typeof program !== 'string') return { skipped: `the driver cannot be compiled: ${program.broken}` };
  const driver = await KernelDriver.start(program, shop);
  if ('broken' in driver) return { skipped: driver.broken };
  const close = () => {
    driver.close();
    closeWorkshop(shop);
  };
  if (driver.facts.cpus.includes(false)) {
    close();
    return { skipped: 'the scripts go to and fro between CPUs 0 and 1, and not both are open to this process' };
  }
  const running = await runningKernel(driver);
  if (!('skipped' in running)) return { driver, running, compiler: shop.compiler, close };
  close();
  return running;
}

/** Open the running kernel for questions, if scripts can be played here: Linux on x86-64 with a C compiler, rseq and ptrace. */
export async function openKernelMachine(compiler = 'gcc'): Promise<KernelMachine | { readonly skipped: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { skipped: `this is ${process.platform} on ${process.arch}, not Linux on x64` };
  const shop = await openWorkshop({ compiler }).catch(firstFault);
  if (typeof shop === 'string') return { skipped: `no working C compiler "${compiler}": ${shop}` };
  const machine = await machineIn(shop);
  if ('skipped' in machine) closeWorkshop(shop);
  return machine;
}
