/**
 * The time slice extension's switch: prctl(PR_RSEQ_SLICE_EXTENSION). In Linux: kernel/rseq.c:rseq_slice_extension_prctl, 7.0.
 *
 * What can go wrong: changing the area's slice bits by hand; the kernel finds them changed at the next set and kills. How a 32-byte
 * registration is refused in 7.1 was not read in the released tree: ENOTSUPP here.
 */
import { areaOffset, sliceFlag } from './abi.js';
import type { KernelFeatures } from './features.js';
import type { UserMemory } from './memory.js';
import { type CallOutcome, type RseqTask, slotRules } from './task.js';

/** Numbers of the request. `@source include/uapi/linux/prctl.h` */
export const slicePrctl = { option: 79, get: 1, set: 2, enable: 1 } as const;

const dies = { signal: 'SIGSEGV', why: 'slice bits of the area changed by user space, or the area is bad' } as const;

/**
 * prctl(79, operation, value): get answers whether the extension is on; set switches it.
 *
 * Errors: EINVAL for an unknown operation, value or release; ENXIO before registering; SIGSEGV when the area's bits are not
 * what the kernel left there.
 *
 * @source kernel/rseq.c:rseq_slice_extension_prctl, 7.0
 */
export function sliceExtensionPrctl<T extends RseqTask>(
  features: KernelFeatures,
  task: T,
  memory: UserMemory,
  operation: number,
  value: number,
): { readonly task: T; readonly outcome: CallOutcome } {
  const refuse = (err: 'EINVAL' | 'ENXIO' | 'ENOTSUPP') => ({ task, outcome: { err } });
  if (!features.sliceExtension) return refuse('EINVAL');
  const { slot } = task;
  if (operation === slicePrctl.get) {
    return value === 0 ? { task, outcome: { ret: slot?.slice === true ? slicePrctl.enable : 0 } } : refuse('EINVAL');
  }
  if (operation !== slicePrctl.set || (value & ~slicePrctl.enable) !== 0) return refuse('EINVAL');
  if (slot === null) return refuse('ENXIO');
  if (!slotRules(features, slot.len).slice) return refuse('ENOTSUPP');
  const enable = (value & slicePrctl.enable) !== 0;
  if (enable === slot.slice) return { task, outcome: { ret: 0 } };
  const flags = memory.read32(slot.area + areaOffset.flags);
  const expected = sliceFlag.available | (slot.slice ? sliceFlag.enabled : 0);
  if (flags === null || (flags & expected) !== expected) return { task, outcome: dies };
  const next = ((flags & ~sliceFlag.enabled) | sliceFlag.available | (enable ? sliceFlag.enabled : 0)) >>> 0;
  if (!memory.write32(slot.area + areaOffset.flags, next)) return { task, outcome: dies };
  return { task: { ...task, slot: { ...slot, slice: enable } }, outcome: { ret: 0 } };
}
