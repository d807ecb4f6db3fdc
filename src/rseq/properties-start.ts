/**
 * Properties about the start of a process: who holds the main thread when, and which libc takes itself for the first. In glibc:
 * elf/rtld.c, csu/libc-start.c, csu/libc_early_init.c.
 *
 * What can go wrong: reading the owner off the area. A rival that registers the shared `__rseq_abi` holds the slot though the
 * area is libc's.
 */
import {
  broken,
  forked,
  isStatic,
  isUse,
  kernelSaysNo,
  libcIntends,
  type Property,
  registers,
  rseqCall,
} from './properties-form.js';

export const noSilentTakeover: Property = {
  id: 'P-01',
  name: 'no-silent-takeover',
  statement:
    'whenever libc in the base namespace means to own rseq, nobody else holds the slot of the main thread when __libc_start_main is entered',
  who: 'Desnoyers',
  where: 'seed thread 2019-09-13; linux-api 2019-05-31 and 2019-06-04',
  source: 'ownership-proposals P-01',
  observed:
    "At D11, which shows as the first of: libc's own call for the main thread where the semantics makes it in __libc_start_main; DT_INIT, a constructor or main of the executable. Broken when the main thread's registration is then one that an object other than libc made and has not taken back, in a world where libc means to own. Whoever made the call counts as the owner, also when the area is the shared __rseq_abi and libc would adopt it.",
  begin: '',
  observe(memory, event, facts) {
    if (memory === 'passed' || event.t !== 1) return memory;
    if (!libcIntends(facts)) return 'passed';
    const call = rseqCall(event);
    const own = ['init', 'ctor', 'main'].includes(event.kind) && event.obj === 'exe';
    const libcAtStart = call?.command === 'register' && event.obj === 'libc' && facts.semantics.mainAt === 'start-main';
    if (own || (libcAtStart && !isStatic(facts))) return memory === '' || memory === 'libc' ? 'passed' : broken;
    if (call?.worked !== true) return memory;
    return call.command === 'register' ? event.obj : '';
  },
  culprit(events, at) {
    const taken = events.findLastIndex((event, i) => i <= at && event.t === 1 && registers(event));
    return taken < 0 ? at : taken;
  },
};

export const outermostOwner: Property = {
  id: 'P-02',
  name: 'outermost-owner',
  statement:
    "if any libc owns the slot of a thread of the base program, it is the base libc with its own area, never an auditor's or a dlmopened one",
  who: 'Weimer',
  where: 'seed thread 2019-09-11; linux-api 2019-06-04 and 2020-04-27',
  source: 'ownership-proposals P-02',
  observed:
    "At each registration by libc that works, in the main thread and in threads that the base libc made (a thread made through an inner libc is that libc's own and does not count). Broken when the area registered is a variable of another namespace.",
  begin: '',
  observe(memory, event) {
    const { ns } = event;
    if (ns === undefined || event.obj !== 'libc') return memory;
    const ofBaseProgram = event.t === 1 || ns.thread === 0;
    return ofBaseProgram && ns.area !== 0 ? broken : memory;
  },
};

/** Places of the main thread's registration that a program may never reach, or that come with main itself. */
const notBeforeMain: ReadonlySet<string> = new Set(['libpthread-init', 'main']);

const constructions: ReadonlySet<string> = new Set(['init', 'ctor', 'main']);

export const innerDetectionSound: Property = {
  id: 'P-03',
  name: 'inner-detection-sound',
  statement:
    'the predicate by which a libc finds out that it is an inner one is true exactly for libcs that are not the initial one, wherever it is read',
  who: 'Weimer',
  where: 'linux-api 2019-06-12; seed thread',
  source: 'ownership-proposals P-03',
  observed:
    'At what the predicate leads to. Broken when an inner libc registers the main thread for its own area (it took itself for the first); when main of a program whose libc means to own begins and the base libc never made the call for the main thread (it took itself for an inner one); and when user code begins in a namespace whose libc was told by the loader what it is, and was told wrongly.',
  looks: ['libc'],
  begin: '',
  observe(memory, event, facts) {
    if (event.ns !== undefined && event.t === 1 && event.obj === 'libc' && event.ns.area !== 0) return broken;
    if (constructions.has(event.kind)) {
      const libc = event.looks?.libc;
      if (libc !== undefined && libc !== null && libc.told > 0 && libc.base !== libc.initial) return broken;
    }
    if (memory === 'tried' || event.t !== 1) return memory;
    if (event.obj === 'libc' && rseqCall(event)?.command === 'register') return 'tried';
    if (event.kind !== 'main' || !libcIntends(facts)) return memory;
    return notBeforeMain.has(facts.semantics.mainAt) ? memory : broken;
  },
};

/** An action that asks for rseq, by whatever protocol. */
const asking: ReadonlySet<string> = new Set([
  'claim',
  'claim_abi',
  'claim_handled',
  'claim_busy_ok',
  'claim_note',
  'claimant',
  'rseq',
]);

export const noLostService: Property = {
  id: 'P-04',
  name: 'no-lost-service',
  statement:
    'if the kernel allows rseq and somebody is there who wants it, the thread is registered by somebody before its first use',
  who: 'Desnoyers',
  where: 'seed thread 2019-09-13 ("with older glibc"); linux-api 2019-06-04',
  source: 'ownership-proposals P-04',
  observed:
    'Somebody wants rseq in a thread where libc means to own (main thread), or where a claimant acted, be it that it left rseq to another. The first use is the first read of rseq_info or handled_info in that thread. Broken when such a thread has no registration then. A world in which a filter is installed or the call is absent passes.',
  liveness:
    'the deadline is the first use, or the end of the thread or of main where nobody reads; a run that ends before leaves the property intact',
  begin: '',
  observe(memory, event, facts, threads) {
    if (memory === 'passed') return memory;
    if (kernelSaysNo(event, facts)) {
      threads.forgetAll();
      return 'passed';
    }
    const { t, kind } = event;
    const state = threads.of(t) ?? (t === 1 && libcIntends(facts) ? 'wanted' : null);
    const child = forked(event);
    if (child !== undefined) threads.keep(child, state);
    const call = rseqCall(event);
    if (call !== undefined && (call.worked || event.result === 'EBUSY')) {
      threads.keep(t, 'held');
      return memory;
    }
    if (isUse(event) || kind === 'thread.end' || kind === 'main.ret') return state === 'wanted' ? broken : memory;
    if (state === null && asking.has(kind) && event.obj !== 'libc') threads.keep(t, 'wanted');
    return memory;
  },
};

/** Events with which user code begins, other than a resolver; what a resolver calls begins with none of them. */
const beginnings: ReadonlySet<string> = new Set(['preinit', 'init', 'ctor', 'main', 'thread.begin']);

export const userCodeAfterInit: Property = {
  id: 'P-05',
  name: 'user-code-after-init',
  statement: "no user code except IFUNC resolvers runs before libc's registration point",
  who: 'Weimer',
  where: 'seed thread 2019-09-13; linux-api 2020-04-30',
  source: 'ownership-proposals P-05',
  observed:
    "In a world where libc means to own, until libc's first call for the main thread, whatever its answer. Broken by the first user code before it that is no IFUNC resolver: a constructor, DT_INIT, preinit entry, thread body or main, or a callback of an audit module.",
  begin: '',
  observe(memory, event, facts) {
    if (memory === 'passed') return memory;
    if (!libcIntends(facts)) return 'passed';
    if (event.t === 1 && event.obj === 'libc' && event.kind === 'rseq') return 'passed';
    const isUserCode = beginnings.has(event.kind) || event.kind.startsWith('la_');
    return isUserCode ? broken : memory;
  },
};

export const idempotentEarlyInit: Property = {
  id: 'P-15',
  name: 'idempotent-early-init',
  statement: 'each libc instance is initialised exactly once per load of that instance',
  who: 'Weimer',
  where: 'commit text of glibc 51b72ac04b',
  source: 'ownership-proposals P-15',
  observed:
    'In releases whose loader initialises each libc early, when user code of a namespace begins; in the base namespace that of the executable, since a resolver may open libraries before. Broken when the libc of that namespace was then told nothing, or told twice.',
  looks: ['libc'],
  begin: '',
  observe(memory, event, { earlyInit }) {
    if (earlyInit !== true || !constructions.has(event.kind)) return memory;
    const libc = event.looks?.libc;
    if (libc === undefined || libc === null) return memory;
    const due = !libc.base || event.obj === 'exe';
    return libc.told > 1 || (due && libc.told === 0) ? broken : memory;
  },
};

export const startProperties: readonly Property[] = [
  noSilentTakeover,
  outermostOwner,
  innerDetectionSound,
  noLostService,
  userCodeAfterInit,
  idempotentEarlyInit,
];
