/**
 * The notes of a file: the oldest kernel it was built for, its build id, and the GNU properties that say which processor it needs
 * and which control-flow protection it carries. Stands for PT_NOTE as elf/dl-load.c and elf/dl-prop.h read it.
 *
 * What can go wrong: padding. The parts of a note are aligned to 4 bytes, in segments of alignment 8 to 8.
 */
import type { Bytes } from './bytes.js';
import { type ElfHeader, PT, type Segment } from './header.js';

/** What the notes say; undefined where nothing is said. */
export interface Notes {
  /** Kernel that NT_GNU_ABI_TAG asks for, as `3.2.0`. */
  readonly kernel: string | undefined;
  /** In hexadecimal digits. */
  readonly buildId: string | undefined;
  /** Level of x86-64 that GNU_PROPERTY_X86_ISA_1_NEEDED asks for: 1 baseline to 4. */
  readonly isaLevel: number | undefined;
  readonly ibt: boolean;
  readonly shadowStack: boolean;
}

/** Most bytes of one note segment. */
const SEGMENT_MAX = 1 << 20;

interface Note {
  readonly type: number;
  readonly content: Buffer;
}

/** The notes of GNU in one segment; a damaged one ends the list, as it does for ld.so. */
function gnuNotes(bytes: Bytes, { offset, fileSize, align }: Segment): Note[] {
  const notes: Note[] = [];
  const length = Math.min(fileSize, SEGMENT_MAX);
  const all = bytes.slice(offset, length, 'the notes');
  const step = align === 8 ? 8 : 4;
  const up = (n: number) => Math.ceil(n / step) * step;
  for (let at = 0; at + 12 <= all.length; ) {
    const [nameSize, size, type] = [all.readUInt32LE(at), all.readUInt32LE(at + 4), all.readUInt32LE(at + 8)];
    const start = at + up(12 + nameSize);
    if (start + size > all.length) break;
    const isGnu = nameSize === 4 && all.toString('latin1', at + 12, at + 15) === 'GNU';
    if (isGnu) notes.push({ type, content: all.subarray(start, start + size) });
    at = start + up(size);
  }
  return notes;
}

/** The 32-bit words under a GNU property. */
function property(content: Buffer, wanted: number): number | undefined {
  for (let at = 0; at + 8 <= content.length; ) {
    const [type, size] = [content.readUInt32LE(at), content.readUInt32LE(at + 4)];
    if (type === wanted && size >= 4 && at + 12 <= content.length) return content.readUInt32LE(at + 8);
    at += 8 + Math.ceil(size / 8) * 8;
  }
  return undefined;
}

const FEATURE_1_AND = 0xc0000002;
const ISA_1_NEEDED = 0xc0008002;

/** Read the notes of a file. */
export function readNotes(bytes: Bytes, { segments }: ElfHeader): Notes {
  const notes = segments.filter(({ type }) => type === PT.note).flatMap((segment) => gnuNotes(bytes, segment));
  const contentOf = (wanted: number) => notes.find(({ type }) => type === wanted)?.content;
  const abi = contentOf(1);
  const kernel =
    abi === undefined || abi.length < 16 ? undefined : [4, 8, 12].map((at) => abi.readUInt32LE(at)).join('.');
  const properties = contentOf(5) ?? Buffer.alloc(0);
  const features = property(properties, FEATURE_1_AND) ?? 0;
  const isa = property(properties, ISA_1_NEEDED);
  return {
    kernel,
    buildId: contentOf(3)?.toString('hex'),
    isaLevel: isa === undefined || isa === 0 ? undefined : 32 - Math.clz32(isa),
    ibt: (features & 1) !== 0,
    shadowStack: (features & 2) !== 0,
  };
}
