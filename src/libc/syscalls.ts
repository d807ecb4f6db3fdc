/**
 * System calls of libc and of user code that the event stream shows: rseq, set_tid_address, set_robust_list. Each is decided by
 * the kernel floor; this file finds the address, says the event and takes the outcome.
 *
 * What can go wrong: a registration writes the area before the call returns, so the event's own refresh comes after it.
 */
import { rseqSyscall } from '../kernel/call.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { imagesOf, memoryOf, staticAddress, tlsAddress, tlsOf } from './memory.js';
import { programOf } from './program.js';
import { taskOf, tcbOf } from './state.js';
import { dieOf, endOf, say } from './trace.js';

export const signature = 0x53053053;
/** The length every party of the recorded worlds passes, in bytes. */
export const areaLength = 32;

export interface RseqCall {
  cmd: 'register' | 'unregister';
  /** How the event names the area. */
  area: string;
  address: bigint;
  sig: number;
  obj: string;
  map: number;
}

/** The rseq system call; the result as the event shows it, `0` or an errno. */
export function rseq(cpu: Cpu, call: RseqCall): string {
  const { kernel } = programOf(cpu);
  const flags = call.cmd === 'unregister' ? 1 : 0;
  const args = { addr: call.address, len: areaLength, flags, sig: call.sig };
  const { task, outcome } = rseqSyscall(kernel, plainOf(cpu.read(taskOf)), memoryOf(cpu), args);
  cpu.put(taskOf, task);
  // The SIGSYS of a filter cannot be caught, and no tracer sees it come.
  if ('signal' in outcome)
    return outcome.signal === 'SIGSYS' ? endOf(cpu, 'SIGSYS') : dieOf(cpu, outcome.signal, 'SI_KERNEL');
  const result = 'err' in outcome ? outcome.err : String(outcome.ret);
  const detail = `${call.cmd} ${call.area} len=${areaLength} sig=0x${call.sig.toString(16)}`;
  say(cpu, { obj: call.obj, map: call.map, kind: 'rseq', detail, result });
  return result;
}

/** Address of an area by key: `static:MAP`, or a thread-local one of the acting thread (`tls:MAP`, `abi:MAP`, `libc`). */
export function areaAddress(cpu: Cpu, key: string): bigint {
  if (key.startsWith('static:')) {
    const map = Number(key.slice(7));
    return staticAddress(cpu.read(imagesOf).images[map]?.at ?? map);
  }
  return tlsAddress(cpu.read(tcbOf).slot, cpu.read(tlsOf), key);
}

export function setTidAddress(cpu: Cpu): void {
  say(cpu, { obj: 'libc', kind: 'set_tid_address', result: 'ok' });
}

export function setRobustList(cpu: Cpu): void {
  cpu.edit(taskOf).robust = true;
  say(cpu, { obj: 'libc', kind: 'set_robust_list', result: 'ok' });
}
