/**
 * What libc and the kernel know of processes and threads: the process table entry, the thread control block (`struct pthread`),
 * and the private state of each libc copy. In glibc: nptl/descr.h:struct pthread, stdlib/cxa_atexit.c, nptl/pthread_keys.c,
 * nptl/register-atfork.c. Each namespace has its own libc with its own lists, while the thread control block is shared.
 *
 * What can go wrong: putting into a libc copy what belongs to the thread. TSD values are in the TCB, key tables are per libc.
 */
import { freshTask, type RseqTask } from '../kernel/task.js';
import { component } from '../machine/component.js';
import type { Cpu } from '../machine/cpu.js';

/** How a process ended: by exit with a status, or by a signal. */
export interface ProcessEnd {
  how: 'exit' | 'signal';
  what: string;
}

export interface Process {
  /** The process that forked this one; 0 for the first. */
  parent: number;
  /** Threads whose tasks still exist, oldest first. */
  threads: number[];
}

export const processOf = component<Process>('process', 'process', { parent: 0, threads: [] });

/**
 * Whether and how a process has ended. Apart from the process itself: every step of a thread depends on it, and on nothing else of the
 * process, such as who else is alive.
 */
export const processEndOf = component<{ end: ProcessEnd | null }>('end', 'process', { end: null });

/** Numbers given out so far; a process has the number of its first thread. */
export interface Ids {
  next: number;
  processes: number[];
}

export const idsOf = component<Ids>('ids', 'world', { next: 1, processes: [] });

/** A function registered to run later, in the object it belongs to. */
export interface Registered {
  map: number;
  /** Place of its action list in the described object. */
  body: string;
  /** How the event that says it ran is called, and its detail. */
  kind: string;
  detail: string;
}

export interface ExitEntry extends Registered {
  /** The object on whose finalisation it runs; null for on_exit, and for an executable with no address of its own. */
  dso: number | null;
}

export interface Key {
  dtor: Registered | null;
  seq: number;
}

export interface Atfork {
  map: number;
  dso: number | null;
  name: string;
  prepare: string;
  parent: string;
  child: string;
}

/** One libc copy, by the link map of its libc.so. */
export interface LibcCopy {
  exitList: (ExitEntry | 'loader-fini' | 'executable-fini')[];
  quickExitList: ExitEntry[];
  keys: (Key | null)[];
  atfork: Atfork[];
  /** The object whose `__rseq_abi` this copy uses; null when it refers to none. */
  abi: number | null;
  /** The libpthread.so.0 beside this copy, while threads live apart; 0 before it is initialised. */
  libpthread: number;
  /** dlerror's own key: not asked for yet, none to be had (a static buffer serves), or its index. */
  dlerrorKey: number | 'none' | null;
  /** libgcc_s.so.1 is loaded, for unwinding. */
  unwinder: boolean;
  /** `__libc_initial`; before 2.33 nothing reads it. */
  initial: boolean;
  /** How often the loader has told it whether it is the first libc; once, if all is well. */
  told: number;
  /** Threads of this copy, as `__nptl_nthreads` counts them. */
  threads: number;
}

export const libcsOf = component<{ copies: Record<number, LibcCopy> }>('libc', 'process', { copies: {} });

/** pthread_key_create: the lowest free index; an odd sequence number marks it as taken. */
export function createKey(copy: LibcCopy, dtor: Registered | null): { index: number; seq: number } {
  const free = copy.keys.findIndex((k) => k === null || k.seq % 2 === 0);
  const index = free < 0 ? copy.keys.length : free;
  const seq = (copy.keys[index]?.seq ?? 0) + 1;
  copy.keys[index] = { dtor, seq };
  return { index, seq };
}

/** The copy whose libc.so is link map `id`. */
export function libcCopy(cpu: Cpu, id: number, edit: boolean): LibcCopy {
  const copy = (edit ? cpu.edit(libcsOf) : cpu.read(libcsOf)).copies[id];
  if (copy === undefined) throw new Error(`invariant: no libc is mapped as ${id}`);
  return copy;
}

export function freshLibc(): LibcCopy {
  return {
    exitList: [],
    quickExitList: [],
    keys: [],
    atfork: [],
    abi: null,
    libpthread: 0,
    dlerrorKey: null,
    unwinder: false,
    initial: false,
    told: 0,
    threads: 1,
  };
}

/** A thread-local destructor that waits for its thread's end. */
export interface TlsDtor extends Registered {
  /** The libc copy whose list it is on. */
  libc: number;
  /** The object it keeps loaded. */
  dso: number;
}

/** What one thread keeps in its control block and on its stack. */
export interface Tcb {
  /** Which stack, and so which addresses; a forked child keeps its parent's. */
  slot: number;
  /** The libc copy that created the thread. */
  libc: number;
  tlsDtors: TlsDtor[];
  tsd: (TsdValue | null)[];
  /** `specific_used`: a key was set since the last look. */
  tsdUsed: boolean;
  doRseq: boolean;
  /** v12's local variable in start_thread: this thread registered. */
  hasRseq: boolean;
  detached: boolean;
  isMain: boolean;
  /** How often this thread holds dl_load_lock, and dl_load_tls_lock. */
  loadLock: number;
  tlsLock: number;
  /** A thread-local block of this thread came out of ld.so's own malloc, which serves until libc's is there. */
  earlyBlock: boolean;
  /** Values set by the claim protocols, by object and area: a note, or a count. */
  marks: Record<string, boolean | number>;
}

export interface TsdValue {
  seq: number;
  /** Set by dlerror, which can read it; a program's value is nothing that dlerror could use. */
  dlerror: boolean;
}

export const tcbOf = component<Tcb>('tcb', 'thread', {
  slot: 0,
  libc: 0,
  tlsDtors: [],
  tsd: [],
  tsdUsed: false,
  doRseq: false,
  hasRseq: false,
  detached: false,
  isMain: false,
  loadLock: 0,
  tlsLock: 0,
  earlyBlock: false,
  marks: {},
});

export interface TaskState extends RseqTask {
  robust: boolean;
}

export const taskOf = component<TaskState>('task', 'thread', { ...freshTask(), robust: false });

/** dl_load_tls_lock (2.35 and later): held while objects are mapped and relocated; recursive as the other. */
export const tlsLockOf = component<{ held: boolean }>('dl_load_tls_lock', 'process', { held: false });

/** dl_load_lock: recursive; its holder's depth stands in the holder's TCB. */
export const loadLockOf = component<{ held: boolean }>('dl_load_lock', 'process', { held: false });

/** Whether another thread is mapping or relocating, so that what needs the TLS lock must wait. */
export function tlsLockTaken(cpu: Cpu): boolean {
  return cpu.read(tlsLockOf).held && cpu.read(tcbOf).tlsLock === 0;
}
