/**
 * The actions of described functions: which procedure each one calls and which events stand around it. The procedures are
 * libc's, the loader's and the claim protocols'.
 *
 * What can go wrong: an event at the wrong side of a call. `X` is said before, `X.ret` and `X.reg` after.
 */
import type { RseqFilter } from '../kernel/seccomp.js';
import { exitGroup } from '../libc/end.js';
import { nameFor, programOf } from '../libc/program.js';
import { createKey, libcCopy, taskOf, tcbOf } from '../libc/state.js';
import { refresh, say } from '../libc/trace.js';
import { dsoHandle } from '../loader/init.js';
import { handleAt, loaderOf, namespaceOfHandle } from '../loader/linkmap.js';
import { libcFor } from '../loader/rtld.js';
import { type Cpu, plainOf } from '../machine/cpu.js';
import { blocked, type Call, type Outcome } from '../machine/lifecycle.js';
import type { Action } from '../scenario/action-schema.js';
import type { FunctionFrame } from './code.js';
import { callLibc, enterDl, readDlerror } from './dl-entry.js';
import { imageOf, mapOf } from './place.js';
import { enterSection, mustWaitForTls, rawRseq } from './rseq-actions.js';
import { sendSignal } from './signals.js';
import { endVforkChild } from './vfork.js';

type Of<O extends Action['op']> = Extract<Action, { op: O }>;

/** A seccomp filter on rseq: it applies to this thread and to what it makes from now on. */
function installFilter(cpu: Cpu, action: RseqFilter): void {
  const task = cpu.edit(taskOf);
  cpu.put(taskOf, { ...plainOf(task), filters: [...plainOf(task.filters), action] });
}

/** Actions that touch nothing another thread can see. */
const privateOps: ReadonlySet<Action['op']> = new Set(['mark', 'call', 'handled_info', 'rseq_info', 'pthread_exit']);

/** Whether a step must end before this action. */
export function isSharedAction(action: Action): boolean {
  return !privateOps.has(action.op);
}

/** Say an event of the running function's object. */
export function sayOf(cpu: Cpu, map: number, kind: string, detail?: string, result?: string): void {
  const obj = mapOf(cpu, map).file;
  say(cpu, {
    obj,
    map,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(result === undefined ? {} : { result }),
  });
}

/** Do an action: `again` when it is complete, or the procedure to call first. */
export function doAction(cpu: Cpu, ctx: FunctionFrame, action: Action): Outcome {
  const outcome = begin(cpu, ctx, action);
  if (outcome !== 'again') return outcome;
  ctx.pc = (ctx.pc ?? 0) + 1;
  return 'again';
}

function begin(cpu: Cpu, ctx: FunctionFrame, action: Action): Outcome {
  switch (action.op) {
    case 'mark':
      sayOf(cpu, ctx.map, 'mark', action.text);
      return 'again';
    case 'spin':
      refresh(cpu);
      return 'again';
    case 'call':
      return { call: 'callSymbol', ctx: { map: ctx.map, sym: action.sym } };
    case 'dlopen':
    case 'dlmopen':
      return open(cpu, ctx, action);
    case 'dlclose':
      return close(cpu, ctx, action);
    case 'dlsym_call':
      return dlsym(cpu, ctx, action);
    case 'spawn':
    case 'start':
      sayOf(cpu, ctx.map, 'spawn', action.as);
      callLibc(cpu, ctx.map);
      return { call: 'spawn', ctx: { map: ctx.map, name: action.as, body: action.body, waits: action.op === 'spawn' } };
    case 'join':
    case 'detach':
      sayOf(cpu, ctx.map, action.op, action.thread);
      callLibc(cpu, ctx.map);
      return { call: 'awaitThread', ctx: { map: ctx.map, name: action.thread } };
    case 'pthread_exit':
      sayOf(cpu, ctx.map, 'pthread_exit');
      callLibc(cpu, ctx.map);
      return { call: 'pthreadExit', ctx: { map: ctx.map } };
    case 'fork':
      sayOf(cpu, ctx.map, 'fork');
      callLibc(cpu, ctx.map);
      return {
        call: 'forkAndWait',
        ctx: {
          map: ctx.map,
          libc: libcFor(cpu, ctx.map),
          child: `${ctx.at}.${ctx.pc ?? 0}.child`,
          afterwards: action.then,
        },
      };
    case 'vfork':
      sayOf(cpu, ctx.map, 'vfork');
      callLibc(cpu, ctx.map);
      return { call: 'vforkAndWait', ctx: { map: ctx.map, child: `${ctx.at}.${ctx.pc ?? 0}.child` } };
    case 'seccomp':
      sayOf(cpu, ctx.map, 'seccomp', action.action);
      installFilter(cpu, action.action);
      return 'again';
    case 'section':
      enterSection(cpu, ctx.map);
      return 'again';
    case 'signal':
      sendSignal(cpu, ctx.map, action.thread, action.body);
      return 'again';
    case 'tls_dtor':
      callLibc(cpu, ctx.map);
      return { call: 'registerTlsDtor', ctx: { map: ctx.map, libc: libcFor(cpu, ctx.map), body: action.body } };
    case 'rseq':
      if (mustWaitForTls(cpu, ctx.map, action.area)) return blocked;
      rawRseq(cpu, ctx.map, action);
      return 'again';
    case 'claim':
    case 'claim_abi':
    case 'claim_handled':
    case 'release_handled':
    case 'claim_busy_ok':
    case 'claim_note':
      return { call: action.op, ctx: claimFrame(ctx.map, action) };
    case 'claimant':
      return { call: 'claimant', ctx: { map: ctx.map, who: action.who, step: action.step, area: action.area } };
    case 'rseq_info':
    case 'handled_info':
      return { call: action.op, ctx: { map: ctx.map } };
    default:
      return local(cpu, ctx, action);
  }
}

function claimFrame(map: number, action: Action) {
  const area = 'area' in action ? action.area : null;
  return action.op === 'claim_busy_ok' ? { map, area, aborts: action.undo === 'abort' } : { map, area };
}

/** Actions of libc that need no procedure of their own. */
function local(cpu: Cpu, ctx: FunctionFrame, action: Exclude<Action, { op: 'fork' | 'vfork' }>): Outcome {
  switch (action.op) {
    case 'tsd':
      setTsd(cpu, ctx.map, action.key, action.dtor === null ? '' : `bodies.${action.dtor}`, true);
      return 'again';
    case 'key_delete':
      deleteKey(cpu, ctx.map, action.key);
      return 'again';
    case 'atexit':
    case 'on_exit':
    case 'at_quick_exit':
      callLibc(cpu, ctx.map);
      registerExit(cpu, ctx.map, action.op, action.body);
      return 'again';
    case 'atfork':
      callLibc(cpu, ctx.map);
      registerAtfork(cpu, ctx.map, action);
      return 'again';
    case 'exit':
    case 'quick_exit':
      sayOf(cpu, ctx.map, action.op, undefined, String(action.code));
      callLibc(cpu, ctx.map);
      return {
        call: action.op === 'exit' ? 'exit' : 'quickExit',
        ctx: { status: action.code, libc: libcFor(cpu, ctx.map) },
      };
    case '_exit':
      sayOf(cpu, ctx.map, '_exit', undefined, String(action.code));
      callLibc(cpu, ctx.map);
      if (endVforkChild(cpu, action.code)) return 'unwound';
      return exitGroup(cpu, action.code);
    default:
      throw new Error(`invariant: no procedure for action "${action.op}"`);
  }
}

/** What stands after a procedure that an action called. */
export function afterAction(cpu: Cpu, ctx: FunctionFrame, action: Action): void {
  if (action.op === 'dlopen' || action.op === 'dlmopen') opened(cpu, ctx.map, action);
  else if (action.op === 'dlclose') sayOf(cpu, ctx.map, 'dlclose.ret', action.handle, String(cpu.stack.value));
  else if (action.op === 'spawn' || action.op === 'start') sayOf(cpu, ctx.map, 'spawn.ret', action.as, '0');
  else if (action.op === 'join') sayOf(cpu, ctx.map, 'join.ret', action.thread, '0');
  else if (action.op === 'detach') sayOf(cpu, ctx.map, 'detach.ret', action.thread);
  else if (action.op === 'tls_dtor') sayOf(cpu, ctx.map, 'tls_dtor.reg', action.body, '0');
}

function open(cpu: Cpu, ctx: FunctionFrame, action: Of<'dlopen'> | Of<'dlmopen'>): Call {
  const name = action.file === null ? null : nameFor(programOf(cpu), action.file);
  const words = [name ?? 'NULL', action.flags.join('+')];
  if (action.op === 'dlmopen') words.push(`ns=${action.ns}`);
  sayOf(cpu, ctx.map, action.op, words.join(' '));
  enterDl(cpu, ctx.map);
  return {
    call: 'dlopen',
    ctx: { name, ns: namespaceOf(cpu, ctx.map, action), caller: ctx.map, flags: action.flags, audit: false },
  };
}

function namespaceOf(cpu: Cpu, map: number, action: Of<'dlopen'> | Of<'dlmopen'>): number | 'new' | 'caller' {
  if (action.op === 'dlopen') return 'caller';
  if (action.ns === 'new') return 'new';
  if (action.ns === 'base') return 0;
  return namespaceOfHandle(cpu.read(loaderOf), handleOf(cpu, map, action.ns));
}

/** The map that a handle of the object names now; 0 for a handle that was never given. */
function handleOf(cpu: Cpu, map: number, name: string): number {
  return handleAt(cpu.read(loaderOf), imageOf(cpu, map).handles[name] ?? 0);
}

function opened(cpu: Cpu, map: number, action: Of<'dlopen'> | Of<'dlmopen'>): void {
  const { value } = cpu.stack;
  const handle = typeof value === 'number' ? value : 0;
  imageOf(cpu, map).handles[action.as] = handle;
  if (typeof value === 'string') readDlerror(cpu, map);
  const result = typeof value === 'string' ? value : value === null ? undefined : 'ok';
  sayOf(cpu, map, `${action.op}.ret`, action.as, result);
}

function close(cpu: Cpu, ctx: FunctionFrame, action: Of<'dlclose'>): Outcome {
  const handle = handleOf(cpu, ctx.map, action.handle);
  if (handle === 0) {
    sayOf(cpu, ctx.map, 'dlclose.skip', action.handle);
    return 'again';
  }
  sayOf(cpu, ctx.map, 'dlclose', action.handle);
  enterDl(cpu, ctx.map);
  return { call: 'dlclose', ctx: { map: handle } };
}

function dlsym(cpu: Cpu, ctx: FunctionFrame, action: Of<'dlsym_call'>): Outcome {
  const special = action.handle === 'default' || action.handle === 'next';
  const handle = special ? 0 : handleOf(cpu, ctx.map, action.handle);
  if (!special && handle === 0) {
    sayOf(cpu, ctx.map, 'dlsym.skip', action.sym);
    return 'again';
  }
  sayOf(cpu, ctx.map, 'dlsym', action.sym);
  enterDl(cpu, ctx.map);
  return { call: 'dlsymCall', ctx: { map: ctx.map, handle: special ? action.handle : handle, sym: action.sym } };
}

/** pthread_key_create the first time, then pthread_setspecific. `always`: a value is set even if there is one. */
export function setTsd(cpu: Cpu, map: number, key: string, dtor: string, created: boolean): void {
  const image = imageOf(cpu, map);
  const copy = libcCopy(cpu, libcFor(cpu, map), true);
  let own = image.keys[key];
  if (own !== undefined || created) callLibc(cpu, map);
  if (own === undefined && created) {
    own = createKey(copy, { map, body: dtor, kind: 'tsd_dtor', detail: key });
    image.keys[key] = own;
    sayOf(cpu, map, 'key_create', key);
  }
  if (own === undefined) return;
  const tcb = cpu.edit(tcbOf);
  while (tcb.tsd.length <= own.index) tcb.tsd.push(null);
  // Only the index counts: a key that was deleted is whoever has that index now.
  const seq = copy.keys[own.index]?.seq ?? 0;
  const live = seq % 2 === 1;
  if (live) {
    tcb.tsd[own.index] = { seq, dlerror: false };
    tcb.tsdUsed = true;
  }
  sayOf(cpu, map, 'tsd_set', key, live ? '0' : '22');
}

function deleteKey(cpu: Cpu, map: number, key: string): void {
  const own = imageOf(cpu, map).keys[key];
  if (own === undefined) return;
  callLibc(cpu, map);
  const copy = libcCopy(cpu, libcFor(cpu, map), true);
  const slot = copy.keys[own.index];
  const isTaken = slot !== null && slot !== undefined && slot.seq % 2 === 1;
  if (isTaken) {
    slot.seq++;
    slot.dtor = null;
  }
  sayOf(cpu, map, 'key_delete', key, isTaken ? '0' : '22');
}

function registerExit(cpu: Cpu, map: number, op: 'atexit' | 'on_exit' | 'at_quick_exit', body: string): void {
  const copy = libcCopy(cpu, libcFor(cpu, map), true);
  const dso = op === 'on_exit' ? null : dsoHandle(cpu, map);
  const entry = { map, body: `bodies.${body}`, kind: op, detail: body, dso };
  (op === 'at_quick_exit' ? copy.quickExitList : copy.exitList).push(entry);
  sayOf(cpu, map, `${op}.reg`, body, '0');
}

function registerAtfork(cpu: Cpu, map: number, action: Of<'atfork'>): void {
  const { name, prepare, parent, child } = action;
  libcCopy(cpu, libcFor(cpu, map), true).atfork.push({ map, dso: dsoHandle(cpu, map), name, prepare, parent, child });
  sayOf(cpu, map, 'atfork.reg', name, '0');
}
