/**
 * Who wants rseq beside librseq: tcmalloc, tracers, user-space RCU, applications and schedulers of fibers. In tcmalloc:
 * internal/percpu.cc; in liburcu and lttng-ust: the rseq branches, which were never merged.
 *
 * What can go wrong: EBUSY. It says that the same area is registered, so a party that takes it for success shares a registration
 * that somebody else will take back.
 */
import { type ClaimantProtocol, plainRule, stepsOf } from './claimants-form.js';

export const countingAllocator: ClaimantProtocol = {
  id: 'C-09',
  name: 'tcmalloc-2020',
  period: '2020-02-07 to 2021-03',
  statement: 'the first use decides fast or slow mode for all threads; threads count in the shared __rseq_refcount',
  source: 'tcmalloc 0b8b843c tcmalloc/internal/percpu.cc',
  when: 'lazily, at first per-CPU use in a thread',
  decides: 'the shared count, then the answer of the call; the first answer holds for the process',
  undo: 'never; in slow mode it writes "unsupported" into cpu_id itself',
  lives: 'most often linked into the executable; never dlopened',
  area: 'abi',
  rule: {
    ...plainRule,
    once: 'first-try',
    guard: 'flag-last',
    asks: 'shared-count',
    onRefusal: 'mode',
    stores: 'unsupported',
  },
  actions: stepsOf('C-09', 'abi', {}),
};

export const askingAllocator: ClaimantProtocol = {
  ...countingAllocator,
  id: 'C-10',
  name: 'tcmalloc-2021',
  period: '2021-03-24 to 2023-09',
  statement: 'as C-09 without a count: a cpu_id that is not negative means that the thread is registered',
  source: 'tcmalloc 7d97898f tcmalloc/internal/percpu.cc',
  decides: 'cpu_id of __rseq_abi, then the answer of the call; the first answer holds for the process',
  rule: {
    ...plainRule,
    once: 'first-try',
    guard: 'flag-last',
    asks: 'cpu-id',
    onRefusal: 'mode',
    stores: 'unsupported',
  },
  actions: stepsOf('C-10', 'abi', {}),
};

export const slabAllocator: ClaimantProtocol = {
  ...askingAllocator,
  id: 'C-11',
  name: 'tcmalloc-2023',
  period: '2023-09 on',
  statement: 'as C-10, and keeps a slab pointer over cpu_id_start, which the kernel must write anew at each preemption',
  source: 'tcmalloc b9eab9f3, 58c40a3b, fce3f55d tcmalloc/internal/percpu.cc, percpu.h',
  decides: 'cpu_id of __rseq_abi, asked again with signals blocked, then the answer of the call',
  undo: 'never; in slow mode it writes "unsupported" into cpu_id itself, in fast mode the slab pointer',
  rule: {
    ...plainRule,
    once: 'first-try',
    guard: 'flag-last',
    asks: 'cpu-id',
    onRefusal: 'mode',
    signals: 'blocked',
    stores: 'slab',
  },
  actions: stepsOf('C-11', 'abi', {}),
};

export const tracer: ClaimantProtocol = {
  id: 'C-12',
  name: 'lttng-ust-2017',
  period: '2016-09 to 2019-01, branches only',
  statement: 'registers the shared __rseq_abi in each thread; EBUSY counts as success',
  source: 'lttng-ust-dev aee06ea0, 74d02f46',
  when: 'the library constructor, and lazily in each thread',
  decides: 'the answer of the call; EBUSY is taken for success',
  undo: 'modelled as that of C-13, since its own is not recorded',
  lives: 'LD_PRELOAD, or a provider that is dlopened',
  area: 'abi',
  actions: { act: [{ op: 'claim_busy_ok', area: 'abi' }], undo: [] },
};

export const busyTolerant: ClaimantProtocol = {
  id: 'C-13',
  name: 'urcu-2017',
  period: '2017-10-16 to 2019-01, branches only',
  statement: 'registers the shared __rseq_abi lazily; EBUSY counts as success, and a key destructor unregisters',
  source: 'userspace-rcu-dev e423e4a, 78861d5',
  when: 'first use in each thread',
  decides: 'the answer of the call; EBUSY is taken for success',
  undo: 'a pthread key destructor unregisters, and aborts when that is refused',
  lives: 'a shared object of the main namespace',
  area: 'abi',
  rule: { ...plainRule, undo: 'always', failedUndo: 'abort' },
  actions: { act: [{ op: 'claim_busy_ok', area: 'abi', undo: 'abort' }], undo: [] },
};

export const noting: ClaimantProtocol = {
  id: 'C-L10',
  name: 'noting',
  period: '2019-09, proposed',
  statement: 'simply tries; a refusal is all it needs to know, and it takes back only what it got',
  source: 'Weimer, seed thread, 2019-09-11 (the claimant that L-10 has in mind)',
  when: 'first use in each thread',
  decides: 'the answer of the call; only success counts',
  undo: 'a pthread key destructor unregisters where the registration worked',
  lives: 'any shared object',
  area: 'tls',
  actions: { act: [{ op: 'claim_note', area: 'tls' }], undo: [] },
};

export const bare: ClaimantProtocol = {
  id: 'C-15',
  name: 'bare',
  period: 'any; a report of 2025',
  statement: 'registers its own area and asks nobody',
  source: 'librseq issue 20 (2025)',
  when: 'where it pleases; in the seed thread, a constructor',
  decides: 'nothing',
  undo: 'none',
  lives: 'an application, in main',
  area: 'tls',
  actions: { act: [{ op: 'rseq', cmd: 'register', area: 'tls' }], undo: [] },
};

export const requests: ClaimantProtocol = {
  id: 'C-16',
  name: 'requested',
  period: 'never shipped',
  statement: 'jemalloc, mimalloc and gperftools were asked for rseq; none shipped a claim',
  source: 'jemalloc issue 1428, mimalloc issue 315, gperftools issue 1042',
  when: 'never',
  decides: 'nothing',
  undo: 'none',
  lives: 'nowhere',
  area: 'tls',
  actions: { act: [], undo: [] },
};

export const fiberScheduler: ClaimantProtocol = {
  id: 'C-17',
  name: 'fiber-scheduler',
  period: '2024 on',
  statement: 'registers each thread of its scheduler by the logic of librseq, and no other thread',
  source: 'librseq issue 17 (userver)',
  when: 'at the start of each scheduler thread',
  decides: '__rseq_size',
  undo: 'none',
  lives: 'an application, in threads that it starts',
  area: 'tls',
  rule: { ...plainRule, once: 'size', guard: 'flag-last' },
  actions: stepsOf('C-17', 'tls', { init: true }),
};

export const fiberLibrary: ClaimantProtocol = {
  ...fiberScheduler,
  id: 'C-17a',
  name: 'fiber-library',
  statement: 'goes without rseq unless libc owns it',
  source: 'ydb-platform/nbs PR 6534 (silk)',
  rule: { ...plainRule, once: 'size', guard: 'flag-last', whenOwner: 'refuse' },
  actions: stepsOf('C-17a', 'tls', { init: true }),
};

export const allocatorRows: readonly ClaimantProtocol[] = [countingAllocator, askingAllocator, slabAllocator];

export const tracerRows: readonly ClaimantProtocol[] = [tracer, busyTolerant];

export const applicationRows: readonly ClaimantProtocol[] = [bare, requests, fiberScheduler, fiberLibrary];
