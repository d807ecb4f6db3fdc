/**
 * What a libc does about rseq: a set of switches and, at the named points of process life, what it calls and how it takes each
 * refusal. Real releases, the patch of the thread and what people proposed in reply are all rows of this one form.
 *
 * What can go wrong: a proposal that cannot be said with these switches. Then a switch is missing; the algorithm is not the place.
 */

/**
 * Where in process life the main thread registers, in the order of a start (points of the record: D2 or D5, before D7, D9, in D10
 * ahead of the preinit array, in D10 among the constructors, D11, D12).
 */
export type RegistersAt =
  | 'never'
  | 'thread-pointer'
  | 'before-relocation'
  | 'early-init'
  | 'preinit'
  | 'libpthread-init'
  | 'libc-init'
  | 'start-main'
  | 'main';

/** Where a static program registers (S1, after it, S3, S5). */
export type StaticAt = 'never' | 'thread-pointer' | 'libpthread-init' | 'after-tls' | 'early-init' | 'constructors';

/** How a libc copy finds out that it is not the one of the program, and stays away. */
export type Guard = 'none' | 'initial' | 'base-namespace' | 'rtld-active' | 'multiple-libcs' | 'multiple-libcs-fedora';

/** What a refused registration does. `mark`: cpu_id = -2 and on; `mark-unless-busy`: EBUSY counts as success. */
export type OnRefusal = 'ignore' | 'mark' | 'mark-unless-busy' | 'fatal' | 'fatal-unless-absent';

export interface RseqSemantics {
  /** The number in the record (L-08), and the name a scenario uses (`patch-v12`). */
  readonly id: string;
  readonly name: string;
  readonly statement: string;
  readonly source: string;
  readonly mainAt: RegistersAt;
  /** Which libc copies register the main thread at that point. */
  readonly guard: Guard;
  /** A static program registers: when its thread pointer is set, before or after its resolvers ran. */
  readonly staticAt: StaticAt;
  /** Where the area lies: an exported thread-local `__rseq_abi`, the thread control block, or the extra TLS block. */
  readonly area: 'none' | 'rseq_abi' | 'tcb' | 'extra-tls';
  /** The library that defines `__rseq_abi`. */
  readonly areaIn: 'libc' | 'libpthread';
  /** `__rseq_handled` exists, in ld.so or in libc. */
  readonly ownerFlag: 'none' | 'ldso' | 'libc';
  /**
   * When it is set: by ld.so in its own copy before it relocates itself again, by ld.so between relocation and constructors, or
   * by libc right before it registers.
   */
  readonly ownerFlagAt: 'never' | 'before-relocation' | 'after-relocation' | 'registration';
  /** What it can say: 0 and 1, or UNSET 0, PREINIT 1, LIBC 2, OVERRIDE 3. */
  readonly ownerFlagStates: 'handled' | 'four';
  /** Users of a thread's area count themselves: the first registers it, the last takes it back. */
  readonly userCount: 'none' | 'beside-area' | 'in-area';
  /** A per-thread state (ALLOWED, ONGOING, EXITING) forbids to register in between and at the end. */
  readonly registerState: boolean;
  /** `__rseq_size`, `__rseq_offset`, `__rseq_flags` exist. */
  readonly sizeSymbols: boolean;
  /** What `__rseq_size` says after success: a constant, or the kernel's feature size. */
  readonly sizeSays: 20 | 32 | 'feature-size' | 'none';
  /** What libc stores into the area right before the call: nothing, the four fields the kernel reads (cpu_id -1), or all of it. */
  readonly presets: 'nothing' | 'fields' | 'whole-area';
  /** `glibc.pthread.rseq` exists. */
  readonly tunable: boolean;
  /** An area whose cpu_id is not -1 before the call: call all the same, take it for registered, or end the process. */
  readonly whenInitialised: 'call' | 'adopt' | 'fatal';
  /** A thread marked failed gives up without a call. */
  readonly failedGivesUp: boolean;
  readonly onMainRefusal: OnRefusal;
  /** Which new threads register: all, those whose creator's cpu_id is not negative, or none. */
  readonly threads: 'never' | 'always' | 'inherit';
  /** Which libc copies register the threads they create. */
  readonly threadGuard: Guard;
  readonly onThreadRefusal: OnRefusal;
  /**
   * What a thread does as it ends. `counts-again`: v4 calls the register routine instead, which finds the count raised and
   * makes no call. `unregister-last`: only when nobody else counts itself as a user.
   */
  readonly atThreadEnd: 'nothing' | 'unregister' | 'unregister-or-abort' | 'unregister-last' | 'counts-again';
}

/** The name of a switch. */
export type SwitchName = Exclude<keyof RseqSemantics, 'id' | 'name' | 'statement' | 'source'>;

/** Any value of any switch. */
export type SwitchValue = RseqSemantics[SwitchName];

/**
 * A semantics made from another: what `changes` says, and all else as in `base`. Its number is its name unless `changes` brings
 * one, and its source says where it came from.
 */
export function amend<S extends RseqSemantics>(base: S, changes: NoInfer<Partial<S> & Pick<S, 'name'>>): S {
  return { ...base, id: changes.name, source: `${base.name}, amended`, ...changes };
}
