/**
 * What the kernel keeps per task for rseq: the registered area, the pending events, the notify flag, and where the task runs.
 * In Linux: include/linux/sched.h:task_struct, include/linux/rseq_types.h (from 6.19).
 *
 * Nothing here is per process, and nothing stops two tasks from naming one area. What can go wrong: reading a null slot as
 * "the area says so"; the area's own words are user memory and may say anything.
 */
import type { Errno } from './abi.js';
import type { KernelFeatures } from './features.js';
import type { RseqFilter } from './seccomp.js';

/** Where a task runs now: CPU, its NUMA node, and the concurrency id within the address space. */
export interface TaskIds {
  readonly cpu: number;
  readonly node: number;
  readonly cid: number;
}

/** A registration. Immutable; `null` in its place means unregistered. */
export interface RseqSlot {
  readonly area: bigint;
  readonly len: number;
  readonly sig: number;
  /** The ids last stored in the area, kept only where stores happen on change (6.19 and later). */
  readonly stored: TaskIds | null;
  /** The slice extension is switched on for this task (7.0). */
  readonly slice: boolean;
}

/** The rseq part of a task. A fuller task type may extend it; every procedure hands back the type it was given. */
export interface RseqTask {
  readonly slot: RseqSlot | null;
  /** Pending events as `eventBit`s; they stay until a critical section consumes them. */
  readonly pending: number;
  /** A refresh is due before the task next runs user code (TIF_NOTIFY_RESUME). */
  readonly notify: boolean;
  readonly ids: TaskIds;
  /** Seccomp filters that look at the call, in the order of installation. */
  readonly filters: readonly RseqFilter[];
}

/** A task that has just been made, on the given CPU, unregistered. */
export function freshTask(ids: TaskIds = { cpu: 0, node: 0, cid: 0 }): RseqTask {
  return { slot: null, pending: 0, notify: false, ids, filters: [] };
}

/** What a task can see of a call: a value, an errno, or a signal instead of either. */
export type CallOutcome =
  | { readonly ret: number }
  | { readonly err: Errno }
  | { readonly signal: 'SIGSEGV' | 'SIGSYS'; readonly why: string };

/** The rules that hold for one registration: those of the release, or from 7.1 the older ones again when it is 32 bytes long. */
export interface SlotRules {
  readonly idStores: KernelFeatures['idStores'];
  readonly sectionChecks: KernelFeatures['sectionChecks'];
  readonly sectionTrigger: KernelFeatures['sectionTrigger'];
  readonly enforced: boolean;
  readonly slice: boolean;
}

/**
 * The rules for a registration of `len` bytes.
 *
 * @source Documentation/userspace-api/rseq.rst (7.1): legacy and v2 registrations
 */
export function slotRules(features: KernelFeatures, len: number): SlotRules {
  if (!features.modeByLength) {
    const { idStores, sectionChecks, sectionTrigger } = features;
    return {
      idStores,
      sectionChecks,
      sectionTrigger,
      enforced: features.debug === 'kills',
      slice: features.sliceExtension,
    };
  }
  const legacy = len === 32;
  return legacy
    ? { idStores: 'every-refresh', sectionChecks: 'all', sectionTrigger: 'every-return', enforced: false, slice: false }
    : { idStores: 'on-change', sectionChecks: 'minimal', sectionTrigger: 'from-user', enforced: true, slice: true };
}
