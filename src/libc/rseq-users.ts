/**
 * What the first versions of the series shared between users of one thread's area: a count, and a state that forbids to register.
 * In glibc-dev: nptl/rseq.c and sysdeps/unix/sysv/linux/rseq-internal.h of v1 to v7.
 *
 * What can go wrong: a count that lies in the area itself. Its word was nobody's when v2 was written; since Linux 6.3 the kernel
 * keeps the node number there and writes it whenever the thread returns to user code.
 */
import { component } from '../machine/component.js';
import type { Cpu } from '../machine/cpu.js';
import { tlsWords } from './memory.js';
import { programOf } from './program.js';
import { tcbOf } from './state.js';

/** The first word behind the 20 bytes of the original area. */
const countWord = 5;

/** Where the count beside an area is kept: with the definition that everybody's reference found. */
const besideNote = (key: string) => `count:${key.split(':')[1] ?? ''}:__rseq_refcount`;

function countOf(cpu: Cpu, key: string): number {
  if (programOf(cpu).rseq.userCount === 'in-area') return tlsWords(cpu, key)[countWord] ?? 0;
  return Number(cpu.read(tcbOf).marks[besideNote(key)] ?? 0);
}

function setCount(cpu: Cpu, key: string, count: number): void {
  if (programOf(cpu).rseq.userCount === 'in-area') tlsWords(cpu, key)[countWord] = count;
  else cpu.edit(tcbOf).marks[besideNote(key)] = count;
}

/** v4 never lets go of its count, so that being registered says as much as the count would. */
function counts(cpu: Cpu): boolean {
  const { userCount, atThreadEnd } = programOf(cpu).rseq;
  return userCount !== 'none' && atThreadEnd !== 'counts-again';
}

/** libc counts itself; true when it must make the call: it is the first, or nobody counts. */
export function oneMoreUser(cpu: Cpu, key: string): boolean {
  if (!counts(cpu)) return true;
  const before = countOf(cpu, key);
  setCount(cpu, key, before + 1);
  return before === 0;
}

/** libc is no user any more; true when it was the last, or nobody counts. */
export function oneUserLess(cpu: Cpu, key: string): boolean {
  if (!counts(cpu)) return true;
  const left = Math.max(0, countOf(cpu, key) - 1);
  setCount(cpu, key, left);
  return left === 0;
}

/** `register_state` of v6 and v7, per thread. */
export type RegisterState = 'allowed' | 'ongoing' | 'exiting';

export const registerStateOf = component<{ state: RegisterState }>('rseq-register-state', 'thread', {
  state: 'allowed',
});

/** Whether the state of v6 lets the acting thread register. */
export function mayRegister(cpu: Cpu): boolean {
  return !programOf(cpu).rseq.registerState || cpu.read(registerStateOf).state === 'allowed';
}

/** Make the call with the state saying so. */
export function registering(cpu: Cpu, call: () => string): string {
  if (!programOf(cpu).rseq.registerState) return call();
  cpu.edit(registerStateOf).state = 'ongoing';
  const result = call();
  cpu.edit(registerStateOf).state = 'allowed';
  return result;
}

/** libc is done with the thread: nobody registers it any more. */
export function lastRegistration(cpu: Cpu): void {
  if (programOf(cpu).rseq.registerState) cpu.edit(registerStateOf).state = 'exiting';
}
