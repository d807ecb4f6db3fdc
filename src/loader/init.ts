/**
 * Constructors: the object with DF_1_INITFIRST, the executable's preinit array, then the init list from its end. In glibc:
 * elf/dl-init.c:_dl_init, call_init; csu/libc-start.c:call_init for the executable.
 *
 * What can go wrong: an object is marked as initialised before its constructors run, so a constructor that opens its own object
 * does not start it again, and a nested open starts objects of the outer one early.
 */

import { constructorsOver, countLibcs } from '../libc/guard.js';
import { tlsImagesOf } from '../libc/memory.js';
import { describedObject, isStatic, type Program, programOf } from '../libc/program.js';
import { registerMain, registerMainAt } from '../libc/rseq-registration.js';
import { libcCopy } from '../libc/state.js';
import { setRobustList, setTidAddress } from '../libc/syscalls.js';
import { dieOf } from '../libc/trace.js';
import type { Cpu } from '../machine/cpu.js';
import { type Call, lifecycle } from '../machine/lifecycle.js';
import type { WorldObject } from '../scenario/world-schema.js';
import { factsOf, libc, libpthread, loaderOf, mapAt, namespaceAt } from './linkmap.js';

interface InitFrame {
  root: number;
  /** Place in the init list, from its end. */
  at: number;
  preinit: number;
}

export function initFrame(root: number): InitFrame {
  return { root, at: -1, preinit: 0 };
}

export const runInit = lifecycle<InitFrame>(
  'runInit',
  {
    initfirst: { source: 'elf/dl-init.c:_dl_init', on: { none: 'preinit', returned: 'preinit' } },
    preinit: { source: 'elf/dl-init.c:_dl_init', on: { returned: 'preinit', end: 'constructors' } },
    constructors: { source: 'elf/dl-init.c:_dl_init', on: { returned: 'constructors', end: 'done' } },
  },
  {
    initfirst(cpu) {
      const { initfirst } = cpu.read(loaderOf);
      if (initfirst === null) return 'none';
      cpu.edit(loaderOf).initfirst = null;
      return { call: 'initObject', ctx: { map: initfirst, next: 0, started: false } };
    },
    preinit(cpu, ctx) {
      const root = mapAt(cpu.read(loaderOf), ctx.root);
      const entries = root.type === 'executable' ? (programOf(cpu).world.exe.preinit ?? []) : [];
      if (ctx.preinit === 0) preinitComes(cpu, ctx.root);
      if (ctx.preinit >= entries.length) return 'end';
      return preinitCall(ctx.root, entries.length - 1 - ctx.preinit++);
    },
    constructors(cpu, ctx) {
      const list = mapAt(cpu.read(loaderOf), ctx.root).initfini ?? [];
      if (ctx.at < 0) {
        overrun(cpu, ctx.root);
        ctx.at = list.length;
      }
      const map = list[--ctx.at];
      if (map === undefined) {
        constructorsOver(cpu);
        return 'end';
      }
      return { call: 'initObject', ctx: { map, next: 0, started: false } };
    },
  },
);

/**
 * The init list is walked from the length of the search list, which is read after the preinit functions: what they opened with
 * RTLD_GLOBAL has made it longer than the init list, and behind that stands a null.
 *
 * @source elf/dl-init.c:_dl_init; elf/dl-deps.c:_dl_map_object_deps
 */
function overrun(cpu: Cpu, root: number): void {
  const { type, closure, initfini } = mapAt(cpu.read(loaderOf), root);
  if (type === 'executable' && (closure?.length ?? 0) > (initfini?.length ?? 0)) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/** libc's own constructor: it counts libcs, and some proposals register here. `@source csu/init-first.c:_init` */
function libcInit(cpu: Cpu, map: number): void {
  countLibcs(cpu, map);
  registerMainAt(cpu, 'libc-init', map);
}

/** Ahead of the executable's preinit array. */
function preinitComes(cpu: Cpu, root: number): void {
  const copy = libcOfMap(cpu, root);
  if (mapAt(cpu.read(loaderOf), root).file === 'exe' && copy !== null) registerMainAt(cpu, 'preinit', copy);
}

/** An entry of the preinit array. The compiler lays out one file's entries from the last to the first. */
export function preinitCall(map: number, index: number): Call {
  return { call: 'function', ctx: { map, kind: 'preinit', detail: String(index), result: '', at: `preinit.${index}` } };
}

interface ObjectFrame {
  map: number;
  next: number;
  started: boolean;
}

/** Function entries of an array in the order the linker lays them out: priorities first, then the others. */
export function inArrayOrder(entries: WorldObject['ctors']): readonly { index: number; prio: number | null }[] {
  const all = (entries ?? []).map((entry, index) => ({ index, prio: entry.prio ?? null }));
  return all.sort((a, b) => rankOf(a.prio) - rankOf(b.prio) || a.index - b.index);
}

/** Priority 65535 is the default one: such a function stands among those without. */
export const defaultPriority = 65535;

function rankOf(prio: number | null): number {
  return prio ?? defaultPriority;
}

function detailOf(entry: { index: number; prio: number | null }): string {
  return entry.prio === null ? String(entry.index) : `${entry.index} prio=${entry.prio}`;
}

/** A constructor or destructor of the described object. */
export function arrayCall(map: number, kind: 'ctor' | 'dtor', entry: { index: number; prio: number | null }): Call {
  const at = `${kind}s.${entry.index}.do`;
  return { call: 'function', ctx: { map, kind, detail: detailOf(entry), result: '', at } };
}

/** DT_INIT and the init array of an object, by position; null after the last. */
export function initEntry(object: WorldObject | undefined, map: number, next: number, runsInit = true): Call | null {
  if (object === undefined) return null;
  const hasInit = object.init === undefined || !runsInit ? 0 : 1;
  if (next < hasInit) return { call: 'function', ctx: { map, kind: 'init', detail: '', result: '', at: 'init' } };
  const entry = inArrayOrder(object.ctors)[next - hasInit];
  return entry === undefined ? null : arrayCall(map, 'ctor', entry);
}

export const initObject = lifecycle<ObjectFrame>(
  'initObject',
  {
    begin: { source: 'elf/dl-init.c:call_init', on: { skip: 'done', run: 'next', returned: 'next' } },
    next: { source: 'elf/dl-init.c:call_init', on: { returned: 'next', end: 'done' } },
  },
  {
    begin(cpu, ctx) {
      if (cpu.read(loaderOf).maps[ctx.map]?.initCalled !== false) return 'skip';
      const map = mapAt(cpu.edit(loaderOf), ctx.map);
      if (map.real !== null && programOf(cpu).release.proxyNotInitialised) return 'skip';
      map.initCalled = true;
      if (map.file === libc && map.ns === 0 && ctypeFaults(cpu)) return dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
      if (map.type === 'executable' && map.file === 'exe') return 'skip';
      if (map.file === libc) libcInit(cpu, map.id);
      return map.file === libpthread ? { call: 'initLibpthread', ctx: { map: ctx.map } } : 'run';
    },
    next(cpu, ctx) {
      const map = mapAt(cpu.read(loaderOf), ctx.map);
      return initEntry(describedObject(programOf(cpu), map.file), ctx.map, ctx.next++) ?? 'end';
    },
  },
);

/**
 * Whether start-up goes through DT_INIT. Code linked into the executable (static programs, and `__libc_csu_init` up to 2.33)
 * calls `_init` by name instead, so a function named only by DT_INIT is passed over.
 */
function runsDtInit(program: Program): boolean {
  return !isStatic(program) && !program.release.exeInitInExe && program.world.link_with === undefined;
}

function ctypeFaults(cpu: Cpu): boolean {
  return programOf(cpu).release.ctypeInLibcInit && !cpu.read(tlsImagesOf).ready;
}

/** The executable's own DT_INIT and array, run from `__libc_start_main`; in a static program the preinit array first. */
export const initExecutable = lifecycle<{ map: number; preinit: boolean; next?: number }>(
  'initExecutable',
  { next: { source: 'csu/libc-start.c:call_init', on: { returned: 'next', end: 'done' } } },
  {
    next(cpu, ctx) {
      const { exe } = programOf(cpu).world;
      const next = ctx.next ?? 0;
      const before = ctx.preinit ? (exe.preinit ?? []).length : 0;
      ctx.next = next + 1;
      if (next < before) return preinitCall(ctx.map, before - 1 - next);
      if (ctx.preinit && next === before && programOf(cpu).rseq.staticAt === 'constructors') registerMain(cpu, ctx.map);
      return initEntry(exe, ctx.map, next - before, runsDtInit(programOf(cpu))) ?? 'end';
    },
  },
);

/** DT_INIT of a libpthread that stands apart: the thread's id and robust list, and in v4 its rseq. */
export const initLibpthread = lifecycle<{ map: number }>(
  'initLibpthread',
  {
    tid: {
      source: 'nptl/nptl-init.c:__pthread_initialize_minimal_internal',
      on: { ok: 'rseq', skip: 'done' },
      visible: true,
    },
    rseq: { source: 'nptl/nptl-init.c:__pthread_initialize_minimal_internal', on: { ok: 'robustList' }, visible: true },
    robustList: { source: 'nptl/nptl-init.c:__pthread_initialize_minimal_internal', on: { ok: 'done' }, visible: true },
  },
  {
    tid(cpu) {
      if (!programOf(cpu).release.separateLibpthread) return 'skip';
      setTidAddress(cpu);
      return 'ok';
    },
    robustList(cpu) {
      setRobustList(cpu);
      return 'ok';
    },
    rseq(cpu, ctx) {
      const copy = libcOfMap(cpu, ctx.map);
      if (copy === null) return 'ok';
      libcCopy(cpu, copy, true).libpthread = ctx.map;
      registerMainAt(cpu, 'libpthread-init', copy);
      return 'ok';
    },
  },
);

/** The libc of a map's namespace: its link map id. */
export function libcOfMap(cpu: Cpu, map: number): number | null {
  const loader = cpu.read(loaderOf);
  const { file, ns } = mapAt(loader, map);
  // A static program has its libc in itself, whatever it opens.
  if (file === 'exe' && isStatic(programOf(cpu))) return map;
  return namespaceAt(loader, ns).libc;
}

/** `__dso_handle` of an object: null in an executable at a fixed address, whose start files set none (crtbegin.o, crtbeginT.o). */
export function dsoHandle(cpu: Cpu, map: number): number | null {
  const { file } = mapAt(cpu.read(loaderOf), map);
  return factsOf(programOf(cpu), file).type === 'exec' ? null : map;
}
