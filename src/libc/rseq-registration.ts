/**
 * libc's own registration: which area, what it checks before, and what a refusal does to the process. In glibc:
 * sysdeps/unix/sysv/linux/rseq-internal.h:rseq_register_current_thread, sysdeps/nptl/dl-tls_init_tp.c (2.35).
 *
 * What can go wrong: the kernel's errno says who is in the way (EBUSY the same area, EINVAL another), and each generation of
 * libc took another of them for harmless.
 */
import { component } from '../machine/component.js';
import type { Cpu } from '../machine/cpu.js';
import type { OnRefusal, RegistersAt } from '../rseq/semantics.js';
import { libcFatal } from './end.js';
import { flagOf, passes } from './guard.js';
import { failed, imagesOf, tlsWords, uninitialised, uninitialisedWords, wordCpuId } from './memory.js';
import { programOf, tunable } from './program.js';
import { lastRegistration, mayRegister, oneMoreUser, oneUserLess, registering } from './rseq-users.js';
import { libcCopy, tcbOf } from './state.js';
import { areaAddress, rseq, signature } from './syscalls.js';
import { dieOf } from './trace.js';

/** The key of the area that libc copy `copy` registers for the acting thread; null when it has none. */
export function libcArea(cpu: Cpu, copy: number): string | null {
  const { area } = programOf(cpu).rseq;
  if (area === 'none') return null;
  if (area !== 'rseq_abi') return 'libc';
  const { abi } = libcCopy(cpu, copy, false);
  return abi === null ? null : `abi:${abi}`;
}

/** cpu_id of libc's area in the acting thread as a signed number; null without an area. */
export function libcCpuId(cpu: Cpu, copy: number): number | null {
  const key = libcArea(cpu, copy);
  return key === null ? null : (tlsWords(cpu, key)[wordCpuId] ?? 0) | 0;
}

/** `glibc.pthread.rseq` says no. */
function switchedOff(cpu: Cpu): boolean {
  const program = programOf(cpu);
  return program.rseq.tunable && tunable(program, 'glibc.pthread.rseq') === '0';
}

/** `__rseq_size`, in ld.so for all namespaces: what the main thread's registration came to. */
export const publicSizeOf = component<{ registered: boolean; settled: boolean }>('rseq-size', 'process', {
  registered: false,
  settled: false,
});

/** The value of `__rseq_size` now, in bytes. */
export function publicSize(cpu: Cpu): number {
  const { rseq: semantics, kernel } = programOf(cpu);
  const { registered, settled } = cpu.read(publicSizeOf);
  const feature = kernel.auxiliaryVector ? Math.max(kernel.featureSize, 20) : 20;
  if (semantics.sizeSays === 'feature-size') return registered || !settled ? feature : 0;
  return registered && semantics.sizeSays !== 'none' ? semantics.sizeSays : 0;
}

/**
 * One of the points of process life has come for a libc copy: announce and register the main thread if the semantics says here,
 * and its guard lets this copy.
 */
export function registerMainAt(cpu: Cpu, point: RegistersAt, copy: number): void {
  const { mainAt, guard } = programOf(cpu).rseq;
  if (mainAt === point && passes(cpu, guard, copy)) registerMain(cpu, copy);
}

/** Announce and register the main thread. True on success. */
export function registerMain(cpu: Cpu, copy: number): boolean {
  if (isOverridden(cpu, copy)) return false;
  announce(cpu, copy);
  const key = libcArea(cpu, copy);
  if (key === null) return false;
  if (switchedOff(cpu)) {
    tlsWords(cpu, key)[wordCpuId] = failed;
    cpu.edit(publicSizeOf).settled = true;
    return false;
  }
  const registered = register(cpu, key, programOf(cpu).rseq.onMainRefusal);
  Object.assign(cpu.edit(publicSizeOf), { registered, settled: true });
  return registered;
}

/** ld.so registers by itself, before libc is there to do it; an area of libc's it cannot reach. */
export function registerFromLoader(cpu: Cpu): void {
  const { mainAt, area } = programOf(cpu).rseq;
  if (mainAt !== 'thread-pointer') return;
  if (area === 'rseq_abi') dieOf(cpu, 'SIGFPE', 'FPE_INTDIV');
  registerMain(cpu, 0);
}

/** Values of the flag: taken at all, or (L-07f) by whom. */
const owned = 1;
const libcOwns = 2;
const override = 3;

/** Somebody has taken the flag of four values over. */
function isOverridden(cpu: Cpu, copy: number): boolean {
  if (programOf(cpu).rseq.ownerFlagStates !== 'four') return false;
  const home = flagOf(cpu, copy);
  return home !== null && cpu.read(imagesOf).images[home]?.handled === override;
}

/** libc says in the flag that it owns. */
function announce(cpu: Cpu, copy: number): void {
  const { ownerFlag, ownerFlagAt, ownerFlagStates } = programOf(cpu).rseq;
  const home = flagOf(cpu, copy);
  if (ownerFlag === 'none' || home === null) return;
  const image = cpu.edit(imagesOf).images[home];
  if (image === undefined) return;
  if (ownerFlagStates === 'four') image.handled = libcOwns;
  else if (ownerFlagAt === 'registration') image.handled = owned;
}

/** Register a new thread before its start routine. `tcb.hasRseq` says how it went. */
export function registerThread(cpu: Cpu): void {
  const semantics = programOf(cpu).rseq;
  const tcb = cpu.edit(tcbOf);
  const key = libcArea(cpu, tcb.libc);
  if (key === null || semantics.threads === 'never') return;
  if (!passes(cpu, semantics.threadGuard, tcb.libc) || isOverridden(cpu, tcb.libc)) return;
  if (semantics.threads === 'inherit' && !tcb.doRseq) {
    tlsWords(cpu, key)[wordCpuId] = failed;
    return;
  }
  tcb.hasRseq = register(cpu, key, semantics.onThreadRefusal);
}

/** The call and how its refusal is taken; true when the thread is registered, by this call or before. */
export function register(cpu: Cpu, key: string, onRefusal: OnRefusal): boolean {
  const semantics = programOf(cpu).rseq;
  const words = tlsWords(cpu, key);
  const cpuId = words[wordCpuId];
  if (semantics.whenInitialised === 'fatal' && cpuId !== uninitialised) {
    libcFatal(cpu, 'glibc fatal error: rseq already initialized for this thread\n');
  }
  if (semantics.failedGivesUp && cpuId === failed) return false;
  if (semantics.whenInitialised === 'adopt' && cpuId !== uninitialised) return true;
  if (!mayRegister(cpu)) return false;
  if (!oneMoreUser(cpu, key)) return true;
  preset(cpu, key);
  const result = registering(cpu, () => libcCall(cpu, 'register', key));
  if (result === '0') return true;
  return refused(cpu, key, result, onRefusal);
}

/** What libc stores into its area right before the call; what a thread before has left there goes with it. */
function preset(cpu: Cpu, key: string): void {
  const { presets } = programOf(cpu).rseq;
  if (presets === 'nothing') return;
  const words = tlsWords(cpu, key);
  const fresh = uninitialisedWords();
  const size = presets === 'fields' ? fieldWords : fresh.length;
  for (let i = 0; i < size; i++) words[i] = fresh[i] ?? 0;
}

/** cpu_id_start, cpu_id, rseq_cs (two words) and flags. */
const fieldWords = 5;

function refused(cpu: Cpu, key: string, errno: string, onRefusal: OnRefusal): boolean {
  if (onRefusal === 'ignore') return false;
  if (onRefusal === 'mark-unless-busy' && errno === 'EBUSY') return true;
  if (onRefusal === 'fatal') libcFatal(cpu, 'Fatal glibc error: rseq registration failed\n');
  if (onRefusal === 'fatal-unless-absent' && !['ENOSYS', 'EPERM', 'EACCES'].includes(errno)) {
    libcFatal(cpu, `glibc fatal error: ${fatalText[errno] ?? 'unexpected rseq errno'}\n`);
  }
  oneUserLess(cpu, key);
  tlsWords(cpu, key)[wordCpuId] = failed;
  return false;
}

/** The thread ends: what libc does about its own registration. False when that was refused and the semantics minds. */
export function leaveThread(cpu: Cpu): boolean {
  const { atThreadEnd } = programOf(cpu).rseq;
  const tcb = cpu.read(tcbOf);
  const key = libcArea(cpu, tcb.libc);
  if (atThreadEnd === 'nothing' || atThreadEnd === 'counts-again' || key === null || !tcb.hasRseq) return true;
  lastRegistration(cpu);
  if (atThreadEnd === 'unregister-last' && !oneUserLess(cpu, key)) return true;
  return libcCall(cpu, 'unregister', key) === '0' || atThreadEnd !== 'unregister-or-abort';
}

const fatalText: Readonly<Record<string, string>> = {
  EBUSY: 'rseq already registered for this thread',
  EFAULT: 'rseq parameter is an invalid address',
  EINVAL: 'rseq parameters are invalid',
};

export function libcCall(cpu: Cpu, cmd: 'register' | 'unregister', key: string): string {
  return rseq(cpu, { cmd, area: 'libc', address: areaAddress(cpu, key), sig: signature, obj: 'libc', map: 0 });
}
