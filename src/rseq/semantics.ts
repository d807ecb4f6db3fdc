/**
 * What a libc does about rseq: a set of switches and, at the named points of process life, what it calls and how it takes each
 * refusal. Real releases, the patch of the thread and what people proposed in reply are all rows of this one form.
 *
 * What can go wrong: a proposal that cannot be said with these switches. Then a switch is missing; the algorithm is not the place.
 */

/** Where in process life the main thread registers (points of the record: D2/D5, D9, D10, D11). */
export type RegistersAt = 'never' | 'thread-pointer' | 'early-init' | 'libpthread-init' | 'start-main';

/** What a refused registration does to the caller. `mark`: cpu_id = -2 and on; `mark-unless-busy`: EBUSY counts as success. */
export type OnRefusal = 'mark' | 'mark-unless-busy' | 'fatal' | 'fatal-unless-absent';

export interface RseqSemantics {
  /** The number in the record (L-08), and the name a scenario uses (`patch-v12`). */
  readonly id: string;
  readonly name: string;
  readonly statement: string;
  readonly source: string;
  readonly mainAt: RegistersAt;
  /** Only the base namespace's libc registers the main thread. */
  readonly initialOnly: boolean;
  /** A static program registers: when its thread pointer is set, before or after its resolvers ran. */
  readonly staticAt: 'never' | 'thread-pointer' | 'after-tls' | 'early-init';
  /** Where the area lies: an exported thread-local `__rseq_abi`, the thread control block, or the extra TLS block. */
  readonly area: 'none' | 'rseq_abi' | 'tcb' | 'extra-tls';
  /** `__rseq_handled` exists in ld.so and is set before constructors. */
  readonly handledFlag: boolean;
  /** `__rseq_size`, `__rseq_offset`, `__rseq_flags` exist. */
  readonly sizeSymbols: boolean;
  /** What `__rseq_size` says after success: a constant, or the kernel's feature size. */
  readonly sizeSays: 20 | 32 | 'feature-size' | 'none';
  /** What libc stores into the area right before the call: nothing, the four fields the kernel reads (cpu_id -1), or all of it. */
  readonly presets: 'nothing' | 'fields' | 'whole-area';
  /** `glibc.pthread.rseq` exists. */
  readonly tunable: boolean;
  /** An area whose cpu_id is not -1 before the call is fatal. */
  readonly mustBeUninitialised: boolean;
  /** A thread marked failed gives up without a call. */
  readonly failedGivesUp: boolean;
  readonly onMainRefusal: OnRefusal;
  /** Which new threads register: all, those whose creator's cpu_id is not negative, or none. */
  readonly threads: 'never' | 'always' | 'inherit';
  readonly onThreadRefusal: OnRefusal;
  /**
   * What a thread does as it ends. `counts-again`: v4 calls the register routine instead, which finds the count raised and
   * makes no call.
   */
  readonly atThreadEnd: 'nothing' | 'unregister-or-abort' | 'counts-again';
}

/** The name of a switch. */
export type SwitchName = Exclude<keyof RseqSemantics, 'id' | 'name' | 'statement' | 'source'>;

/** Any value of any switch. */
export type SwitchValue = RseqSemantics[SwitchName];
