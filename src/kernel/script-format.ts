/**
 * The format of a recorded script: operations that a small program performs, and what was seen after each. It stands for the
 * recordings of real kernels, so that a prediction and a recording compare as equal or not.
 *
 * What can go wrong: numbers are register contents, wider than a double holds exactly; they are bigints once decoded.
 */
import type { Errno } from './abi.js';
import type { CloneKind } from './lifetime.js';

/** The places a script can name; their addresses are in `script-image.ts`. */
export const slotNames = ['A', 'B', 'X', 'R', 'P', 'U', 'N', 'K', 'H', 'G'] as const;
export type SlotName = (typeof slotNames)[number];

/** The places whose pages a script may map, unmap and protect. */
export const pageNames = ['A', 'B', 'X', 'R', 'P', 'U'] as const;
export type PageName = (typeof pageNames)[number];

export const wordFields = ['cpu_id_start', 'cpu_id', 'flags', 'node_id', 'mm_cid'] as const;
export type WordField = (typeof wordFields)[number];

export const pointerValues = ['null', 'kernel', 'unmapped', 'sentinel'] as const;
export type PointerValue = (typeof pointerValues)[number];

export const protections = ['none', 'r', 'rw'] as const;
export type Protection = (typeof protections)[number];

export const segvModes = ['exit', 'exit_nodefer', 'return', 'ignore'] as const;
export type SegvMode = (typeof segvModes)[number];

export const filterActions = ['ENOSYS', 'EPERM', 'EACCES', 'KILL'] as const;
export type FilterAction = (typeof filterActions)[number];

export const cloneKinds = ['fork', 'vfork', 'vm', 'thread', 'pthread', 'spawn'] as const satisfies readonly CloneKind[];

export const sectionEvents = ['none', 'sleep', 'signal', 'alarm'] as const;
export type SectionEvent = (typeof sectionEvents)[number];

/** The descriptors a sequence can be started with: good ones, and each kind of bad one. */
export const descriptorNames = [
  'in',
  'out',
  'in_version1',
  'out_version1',
  'in_flags1',
  'out_flags1',
  'abort_inside',
  'abort_kernel',
  'start_kernel',
  'overflow',
  'ptr_kernel',
  'ptr_unmapped',
  'null',
] as const;
export type DescriptorName = (typeof descriptorNames)[number];

interface At {
  readonly slot: SlotName;
  readonly off: number;
}

export type RseqOp = At & { readonly op: 'rseq'; readonly len: bigint; readonly flags: bigint; readonly sig: bigint };
export type PokeOp = At & {
  readonly op: 'poke';
  readonly field: WordField | 'rseq_cs';
  readonly value: bigint | PointerValue;
};
export type SectionOp = At & { readonly op: 'cs'; readonly desc: DescriptorName; readonly event: SectionEvent };
export type CloneOp = { readonly op: 'clone'; readonly kind: CloneKind; readonly ops: readonly Op[] };
export type ExecOp = { readonly op: 'exec'; readonly ops: readonly Op[] };

/** One operation of a script. */
export type Op =
  | RseqOp
  | PokeOp
  | SectionOp
  | CloneOp
  | ExecOp
  | { readonly op: 'munmap' | 'remap'; readonly slot: PageName }
  | { readonly op: 'mprotect'; readonly slot: PageName; readonly prot: Protection }
  | { readonly op: 'pin'; readonly cpu: number }
  | { readonly op: 'segvh'; readonly mode: SegvMode }
  | { readonly op: 'seccomp'; readonly action: FilterAction }
  | { readonly op: 'sleep' | 'yield' | 'signal' | 'getcpu' | 'query' | 'execfail' | 'nop' };

/** A script. Recorded fields (`results`, `end`, `segv_handler_runs`, `kind`) are not part of it. */
export interface KernelCase {
  readonly id: string;
  readonly glibcRseq: boolean;
  readonly ops: readonly Op[];
}

/** A word of a snapshot: a number, or the name of a value that says more than the number. */
export type SnapshotWord = number | 'untouched' | 'uninit' | 'failed' | 'cid';
export type SnapshotPointer = 'null' | 'desc' | 'kernel' | 'unmapped' | 'sentinel' | 'other';

/** `[cpu_id_start, cpu_id, rseq_cs, flags, node_id, mm_cid]`, or `nomap` when the area cannot be read. */
export type AreaSnapshot =
  | readonly [SnapshotWord, SnapshotWord, SnapshotPointer, SnapshotWord, SnapshotWord, SnapshotWord]
  | 'nomap';

/** What a tracer read: `addr` is `SLOT+offset`, or null for an unregistered task. */
export interface QueryResult {
  readonly addr: string | null;
  readonly len: number;
  readonly sig: number;
  readonly flags: number;
}

/** What one operation led to; `null` in a list of results means that it was never reached. */
export interface OpResult {
  readonly ret?: number | 'commit' | 'abort';
  readonly err?: Errno;
  readonly killed?: true;
  readonly query?: QueryResult;
  readonly child?: readonly (OpResult | null)[];
  readonly child_end?: string;
  readonly areas?: Readonly<Record<string, AreaSnapshot>>;
}

/** What a script led to: a result an operation, how the process ended, and how often SIGSEGV handlers started. */
export interface CaseResult {
  readonly results: readonly (OpResult | null)[];
  readonly end: string;
  readonly segv_handler_runs: number;
}
