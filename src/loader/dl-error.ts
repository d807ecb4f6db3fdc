/**
 * Whether somebody catches an error of ld.so: the handler that dlopen, dlsym and the like install before they call it. In glibc:
 * elf/dl-error-skeleton.c:_dl_signal_exception, fatal_error; dlfcn/dlerror.c:_dlerror_run.
 *
 * What can go wrong: before 2.34 each libc had a handler of its own (glibc bug 24772), and ld.so asks that of the base namespace. An
 * error of a call out of another namespace then reaches the handler of whatever open is still going on below it, and without one the
 * program ends as if it had been starting.
 */
import { fatal } from '../libc/end.js';
import { programOf } from '../libc/program.js';
import { dieOf } from '../libc/trace.js';
import type { Cpu } from '../machine/cpu.js';
import { loaderOf, mapAt } from './linkmap.js';
import { dropLoadLock } from './lock.js';

/** What ld.so says it was doing. */
export type Occasion = 'error while loading shared libraries' | 'symbol lookup error';

/** What the frame of an open must hold for an error to reach it. */
interface Opening {
  error?: string;
}

/**
 * An error of a dl function that code of `caller` has called, once the call itself has cleaned up.
 *
 * @returns false when the caller's own handler has it; true when it went past the caller, to the open that is going on below
 * @source elf/dl-error-skeleton.c:_dl_signal_exception
 */
export function passesCaller(cpu: Cpu, caller: number, error: string, occasion: Occasion): boolean {
  const { release } = programOf(cpu);
  if (!release.innerErrorsPass || mapAt(cpu.read(loaderOf), caller).ns === 0) return false;
  const { frames } = cpu.stack;
  const at = frames.findLastIndex(({ machine }, i) => machine === 'dlopen' && i < frames.length - 1);
  const below = frames[at];
  // Since 2.31 nothing is caught while constructors run.
  if (below === undefined || (release.initErrorsFatal && below.phase === 'constructors')) {
    return fatal(cpu, `exe: ${occasion}: ${error}\n`);
  }
  for (const { machine } of frames.slice(at + 1))
    if (machine === 'dlopen' || machine === 'dlsymCall') dropLoadLock(cpu);
  (below.ctx as Opening).error = error;
  below.phase = 'tellFailed';
  frames.length = at + 1;
  return true;
}

/** An error that the caller's libc raises itself. `@source dlfcn/dlmopen.c:dlmopen_doit` */
export function raiseOwn(cpu: Cpu, caller: number): void {
  const isInner = mapAt(cpu.read(loaderOf), caller).ns !== 0;
  if (isInner && programOf(cpu).release.ownErrorsFault) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}
