/**
 * One lifecycle for every claimant that is a rule: what is decided once for the process and how that is guarded, what a thread
 * asks before it calls, how a refusal is taken, what is stored, and how it lets go. Stands for librseq src/rseq.c and tcmalloc
 * internal/percpu.cc, a phase for each access that another thread may see.
 *
 * What can go wrong: a flag raised before the variables it speaks for. Between the two phases another thread finds the flag and
 * reads variables that say "libc owns", and goes without.
 */
import { abort } from '../libc/end.js';
import { areaWords, failed, tlsOf, touchThreadPointer, wordCpuId } from '../libc/memory.js';
import { programOf } from '../libc/program.js';
import { libcArea } from '../libc/rseq-registration.js';
import { taskOf, tcbOf } from '../libc/state.js';
import { areaAddress, rseq, signature } from '../libc/syscalls.js';
import { dieOf, refresh } from '../libc/trace.js';
import { libcFor } from '../loader/rtld.js';
import type { Cpu, Frame } from '../machine/cpu.js';
import { blocked, lifecycle } from '../machine/lifecycle.js';
import type { ClaimRule } from '../rseq/claimants.js';
import {
  type ClaimantFrame,
  count,
  countNote,
  countOf,
  counts,
  hasOwnNote,
  ownNote,
  read,
  ruleOf,
  tell,
  write,
} from './claimant-memory.js';
import { areaKey, mapOf, symbolTarget } from './place.js';
import { callRseq, mustWaitForTls, sizeSeen, stateOf } from './rseq-actions.js';

/** What the symbols of libc say: 1 when this claimant must own. */
function ownerBySymbols(cpu: Cpu, ctx: ClaimantFrame): number {
  if (symbolTarget(cpu, ctx.map, '__rseq_size') === null) return 1;
  return ruleOf(ctx).once === 'size' && sizeSeen(cpu, ctx.map) === 0 ? 1 : 0;
}

/** The key of the claimant's area, which its code is about to read or write: an area that is not there faults. */
function touchedArea(cpu: Cpu, { map, area }: ClaimantFrame): string {
  return areaKey(cpu, map, area) ?? dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

function storeCpuId(cpu: Cpu, ctx: ClaimantFrame): void {
  const words = areaWords(cpu, touchedArea(cpu, ctx));
  if (words !== undefined) words[wordCpuId] = failed;
}

/** A word that no CPU number is: the low half of a pointer to per-CPU slabs. */
const slabPointer = 0xc000_0000;

function storeSlab(cpu: Cpu, ctx: ClaimantFrame): void {
  const words = areaWords(cpu, touchedArea(cpu, ctx));
  if (words !== undefined) words[0] = slabPointer;
}

/** After a refused call: end the process, or tell. */
function refused(cpu: Cpu, ctx: ClaimantFrame): void {
  const { onRefusal } = ruleOf(ctx);
  if (counts(ruleOf(ctx))) count(cpu, ctx, -1);
  tell(cpu, ctx, 'refused');
  if (onRefusal === 'abort-after-success' && read(cpu, ctx, 'worked') === 1) abort(cpu);
  if (onRefusal !== 'mode') return;
  if (read(cpu, ctx, 'decided') === 1) abort(cpu);
  write(cpu, ctx, 'slow', 1);
}

/** What follows a thread's registration: the process's first one may settle the mode of all. */
const afterThread = ({ once }: ClaimRule) => (once === 'first-try' ? 'process' : 'done');

/** Threads have their turn at the one decision; whoever comes later finds it made. A handler of the thread whose turn it is waits for ever. */
function takeTurn(cpu: Cpu, ctx: ClaimantFrame): string | typeof blocked {
  const { guard } = ruleOf(ctx);
  if (guard === 'none') return 'decide';
  if (read(cpu, ctx, 'lock') === 1) return blocked;
  if (read(cpu, ctx, 'decided') === 1) return 'decided';
  write(cpu, ctx, 'lock', 1);
  return guard === 'flag-first' ? 'announce' : 'decide';
}

/** Whether a user that lets go has something to unregister; its count, if it keeps one, is one less now. */
function lettingGo(cpu: Cpu, ctx: ClaimantFrame): 'kept' | 'left' | 'unregister' {
  const rule = ruleOf(ctx);
  const { marks } = cpu.read(tcbOf);
  if (rule.undo === 'own' && !hasOwnNote(cpu, ctx)) return 'kept';
  if (rule.undo !== 'last') return 'unregister';
  if (Number(marks[countNote(cpu, ctx)] ?? 0) === 0) return 'kept';
  count(cpu, ctx, -1);
  return countOf(cpu, ctx) > 0 ? 'left' : 'unregister';
}

/** Unregister, and what follows from the answer. */
function unregister(cpu: Cpu, ctx: ClaimantFrame): void {
  const { failedUndo } = ruleOf(ctx);
  if (callRseq(cpu, ctx.map, 'unregister', ctx.area) === '0') {
    delete cpu.edit(tcbOf).marks[ownNote(ctx)];
    tell(cpu, ctx, 'released');
    return;
  }
  if (failedUndo === 'recount') count(cpu, ctx, 1);
  tell(cpu, ctx, failedUndo === 'recount' ? 'recounted' : 'refused');
  if (failedUndo === 'abort') abort(cpu);
}

/** A tool's question whether the task has registered: by ptrace where the kernel can be asked, else by trying. */
function probeAnswer(cpu: Cpu, ctx: ClaimantFrame): string {
  if (ruleOf(ctx).probes === 'query' && programOf(cpu).kernel.ptraceQuery !== 'absent') {
    return cpu.read(taskOf).slot === null ? 'unused' : 'used';
  }
  const result = callRseq(cpu, ctx.map, 'register', ctx.area);
  if (result === '0') callRseq(cpu, ctx.map, 'unregister', ctx.area);
  return { 0: 'unused', ENOSYS: 'unavailable' }[result] ?? 'taken for used';
}

/** From what is asked to what came of the call. */
const quietPhases: ReadonlySet<string> = new Set(['register', 'answer', 'settle']);

/** Whether the claimant whose frame is on top keeps signals out: between what it asked and what came of its call. */
export function keepsSignalsOut({ machine, phase, ctx }: Frame): boolean {
  if (machine !== 'claimant' || !quietPhases.has(phase)) return false;
  return ruleOf(ctx as ClaimantFrame).signals === 'blocked';
}

export const claimant = lifecycle<ClaimantFrame>(
  'claimant',
  {
    enter: {
      source: 'librseq src/rseq.c',
      on: {
        once: 'check',
        thread: 'ask',
        unregister: 'unregister',
        fini: 'fini',
        probe: 'probe',
        restore: 'letGoOfOwn',
        nothing: 'done',
      },
    },
    check: {
      source: 'librseq c67d198 src/rseq.c:rseq_register_current_thread',
      on: { decided: 'own', open: 'turn' },
      visible: true,
    },
    turn: {
      source: 'librseq 540263e src/rseq.c:rseq_init',
      on: { decided: 'own', announce: 'announce', decide: 'decide' },
      visible: true,
    },
    announce: { source: 'librseq 540263e src/rseq.c:rseq_init', on: { ok: 'decide' }, visible: true },
    decide: { source: 'librseq 9698c39 src/rseq.c:rseq_init', on: { ok: 'own', trying: 'ask' }, visible: true },
    own: {
      source: 'librseq 9698c39 src/rseq.c:rseq_register_current_thread',
      on: { done: 'done', ask: 'ask', slow: 'store' },
    },
    ask: {
      source: 'librseq 1f7e39d, 240e8e1 src/rseq.c:rseq_register_current_thread',
      on: { call: 'register', process: 'settle', done: 'done' },
      visible: true,
    },
    register: {
      source: 'librseq src/rseq.c:rseq_register_current_thread',
      on: { answered: 'answer' },
      visible: true,
    },
    answer: {
      source: 'librseq src/rseq.c:rseq_register_current_thread',
      on: { process: 'settle', done: 'done' },
    },
    settle: { source: 'tcmalloc internal/percpu.cc:InitPerCpu', on: { ok: 'store' }, visible: true },
    store: { source: 'tcmalloc internal/percpu.cc:InitFastPerCpu', on: { ok: 'done' }, visible: true },
    unregister: {
      source: 'librseq src/rseq.c:rseq_unregister_current_thread',
      on: { ok: 'done' },
      visible: true,
    },
    fini: { source: 'librseq src/rseq.c:rseq_exit', on: { ok: 'done' }, visible: true },
    probe: { source: 'criu f81e3062c criu/pie/parasite.c', on: { ok: 'done' }, visible: true },
    letGoOfOwn: { source: 'criu f70ddab24 criu/pie/restorer.c', on: { ok: 'unmap' }, visible: true },
    unmap: { source: 'criu criu/pie/restorer.c:unmap_old_vmas', on: { ok: 'restore' }, visible: true },
    restore: { source: 'criu f70ddab24 criu/pie/restorer.c:restore_rseq', on: { ok: 'done' }, visible: true },
  },
  {
    enter(_cpu, ctx) {
      const { once } = ruleOf(ctx);
      if (ctx.step === 'init') return once === 'never' ? 'nothing' : 'once';
      if (ctx.step === 'register') return once === 'never' ? 'thread' : 'once';
      return ctx.step;
    },
    check(cpu, ctx) {
      const inThread = ruleOf(ctx).guard === 'none' && ctx.step === 'register';
      return inThread || read(cpu, ctx, 'decided') === 1 ? 'decided' : 'open';
    },
    turn: (cpu, ctx) => takeTurn(cpu, ctx),
    announce(cpu, ctx) {
      write(cpu, ctx, 'decided', 1);
      return 'ok';
    },
    decide(cpu, ctx) {
      if (ruleOf(ctx).once === 'first-try') return 'trying';
      const owner = ownerBySymbols(cpu, ctx);
      write(cpu, ctx, 'owner', owner);
      write(cpu, ctx, 'decided', 1);
      write(cpu, ctx, 'lock', 0);
      if (ctx.step === 'init') tell(cpu, ctx, owner === 1 ? 'owner' : 'defers');
      return 'ok';
    },
    own(cpu, ctx) {
      if (ctx.step === 'init') return 'done';
      if (ruleOf(ctx).once === 'first-try') return read(cpu, ctx, 'slow') === 1 ? 'slow' : 'ask';
      const owner = read(cpu, ctx, 'owner') === 1;
      if (owner && ruleOf(ctx).whenOwner === 'register') return 'ask';
      tell(cpu, ctx, owner ? 'goes without' : 'defers');
      return 'done';
    },
    ask(cpu, ctx) {
      const rule = ruleOf(ctx);
      touchThreadPointer(cpu);
      if (hasOwnNote(cpu, ctx) && !counts(rule)) {
        tell(cpu, ctx, 'again');
        return afterThread(rule);
      }
      if (rule.asks === 'cpu-id' && stateOf(cpu, touchedArea(cpu, ctx)) === 'registered') {
        tell(cpu, ctx, 'shares');
        return afterThread(rule);
      }
      if (!counts(rule)) return 'call';
      const before = countOf(cpu, ctx);
      count(cpu, ctx, 1);
      if (before === 0) return 'call';
      tell(cpu, ctx, 'shares');
      return afterThread(rule);
    },
    register(cpu, ctx) {
      if (mustWaitForTls(cpu, ctx.map, ctx.area)) return blocked;
      ctx.answer = callRseq(cpu, ctx.map, 'register', ctx.area);
      return 'answered';
    },
    answer(cpu, ctx) {
      const { answer } = ctx;
      delete ctx.answer;
      if (answer !== '0') {
        refused(cpu, ctx);
        return afterThread(ruleOf(ctx));
      }
      cpu.edit(tcbOf).marks[ownNote(ctx)] = true;
      if (ruleOf(ctx).onRefusal === 'abort-after-success') write(cpu, ctx, 'worked', 1);
      tell(cpu, ctx, 'owns');
      return afterThread(ruleOf(ctx));
    },
    settle(cpu, ctx) {
      if (ruleOf(ctx).once === 'first-try' && read(cpu, ctx, 'decided') === 0) {
        write(cpu, ctx, 'decided', 1);
        write(cpu, ctx, 'lock', 0);
      }
      return 'ok';
    },
    store(cpu, ctx) {
      const { stores } = ruleOf(ctx);
      if (stores === 'nothing') return 'ok';
      if (read(cpu, ctx, 'slow') === 1) {
        storeCpuId(cpu, ctx);
        tell(cpu, ctx, 'stores cpu_id');
      } else if (stores === 'slab') {
        storeSlab(cpu, ctx);
        tell(cpu, ctx, 'stores cpu_id_start');
      }
      return 'ok';
    },
    unregister(cpu, ctx) {
      const what = lettingGo(cpu, ctx);
      if (what === 'unregister') unregister(cpu, ctx);
      else tell(cpu, ctx, what);
      return 'ok';
    },
    fini(cpu, ctx) {
      write(cpu, ctx, 'decided', 0);
      write(cpu, ctx, 'owner', 0);
      tell(cpu, ctx, 'reset');
      return 'ok';
    },
    probe(cpu, ctx) {
      tell(cpu, ctx, probeAnswer(cpu, ctx));
      return 'ok';
    },
    letGoOfOwn(cpu, ctx) {
      const key = libcArea(cpu, libcFor(cpu, ctx.map));
      if (ruleOf(ctx).undo === 'own' && key !== null && stateOf(cpu, key) === 'registered') {
        const own = { obj: mapOf(cpu, ctx.map).file, map: ctx.map };
        const address = areaAddress(cpu, key);
        rseq(cpu, { cmd: 'unregister', area: 'libc', address, sig: signature, ...own });
      }
      return 'ok';
    },
    unmap(cpu, ctx) {
      const key = libcArea(cpu, libcFor(cpu, ctx.map));
      const words = key === null ? undefined : areaWords(cpu, key);
      if (key === null || words === undefined) return 'ok';
      const saved = [...words];
      delete cpu.edit(tlsOf).areas[key];
      refresh(cpu);
      cpu.edit(tlsOf).areas[key] = saved;
      return 'ok';
    },
    restore(cpu, ctx) {
      const result = callRseq(cpu, ctx.map, 'register', ctx.area);
      tell(cpu, ctx, result === '0' ? 'restored' : 'refused');
      return 'ok';
    },
  },
);
