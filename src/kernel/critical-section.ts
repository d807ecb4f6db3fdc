/**
 * The work on `rseq_cs`: find the descriptor, check it, and decide whether the task continues at its abort address.
 * In Linux: kernel/rseq.c:rseq_ip_fixup (to 6.18), rseq_update_user_cs (from 6.19).
 *
 * What can go wrong: to 6.18 a bad descriptor kills although the task is nowhere near it, and from 6.19 the same one is just
 * cleared; a length is unsigned, so a task before the start is outside by wrapping round.
 */
import { areaOffset, descriptorOffset, eventBit, taskSize } from './abi.js';
import type { KernelFeatures } from './features.js';
import type { UserMemory } from './memory.js';
import type { RseqSlot, SlotRules } from './task.js';

/** Why a refresh fails; each ends in a forced SIGSEGV. */
export type SectionFault =
  | 'area unreadable'
  | 'area unwritable'
  | 'pointer not in the user half'
  | 'descriptor unreadable'
  | 'descriptor address not in the user half'
  | 'descriptor version'
  | 'descriptor wraps'
  | 'abort inside the section'
  | 'signature unreadable'
  | 'signature differs'
  | 'flags inside a section'
  | 'kernel-owned fields changed'
  | 'system call inside a section';

/** The task goes on at `ip`; `pending` are the events that are left. Or the refresh fails. */
export type SectionOutcome =
  | { readonly kind: 'goes-on'; readonly ip: bigint; readonly pending: number; readonly cleared: boolean }
  | { readonly kind: 'aborts'; readonly ip: bigint; readonly pending: number }
  | { readonly kind: 'fails'; readonly why: SectionFault };

interface Descriptor {
  readonly flags: number;
  readonly start: bigint;
  readonly length: bigint;
  readonly abort: bigint;
}

/** What the descriptor checks look at. `ip` is the user instruction pointer the task would continue at. */
export interface SectionSituation {
  readonly features: KernelFeatures;
  readonly rules: SlotRules;
  readonly slot: RseqSlot;
  readonly memory: UserMemory;
  readonly pending: number;
  readonly ip: bigint;
}

const fails = (why: SectionFault): { readonly kind: 'fails'; readonly why: SectionFault } => ({ kind: 'fails', why });

const isInside = (ip: bigint, d: Descriptor): boolean => BigInt.asUintN(64, ip - d.start) < d.length;

/** The fields of the descriptor, with its version; null when any of its 32 bytes cannot be read. */
function readDescriptor(memory: UserMemory, at: bigint): (Descriptor & { readonly version: number }) | null {
  const version = memory.read32(at + descriptorOffset.version);
  const flags = memory.read32(at + descriptorOffset.flags);
  const start = memory.read64(at + descriptorOffset.startIp);
  const length = memory.read64(at + descriptorOffset.postCommitOffset);
  const abort = memory.read64(at + descriptorOffset.abortIp);
  if (version === null || flags === null || start === null || length === null || abort === null) return null;
  return { version, flags, start, length, abort };
}

/** The signature word before the abort address. */
function signatureFault(s: SectionSituation, abort: bigint): SectionFault | null {
  if (abort < 4n) return 'descriptor address not in the user half';
  const word = s.memory.read32(abort - 4n);
  if (word === null) return 'signature unreadable';
  return word === s.slot.sig ? null : 'signature differs';
}

/**
 * Find the descriptor and apply every check, wherever the task is.
 *
 * @returns the descriptor, `null` for a zero pointer, or why it is bad
 * @source kernel/rseq.c:rseq_get_rseq_cs, 6.15
 */
export function checkedDescriptor(s: SectionSituation): Descriptor | null | { readonly why: SectionFault } {
  const pointer = s.memory.read64(s.slot.area + areaOffset.rseqCs);
  if (pointer === null) return { why: 'area unreadable' };
  if (pointer === 0n) return null;
  if (pointer >= taskSize) return { why: 'pointer not in the user half' };
  const d = readDescriptor(s.memory, pointer);
  if (d === null) return { why: 'descriptor unreadable' };
  const end = d.start + d.length;
  if (end > 0xffff_ffff_ffff_ffffn) return { why: 'descriptor wraps' };
  if (d.start >= taskSize || end >= taskSize || d.abort >= taskSize) {
    return { why: 'descriptor address not in the user half' };
  }
  if (d.version !== 0) return { why: 'descriptor version' };
  if (isInside(d.abort, d)) return { why: 'abort inside the section' };
  const why = signatureFault(s, d.abort);
  return why === null ? d : { why };
}

/** Which events the flags hide from a section, or why they kill. `@source kernel/rseq.c:rseq_need_restart, 5.15 and 6.0` */
function hiddenEvents(s: SectionSituation, descriptorFlags: number): number | SectionFault {
  const areaFlags = s.memory.read32(s.slot.area + areaOffset.flags);
  if (areaFlags === null) return 'area unreadable';
  const flags = (areaFlags | descriptorFlags) >>> 0;
  if (s.features.noRestartFlags === 'fatal') return flags === 0 ? 0 : 'flags inside a section';
  const others = eventBit.preempt | eventBit.migrate;
  const hidesSignalAlone = (flags & eventBit.signal) !== 0 && (flags & others) !== others;
  return hidesSignalAlone ? 'flags inside a section' : flags;
}

/** Store 0 in `rseq_cs`. */
const clear = (s: SectionSituation): boolean => s.memory.write64(s.slot.area + areaOffset.rseqCs, 0n);

/** All checks first, then the place of the task. `@source kernel/rseq.c:rseq_ip_fixup, 6.15` */
function fullyChecked(s: SectionSituation): SectionOutcome {
  const d = checkedDescriptor(s);
  if (d !== null && 'why' in d) return fails(d.why);
  if (d === null || !isInside(s.ip, d)) {
    return clear(s) ? { kind: 'goes-on', ip: s.ip, pending: s.pending, cleared: d !== null } : fails('area unwritable');
  }
  const hidden = hiddenEvents(s, d.flags);
  if (typeof hidden === 'string') return fails(hidden);
  if ((s.pending & ~hidden) === 0) return { kind: 'goes-on', ip: s.ip, pending: 0, cleared: false };
  return clear(s) ? { kind: 'aborts', ip: d.abort, pending: 0 } : fails('area unwritable');
}

/** The place of the task first, then the least that an abort needs. `@source kernel/rseq.c:rseq_update_user_cs, 7.0` */
function minimallyChecked(s: SectionSituation): SectionOutcome {
  const pointer = s.memory.read64(s.slot.area + areaOffset.rseqCs);
  if (pointer === null) return fails('area unreadable');
  if (pointer === 0n) return { kind: 'goes-on', ip: s.ip, pending: 0, cleared: false };
  if (pointer >= taskSize) return fails('pointer not in the user half');
  const d = readDescriptor(s.memory, pointer);
  if (d === null) return fails('descriptor unreadable');
  if (!isInside(s.ip, d)) {
    return clear(s) ? { kind: 'goes-on', ip: s.ip, pending: 0, cleared: true } : fails('area unwritable');
  }
  if (d.abort >= taskSize) return fails('descriptor address not in the user half');
  const why = signatureFault(s, d.abort);
  if (why !== null) return fails(why);
  return clear(s) ? { kind: 'aborts', ip: d.abort, pending: 0 } : fails('area unwritable');
}

/**
 * Do the `rseq_cs` work of one refresh: may clear `rseq_cs`, may send the task to its abort address, may fail.
 *
 * @source kernel/rseq.c:rseq_ip_fixup (to 6.18), rseq_update_user_cs (from 6.19)
 */
export function fixUpSection(s: SectionSituation): SectionOutcome {
  if (s.rules.sectionChecks === 'all') return fullyChecked(s);
  if (s.features.debug === 'kills') {
    const d = checkedDescriptor(s);
    if (d !== null && 'why' in d) return fails(d.why);
    if (d !== null && d.flags !== 0) return fails('flags inside a section');
  }
  return minimallyChecked(s);
}

/**
 * With the debug option: is a system call being made inside a section, or with a bad descriptor registered?
 *
 * @returns why the task is to be killed, or null
 * @source kernel/rseq.c:rseq_syscall, 6.15
 */
export function systemCallFault(s: SectionSituation): SectionFault | null {
  const d = checkedDescriptor(s);
  if (d === null) return null;
  if ('why' in d) return d.why;
  return isInside(s.ip, d) ? 'system call inside a section' : null;
}
