/**
 * librseq in each of its periods, and the selftests of the kernel that shared its code. In librseq: src/rseq.c; in Linux:
 * tools/testing/selftests/rseq/rseq.c.
 *
 * What can go wrong: two periods of one library taken for one claimant. It decided by a count, a flag, cpu_id, and the symbols
 * of libc, and these disagree in the same world.
 */
import { type ClaimantProtocol, plainRule, stepsOf } from './claimants-form.js';

const lives = 'a shared object of the main namespace, or linked statically';

export const hiddenCount: ClaimantProtocol = {
  id: 'C-01',
  name: 'librseq-2018-10',
  period: '2018-10-01',
  statement: 'registers an area of its own when its count of users in this thread leaves 0',
  source: 'librseq 784b001 src/rseq.c',
  when: 'an explicit call in each thread, signals blocked around it',
  decides: 'a count word inside its area',
  undo: 'an explicit call, when the count is 0 again',
  lives,
  area: 'tls',
  rule: { ...plainRule, asks: 'own-count', signals: 'blocked', undo: 'last' },
  actions: stepsOf('C-01', 'tls', { leave: true }),
};

export const sharedCount: ClaimantProtocol = {
  ...hiddenCount,
  id: 'C-02',
  name: 'librseq-2018',
  period: '2018-10-24 to 2019-03',
  statement: 'registers the shared __rseq_abi when the shared __rseq_refcount of this thread leaves 0',
  source: 'librseq 1f7e39d, c2dd110, 3738e1e src/rseq.c',
  decides: '__rseq_refcount, thread-local and shared by name',
  undo: 'an explicit call, when the count is 0 again; a refused one sets it back to 1',
  area: 'abi',
  rule: { ...plainRule, asks: 'shared-count', signals: 'blocked', undo: 'last', failedUndo: 'recount' },
  actions: stepsOf('C-02', 'abi', { leave: true }),
};

export const sharedCountLost: ClaimantProtocol = {
  ...sharedCount,
  id: 'C-02a',
  name: 'librseq-2018-lost-count',
  period: '2018-10-24 to 2019-04',
  statement: 'as C-02 before its fix: a refused unregistration leaves the count at 0',
  source: 'librseq 1f7e39d src/rseq.c; fixed by 3738e1e',
  undo: 'an explicit call, when the count is 0 again; a refused one is told and forgotten',
  rule: { ...plainRule, asks: 'shared-count', signals: 'blocked', undo: 'last' },
  actions: stepsOf('C-02a', 'abi', { leave: true }),
};

export const handledReader: ClaimantProtocol = {
  id: 'C-03',
  name: 'librseq-2019',
  period: '2019-03-24 to 2020-07',
  statement: 'owns rseq when __rseq_handled is missing or 0, and sets it',
  source: 'librseq 17f997b src/rseq.c:rseq_init',
  when: 'a constructor takes ownership',
  decides: '__rseq_handled',
  undo: 'a destructor writes the flag back to 0 and unregisters no thread',
  lives,
  area: 'abi',
  actions: {
    act: [{ op: 'claim_handled', area: 'abi' }],
    undo: [{ op: 'release_handled', area: null }],
  },
};

export const cpuIdReader: ClaimantProtocol = {
  id: 'C-04',
  name: 'librseq-2020',
  period: '2020-07-07 to 2021-12',
  statement: 'registers the shared __rseq_abi unless its cpu_id says that somebody did',
  source: 'librseq 240e8e1, 6a84165 src/rseq.c:rseq_register_current_thread',
  when: 'an explicit call in each thread',
  decides: 'cpu_id of its own thread',
  undo: 'an explicit call, only when its own count says that it registered',
  lives,
  area: 'abi',
  actions: { act: [{ op: 'claim_abi' }], undo: [] },
};

export const sizeReader: ClaimantProtocol = {
  id: 'C-05',
  name: 'librseq-2021',
  period: '2022-06-13 on',
  statement:
    "leaves rseq to libc when libc's symbols are there and __rseq_size is not 0, else registers a private area",
  source: 'librseq 9698c39, ad538a8 src/rseq.c:rseq_init',
  when: 'a constructor decides, an explicit call in each thread acts',
  decides: '__rseq_size',
  undo: 'an explicit call; the destructor resets its own variables only',
  lives,
  area: 'tls',
  actions: { act: [{ op: 'claim', area: 'tls' }], undo: [] },
};

export const symbolsReader: ClaimantProtocol = {
  ...sizeReader,
  id: 'C-05a',
  name: 'librseq-2021-symbols',
  period: '2021-12-13 to 2022-06-13',
  statement: "leaves rseq to libc when libc's symbols are there, whatever their values, else registers a private area",
  source: 'librseq 9698c39 src/rseq.c:rseq_init; fixed by ad538a8',
  decides: 'that __rseq_size exists',
  rule: { ...plainRule, once: 'symbols', undo: 'own' },
  actions: stepsOf('C-05a', 'tls', { init: true, leave: true, fini: true }),
};

export const lazyReader: ClaimantProtocol = {
  id: 'C-06',
  name: 'librseq-2023',
  period: '2023-04 to 2024',
  statement: 'as C-05, decided in the constructor or by the first registration; the flag init_done rises first',
  source: 'librseq 540263e, baa98a3 src/rseq.c:rseq_init',
  when: 'a constructor, or lazily the first explicit call, under a mutex',
  decides: '__rseq_size; a refusal after an earlier success ends the process',
  undo: 'an explicit call, where it owns; the destructor resets its own variables only',
  lives: `${lives}; dlopen may lack static TLS for its 1024 bytes`,
  area: 'tls',
  rule: { ...plainRule, once: 'size', guard: 'flag-first', onRefusal: 'abort-after-success', undo: 'own' },
  actions: stepsOf('C-06', 'tls', { init: true, leave: true, fini: true }),
};

export const releaseReader: ClaimantProtocol = {
  ...lazyReader,
  id: 'C-07',
  name: 'librseq-2025',
  period: '2024 to 2025',
  statement: 'as C-06, with init_done stored last and with release order, so that nobody sees half of the decision',
  source: 'librseq c67d198, 5bf2605, e5dcc43, 589d928, c7b4575 src/rseq.c:rseq_init',
  rule: { ...plainRule, once: 'size', guard: 'flag-last', onRefusal: 'abort-after-success', undo: 'own' },
  actions: stepsOf('C-07', 'tls', { init: true, leave: true, fini: true }),
};

export const linkedRegistrar: ClaimantProtocol = {
  ...releaseReader,
  id: 'C-08',
  name: 'librseq-reg-helper',
  period: '2025-02, a branch only',
  statement: 'as C-07, in a library of its own that is linked and never dlopened',
  source: 'librseq 7c3edf9 (branch reg-helper)',
  lives: 'a shared object in DT_NEEDED of the executable',
  actions: stepsOf('C-08', 'tls', { init: true, leave: true, fini: true }),
};

export const selftests2018: ClaimantProtocol = {
  ...sharedCount,
  id: 'C-14a',
  name: 'selftests-2018',
  period: '2018 to 2019-04',
  statement: 'the selftests of the kernel while they counted users as C-02',
  source: 'linux tools/testing/selftests/rseq/rseq.c, 4.18',
  lives: 'a shared object of the test program',
  rule: { ...plainRule, asks: 'shared-count', signals: 'blocked', undo: 'last' },
  actions: stepsOf('C-14a', 'abi', { leave: true }),
};

export const selftests2019: ClaimantProtocol = {
  ...handledReader,
  id: 'C-14b',
  name: 'selftests-2019',
  period: '2019-04-29, posted',
  statement: 'the selftests of the kernel with the logic of C-03: they share __rseq_handled with libc',
  source: 'Desnoyers, linux-kernel 2019-04-29',
  lives: 'a shared object of the test program',
};

export const selftests: ClaimantProtocol = {
  ...lazyReader,
  id: 'C-14',
  name: 'selftests-2022',
  period: '2022-01 on',
  statement: 'the selftests of the kernel with the logic of C-05 and an initial-exec private area',
  source: 'linux 03f5c0272d tools/testing/selftests/rseq/rseq.c; uplift series of 2022-01',
  when: 'a constructor decides, an explicit call in each thread acts',
  decides: '__rseq_size',
  lives: 'a shared object of the test program',
  rule: { ...plainRule, once: 'size', undo: 'own' },
  actions: stepsOf('C-14', 'tls', { init: true, leave: true, fini: true }),
};

export const librseqRows: readonly ClaimantProtocol[] = [
  hiddenCount,
  sharedCount,
  sharedCountLost,
  handledReader,
  cpuIdReader,
  sizeReader,
  symbolsReader,
  lazyReader,
  releaseReader,
  linkedRegistrar,
];

export const selftestRows: readonly ClaimantProtocol[] = [selftests, selftests2018, selftests2019];
