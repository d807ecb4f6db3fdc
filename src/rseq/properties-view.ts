/**
 * Properties about what parties see: one name for one storage, one size, one answer, and words that only the kernel writes. In
 * glibc: elf/dl-lookup.c for the names, sysdeps/unix/sysv/linux/dl-rseq-symbols.S for the sizes.
 *
 * What can go wrong: a reader that binds to a storage of its own. It reads what nobody writes, and nothing tells it so.
 */
import {
  broken,
  isUse,
  type Memory,
  type Property,
  registers,
  unregisters,
  type WatchedEvent,
  without,
} from './properties-form.js';

export const oneAddress: Property = {
  id: 'P-06',
  name: 'one-address',
  statement:
    'all objects that name the ownership or the area symbol mean the same storage, and who writes it writes that storage',
  who: 'Weimer',
  where: 'linux-api 2019-06-14',
  source: 'ownership-proposals P-06',
  observed:
    'In the base namespace, when a constructor or main begins, of __rseq_handled and __rseq_abi each. Broken when the references of two objects that name it, or such a reference and the writer (ld.so of the flag, libc of the area), are bound to different storages. A reference that found nothing means no storage.',
  looks: ['storages'],
  begin: '',
  observe(memory, event) {
    const storages = event.looks?.storages;
    if (storages === undefined || !['init', 'ctor', 'main'].includes(event.kind)) return memory;
    return Object.values(storages).some((n) => n > 1) ? broken : memory;
  },
};

const originalLength = 32;

/** Bytes at the front of the area that every kernel with the call writes. */
const originalFields = 20;

export const sizeAgreement: Property = {
  id: 'P-12',
  name: 'size-agreement',
  statement: 'no party reads or writes beyond the registered length, and no reader is told of bytes that nobody fills',
  who: 'Weimer',
  where: 'linux-api 2020-07-14 and 2020-07-15, 2021-11-18; 2022-08-10',
  source: 'ownership-proposals P-12',
  observed:
    "At each read of __rseq_size that finds a registered area. Broken when the size is more than the length of the call (32 bytes for every party here), or more than the bytes that this kernel writes. That a symbol's own size is part of the ABI cannot be seen in a run.",
  begin: '',
  observe(memory, event, { kernel }) {
    if (event.kind !== 'rseq_info' || event.detail !== 'registered') return memory;
    const size = Number(event.result ?? '0');
    const filled = kernel === undefined ? originalLength : Math.max(kernel.featureSize, originalFields);
    return size > Math.min(originalLength, filled) ? broken : memory;
  },
};

type Answers = { readonly [who: string]: string };

/** What a claimant with a rule says about who owns, once decided for the process. */
function ownershipAnswer({ kind, detail = '', result = '' }: WatchedEvent): string | undefined {
  if (kind !== 'claimant' || !/ (?:init|register)$/.test(detail)) return undefined;
  if (result === 'defers') return 'libc';
  return ['owner', 'owns', 'goes without'].includes(result) ? 'own' : undefined;
}

export const monotoneView: Property = {
  id: 'P-14',
  name: 'monotone-view',
  statement:
    'who has seen "registered" in a thread never sees "uninitialised" there before an explicit release, and nobody sees half of an initialisation',
  who: 'Desnoyers, Weimer',
  where: 'linux-api 2019-05-31 and 2019-06-06',
  source: 'ownership-proposals P-14',
  observed:
    'At each read of an area (rseq_info, handled_info, the decision of claim_abi) and at each answer of a claimant that decides once for its process. Broken when an object reads -1 in a thread where it read a CPU number and nobody unregistered since, and when one claimant answers that libc owns in one place and that it owns itself in another without having been reset.',
  begin: {},
  observe(memory, event, _facts, threads) {
    const answers = memory as Answers;
    if (event.kind === 'claimant' && event.detail?.endsWith(' fini') === true) return without(answers, event.obj);
    if (unregisters(event) || event.kind === 'exit_thread') {
      threads.keep(event.t, null);
      return memory;
    }
    const answer = ownershipAnswer(event);
    if (answer !== undefined) {
      const before = answers[event.obj];
      if (before === undefined) return { ...answers, [event.obj]: answer };
      return before === answer ? memory : broken;
    }
    const decides = event.kind === 'claim_abi';
    if (!decides && !isUse(event)) return memory;
    const seers = (threads.of(event.t) ?? []) as readonly string[];
    if (event.detail === 'uninit') return seers.includes(event.obj) ? broken : memory;
    const registered = event.detail === 'registered' || (decides && event.detail === 'defer');
    if (registered && !seers.includes(event.obj)) threads.keep(event.t, [...seers, event.obj].sort());
    return memory;
  },
};

export const readerConsistent: Property = {
  id: 'P-16',
  name: 'reader-consistent',
  statement: "libc's own readers and everybody else's read the same area",
  who: 'Weimer',
  where: 'commit text of glibc 7a76f21867',
  source: 'ownership-proposals P-16',
  observed:
    "At each rseq_info and handled_info in a world where libc has an area. Broken when the object's reference leads to another area than the one that the base libc registers for the thread. libc's internal readers use that one.",
  looks: ['reads'],
  begin: '',
  observe: (memory, event) => (isUse(event) && event.looks?.reads === 'another' ? broken : memory),
};

export const kernelFieldsOnly: Property = {
  id: 'P-18',
  name: 'kernel-fields-only',
  statement:
    'no party stores to fields that the kernel owns, and none relies on the kernel writing an unchanged field anew',
  who: 'Desnoyers, Weimer',
  where: 'tcmalloc issue 144, 2024-08-20 and 2026-08-27',
  source: 'ownership-proposals P-18',
  observed:
    'At the stores of claimants into an area. Broken by a store to cpu_id or cpu_id_start. The mark -2 that libc leaves in its own area after a refusal is part of its protocol and does not count.',
  begin: '',
  observe: (memory, event) =>
    event.kind === 'claimant' && event.result?.startsWith('stores ') === true ? broken : memory,
};

export const locatable: Property = {
  id: 'P-19',
  name: 'locatable',
  statement: 'a tool can find the slot of a thread without guessing',
  who: 'Weimer',
  where: 'criu issue 1814, 2022-04-19',
  source: 'ownership-proposals P-19',
  observed:
    'At each registration that works. It can be found when the kernel answers PTRACE_GET_RSEQ_CONFIGURATION, when the area is the exported __rseq_abi, or when libc registered its own and exports __rseq_offset. Broken by a registration that none of these finds.',
  begin: '',
  observe(memory, event, { kernel, semantics }) {
    if (!registers(event) || kernel === undefined || kernel.ptraceQuery !== 'absent') return memory;
    const [, area] = (event.detail ?? '').split(' ');
    if (area === 'abi' || (area === 'libc' && (semantics.sizeSymbols || semantics.area === 'rseq_abi'))) return memory;
    return broken;
  },
};

interface Transition {
  /** Objects that decided for their whole process that there is no rseq. */
  readonly slow: readonly string[];
  /** A thread was registered after that. */
  readonly later: boolean;
}

export const observableTransition: Property = {
  id: 'P-22',
  name: 'observable-transition-harmless',
  statement: 'code that saw "unsupported" before a registration and "supported" after it behaves well in both',
  who: 'Weimer',
  where: 'linux-api 2019-05-31 and 2019-06-06, there the key question',
  source: 'ownership-proposals P-22',
  observed:
    'Of claimants that keep what they saw for the whole process (slow mode). Broken when one is in slow mode at the end of a run in which a thread was registered after it had decided.',
  liveness: 'at the end of the run: until then the claimant might look again',
  begin: { slow: [], later: false },
  observe(memory, event) {
    const { slow, later } = memory as unknown as Transition;
    if (event.kind === 'end') return later ? broken : memory;
    if (event.kind === 'claimant' && event.result === 'stores cpu_id' && !slow.includes(event.obj)) {
      return { slow: [...slow, event.obj].sort(), later } as Memory;
    }
    return registers(event) && slow.length > 0 && !later ? ({ slow, later: true } as Memory) : memory;
  },
};

export const viewProperties: readonly Property[] = [
  oneAddress,
  sizeAgreement,
  monotoneView,
  readerConsistent,
  kernelFieldsOnly,
  locatable,
  observableTransition,
];
