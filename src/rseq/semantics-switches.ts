/**
 * The switches of a libc's rseq semantics explained: what each decides and where libc decides it. In glibc:
 * sysdeps/unix/sysv/linux/rseq-internal.h and its callers.
 *
 * What can go wrong: a switch explained by its type alone; each row says what a program can notice.
 */
import type { SwitchName } from './semantics.js';

/** A switch explained. */
export interface SemanticsSwitch {
  readonly name: SwitchName;
  readonly meaning: string;
  readonly source: string;
}

const switches: { readonly [N in SwitchName]: readonly [meaning: string, source: string] } = {
  mainAt: [
    'where in process life the main thread registers',
    'sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp; csu/libc_early_init.c and csu/libc-start.c of the trees before',
  ],
  initialOnly: [
    'only the libc of the base namespace registers the main thread',
    'csu/libc_early_init.c:__libc_early_init',
  ],
  staticAt: [
    'where a static program registers; its IFUNC resolvers run before',
    'csu/libc-start.c:__libc_start_main; csu/libc-tls.c:__libc_setup_tls',
  ],
  area: ['where the area lies', 'nptl/descr.h:struct pthread; elf/dl-tls.c:_dl_determine_tlsoffset'],
  handledFlag: ['ld.so exports __rseq_handled and sets it before constructors', 'elf/rtld.c:dl_main of patch v12'],
  sizeSymbols: [
    'ld.so exports __rseq_offset, __rseq_size and __rseq_flags',
    'sysdeps/unix/sysv/linux/dl-rseq-symbols.S',
  ],
  sizeSays: ['__rseq_size after a success, in bytes', 'sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp'],
  presets: [
    'what is stored into the area right before the call; without it a reused stack shows the bytes of the thread before',
    'sysdeps/unix/sysv/linux/rseq-internal.h:rseq_register_current_thread',
  ],
  tunable: ['glibc.pthread.rseq switches registration off', 'sysdeps/nptl/dl-tunables.list'],
  mustBeUninitialised: [
    'an area whose cpu_id is not -1 before the call ends the process',
    'sysdeps/unix/sysv/linux/rseq-internal.h of 0c76fc3c2b',
  ],
  failedGivesUp: [
    'a thread marked as failed (cpu_id -2) makes no call',
    'sysdeps/unix/sysv/linux/rseq-internal.h of the patch series',
  ],
  onMainRefusal: [
    'how a refusal of the main thread is taken',
    'sysdeps/unix/sysv/linux/rseq-internal.h:rseq_register_current_thread',
  ],
  threads: ['which new threads register', 'nptl/pthread_create.c:start_thread'],
  onThreadRefusal: ['how the refusal of a new thread is taken', 'nptl/pthread_create.c:start_thread'],
  atThreadEnd: ['what a thread that ends does about its registration', 'nptl/pthread_create.c:start_thread'],
};

/** Every switch, in the order of the semantics. */
export const semanticsSwitches: readonly SemanticsSwitch[] = (Object.keys(switches) as SwitchName[]).map((name) => {
  const [meaning, source] = switches[name];
  return { name, meaning, source };
});
