/**
 * The decision procedure of the call, row by row: the first row that matches gives the result. In Linux: kernel/rseq.c:rseq.
 *
 * The rows are a table, so that the order of the checks can be read, printed and tested; which error wins is nothing but that
 * order. What can go wrong: rows R7 to R9 and U5 touch the area as they ask, so a row must be asked once, in its place.
 */
import { areaOffset, callFlag, cpuIdValue, type Errno, originalSize, sliceFlag, taskSize } from './abi.js';
import type { KernelFeatures } from './features.js';
import type { UserMemory } from './memory.js';
import { type RseqTask, slotRules } from './task.js';

/** The rows, named as in the written record: U1 to U6 unregister, R1 to R10 register. */
export type RowId =
  | 'absent'
  | 'emulated'
  | 'filtered'
  | `U${1 | 2 | 3 | 4 | 5 | 6}`
  | `R${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`
  | 'R10-null';

/** The call as the kernel sees it: registers cut to their types. */
export interface RseqCall {
  readonly addr: bigint;
  readonly len: number;
  readonly flags: number;
  readonly sig: number;
}

/** What a row may look at. */
export interface CallSituation {
  readonly features: KernelFeatures;
  readonly task: RseqTask;
  readonly memory: UserMemory;
  readonly call: RseqCall;
}

/** A row: what it checks, when it matches, and what it answers (0 is success). */
export interface Row {
  readonly id: RowId;
  readonly check: string;
  readonly source: string;
  readonly result: 0 | Errno;
  matches(s: CallSituation): boolean;
}

const alignedTo = (addr: bigint, align: number): boolean => addr % BigInt(align) === 0n;

/** Table 1c: whether length and alignment are accepted. `@source kernel/rseq.c:rseq, 5.15, 6.15; rseq_length_valid, 7.1` */
function acceptsLength({ features, call }: CallSituation): boolean {
  if (call.len === originalSize) return alignedTo(call.addr, originalSize);
  if (features.length === 'original-only') return false;
  const floor = Math.max(originalSize, features.featureSize);
  return call.len >= floor && alignedTo(call.addr, features.areaAlign);
}

/** `access_ok`: the whole range lies in the user half. */
const inUserHalf = ({ addr, len }: RseqCall): boolean => BigInt(len) <= taskSize && addr <= taskSize - BigInt(len);

/** Whether `rseq_cs`, having been read as non-zero or being cleared unread, cannot be cleared. */
function sectionStays({ features, memory, call }: CallSituation): boolean {
  const at = call.addr + areaOffset.rseqCs;
  if (features.registrationClearsSection === 'no') return false;
  if (features.registrationClearsSection === 'read-then-clear' && memory.read64(at) === 0n) return false;
  return !memory.write64(at, 0n);
}

/** The slice bits that a registration puts into the area's `flags`. `@source kernel/rseq.c:rseq_register, 7.0` */
export function sliceBits(features: KernelFeatures, call: RseqCall): number {
  if (!slotRules(features, call.len).slice) return 0;
  const on = (call.flags & callFlag.sliceExtensionDefaultOn) !== 0;
  return sliceFlag.available | (on ? sliceFlag.enabled : 0);
}

/** The first values of 7.0; whether one of them cannot be stored. `@source kernel/rseq.c:rseq_register, 7.0` */
function initialStoreFaults({ features, memory, call }: CallSituation): boolean {
  if (features.registrationStores === 'refresh-only') return false;
  const { addr } = call;
  const stores: (readonly [bigint, number])[] = [
    [areaOffset.flags, sliceBits(features, call)],
    [areaOffset.cpuIdStart, cpuIdValue.uninitialized],
    [areaOffset.cpuId, cpuIdValue.uninitialized],
    [areaOffset.nodeId, 0],
    [areaOffset.mmCid, 0],
  ];
  if (!features.modeByLength || call.len > originalSize) stores.push([areaOffset.sliceControl, 0]);
  return stores.some(([offset, value]) => !memory.write32(addr + offset, value));
}

/** Unregistration's values; whether one cannot be stored. `@source kernel/rseq.c:rseq_reset_rseq_cpu_node_id; rseq_reset_ids, 6.19` */
function resetFaults({ features, memory, call }: CallSituation): boolean {
  const start = features.resetCpuIdStart === 'zero' ? 0 : cpuIdValue.uninitialized;
  const stores: (readonly [bigint, number])[] = [
    [areaOffset.cpuIdStart, start],
    [areaOffset.cpuId, cpuIdValue.uninitialized],
  ];
  if (features.nodeAndCid) stores.push([areaOffset.nodeId, 0], [areaOffset.mmCid, 0]);
  return stores.some(([offset, value]) => !memory.write32(call.addr + offset, value));
}

/** The flag bits that a registration may carry. */
const acceptedFlags = (features: KernelFeatures): number =>
  features.sliceExtension ? callFlag.sliceExtensionDefaultOn : 0;

/** Section 1a, in order. `@source kernel/rseq.c:rseq` */
export const unregisterRows: readonly Row[] = [
  {
    id: 'U1',
    check: 'another flag bit is set',
    source: 'kernel/rseq.c:rseq, 5.5',
    result: 'EINVAL',
    matches: ({ features, call }) => features.unregisterOtherBits === 'refused' && call.flags !== callFlag.unregister,
  },
  {
    id: 'U2',
    check: 'nothing is registered, or at another address',
    source: 'kernel/rseq.c:rseq',
    result: 'EINVAL',
    matches: ({ task, call }) => task.slot === null || task.slot.area !== call.addr,
  },
  {
    id: 'U3',
    check: 'the length differs from the registered one',
    source: 'kernel/rseq.c:rseq',
    result: 'EINVAL',
    matches: ({ task, call }) => task.slot?.len !== call.len,
  },
  {
    id: 'U4',
    check: 'the signature differs',
    source: 'kernel/rseq.c:rseq',
    result: 'EPERM',
    matches: ({ task, call }) => task.slot?.sig !== call.sig,
  },
  {
    id: 'U5',
    check: 'the reset values cannot be stored',
    source: 'kernel/rseq.c:rseq_reset_rseq_cpu_node_id',
    result: 'EFAULT',
    matches: resetFaults,
  },
  { id: 'U6', check: 'else', source: 'kernel/rseq.c:rseq', result: 0, matches: () => true },
];

/** Section 1b, in order. `@source kernel/rseq.c:rseq` */
export const registerRows: readonly Row[] = [
  {
    id: 'R1',
    check: 'a flag bit is set that the release does not know',
    source: 'kernel/rseq.c:rseq, 6.15; 7.0',
    result: 'EINVAL',
    matches: ({ features, call }) => (call.flags & ~acceptedFlags(features)) !== 0,
  },
  {
    id: 'R2',
    check: 'registered already, at another address or with another length',
    source: 'kernel/rseq.c:rseq',
    result: 'EINVAL',
    matches: ({ task, call }) => task.slot !== null && (task.slot.area !== call.addr || task.slot.len !== call.len),
  },
  {
    id: 'R3',
    check: 'registered already, with another signature',
    source: 'kernel/rseq.c:rseq',
    result: 'EPERM',
    matches: ({ task, call }) => task.slot !== null && task.slot.sig !== call.sig,
  },
  {
    id: 'R4',
    check: 'registered already, exactly so',
    source: 'kernel/rseq.c:rseq',
    result: 'EBUSY',
    matches: ({ task }) => task.slot !== null,
  },
  {
    id: 'R5',
    check: 'length or alignment is wrong',
    source: 'kernel/rseq.c:rseq, rseq_length_valid',
    result: 'EINVAL',
    matches: (s) => !acceptsLength(s),
  },
  {
    id: 'R6',
    check: 'the range is not in the user half',
    source: 'kernel/rseq.c:rseq, access_ok',
    result: 'EFAULT',
    matches: ({ call }) => !inUserHalf(call),
  },
  {
    id: 'R7',
    check: 'rseq_cs cannot be read',
    source: 'kernel/rseq.c:rseq, commit fd881d0a085f',
    result: 'EFAULT',
    matches: ({ features, memory, call }) =>
      features.registrationClearsSection === 'read-then-clear' && memory.read64(call.addr + areaOffset.rseqCs) === null,
  },
  {
    id: 'R8',
    check: 'rseq_cs cannot be cleared',
    source: 'kernel/rseq.c:rseq, commit fd881d0a085f; 6.19',
    result: 'EFAULT',
    matches: sectionStays,
  },
  {
    id: 'R9',
    check: 'a first value cannot be stored',
    source: 'kernel/rseq.c:rseq_register, 7.0',
    result: 'EFAULT',
    matches: initialStoreFaults,
  },
  {
    id: 'R10-null',
    check: 'NULL, where nothing has touched it: stored, which is the same as not registered',
    source: 'kernel/rseq.c:rseq, 6.0',
    result: 0,
    matches: ({ call }) => call.addr === 0n,
  },
  { id: 'R10', check: 'else', source: 'kernel/rseq.c:rseq', result: 0, matches: () => true },
];

/** The rows that a call with these flags walks. Bit 0 alone decides, so -1 is an unregistration with bad bits. */
export function rowsFor(call: RseqCall): readonly Row[] {
  return (call.flags & callFlag.unregister) !== 0 ? unregisterRows : registerRows;
}
