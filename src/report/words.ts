/**
 * Events in words, for stories: what the recorder writes as kind, detail and result, said as a reviewer would say it.
 *
 * What can go wrong: a kind nobody thought of. It is then shown as the recorder wrote it, never left out.
 */
import type { RawEvent } from '../libc/trace.js';

type Say = (event: RawEvent, detail: string, result: string) => string;

const giving = (result: string): string => (result === '' ? '' : ` = ${result}`);

/** ` 2` for the third entry of an array; nothing for the first, which is most often the only one. */
const entry = (detail: string): string => (detail === '0' || detail === '' ? '' : ` ${detail}`);

const usualCall = 'len=32 sig=0x53053053';

function rseqCall(event: RawEvent, detail: string, result: string): string {
  const [command = '', area = '', ...rest] = detail.split(' ');
  const unusual = rest.join(' ') === usualCall ? '' : `, ${rest.join(', ')}`;
  return `${event.obj} calls rseq(${command} ${area}${unusual})${giving(result)}`;
}

const claimReads: Readonly<Record<string, string>> = {
  claim: '__rseq_size',
  claim_abi: 'cpu_id of __rseq_abi',
  claim_handled: '__rseq_handled',
};

function claimDecides({ kind, obj }: RawEvent, detail: string, result: string): string {
  const variable = claimReads[kind] ?? 'the slot';
  if (detail === 'defer') return `${obj} reads ${variable}${giving(result)}: somebody owns rseq, it stays away`;
  if (detail === 'nosym') return `${obj} finds no ${variable}: it will claim`;
  const found = { free: ' = 0', 'size=0': ' = 0', uninit: ' = -1', failed: ' = -2' }[detail] ?? ` (${detail})`;
  return `${obj} reads ${variable}${found}: it will claim`;
}

function claimTried({ obj }: RawEvent, detail: string): string {
  const outcome: Readonly<Record<string, string>> = {
    ok: 'notes that it registered',
    busy: 'takes EBUSY for success',
    failed: 'notes that it was refused',
    again: 'has registered this thread before',
  };
  return `${obj} ${outcome[detail] ?? detail}`;
}

/** The answers of claimants that are a rule. */
const claimantSays: Readonly<Record<string, string>> = {
  owner: 'decides that it owns rseq',
  defers: 'leaves rseq to libc',
  owns: 'registered this thread',
  shares: 'relies on the registration that is there',
  again: 'has registered this thread before',
  refused: 'was refused',
  released: 'took its registration back',
  left: 'is no longer a user, others still are',
  kept: 'has nothing to take back',
  recounted: 'was refused, and counts itself a user again',
  reset: 'forgets what it decided',
};

const sayings: Readonly<Record<string, Say>> = {
  preinit: (e, d) => `preinit entry${entry(d)} of ${e.obj}`,
  init: (e) => `DT_INIT of ${e.obj}`,
  ctor: (e, d) => `constructor${entry(d)} of ${e.obj}`,
  dtor: (e, d) => `destructor${entry(d)} of ${e.obj}`,
  fini: (e) => `DT_FINI of ${e.obj}`,
  resolver: (e, d) => `IFUNC resolver of ${d} in ${e.obj}`,
  impl: (e, d) => `implementation of ${d} in ${e.obj}`,
  func: (e, d) => `function ${d} of ${e.obj}`,
  main: () => 'main',
  'main.ret': (_, __, r) => `main returns${r === '' ? '' : ` ${r}`}`,
  mark: (e, d) => `${e.obj} marks ${JSON.stringify(d)}`,
  dlopen: (e, d) => `${e.obj} calls dlopen(${d})`,
  dlmopen: (e, d) => `${e.obj} calls dlmopen(${d})`,
  dlclose: (e, d) => `${e.obj} calls dlclose(${d})`,
  spawn: (e, d) => `${e.obj} calls pthread_create for thread ${d}`,
  join: (e, d) => `${e.obj} joins thread ${d}`,
  detach: (e, d) => `${e.obj} detaches thread ${d}`,
  'thread.begin': (e, d) => `body of thread ${d} in ${e.obj} begins`,
  'thread.end': (e, d) => `body of thread ${d} in ${e.obj} ends`,
  key_create: (e, d) => `${e.obj} creates the pthread key ${d}`,
  tsd_set: (e, d, r) => `${e.obj} sets the pthread key ${d}${r === '0' ? '' : giving(r)}`,
  tsd_dtor: (e, d) => `key destructor of ${d} in ${e.obj}`,
  tls_dtor: (e, d) => `thread-local destructor ${d} of ${e.obj}`,
  rseq: rseqCall,
  claim: claimDecides,
  claim_abi: claimDecides,
  claim_handled: claimDecides,
  claim_busy_ok: claimTried,
  claim_note: claimTried,
  claimant: (e, d, r) => `${e.obj}, as ${d.replace(' ', "'s ")}, ${claimantSays[r] ?? r}`,
  release_handled: (e, d) => `${e.obj} ${d === 'cleared' ? 'clears __rseq_handled' : `leaves __rseq_handled (${d})`}`,
  handled_info: (e, d, r) => `${e.obj} reads __rseq_handled${giving(r)}, cpu_id of __rseq_abi: ${d}`,
  rseq_info: (e, d, r) => `${e.obj} reads __rseq_size${giving(r)}, its area is ${d}`,
  clone: (e, d) => (d.endsWith('fork') ? `${e.obj} forks` : `${e.obj} creates a thread`),
  exit_thread: () => 'the thread ends',
  exit_group: (_, __, r) => `exit_group(${r})`,
  stderr: (_, d) => `says ${JSON.stringify(d.trimEnd())}`,
  signal: (_, __, r) => `killed by ${r}`,
  killed: (_, __, r) => `killed by ${r}`,
  end: (_, __, r) => (r === 'timeout' ? 'nobody can go: a deadlock' : `the process ends: ${r}`),
  broken: (e) => `${e.obj} is broken here`,
};

/** One event as a phrase. */
export function eventWords(event: RawEvent): string {
  const { kind, obj, detail = '', result = '' } = event;
  const say = Object.hasOwn(sayings, kind) ? sayings[kind] : undefined;
  if (say !== undefined) return say(event, detail, result);
  if (kind.startsWith('la_')) return `auditor ${obj}: ${kind}(${detail})${giving(result)}`;
  return `${obj}: ${kind}${detail === '' ? '' : `(${detail})`}${giving(result)}`;
}

const boring: ReadonlySet<string> = new Set([
  'set_tid_address',
  'set_robust_list',
  'spawn.ret',
  'join.ret',
  'detach.ret',
  'dlsym.ret',
]);

/** Events that say nothing about who ran or who owns; a story leaves them out unless asked for all. */
export function isBoring({ kind }: Pick<RawEvent, 'kind'>): boolean {
  return boring.has(kind);
}
