/**
 * The user-space face of rseq: the layout of the area and of a critical-section descriptor, and the constants of the call.
 * In Linux: include/uapi/linux/rseq.h.
 *
 * What can go wrong: taking `registrationFailed` for something the kernel writes (it is a libc convention), or the feature size
 * (28) for the smallest accepted length (32).
 */

/** Byte offsets in the area. `@source include/uapi/linux/rseq.h:struct rseq` */
export const areaOffset = {
  cpuIdStart: 0n,
  cpuId: 4n,
  rseqCs: 8n,
  flags: 16n,
  nodeId: 20n,
  mmCid: 24n,
  sliceControl: 28n,
} as const;

/** Byte offsets in a descriptor of 32 bytes. `@source include/uapi/linux/rseq.h:struct rseq_cs` */
export const descriptorOffset = { version: 0n, flags: 4n, startIp: 8n, postCommitOffset: 16n, abortIp: 24n } as const;

/** The length of the original area, padding included, and the floor of every release. */
export const originalSize = 32;

/** `cpu_id` of an area that is not registered: the kernel writes -1, libc writes -2 after a refused registration. */
export const cpuIdValue = { uninitialized: 0xffff_ffff, registrationFailed: 0xffff_fffe } as const;

/** Flag bits of the call. `@source include/uapi/linux/rseq.h:enum rseq_flags` */
export const callFlag = { unregister: 1, sliceExtensionDefaultOn: 2 } as const;

/** Bits of the area's `flags` that the slice extension owns (7.0). `@source include/uapi/linux/rseq.h:enum rseq_cs_flags` */
export const sliceFlag = { available: 0x10, enabled: 0x20 } as const;

/** Pending events, and at the same bits the no-restart flags of 4.18 to 5.19. `@source include/linux/rseq.h:rseq_event_mask_bits` */
export const eventBit = { preempt: 1, signal: 2, migrate: 4 } as const;

/** First address above the user half of x86-64 with four-level tables. `@source arch/x86/include/asm/page_64_types.h:TASK_SIZE_MAX` */
export const taskSize = 0x7fff_ffff_f000n;

/** Errors that the modelled calls answer with. */
export type Errno =
  | 'EPERM'
  | 'ENOENT'
  | 'ESRCH'
  | 'EIO'
  | 'ENXIO'
  | 'EAGAIN'
  | 'ENOMEM'
  | 'EACCES'
  | 'EFAULT'
  | 'EBUSY'
  | 'EINVAL'
  | 'ENOSYS'
  | 'ENOTSUPP';

/** The low 32 bits of a register, unsigned: all that the kernel sees of len, flags and sig. */
export function low32(register: number | bigint): number {
  return Number(BigInt.asUintN(32, BigInt(register)));
}
