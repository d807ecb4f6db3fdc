/**
 * The ends that are not exit: `_dl_fatal_printf`, `__libc_fatal`, abort, exit_group. In glibc: elf/dl-misc.c, libio/libc_fatal.c.
 *
 * What can go wrong: messages are what people search for, so they are part of the model to the letter. And a message is written before
 * the process ends: the other threads live on in between.
 */
import type { Cpu } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { TaskGone } from '../machine/step.js';
import { processEndOf } from './state.js';
import { dieOf, note, refresh, say } from './trace.js';

/** Signals by which a described program can end, by number. */
export const signalNumber: Readonly<Record<string, number>> = { SIGABRT: 6, SIGFPE: 8, SIGSEGV: 11, SIGSYS: 31 };

/** exit_group: every thread of the process is gone. */
export function exitGroup(cpu: Cpu, status: number): never {
  say(cpu, { obj: 'libc', kind: 'exit_group', result: String(status) });
  cpu.edit(processEndOf).end = { how: 'exit', what: String(status & 0xff) };
  throw new TaskGone();
}

interface GiveUpFrame {
  how: 'exit' | 'abort';
}

/** What follows a last message: the end of the process, in a system call of its own, before which other threads may still act. */
export const giveUp = lifecycle<GiveUpFrame>(
  'giveUp',
  { end: { source: 'sysdeps/posix/libc_fatal.c:__libc_message', on: { gone: 'done' }, visible: true } },
  { end: (cpu, { how }) => (how === 'exit' ? exitGroup(cpu, 127) : abort(cpu)) },
);

function lastWords(cpu: Cpu, text: string, how: GiveUpFrame['how']): never {
  refresh(cpu);
  note(cpu, { obj: 'process', kind: 'stderr', detail: text });
  cpu.push({ call: giveUp.name, ctx: { how } satisfies GiveUpFrame }, 'end');
  throw new TaskGone();
}

/** ld.so gives up: a message and status 127. */
export function fatal(cpu: Cpu, text: string): never {
  return lastWords(cpu, text, 'exit');
}

/** libc gives up: a message and SIGABRT. */
export function libcFatal(cpu: Cpu, text: string): never {
  return lastWords(cpu, text, 'abort');
}

/** abort without a message. */
export function abort(cpu: Cpu): never {
  return dieOf(cpu, 'SIGABRT', 'SI_TKILL');
}
