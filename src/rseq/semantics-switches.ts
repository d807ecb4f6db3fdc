/**
 * The switches of a libc's rseq semantics explained: what each decides and where libc decides it. In glibc:
 * sysdeps/unix/sysv/linux/rseq-internal.h and its callers.
 *
 * What can go wrong: a switch explained by its type alone; each row says what a program can notice.
 */
import type { RseqSemantics, SwitchName, SwitchValue } from './semantics.js';

/** A switch explained. */
export interface SemanticsSwitch {
  readonly name: SwitchName;
  readonly meaning: string;
  /** Every value it can have. */
  readonly values: readonly SwitchValue[];
  readonly source: string;
}

type Explained<N extends SwitchName> = readonly [meaning: string, values: readonly RseqSemantics[N][], source: string];

const switches: { readonly [N in SwitchName]: Explained<N> } = {
  mainAt: [
    'where in process life the main thread registers',
    [
      'never',
      'thread-pointer',
      'before-relocation',
      'early-init',
      'preinit',
      'libpthread-init',
      'libc-init',
      'start-main',
      'main',
    ],
    'sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp; csu/libc_early_init.c and csu/libc-start.c of the trees before',
  ],
  guard: [
    "which libc copies register the main thread: all; the first by early initialisation's argument; the one in the base namespace by its own address; all but those of a static program's dlopen (rtld_active); those with __libc_multiple_libcs clear, as upstream or as Fedora computes it",
    ['none', 'initial', 'base-namespace', 'rtld-active', 'multiple-libcs', 'multiple-libcs-fedora'],
    'csu/libc_early_init.c:__libc_early_init; csu/init-first.c:_init; sysdeps/generic/ldsodefs.h:rtld_active',
  ],
  staticAt: [
    'where a static program registers; its IFUNC resolvers run before',
    ['never', 'thread-pointer', 'libpthread-init', 'after-tls', 'early-init', 'constructors'],
    'csu/libc-start.c:__libc_start_main; csu/libc-tls.c:__libc_setup_tls',
  ],
  area: [
    'where the area lies',
    ['none', 'rseq_abi', 'tcb', 'extra-tls'],
    'nptl/descr.h:struct pthread; elf/dl-tls.c:_dl_determine_tlsoffset',
  ],
  areaIn: [
    'which library defines __rseq_abi; without libpthread in the program there is then none',
    ['libc', 'libpthread'],
    'nptl/rseq.c of v1 to v4; csu/rseq.c since',
  ],
  ownerFlag: [
    'who exports __rseq_handled; a flag in libc is one in each namespace',
    ['none', 'ldso', 'libc'],
    'csu/libc-start.c of v10; elf/rtld.c of v11 and v12',
  ],
  ownerFlagAt: [
    'when the flag is set: by ld.so in its own copy, whoever has captured the name, or between relocation and constructors, or by libc right before it registers',
    ['never', 'before-relocation', 'after-relocation', 'registration'],
    'csu/libc-start.c of v10; elf/rtld.c:dl_main of v12',
  ],
  ownerFlagStates: [
    'what the flag can say: 0 and 1, or UNSET 0, PREINIT 1, LIBC 2, OVERRIDE 3: a library takes UNSET, a preloaded one PREINIT too, and libc leaves all threads alone while the flag says OVERRIDE',
    ['handled', 'four'],
    'Desnoyers, linux-api 2019-06-04',
  ],
  userCount: [
    "users of a thread's area count themselves; only the first makes the call. In the area, the count lies where Linux 6.3 and later keep the node number",
    ['none', 'beside-area', 'in-area'],
    'nptl/rseq.c of v1 to v7',
  ],
  registerState: [
    'a state of each thread forbids a registration within another one and after libc is done with the thread',
    [false, true],
    'sysdeps/unix/sysv/linux/rseq-internal.h of v6 and v7',
  ],
  sizeSymbols: [
    'ld.so exports __rseq_offset, __rseq_size and __rseq_flags',
    [false, true],
    'sysdeps/unix/sysv/linux/dl-rseq-symbols.S',
  ],
  sizeSays: [
    '__rseq_size after a success, in bytes',
    ['none', 20, 32, 'feature-size'],
    'sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp',
  ],
  presets: [
    'what is stored into the area right before the call; without it a reused stack shows the bytes of the thread before',
    ['nothing', 'fields', 'whole-area'],
    'sysdeps/unix/sysv/linux/rseq-internal.h:rseq_register_current_thread',
  ],
  tunable: ['glibc.pthread.rseq switches registration off', [false, true], 'sysdeps/nptl/dl-tunables.list'],
  whenInitialised: [
    'what an area whose cpu_id is not -1 before the call means: nothing, that somebody has registered it, or the end of the process',
    ['call', 'adopt', 'fatal'],
    'sysdeps/unix/sysv/linux/rseq-internal.h of 0c76fc3c2b',
  ],
  failedGivesUp: [
    'a thread marked as failed (cpu_id -2) makes no call',
    [false, true],
    'sysdeps/unix/sysv/linux/rseq-internal.h of the patch series',
  ],
  onMainRefusal: [
    'how a refusal of the main thread is taken',
    ['ignore', 'mark', 'mark-unless-busy', 'fatal', 'fatal-unless-absent'],
    'sysdeps/unix/sysv/linux/rseq-internal.h:rseq_register_current_thread',
  ],
  threads: ['which new threads register', ['never', 'always', 'inherit'], 'nptl/pthread_create.c:start_thread'],
  threadGuard: [
    'which libc copies register the threads they create; values as of guard',
    ['none', 'initial', 'base-namespace', 'rtld-active', 'multiple-libcs', 'multiple-libcs-fedora'],
    'nptl/pthread_create.c:start_thread, where no version of the series had one',
  ],
  onThreadRefusal: [
    'how the refusal of a new thread is taken',
    ['ignore', 'mark', 'mark-unless-busy', 'fatal', 'fatal-unless-absent'],
    'nptl/pthread_create.c:start_thread',
  ],
  atThreadEnd: [
    'what a thread that ends does about its registration',
    ['nothing', 'unregister', 'unregister-or-abort', 'unregister-last', 'counts-again'],
    'nptl/pthread_create.c:start_thread',
  ],
};

/** Every switch, in the order of the semantics. */
export const semanticsSwitches: readonly SemanticsSwitch[] = (Object.keys(switches) as SwitchName[]).map((name) => {
  const [meaning, values, source] = switches[name];
  return { name, meaning, values, source };
});
