/**
 * How user space and a debugger learn about rseq: the auxiliary vector and the ptrace request. In Linux:
 * fs/binfmt_elf.c:create_elf_tables, kernel/ptrace.c:ptrace_get_rseq_configuration.
 *
 * What can go wrong: taking the auxiliary vector for a promise; a filter that refuses every call leaves it as it is.
 */
import type { KernelFeatures } from './features.js';
import type { RseqTask } from './task.js';

/** An entry of the auxiliary vector. */
export interface AuxiliaryEntry {
  readonly type: number;
  readonly name: string;
  readonly value: number;
}

/**
 * The entries that concern rseq, in their order; they stand last before the terminator. Empty without the call and before 6.3.
 *
 * @source fs/binfmt_elf.c:create_elf_tables, 6.3 and 7.0
 */
export function auxv(features: KernelFeatures): readonly AuxiliaryEntry[] {
  if (!features.auxiliaryVector) return [];
  return [
    { type: 27, name: 'AT_RSEQ_FEATURE_SIZE', value: features.featureSize },
    { type: 28, name: 'AT_RSEQ_ALIGN', value: features.areaAlign },
  ];
}

/** What a debugger reads of a task. `addr` 0n and all else 0 (or a constant length before 6.3) when unregistered. */
export interface RseqConfiguration {
  readonly addr: bigint;
  readonly len: number;
  readonly sig: number;
  readonly flags: number;
}

/** The answer: `ret` is always 24, the size of the structure; `copied` is how much of it fitted. */
export type ConfigurationAnswer =
  | { readonly ret: 24; readonly copied: number; readonly configuration: RseqConfiguration }
  | { readonly err: 'EIO' | 'ESRCH' };

/** The request's number. `@source include/uapi/linux/ptrace.h:PTRACE_GET_RSEQ_CONFIGURATION` */
export const ptraceGetRseqConfiguration = 0x420f;

const structureSize = 24;

/**
 * PTRACE_GET_RSEQ_CONFIGURATION on `task`.
 *
 * @param size bytes of the tracer's buffer; `stopped`: the task is traced by the caller and stopped
 * @source kernel/ptrace.c:ptrace_get_rseq_configuration, 5.13, 6.3
 */
export function rseqConfiguration(
  features: KernelFeatures,
  task: RseqTask,
  size = structureSize,
  stopped = true,
): ConfigurationAnswer {
  if (!stopped) return { err: 'ESRCH' };
  if (features.ptraceQuery === 'absent') return { err: 'EIO' };
  const { slot } = task;
  const unregisteredLen = features.ptraceQuery === 'constant-length' ? 32 : 0;
  const configuration =
    slot === null
      ? { addr: 0n, len: unregisteredLen, sig: 0, flags: 0 }
      : { addr: slot.area, len: slot.len, sig: slot.sig, flags: 0 };
  return { ret: structureSize, copied: Math.min(size, structureSize), configuration };
}
