/**
 * Calls that need the loader: through the PLT, through dlsym, and the registration that keeps an object loaded. In glibc:
 * elf/dl-runtime.c:_dl_fixup, elf/dl-sym.c:do_sym, stdlib/cxa_thread_atexit_impl.c.
 *
 * What can go wrong: a first call can run a resolver, record a dependency and so need the loader's lock. A symbol that a slot
 * was once bound to stays bound, whatever is loaded later.
 */

import { fatal } from '../libc/end.js';
import { describedObject, programOf } from '../libc/program.js';
import { loadLockOf, tcbOf } from '../libc/state.js';
import { dieOf } from '../libc/trace.js';
import { passesCaller } from '../loader/dl-error.js';
import { callerAt, codeAt, factsOf, type LinkMap, loaderOf, mapAt } from '../loader/linkmap.js';
import { dropLoadLock, takeLoadLock } from '../loader/lock.js';
import { addDependency, type Found, find, lookup, lookupIn, needsDependency } from '../loader/lookup.js';
import { callResolver, nameIn } from '../loader/relocate.js';
import { tellSymbind } from '../loader/symbind.js';
import type { Cpu } from '../machine/cpu.js';
import { blocked, type Call, lifecycle } from '../machine/lifecycle.js';
import { sayOf } from './actions.js';
import { mapOf } from './place.js';

/** A call of the function that `sym` names in `map`. */
function functionOf(cpu: Cpu, map: number, sym: string): Call {
  const target = cpu.read(loaderOf).maps[map];
  const object = target === undefined ? undefined : describedObject(programOf(cpu), target.file);
  const isIfunc = object?.ifuncs !== undefined && Object.hasOwn(object.ifuncs, sym);
  const [kind, at] = isIfunc ? ['impl', `ifuncs.${sym}.impl`] : ['func', `funcs.${sym}`];
  return { call: 'function', ctx: { map, kind, detail: sym, result: '', at } };
}

interface SymbolFrame {
  map: number;
  sym: string;
  found?: Found;
}

export const callSymbol = lifecycle<SymbolFrame>(
  'callSymbol',
  {
    slot: { source: 'sysdeps/x86_64/dl-trampoline.h:_dl_runtime_resolve', on: { bound: 'run', lazy: 'fixup' } },
    fixup: { source: 'elf/dl-runtime.c:_dl_fixup', on: { returned: 'tell', ok: 'tell' }, visible: true },
    tell: { source: 'elf/dl-audit.c:_dl_audit_symbind', on: { returned: 'bind', silent: 'bind' } },
    bind: { source: 'elf/dl-runtime.c:elf_machine_fixup_plt', on: { ok: 'run' } },
    run: { source: 'sysdeps/x86_64/dl-trampoline.h:_dl_runtime_resolve', on: { returned: 'done' } },
  },
  {
    slot(cpu, ctx) {
      const map = mapOf(cpu, ctx.map);
      if (isBound(cpu, map, ctx.sym)) return 'bound';
      return map.pltState === 'ready' ? 'lazy' : dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
    },
    fixup(cpu, ctx) {
      const map = mapOf(cpu, ctx.map);
      const found = find(cpu, map.id, ctx.sym);
      if (found === null) {
        return fatal(cpu, `exe: symbol lookup error: ${nameIn(cpu, map)}: undefined symbol: ${ctx.sym}\n`);
      }
      const needsLock = needsDependency(cpu.read(loaderOf), map.id, found.map);
      if (needsLock && cpu.read(tcbOf).loadLock === 0 && cpu.read(loadLockOf).held) return blocked;
      addDependency(cpu, map.id, found.map, false);
      ctx.found = found;
      return found.kind === 'ifunc' ? callResolver(found.map, ctx.sym) : 'ok';
    },
    tell(cpu, ctx) {
      if (mapOf(cpu, ctx.map).plainPlt) return 'silent';
      return tellSymbind(ctx.map, ctx.found?.map ?? ctx.map, ctx.sym, 'call');
    },
    bind(cpu, ctx) {
      mapAt(cpu.edit(loaderOf), ctx.map).plt[ctx.sym] = ctx.found?.map ?? ctx.map;
      return 'ok';
    },
    run(cpu, ctx) {
      const map = mapOf(cpu, ctx.map);
      return functionOf(cpu, map.plt[ctx.sym] ?? ctx.map, ctx.sym);
    },
  },
);

/** The slot is bound, or the call has no slot: the link editor bound it to the object's own function. */
function isBound(cpu: Cpu, map: LinkMap, sym: string): boolean {
  if (map.plt[sym] !== undefined) return true;
  const facts = factsOf(programOf(cpu), map.file);
  return !facts.relocs.some(([table, type, name]) => table === 'plt' && type === 'JUMP_SLOT' && name === sym);
}

interface DlsymFrame {
  map: number;
  handle: number | 'default' | 'next';
  sym: string;
  /** Whom ld.so took for the caller. */
  caller?: number;
  found?: Found;
}

export const dlsymCall = lifecycle<DlsymFrame>(
  'dlsymCall',
  {
    lock: { source: 'dlfcn/dlsym.c:dlsym_doit', on: { ok: 'find' }, visible: true },
    find: { source: 'elf/dl-sym.c:do_sym', on: { returned: 'tell', found: 'tell', none: 'unlockNull' } },
    tell: { source: 'elf/dl-audit.c:_dl_audit_symbind_alt', on: { returned: 'unlock' } },
    unlock: { source: 'dlfcn/dlsym.c:__dlsym', on: { ok: 'run' } },
    run: { source: 'test/fixtures/glibc/README.md', on: { returned: 'done' } },
    unlockNull: { source: 'dlfcn/dlsym.c:__dlsym', on: { ok: 'done' } },
  },
  {
    lock: (cpu) => (takeLoadLock(cpu) ? 'ok' : blocked),
    find(cpu, ctx) {
      ctx.caller = callerAt(cpu.read(loaderOf), ctx.map).id;
      const found = findByHandle(cpu, { ...ctx, caller: ctx.caller });
      if (found === null) return 'none';
      ctx.found = found;
      return found.kind === 'ifunc' ? callResolver(found.map, ctx.sym) : 'found';
    },
    tell: (_cpu, ctx) => tellSymbind(ctx.caller ?? ctx.map, ctx.found?.map ?? 0, ctx.sym, 'dlsym'),
    unlock(cpu, ctx) {
      dropLoadLock(cpu);
      sayOf(cpu, ctx.map, 'dlsym.ret', ctx.sym, 'ok');
      return 'ok';
    },
    run: (cpu, ctx) => functionOf(cpu, ctx.found?.map ?? 0, ctx.sym),
    unlockNull(cpu, ctx) {
      const { caller = ctx.map } = ctx;
      const loader = cpu.read(loaderOf);
      const asked = typeof ctx.handle === 'number' ? loader.maps[ctx.handle] : mapAt(loader, caller);
      if (asked !== undefined && ctx.handle !== 'next') {
        const error = `${nameIn(cpu, asked)}: undefined symbol: ${ctx.sym}`;
        if (passesCaller(cpu, caller, error, 'symbol lookup error')) return 'ok';
      }
      dropLoadLock(cpu);
      sayOf(cpu, ctx.map, 'dlsym.ret', ctx.sym, 'null');
      return 'ok';
    },
  },
);

function findByHandle(cpu: Cpu, ctx: DlsymFrame & { readonly caller: number }): Found | null {
  const loader = cpu.read(loaderOf);
  if (ctx.handle === 'default') return lookup(cpu, ctx.caller, ctx.sym, false);
  if (ctx.handle === 'next') {
    // "RTLD_NEXT used in code not dynamically loaded"
    if (codeAt(loader, ctx.map) === undefined) return null;
    let root = mapAt(loader, ctx.caller);
    while (root.loader !== null) root = mapAt(loader, root.loader);
    let passed = false;
    const skip = (m: LinkMap) => {
      if (passed) return false;
      passed = m.id === ctx.caller;
      return true;
    };
    return lookupIn(cpu, [root.closure ?? []], ctx.sym, { skip });
  }
  return lookupIn(cpu, [loader.maps[ctx.handle]?.closure ?? []], ctx.sym);
}

/** Waiting for the lock: the library may be closed meanwhile. Its destructor stays in the list, and the main program is held instead. */
export const registerTlsDtor = lifecycle<{ map: number; libc: number; body: string }>(
  'registerTlsDtor',
  {
    register: { source: 'stdlib/cxa_thread_atexit_impl.c:__cxa_thread_atexit_impl', on: { ok: 'done' }, visible: true },
  },
  {
    register(cpu, ctx) {
      if (!takeLoadLock(cpu)) return blocked;
      const { map, libc, body } = ctx;
      const holder = callerAt(cpu.edit(loaderOf), map);
      cpu
        .edit(tcbOf)
        .tlsDtors.push({ map, body: `bodies.${body}`, kind: 'tls_dtor', detail: body, dso: holder.id, libc });
      holder.tlsDtorCount++;
      dropLoadLock(cpu);
      return 'ok';
    },
  },
);

/** A thread-local destructor has run: its object is held once less, and nobody looks whether it may go. */
export const releaseTlsDtor = lifecycle<{ map: number }>(
  'releaseTlsDtor',
  { release: { source: 'stdlib/cxa_thread_atexit_impl.c:__call_tls_dtors', on: { ok: 'done' } } },
  {
    release(cpu, ctx) {
      const map = cpu.edit(loaderOf).maps[ctx.map];
      if (map === undefined) return 'ok';
      map.tlsDtorCount--;
      if (map.tlsDtorCount === 0 && programOf(cpu).release.tlsDtorsClearNodelete) map.nodelete = 'no';
      return 'ok';
    },
  },
);
