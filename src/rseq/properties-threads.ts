/**
 * Properties about threads and about what a process may expect as a whole: all of them or none, an end without abort, and a switch
 * that switches off. In glibc: nptl/pthread_create.c:start_thread, sysdeps/nptl/dl-tunables.list.
 *
 * What can go wrong: a promise read too strongly. Each names the worlds in which it was made.
 */
import {
  adopts,
  broken,
  kernelSaysNo,
  type Property,
  registers,
  rseqCall,
  switchedOff,
  unregisters,
  type WatchedEvent,
} from './properties-form.js';

/** The thread that libc makes by this event; of such a thread the watchers remember how far it is: made, tried, registered. */
function made(event: WatchedEvent): number | undefined {
  return event.kind === 'clone' && event.detail?.endsWith('thread') === true ? event.names : undefined;
}

export const allOrNone: Property = {
  id: 'P-17',
  name: 'all-or-none',
  statement: 'if libc registered the main thread, every thread that libc creates is registered too',
  who: 'Brauner, Kennelly, Weimer',
  where: 'linux-api 2020-07-11, 2020-07-14 and 2020-07-15; 2021-11-18',
  source: 'ownership-proposals P-17',
  observed:
    "When the body of a thread begins, if libc's registration of the main thread worked (or it adopted one) and nobody took it back. Broken when libc did not register that thread. The other half, that without main nobody may expect a registration, is no event.",
  begin: '',
  observe(memory, event, facts, threads) {
    const thread = made(event);
    if (thread !== undefined) threads.keep(thread, 'made');
    if (event.t === 1 && unregisters(event)) return '';
    const call = rseqCall(event);
    if (call?.command === 'register' && event.obj === 'libc' && (registers(event) || adopts(event, facts))) {
      if (event.t === 1) return 'main';
      if (threads.of(event.t) !== null) threads.keep(event.t, 'registered');
    }
    if (event.kind !== 'thread.begin') return memory;
    const state = threads.of(event.t);
    if (memory === 'main' && state !== null && state !== 'registered') return broken;
    threads.keep(event.t, null);
    return memory;
  },
};

export const eventualRegistration: Property = {
  id: 'P-23',
  name: 'eventual-registration',
  statement:
    'every thread that begins its body, with a kernel that has the call and no filter, is registered by libc or marked as failed',
  who: "O'Donell",
  where: 'seed thread 2019-09-11 ("unconditional"); implied by every version of the series',
  source: 'ownership-proposals P-23',
  observed:
    'When the body of a thread that libc made begins. Broken when libc made no call for it and leaves no mark: it does not know rseq, or does not register threads. A libc whose threads follow their creator marks those it does not register.',
  liveness: 'the deadline is the beginning of the body (T2), so a finite run decides it thread by thread',
  begin: '',
  observe(memory, event, facts, threads) {
    if (memory === 'passed') return memory;
    if (kernelSaysNo(event, facts)) {
      threads.forgetAll();
      return 'passed';
    }
    const thread = made(event);
    if (thread !== undefined) threads.keep(thread, 'made');
    const state = threads.of(event.t);
    if (event.obj === 'libc' && event.kind === 'rseq' && state !== null) threads.keep(event.t, 'tried');
    if (event.kind !== 'thread.begin' || state === null) return memory;
    threads.keep(event.t, null);
    return facts.semantics.threads === 'inherit' || state !== 'made' ? memory : broken;
  },
};

/** Actions that no documentation of their time allows: a call without a question, EBUSY taken for success, foreign memory unmapped. */
const undocumented: readonly string[] = ['rseq', 'claim_busy_ok', 'claimant C-19', 'claimant C-19a'];

export const noFatalInLegitWorld: Property = {
  id: 'P-24',
  name: 'no-fatal-in-legit-world',
  statement: 'a world that contains only documented uses never aborts',
  who: 'Desnoyers',
  where: 'linux-api 2020-04-30, asking in which scenario EBUSY can occur',
  source: 'ownership-proposals P-24',
  observed:
    'In worlds whose every action about rseq is a documented use: a protocol that asks first (the flag, cpu_id, the size, a count) or that takes a refusal for an answer. Broken when a process dies by SIGABRT, unless libc said that it gives up for a reason that has nothing to do with rseq.',
  begin: '',
  observe(memory, event, { rseqActions }) {
    if (memory === 'passed' || event.obj !== 'process') return memory;
    if (undocumented.some((op) => rseqActions.has(op))) return 'passed';
    if (event.kind === 'stderr') return /rseq|; ignored/.test(event.detail ?? '') ? memory : 'passed';
    const died = (event.kind === 'signal' || event.kind === 'killed') && event.result === 'SIGABRT';
    return died ? broken : memory;
  },
};

export const escapeHatch: Property = {
  id: 'P-25',
  name: 'escape-hatch',
  statement: 'with the tunable off, libc registers no thread, so that a rival may own them all',
  who: 'Weimer',
  where: 'linux-api 2021-11-18; glibc e3e589829d',
  source: 'ownership-proposals P-25',
  observed:
    'In worlds with glibc.pthread.rseq=0 in a program that may have tunables. Broken by any call of libc to register a thread, be it that this libc has no such tunable, be it that threads follow a creator whom a rival registered.',
  begin: '',
  observe(memory, event, facts) {
    if (!switchedOff(facts)) return memory;
    return event.obj === 'libc' && rseqCall(event)?.command === 'register' ? broken : memory;
  },
};

export const threadProperties: readonly Property[] = [
  allOrNone,
  eventualRegistration,
  noFatalInLegitWorld,
  escapeHatch,
];
