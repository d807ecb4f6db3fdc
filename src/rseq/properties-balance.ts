/**
 * Properties about taking and giving back: who may unregister, what may still run after it, and whose memory the kernel writes.
 * In glibc: nptl/pthread_create.c:start_thread, nptl/nptl_deallocate_tsd.c; in Linux: kernel/rseq.c.
 *
 * What can go wrong: a registration that two parties rely on. The kernel knows one area and no owner.
 */
import {
  adopts,
  broken,
  type Holders,
  holding,
  isUse,
  type Memory,
  type Property,
  registers,
  rseqCall,
  saysRefused,
  unregisters,
  type WatchedEvent,
  without,
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
  begin: {},
  observe(memory, event) {
    const holders = memory as Holders;
    if (saysRefused(event) && holders[event.t]?.by === event.obj) return broken;
    return holding(holders, event) as Memory;
  },
};

interface Leaving {
  readonly [thread: string]: 'ending' | 'released';
}

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
  begin: {},
  observe(memory, event) {
    const leaving = memory as Leaving;
    const { t, kind } = event;
    const state = leaving[t];
    if (kind === 'exit_thread') return without(leaving, t) as Memory;
    if (['thread.end', 'main.ret', 'exit', 'pthread_exit'].includes(kind) && state === undefined) {
      return { ...leaving, [t]: 'ending' };
    }
    if (state === undefined) return memory;
    if (kind === 'signal' && event.detail === 'SEGV_MAPERR') return broken;
    if (unregisters(event)) return { ...leaving, [t]: 'released' };
    if (registers(event)) return { ...leaving, [t]: 'ending' };
    return state === 'released' && isUse(event) ? broken : memory;
  },
};

function sharing(holders: Holders, { t, obj }: WatchedEvent): Holders {
  const held = holders[t];
  if (held === undefined || held.by === obj || held.sharers.includes(obj)) return holders;
  return { ...holders, [t]: { by: held.by, sharers: [...held.sharers, obj].sort() } };
}

/** A user that counts itself leaves; where it had made the call, the registration is another's from here on. */
function leaving(holders: Holders, { t, obj }: WatchedEvent): Holders {
  const held = holders[t];
  if (held === undefined) return holders;
  const sharers = held.sharers.filter((each) => each !== obj);
  const [next, ...others] = sharers;
  if (held.by !== obj) return { ...holders, [t]: { by: held.by, sharers } };
  return next === undefined ? holders : { ...holders, [t]: { by: next, sharers: others } };
}

function released(holders: Holders, event: WatchedEvent, worked: boolean): Holders | typeof broken {
  const held = holders[event.t];
  if (!worked) return event.obj === 'libc' ? broken : holders;
  if (held === undefined || held.by !== event.obj || held.sharers.length > 0) return broken;
  return without(holders, event.t);
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
  begin: {},
  observe(memory, event, facts) {
    const holders = memory as Holders;
    const call = rseqCall(event);
    if (saysShared(event)) return sharing(holders, event) as Memory;
    if (event.kind === 'claimant' && event.result === 'left') return leaving(holders, event) as Memory;
    if (call?.command === 'unregister') return released(holders, event, call.worked) as Memory;
    if (call !== undefined && adopts(event, facts)) return sharing(holders, event) as Memory;
    return holding(holders, event) as Memory;
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

export const noUpgradeBySteal: Property = {
  id: 'P-20',
  name: 'no-upgrade-by-steal',
  statement: "no party unregisters another's area to register one of its own",
  who: 'Weimer',
  where: 'linux-api 2020-07-15',
  source: 'ownership-proposals P-20',
  observed:
    'At a registration that works in a thread where the same object has taken back what another party registered, and nobody registered since. Broken by that registration, whatever the length.',
  begin: { held: {}, took: {} },
  observe(memory, event) {
    const { held, took } = memory as { held: Holders; took: { readonly [thread: string]: string } };
    if (registers(event) && took[event.t] === event.obj) return broken;
    const owner = held[event.t]?.by;
    const next = holding(held, event);
    const taken = unregisters(event) && owner !== undefined && owner !== event.obj;
    const after = taken ? { ...took, [event.t]: event.obj } : registers(event) ? without(took, event.t) : took;
    const gone = event.kind === 'exit_thread' ? without(after, event.t) : after;
    return (next === held && gone === took ? memory : { held: next, took: gone }) as Memory;
  },
};

export const singleTruth: Property = {
  id: 'P-21',
  name: 'single-truth',
  statement: 'a party that finds a slot used takes what is there for the truth',
  who: 'Brauner',
  where: 'linux-api 2020-07-11',
  source: 'ownership-proposals P-21',
  observed:
    'After EBUSY or EINVAL of a registration in a thread that somebody else holds, until that registration ends; a libc that adopts on EBUSY has taken it for the truth. Broken when the refused party then tries to register or to unregister that thread again.',
  begin: { held: {}, refused: {} },
  observe(memory, event, facts) {
    const { held, refused } = memory as { held: Holders; refused: { readonly [thread: string]: readonly string[] } };
    const call = rseqCall(event);
    const known = refused[event.t] ?? [];
    if (call !== undefined && known.includes(event.obj)) return broken;
    const next = holding(held, event);
    const owner = held[event.t]?.by;
    const used = call?.command === 'register' && (event.result === 'EBUSY' || event.result === 'EINVAL');
    const learns = used && owner !== undefined && owner !== event.obj && !adopts(event, facts);
    const ends = next !== held;
    const after = learns
      ? { ...refused, [event.t]: [...known, event.obj].sort() }
      : ends
        ? without(refused, event.t)
        : refused;
    return (next === held && after === refused ? memory : { held: next, refused: after }) as Memory;
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
