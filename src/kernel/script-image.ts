/**
 * The program image of a script: where its slots are, its restartable sequences with their descriptors, and how words are named
 * in a snapshot. It stands for the recording program, an ELF executable with a few assembler blocks.
 *
 * What can go wrong: each kind of event has its own sequence, so a descriptor left over from one is outside the code of another.
 */
import { areaOffset, cpuIdValue, descriptorOffset } from './abi.js';
import type { UserMemory } from './memory.js';
import {
  type AreaSnapshot,
  type DescriptorName,
  descriptorNames,
  type PageName,
  type PointerValue,
  type SectionEvent,
  type SlotName,
  type SnapshotPointer,
  type SnapshotWord,
  sectionEvents,
} from './script-format.js';
import { AddressSpace, pageSize, untouchedWord } from './script-memory.js';

/** Fixed addresses; `G` is the calling thread's own and has none. */
export const slotAddress: Readonly<Record<Exclude<SlotName, 'G'>, bigint>> = {
  A: 0x2000_0000n,
  B: 0x2001_0000n,
  X: 0x2002_0000n,
  R: 0x2003_0000n,
  P: 0x2004_0000n,
  U: 0x2005_0000n,
  N: 0n,
  K: 0xffff_8880_0000_0000n,
  H: 0x8000_0000_0000n,
};

/** The signature that libc registers with and that stands before every abort address of the image. */
export const signature = 0x5305_3053;

/** Where the fields that a script can poke lie in an area. */
export const fieldOffset = {
  cpu_id_start: areaOffset.cpuIdStart,
  cpu_id: areaOffset.cpuId,
  rseq_cs: areaOffset.rseqCs,
  flags: areaOffset.flags,
  node_id: areaOffset.nodeId,
  mm_cid: areaOffset.mmCid,
} as const;

const kernelAddress = slotAddress.K;
const sentinel = 0xa5a5_a5a5_a5a5_a5a5n;

/** The pointer values a script can poke. */
export const pointerValue: Readonly<Record<PointerValue, bigint>> = {
  null: 0n,
  kernel: kernelAddress,
  unmapped: slotAddress.U,
  sentinel,
};

/** Where the program's text and its table of descriptors are: a page each. */
export const imageAddress = { text: 0x40_0000n, table: 0x41_0000n } as const;

const { text, table } = imageAddress;
const firstThreadArea = 0x7f00_0000_0000n;
const otherThreadAreas = 0x7e00_0000_0000n;

/** A sequence: its instructions are [start, end), an event finds the task at `inside`. */
interface Sequence {
  readonly start: bigint;
  readonly inside: bigint;
  readonly end: bigint;
  readonly abort: bigint;
}

/** How a sequence is laid out: its bytes in all, and where its code ends and its abort handler begins. */
export const sequenceLayout = { size: 0x80, end: 0x20, abort: 0x44 } as const;

function sequence(n: number): Sequence {
  const at = text + BigInt(n * sequenceLayout.size);
  return {
    start: at,
    inside: at + 0x10n,
    end: at + BigInt(sequenceLayout.end),
    abort: at + BigInt(sequenceLayout.abort),
  };
}

const elsewhere = sequence(sectionEvents.length);

/** The sequence in which `event` happens. */
export const sequenceOf = (event: SectionEvent): Sequence => sequence(sectionEvents.indexOf(event));

interface Fields {
  readonly version: number;
  readonly flags: number;
  readonly start: bigint;
  readonly length: bigint;
  readonly abort: bigint;
}

const wholeOf = (s: Sequence): Fields => ({
  version: 0,
  flags: 0,
  start: s.start,
  length: s.end - s.start,
  abort: s.abort,
});

const variants: { readonly [D in DescriptorName]?: (s: Sequence) => Fields } = {
  in: wholeOf,
  out: () => wholeOf(elsewhere),
  in_version1: (s) => ({ ...wholeOf(s), version: 1 }),
  out_version1: () => ({ ...wholeOf(elsewhere), version: 1 }),
  in_flags1: (s) => ({ ...wholeOf(s), flags: 1 }),
  out_flags1: () => ({ ...wholeOf(elsewhere), flags: 1 }),
  abort_inside: (s) => ({ ...wholeOf(s), abort: s.start + 8n }),
  abort_kernel: (s) => ({ ...wholeOf(s), abort: kernelAddress }),
  start_kernel: (s) => ({ ...wholeOf(s), start: kernelAddress }),
  overflow: (s) => ({ ...wholeOf(s), length: 0xffff_ffff_ffff_fffan }),
};

const notInTable: { readonly [D in DescriptorName]?: bigint } = {
  ptr_kernel: kernelAddress,
  ptr_unmapped: slotAddress.U,
  null: 0n,
};

/** The address that a sequence stores in `rseq_cs` to start. */
export function descriptorAddress(name: DescriptorName, event: SectionEvent): bigint {
  const fixed = notInTable[name];
  if (fixed !== undefined) return fixed;
  const at = sectionEvents.indexOf(event) * descriptorNames.length + descriptorNames.indexOf(name);
  return table + BigInt(at * 32);
}

const isDescriptor = (pointer: bigint): boolean => pointer >= table && pointer < table + pageSize;

/** The program text: the sequences with the signature before each abort address, and the table of descriptors. */
const programText: AddressSpace = (() => {
  const space = new AddressSpace();
  space.map(text, { prot: 'rw', filled: false });
  space.map(table, { prot: 'rw', filled: false });
  for (let n = 0; n <= sectionEvents.length; n++) space.write32(sequence(n).abort - 4n, signature);
  for (const event of sectionEvents) {
    for (const name of descriptorNames) {
      const d = variants[name]?.(sequenceOf(event));
      if (d === undefined) continue;
      const at = descriptorAddress(name, event);
      space.write32(at + descriptorOffset.version, d.version);
      space.write32(at + descriptorOffset.flags, d.flags);
      space.write64(at + descriptorOffset.startIp, d.start);
      space.write64(at + descriptorOffset.postCommitOffset, d.length);
      space.write64(at + descriptorOffset.abortIp, d.abort);
    }
  }
  return space;
})();

/** The address space of a fresh image: its pages filled, libc's area of the first thread zero. */
export function freshImage(): { readonly space: AddressSpace; readonly threadArea: bigint } {
  const space = new AddressSpace();
  space.mapText(text, programText);
  space.mapText(table, programText);
  space.map(slotAddress.A, { prot: 'rw' });
  space.map(slotAddress.B, { prot: 'rw' });
  space.map(slotAddress.X, { prot: 'rw', shared: true });
  space.map(slotAddress.R, { prot: 'r' });
  space.map(slotAddress.P, { prot: 'none' });
  space.map(firstThreadArea, { prot: 'rw', filled: false });
  return { space, threadArea: firstThreadArea };
}

/** Memory for the area of the n-th further thread of an address space, zero. */
export function mapThreadArea(space: AddressSpace, n: number): bigint {
  const area = otherThreadAreas + BigInt(n) * 0x1_0000n;
  space.map(area, { prot: 'rw', filled: false });
  return area;
}

/** Whether a fresh page of this slot is shared memory. */
export const isSharedPage = (slot: PageName): boolean => slot === 'X';

/** `SLOT+offset` of an address, as seen by the thread whose own area is `threadArea`. */
export function nameOf(addr: bigint, threadArea: bigint): string {
  const places: readonly (readonly [string, bigint])[] = [...Object.entries(slotAddress), ['G', threadArea]];
  const place = places.find(([, at]) => addr >= at && addr < at + pageSize);
  return place === undefined ? `0x${addr.toString(16)}` : `${place[0]}+${addr - place[1]}`;
}

function wordName(word: number): SnapshotWord {
  if (word === untouchedWord) return 'untouched';
  if (word === cpuIdValue.uninitialized) return 'uninit';
  return word === cpuIdValue.registrationFailed ? 'failed' : word;
}

function pointerName(pointer: bigint): SnapshotPointer {
  const poked = Object.entries(pointerValue).find(([, value]) => value === pointer)?.[0] as PointerValue | undefined;
  return poked ?? (isDescriptor(pointer) ? 'desc' : 'other');
}

/** What the area at `at` holds, in the words of the format. `flags` are always a number; small concurrency ids are `cid`. */
export function snapshot(memory: UserMemory, at: bigint): AreaSnapshot {
  const start = memory.read32(at + areaOffset.cpuIdStart);
  const cpu = memory.read32(at + areaOffset.cpuId);
  const section = memory.read64(at + areaOffset.rseqCs);
  const flags = memory.read32(at + areaOffset.flags);
  const node = memory.read32(at + areaOffset.nodeId);
  const cid = memory.read32(at + areaOffset.mmCid);
  if (start === null || cpu === null || section === null || flags === null || node === null || cid === null) {
    return 'nomap';
  }
  const cidName = cid <= 1 ? 'cid' : wordName(cid);
  return [wordName(start), wordName(cpu), pointerName(section), flags, wordName(node), cidName];
}
