/**
 * The ends that are not exit: `_dl_fatal_printf`, `__libc_fatal`, abort, exit_group. In glibc: elf/dl-misc.c, libio/libc_fatal.c.
 *
 * What can go wrong: messages are what people search for, so they are part of the model to the letter.
 */
import type { Cpu } from '../machine/cpu.js';
import { TaskGone } from '../machine/step.js';
import { processEndOf } from './state.js';
import { dieOf, note, refresh, say } from './trace.js';

/** exit_group: every thread of the process is gone. */
export function exitGroup(cpu: Cpu, status: number): never {
  say(cpu, { obj: 'libc', kind: 'exit_group', result: String(status) });
  cpu.edit(processEndOf).end = { how: 'exit', what: String(status & 0xff) };
  throw new TaskGone();
}

/** ld.so gives up: a message and status 127. */
export function fatal(cpu: Cpu, text: string): never {
  refresh(cpu);
  note(cpu, { obj: 'process', kind: 'stderr', detail: text });
  return exitGroup(cpu, 127);
}

/** libc gives up: a message and SIGABRT. */
export function libcFatal(cpu: Cpu, text: string): never {
  refresh(cpu);
  note(cpu, { obj: 'process', kind: 'stderr', detail: text });
  return dieOf(cpu, 'SIGABRT', 'SI_TKILL');
}

/** abort without a message. */
export function abort(cpu: Cpu): never {
  return dieOf(cpu, 'SIGABRT', 'SI_TKILL');
}
