/**
 * What described libraries do about rseq: the raw call, and the protocols by which a secondary library decides. Each protocol
 * is a lifecycle, because between its read, its write and its call another thread may act.
 *
 * What can go wrong: a protocol reads through its own object's references. In another namespace, before relocation, or in an
 * executable whose weak reference became null, it reads something else than libc wrote.
 */
import {
  areaWords,
  failed,
  imagesOf,
  ownTlsKey,
  sectionAddress,
  tlsOf,
  touchThreadPointer,
  uninitialised,
  wordCpuId,
} from '../libc/memory.js';
import { isStatic, programOf } from '../libc/program.js';
import { publicSize } from '../libc/rseq-registration.js';
import { loadLockOf, tcbOf, tlsLockTaken } from '../libc/state.js';
import { rseq, signature } from '../libc/syscalls.js';
import { dieOf, undisturbed } from '../libc/trace.js';
import { leadsNowhere, loaderOf, mapAt } from '../loader/linkmap.js';
import { inheritFreedTls } from '../loader/tls-again.js';
import type { Cpu } from '../machine/cpu.js';
import { blocked, lifecycle } from '../machine/lifecycle.js';
import type { Action } from '../scenario/action-schema.js';
import { sayOf, setTsd } from './actions.js';
import { type AreaName, addressOf, areaKey, imageOf, mapOf, symbolTarget } from './place.js';

/** Make the call for an object's own area; the result as its event shows it. */
export function callRseq(
  cpu: Cpu,
  map: number,
  cmd: 'register' | 'unregister',
  area: AreaName,
  sig = signature,
): string {
  touchArea(cpu, map, area);
  return rseq(cpu, { cmd, area, address: addressOf(cpu, map, area), sig, obj: mapOf(cpu, map).file, map });
}

export function rawRseq(cpu: Cpu, map: number, action: Extract<Action, { op: 'rseq' }>): void {
  const sig = action.sig === undefined ? signature : Number(action.sig);
  callRseq(cpu, map, action.cmd, action.area, sig);
}

/**
 * Whether taking the address must wait: the first use of a dlopened object's thread-local block, by any thread, decides where
 * the block goes, under the TLS lock since 2.35 and under the loader's big lock before. A thread that began later has its static block's
 * address in its list from the start.
 *
 * @source elf/dl-tls.c:tls_get_addr_tail, _dl_allocate_tls_init
 */
export function mustWaitForTls(cpu: Cpu, map: number, area: AreaName | null): boolean {
  if (area !== 'tls') return false;
  const { file, type, tlsOffset, oldThread, ...own } = mapOf(cpu, map);
  // Only the executable's own block is found without a call of __tls_get_addr.
  if (leadsNowhere(own) && file !== 'exe') dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
  if (tlsOffset === 'dynamic') return false;
  const isOwnFromStart = type !== 'loaded' || (oldThread > 0 && cpu.thread > oldThread);
  if (typeof tlsOffset === 'number' && (isOwnFromStart || hasTouched(cpu, map))) return false;
  if (programOf(cpu).release.tlsLock) return tlsLockTaken(cpu);
  return cpu.read(loadLockOf).held && cpu.read(tcbOf).loadLock === 0;
}

/** Whether the acting thread has taken the address of the object's thread-local variable before. */
function hasTouched(cpu: Cpu, map: number): boolean {
  return cpu.read(tlsOf).areas[ownTlsKey(cpu, map)] !== undefined;
}

/** Taking a thread-local variable's address allocates its block: with ld.so's own malloc until relocation is over. */
function touchArea(cpu: Cpu, map: number, area: AreaName): void {
  if (area === 'tls' && mapOf(cpu, map).tlsOffset === 'none') mapAt(cpu.edit(loaderOf), map).tlsOffset = 'dynamic';
  const key = areaKey(cpu, map, area);
  const isAllocated = area === 'tls' && mapOf(cpu, map).tlsOffset === 'dynamic' && !hasTouched(cpu, map);
  if (isAllocated && !cpu.read(loaderOf).started && !isStatic(programOf(cpu))) cpu.edit(tcbOf).earlyBlock = true;
  else if (isAllocated) inheritFreedTls(cpu, mapOf(cpu, map));
  if (key !== null) areaWords(cpu, key);
}

/** What the word `cpu_id` of an area says. */
export function stateOf(cpu: Cpu, key: string | null): 'registered' | 'uninit' | 'failed' | 'nosym' {
  if (key === null) return 'nosym';
  const word = areaWords(cpu, key)?.[wordCpuId] ?? 0;
  if (word === uninitialised) return 'uninit';
  return word === failed ? 'failed' : 'registered';
}

/** The start of a critical section that nothing interrupts: `rseq_cs` stays where it points, as the kernel alone clears it. */
export function enterSection(cpu: Cpu, map: number): void {
  const key = areaKey(cpu, map, 'libc');
  const words = key === null ? undefined : areaWords(cpu, key);
  if (words === undefined) return;
  const address = sectionAddress(imageOf(cpu, map).at);
  words[2] = Number(address & 0xffff_ffffn);
  words[3] = Number(address >> 32n);
  cpu.edit(tcbOf).marks[undisturbed] = true;
}

/**
 * `__rseq_size` as an object reads it. What a static program opens finds the symbols of a second ld.so, which never ran: 0.
 *
 * @source sysdeps/nptl/dl-tls_init_tp.c:__tls_init_tp; elf/dl-support.c:_dl_non_dynamic_init
 */
export function sizeSeen(cpu: Cpu, map: number): number {
  const second = isStatic(programOf(cpu)) && mapOf(cpu, map).file !== 'exe';
  return second ? 0 : publicSize(cpu);
}

export const rseqInfo = lifecycle<{ map: number }>(
  'rseq_info',
  { read: { source: 'test/fixtures/glibc/README.md', on: { ok: 'done' } } },
  {
    read(cpu, ctx) {
      const key = areaKey(cpu, ctx.map, 'libc');
      const size = key === null ? undefined : String(sizeSeen(cpu, ctx.map));
      sayOf(cpu, ctx.map, 'rseq_info', stateOf(cpu, key), size);
      return 'ok';
    },
  },
);

/** The flag `__rseq_handled` as this object's reference finds it; null when it finds none. */
function handledFlag(cpu: Cpu, map: number): number | null {
  const target = symbolTarget(cpu, map, '__rseq_handled');
  if (target === null) return null;
  return cpu.read(imagesOf).images[target]?.handled ?? 0;
}

/** What the flag with four values (L-07f) says: libc is going to own; a library has taken it. */
const preinit = 1;
const overridden = 3;

/** Of the flag with four values a preloaded library may take PREINIT too: it is there to be before libc. */
function mayOverride(cpu: Cpu, map: number, flag: number): boolean {
  const { rseq: semantics, world } = programOf(cpu);
  const isPreload = [...(world.preload ?? []), ...(world.ld_so_preload ?? [])].includes(mapOf(cpu, map).file);
  return semantics.ownerFlagStates === 'four' && flag === preinit && isPreload;
}

function setHandledFlag(cpu: Cpu, map: number, value: number): void {
  const target = symbolTarget(cpu, map, '__rseq_handled');
  if (target !== null) imageOf(cpu, target).handled = value;
}

export const handledInfo = lifecycle<{ map: number }>(
  'handled_info',
  { read: { source: 'test/fixtures/glibc/README.md', on: { ok: 'done' } } },
  {
    read(cpu, ctx) {
      const flag = handledFlag(cpu, ctx.map);
      const state = stateOf(cpu, areaKey(cpu, ctx.map, 'abi'));
      sayOf(cpu, ctx.map, 'handled_info', state, flag === null ? 'nosym' : String(flag));
      return 'ok';
    },
  },
);

interface ClaimFrame {
  map: number;
  area: AreaName | null;
  /** The key destructor ends the process when its unregistration is refused. */
  aborts?: boolean;
}

const areaOf = (ctx: ClaimFrame): AreaName => ctx.area ?? 'abi';

/** librseq since 2021 (C-05): libc owns when its symbols are there and the size is not zero. */
export const claim = lifecycle<ClaimFrame>(
  'claim',
  {
    decide: { source: 'librseq 9698c39 src/rseq.c:rseq_init', on: { free: 'register', owned: 'done' } },
    register: { source: 'librseq 9698c39 src/rseq.c:rseq_register_current_thread', on: { ok: 'done' }, visible: true },
  },
  {
    decide(cpu, ctx) {
      const known = symbolTarget(cpu, ctx.map, '__rseq_size') !== null;
      const size = known ? sizeSeen(cpu, ctx.map) : 0;
      if (size !== 0) {
        sayOf(cpu, ctx.map, 'claim', 'defer', String(size));
        return 'owned';
      }
      sayOf(cpu, ctx.map, 'claim', known ? 'size=0' : 'nosym');
      return 'free';
    },
    register(cpu, ctx) {
      if (mustWaitForTls(cpu, ctx.map, ctx.area)) return blocked;
      callRseq(cpu, ctx.map, 'register', areaOf(ctx));
      return 'ok';
    },
  },
);

/** The protocol of 2020 (C-04): the shared variable's cpu_id decides. */
export const claimAbi = lifecycle<ClaimFrame>(
  'claim_abi',
  {
    decide: {
      source: 'librseq 240e8e1 src/rseq.c:rseq_register_current_thread',
      on: { free: 'register', owned: 'done' },
    },
    register: { source: 'librseq 240e8e1 src/rseq.c:rseq_register_current_thread', on: { ok: 'done' }, visible: true },
  },
  {
    decide(cpu, ctx) {
      const state = stateOf(cpu, areaKey(cpu, ctx.map, 'abi'));
      sayOf(cpu, ctx.map, 'claim_abi', state === 'registered' ? 'defer' : state);
      return state === 'registered' ? 'owned' : 'free';
    },
    register(cpu, ctx) {
      if (mustWaitForTls(cpu, ctx.map, ctx.area)) return blocked;
      callRseq(cpu, ctx.map, 'register', 'abi');
      return 'ok';
    },
  },
);

/** librseq of 2019 (C-03): the flag decides, and is taken. */
export const claimHandled = lifecycle<ClaimFrame>(
  'claim_handled',
  {
    decide: {
      source: 'librseq 17f997b src/rseq.c:rseq_init',
      on: { free: 'take', nosym: 'register', owned: 'done' },
      visible: true,
    },
    take: { source: 'librseq 17f997b src/rseq.c:rseq_init', on: { ok: 'register' }, visible: true },
    register: { source: 'librseq 17f997b src/rseq.c:rseq_register_current_thread', on: { ok: 'done' }, visible: true },
  },
  {
    decide(cpu, ctx) {
      const flag = handledFlag(cpu, ctx.map);
      if (flag === null) {
        sayOf(cpu, ctx.map, 'claim_handled', 'nosym');
        return 'nosym';
      }
      if (flag !== 0 && !mayOverride(cpu, ctx.map, flag)) {
        sayOf(cpu, ctx.map, 'claim_handled', 'defer', String(flag));
        return 'owned';
      }
      sayOf(cpu, ctx.map, 'claim_handled', 'free');
      return 'free';
    },
    take(cpu, ctx) {
      setHandledFlag(cpu, ctx.map, programOf(cpu).rseq.ownerFlagStates === 'four' ? overridden : 1);
      imageOf(cpu, ctx.map).setHandled = true;
      return 'ok';
    },
    register(cpu, ctx) {
      if (mustWaitForTls(cpu, ctx.map, ctx.area)) return blocked;
      callRseq(cpu, ctx.map, 'register', areaOf(ctx));
      return 'ok';
    },
  },
);

export const releaseHandled = lifecycle<ClaimFrame>(
  'release_handled',
  {
    unregister: { source: 'librseq 17f997b src/rseq.c:rseq_fini', on: { ok: 'clear' }, visible: true },
    clear: { source: 'librseq 17f997b src/rseq.c:rseq_fini', on: { ok: 'done' }, visible: true },
  },
  {
    unregister(cpu, ctx) {
      if (ctx.area !== null) callRseq(cpu, ctx.map, 'unregister', ctx.area);
      return 'ok';
    },
    clear(cpu, ctx) {
      const image = imageOf(cpu, ctx.map);
      if (handledFlag(cpu, ctx.map) === null) {
        sayOf(cpu, ctx.map, 'release_handled', 'nosym');
        return 'ok';
      }
      if (image.setHandled) setHandledFlag(cpu, ctx.map, 0);
      sayOf(cpu, ctx.map, 'release_handled', image.setHandled ? 'cleared' : 'kept');
      image.setHandled = false;
      return 'ok';
    },
  },
);

/** Register and remember it per thread; a key destructor unregisters. `busyIsFine`: EBUSY counts as success (C-12, C-13). */
function claimByTrying(op: 'claim_busy_ok' | 'claim_note', busyIsFine: boolean, source: string) {
  return lifecycle<ClaimFrame>(
    op,
    {
      register: { source, on: { known: 'done', owned: 'note', refused: 'done' }, visible: true },
      note: { source, on: { ok: 'done' }, visible: true },
    },
    {
      register(cpu, ctx) {
        if (mustWaitForTls(cpu, ctx.map, ctx.area)) return blocked;
        touchThreadPointer(cpu);
        const mark = `${op}:${ctx.map}:${areaOf(ctx)}`;
        if (cpu.read(tcbOf).marks[mark] === true) {
          sayOf(cpu, ctx.map, op, 'again');
          return 'known';
        }
        const result = callRseq(cpu, ctx.map, 'register', areaOf(ctx));
        const owned = result === '0' || (busyIsFine && result === 'EBUSY');
        sayOf(cpu, ctx.map, op, result === '0' ? 'ok' : owned ? 'busy' : 'failed');
        if (!owned) return 'refused';
        cpu.edit(tcbOf).marks[mark] = true;
        return 'owned';
      },
      note(cpu, ctx) {
        const area = areaOf(ctx);
        const undo = ctx.aborts === true ? '@unregister-or-abort' : '@unregister';
        setTsd(cpu, ctx.map, `${busyIsFine ? 'busy' : 'note'}_${area}`, `${undo}.${area}`, true);
        return 'ok';
      },
    },
  );
}

export const claimBusyOk = claimByTrying('claim_busy_ok', true, 'userspace-rcu-dev e423e4a, lttng-ust-dev 74d02f46');
export const claimNote = claimByTrying('claim_note', false, 'Weimer, seed thread, 2019-09-11');
