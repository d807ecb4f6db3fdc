/**
 * Properties about taking and giving back: who may unregister, what may still run after it, and whose memory the kernel writes.
 * In glibc: nptl/pthread_create.c:start_thread, nptl/nptl_deallocate_tsd.c; in Linux: kernel/rseq.c.
 *
 * What can go wrong: a registration that two parties rely on. The kernel knows one area and no owner.
 */
import {
  adopts,
  broken,
  forked,
  type Held,
  heldAfter,
  hold,
  isUse,
  type Memory,
  type Property,
  registers,
  rseqCall,
  saysRefused,
  unregisters,
  type WatchedEvent,
} from './properties-form.js';

export const handlerSafe: Property = {
  id: 'P-07',
  name: 'handler-safe',
  statement:
    'a signal handler at any instruction of a register or unregister path cannot leave the parties disagreeing',
  who: 'Desnoyers',
  where: 'notes of v5 and v6; linux-api 2020-04-30 ("signals disabled across creation")',
  source: 'ownership-proposals P-07',
  observed:
    "At what the disagreement shows as: a claimant concludes that it was refused while its own object holds the thread's registration, which other code of that object made between the claimant's check and its call. Broken by that conclusion.",
  begin: '',
  observe(memory, event, _facts, threads) {
    if (saysRefused(event) && (threads.of(event.t) as Held)?.by === event.obj) return broken;
    hold(threads, event);
    return memory;
  },
};

export const destructionOrder: Property = {
  id: 'P-08',
  name: 'destruction-order',
  statement:
    'no destructor that needs rseq runs after its release, and none runs after the code it belongs to is unmapped',
  who: "Weimer, O'Donell",
  where: 'seed thread 2019-09-11, where both call it a problem of every singleton',
  source: 'ownership-proposals P-08',
  observed:
    'In the destructors of a thread (after its body has ended) and of the process (after main returned or exit was called). Broken when such code reads rseq_info or handled_info in a thread whose registration was taken back before in the same phase, and when the process dies there by SIGSEGV at an address that is not mapped.',
  begin: '',
  observe(memory, event, _facts, threads) {
    const { t, kind } = event;
    const state = threads.of(t);
    if (state === 'released' && isUse(event)) return broken;
    if (state !== null && kind === 'signal' && event.detail === 'SEGV_MAPERR') return broken;
    threads.keep(t, leavingAfter(state, event));
    return memory;
  },
};

/** How far a thread that is leaving is: ending, or released; null before. */
function leavingAfter(state: Memory, event: WatchedEvent): Memory {
  const { kind } = event;
  if (kind === 'exit_thread') return null;
  if (state === null) return ['thread.end', 'main.ret', 'exit', 'pthread_exit'].includes(kind) ? 'ending' : null;
  if (unregisters(event)) return 'released';
  return registers(event) ? 'ending' : state;
}

function sharing(held: Held, { obj }: WatchedEvent): Held {
  if (held === null || held.by === obj || held.sharers.includes(obj)) return held;
  return { by: held.by, sharers: [...held.sharers, obj].sort() };
}

/** A user that counts itself leaves; where it had made the call, the registration is another's from here on. */
function leaving(held: Held, { obj }: WatchedEvent): Held {
  if (held === null) return null;
  const sharers = held.sharers.filter((each) => each !== obj);
  const [next, ...others] = sharers;
  if (held.by !== obj) return { by: held.by, sharers };
  return next === undefined ? held : { by: next, sharers: others };
}

function released(held: Held, event: WatchedEvent, worked: boolean): Held | typeof broken {
  if (!worked) return event.obj === 'libc' ? broken : held;
  return held === null || held.by !== event.obj || held.sharers.length > 0 ? broken : null;
}

/** Says that a party relies on a registration that it did not make. */
function saysShared({ kind, detail, result }: WatchedEvent): boolean {
  return (kind === 'claim_busy_ok' && detail === 'busy') || (kind === 'claimant' && result === 'shares');
}

export const balanced: Property = {
  id: 'P-09',
  name: 'balanced',
  statement:
    "a thread's slot is released at most once, by its owner, never by a party whose registration failed, and nobody relies on it after that",
  who: 'Weimer, Desnoyers',
  where: 'seed thread 2019-09-11; linux-kernel 2020-02-21',
  source: 'ownership-proposals P-09',
  observed:
    "At each unregistration. Broken when one works that was called by somebody else than the party whose registration of that thread worked; when one works while another party relies on the registration (libc that adopted it on EBUSY, a claimant that takes EBUSY for success or counts itself a user); and when libc's own fails, since then somebody released before it. A vain attempt of a library whose own registration failed changes nothing and breaks nothing.",
  begin: '',
  observe(memory, event, facts, threads) {
    const held = threads.of(event.t) as Held;
    const call = rseqCall(event);
    if (call?.command === 'unregister') {
      const after = released(held, event, call.worked);
      if (after === broken) return broken;
      threads.keep(event.t, after);
    } else if (saysShared(event) || (call !== undefined && adopts(event, facts))) {
      threads.keep(event.t, sharing(held, event));
    } else if (event.kind === 'claimant' && event.result === 'left') threads.keep(event.t, leaving(held, event));
    else hold(threads, event);
    return memory;
  },
};

export const liveMemory: Property = {
  id: 'P-10',
  name: 'live-memory',
  statement:
    'wherever a slot is filled, the area and the rseq_cs it points to are mapped and belong to somebody who is there',
  who: 'Desnoyers, Weimer',
  where: 'manual text of glibc 0c76fc3c2b; linux-api 2019-12-20 and 2020-04-30',
  source: 'ownership-proposals P-10',
  observed:
    'At every event of a thread that has a registration. Broken when the area is not mapped, or is thread-local storage of an object that is unloaded, or belongs to the parent of a vfork child, or when its rseq_cs points anywhere, since no described program has critical sections. A process that the kernel kills for it shows at the signal.',
  looks: ['slot'],
  begin: '',
  observe(memory, event) {
    const slot = event.looks?.slot;
    if (slot === undefined || slot === null) return memory;
    return !slot.mapped || !slot.owned || slot.section === 'points' ? broken : memory;
  },
};

/** Who took a thread from the party that held it, where nobody has registered it since. */
interface Taking extends Record<string, Memory> {
  readonly held: Held;
  readonly took: string | null;
}

export const noUpgradeBySteal: Property = {
  id: 'P-20',
  name: 'no-upgrade-by-steal',
  statement: "no party unregisters another's area to register one of its own",
  who: 'Weimer',
  where: 'linux-api 2020-07-15',
  source: 'ownership-proposals P-20',
  observed:
    'At a registration that works in a thread where the same object has taken back what another party registered, and nobody registered since. Broken by that registration, whatever the length.',
  begin: '',
  observe(memory, event, _facts, threads) {
    const { held, took } = (threads.of(event.t) ?? { held: null, took: null }) as Taking;
    if (registers(event) && took === event.obj) return broken;
    const child = forked(event);
    if (child !== undefined && held !== null) threads.keep(child, { held, took: null });
    const taken = unregisters(event) && held !== null && held.by !== event.obj;
    const ends = registers(event) || event.kind === 'exit_thread';
    const after = { held: heldAfter(held, event), took: taken ? event.obj : ends ? null : took };
    threads.keep(event.t, after.held === null && after.took === null ? null : after);
    return memory;
  },
};

/** Who was refused in a thread that another holds, in the order of their names. */
interface Refusing extends Record<string, Memory> {
  readonly held: Held;
  readonly refused: readonly string[];
}

export const singleTruth: Property = {
  id: 'P-21',
  name: 'single-truth',
  statement: 'a party that finds a slot used takes what is there for the truth',
  who: 'Brauner',
  where: 'linux-api 2020-07-11',
  source: 'ownership-proposals P-21',
  observed:
    'After EBUSY or EINVAL of a registration in a thread that somebody else holds, until that registration ends; a libc that adopts on EBUSY has taken it for the truth. Broken when the refused party then tries to register or to unregister that thread again.',
  begin: '',
  observe(memory, event, facts, threads) {
    const { held, refused } = (threads.of(event.t) ?? { held: null, refused: [] }) as Refusing;
    const call = rseqCall(event);
    if (call !== undefined && refused.includes(event.obj)) return broken;
    const child = forked(event);
    if (child !== undefined && held !== null) threads.keep(child, { held, refused: [] });
    const used = call?.command === 'register' && (event.result === 'EBUSY' || event.result === 'EINVAL');
    const learns = used && held !== null && held.by !== event.obj && !adopts(event, facts);
    const next = heldAfter(held, event);
    const after = learns ? [...refused, event.obj].sort() : next === held ? refused : [];
    threads.keep(event.t, next === null && after.length === 0 ? null : { held: next, refused: after });
    return memory;
  },
};

export const balanceProperties: readonly Property[] = [
  handlerSafe,
  destructionOrder,
  balanced,
  liveMemory,
  noUpgradeBySteal,
  singleTruth,
];
