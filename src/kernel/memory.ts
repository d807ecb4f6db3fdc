/**
 * User memory as the kernel touches it: get_user and put_user on the address space of the task that is being served.
 * In Linux: arch/x86/include/asm/uaccess.h, include/linux/uaccess.h.
 *
 * The port is the only thing the procedures know of memory, so the script runner and the process model each bring their own.
 * What can go wrong: a port that faults late (half of a 64-bit store done), or that answers from another task's address space.
 */

/**
 * An address space, seen from inside the kernel. Addresses are user virtual addresses; 32-bit words are unsigned numbers,
 * 64-bit words unsigned bigints, little endian.
 *
 * Errors: `null` from a read and `false` from a write mean EFAULT; a faulting access changes nothing.
 */
export interface UserMemory {
  read32(addr: bigint): number | null;
  read64(addr: bigint): bigint | null;
  write32(addr: bigint, value: number): boolean;
  write64(addr: bigint, value: bigint): boolean;
}
