/**
 * Who else wants rseq: the libraries that registered, or tried to, beside libc. Each is a protocol as data: how it decides, which
 * memory it offers, how it lets go, and the actions these come to. Numbers are those of the record of proposals.
 *
 * What can go wrong: two periods of one library taken for one claimant. librseq decided by a flag, then by cpu_id, then by the
 * symbols of libc, and the three disagree in the same world.
 */
import type { Action, ActionList } from '../scenario/action-schema.js';

export type AreaName = Extract<Action, { op: 'rseq' }>['area'];

/** A protocol for getting hold of rseq. */
export interface ClaimantProtocol {
  /** The number in the record, and the name a scenario may use instead. */
  readonly id: string;
  readonly name: string;
  readonly statement: string;
  readonly source: string;
  /** When it acts, by what it decides, how it lets go: in words. */
  readonly when: string;
  readonly decides: string;
  readonly undo: string;
  /** The memory it offers unless a scenario says otherwise. */
  readonly area: AreaName;
  readonly actions: {
    /** At its point: a constructor, the start of a thread ... */
    readonly act: ActionList;
    /** In a destructor of its object; empty when it leaves no undoing there. */
    readonly undo: ActionList;
  };
}

export const handledReader: ClaimantProtocol = {
  id: 'C-03',
  name: 'librseq-2019',
  statement: 'owns rseq when __rseq_handled is missing or 0, and sets it',
  source: 'librseq 17f997b src/rseq.c:rseq_init',
  when: 'a constructor takes ownership',
  decides: '__rseq_handled',
  undo: 'a destructor writes the flag back to 0 and unregisters no thread',
  area: 'abi',
  actions: {
    act: [{ op: 'claim_handled', area: 'abi' }],
    undo: [{ op: 'release_handled', area: null }],
  },
};

export const cpuIdReader: ClaimantProtocol = {
  id: 'C-04',
  name: 'librseq-2020',
  statement: 'registers the shared __rseq_abi unless its cpu_id says that somebody did',
  source: 'librseq 240e8e1, 6a84165 src/rseq.c:rseq_register_current_thread',
  when: 'an explicit call in each thread',
  decides: 'cpu_id of its own thread',
  undo: 'an explicit call, only when its own count says that it registered',
  area: 'abi',
  actions: { act: [{ op: 'claim_abi' }], undo: [] },
};

export const sizeReader: ClaimantProtocol = {
  id: 'C-05',
  name: 'librseq-2021',
  statement:
    "leaves rseq to libc when libc's symbols are there and __rseq_size is not 0, else registers a private area",
  source: 'librseq 9698c39, ad538a8 src/rseq.c:rseq_init',
  when: 'a constructor decides, an explicit call in each thread acts',
  decides: '__rseq_size',
  undo: 'an explicit call; the destructor resets its own variables only',
  area: 'tls',
  actions: { act: [{ op: 'claim', area: 'tls' }], undo: [] },
};

export const tracer: ClaimantProtocol = {
  id: 'C-12',
  name: 'lttng-ust-2017',
  statement: 'registers the shared __rseq_abi in each thread; EBUSY counts as success',
  source: 'lttng-ust-dev aee06ea0, 74d02f46',
  when: 'the library constructor, and lazily in each thread',
  decides: 'the answer of the call; EBUSY is taken for success',
  undo: 'modelled as that of C-13, since its own is not recorded',
  area: 'abi',
  actions: { act: [{ op: 'claim_busy_ok', area: 'abi' }], undo: [] },
};

export const busyTolerant: ClaimantProtocol = {
  id: 'C-13',
  name: 'urcu-2017',
  statement: 'registers the shared __rseq_abi lazily; EBUSY counts as success, and a key destructor unregisters',
  source: 'userspace-rcu-dev e423e4a, 78861d5',
  when: 'first use in each thread',
  decides: 'the answer of the call; EBUSY is taken for success',
  undo: 'a pthread key destructor unregisters',
  area: 'abi',
  actions: { act: [{ op: 'claim_busy_ok', area: 'abi' }], undo: [] },
};

export const noting: ClaimantProtocol = {
  id: 'C-L10',
  name: 'noting',
  statement: 'simply tries; a refusal is all it needs to know, and it takes back only what it got',
  source: 'Weimer, seed thread, 2019-09-11 (the claimant that L-10 has in mind)',
  when: 'first use in each thread',
  decides: 'the answer of the call; only success counts',
  undo: 'a pthread key destructor unregisters where the registration worked',
  area: 'tls',
  actions: { act: [{ op: 'claim_note', area: 'tls' }], undo: [] },
};

export const bare: ClaimantProtocol = {
  id: 'C-15',
  name: 'bare',
  statement: 'registers its own area and asks nobody',
  source: 'librseq issue 20 (2025)',
  when: 'where it pleases; in the seed thread, a constructor',
  decides: 'nothing',
  undo: 'none',
  area: 'tls',
  actions: { act: [{ op: 'rseq', cmd: 'register', area: 'tls' }], undo: [] },
};

export const claimantProtocols: readonly ClaimantProtocol[] = [
  handledReader,
  cpuIdReader,
  sizeReader,
  tracer,
  busyTolerant,
  bare,
  noting,
];

/** Every id and name, as a scenario may write them. */
export const claimantNames: readonly string[] = claimantProtocols.flatMap(({ id, name }) => [id, name]);

/** The protocol of that id or name; undefined when there is none. */
export function claimantNamed(who: string): ClaimantProtocol | undefined {
  return claimantProtocols.find(({ id, name }) => id === who || name === who);
}

/** Actions with `area` in place of the memory they offer; those that offer none stay as they are. */
export function offering(actions: ActionList, area: AreaName): ActionList {
  return actions.map((action) => (offersArea(action) ? { ...action, area } : action));
}

function offersArea(action: Action): action is Extract<Action, { area: AreaName }> {
  return 'area' in action && action.area !== null;
}
