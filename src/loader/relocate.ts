/**
 * Relocating one object: data table first, then the PLT; resolvers run where a reference asks for them, and IRELATIVE entries
 * wait for the end of their table. In glibc: elf/dl-reloc.c:_dl_relocate_object, elf/do-rel.h, sysdeps/x86_64/dl-machine.h.
 *
 * What can go wrong: a resolver runs once for each reference, in an object that may not be relocated itself. Lazy slots are only
 * rebased here; their symbols are looked up at the first call.
 */

import { fatal } from '../libc/end.js';
import { bindFlag } from '../libc/guard.js';
import { imagesOf } from '../libc/memory.js';
import { describedObject, type Program, programOf } from '../libc/program.js';
import { libcCopy } from '../libc/state.js';
import { note } from '../libc/trace.js';
import type { Cpu } from '../machine/cpu.js';
import { type Call, lifecycle } from '../machine/lifecycle.js';
import {
  type LinkMap,
  type Loader,
  ldso,
  libc,
  libpthread,
  loaderOf,
  mapAt,
  mapFacts,
  nameOf,
  namespaceAt,
} from './linkmap.js';
import { bindCleanUps, type Found, lookup, lookupIn, scopeLists } from './lookup.js';
import { needStaticTls } from './static-tls.js';
import { tellSymbind } from './symbind.js';
import { ownDefinition, referenceKept, rseqNamesOf } from './symbols.js';
import { blankStaticTls } from './tls-again.js';

export interface RelocFrame {
  map: number;
  lazy: boolean;
  /** `__RTLD_AUDIT`: hooks are off while an audit module itself is relocated. */
  audit: boolean;
  /** Entries still to do, as indices into the file's list; IRELATIVE ones moved to the end of their table. */
  at: number;
  found: Found | null;
}

interface Entry {
  table: string;
  type: string;
  sym: string;
}

const orders = { lazy: new WeakMap<object, readonly Entry[]>(), eager: new WeakMap<object, readonly Entry[]>() };

/** Entries in the order the loader processes them: bound eagerly, the two tables are one range. */
function entriesOf(cpu: Cpu, map: LinkMap, lazy: boolean): readonly Entry[] {
  const facts = mapFacts(cpu, map);
  const memo = lazy ? orders.lazy : orders.eager;
  let order = memo.get(facts);
  if (order === undefined) {
    const all = facts.relocs.map(([table, type, sym]) => ({ table, type, sym }));
    const dyn = all.filter((e) => e.table !== 'plt');
    const plt = all.filter((e) => e.table === 'plt');
    order = lazy ? [...irelativeLast(dyn), ...irelativeLast(plt)] : irelativeLast([...dyn, ...plt]);
    memo.set(facts, order);
  }
  return order;
}

function irelativeLast(entries: readonly Entry[]): readonly Entry[] {
  return [...entries.filter((e) => e.type !== 'IRELATIVE'), ...entries.filter((e) => e.type === 'IRELATIVE')];
}

export function relocFrame(map: number, lazy: boolean, audit: boolean): RelocFrame {
  return { map, lazy, audit, at: 0, found: null };
}

/** Run the resolver of `sym` in `map`. */
export function callResolver(map: number, sym: string): Call {
  return { call: 'function', ctx: { map, kind: 'resolver', detail: sym, result: '', at: `ifuncs.${sym}.resolver` } };
}

export const relocateObject = lifecycle<RelocFrame>(
  'relocateObject',
  {
    begin: { source: 'elf/dl-reloc.c:_dl_relocate_object', on: { entries: 'next', already: 'done', failed: 'done' } },
    next: {
      source: 'elf/do-rel.h:elf_dynamic_do_Rela',
      on: { returned: 'bound', bound: 'bound', skip: 'next', end: 'protect', failed: 'done' },
    },
    bound: { source: 'sysdeps/x86_64/dl-machine.h:elf_machine_rela', on: { returned: 'next', next: 'next' } },
    protect: { source: 'elf/dl-reloc.c:_dl_protect_relro', on: { ok: 'done' } },
  },
  {
    begin(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      const map = mapAt(loader, ctx.map);
      cpu.give(null);
      if (map.relocated) return 'already';
      if (ctx.audit) map.plainPlt = true;
      if (map.pltState === 'mapped') map.pltState = 'raw';
      if (mapFacts(cpu, map).bind_now && !ignoresBindNow(cpu, loader, ctx)) ctx.lazy = false;
      bindRseqNames(cpu, loader, map);
      bindCleanUps(cpu, map);
      const without = needStaticTls(cpu, map, (given) => blankStaticTls(cpu, given));
      if (without === null) return 'entries';
      cpu.give(`${nameIn(cpu, without)}: cannot allocate memory in static TLS block`);
      return 'failed';
    },
    next(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      const map = mapAt(loader, ctx.map);
      const entry = entriesOf(cpu, map, ctx.lazy)[ctx.at];
      if (entry === undefined) return 'end';
      ctx.at++;
      ctx.found = null;
      if (entry.table === 'plt' && map.pltState === 'raw') map.pltState = ctx.lazy ? 'ready' : 'binding';
      // Bound at once, resolvers that no symbol names come after everything else of the object.
      if (entry.type === 'IRELATIVE' && !ctx.lazy) map.pltState = 'ready';
      if (entry.type === 'IRELATIVE') return callResolver(map.id, entry.sym.replace(/^res_/, ''));
      if (entry.type === 'JUMP_SLOT' && ctx.lazy) return 'skip';
      if (entry.type === 'COPY') {
        copyFlag(cpu, loader, map, entry.sym);
        return 'skip';
      }
      ctx.found = lookup(cpu, map.id, entry.sym, true);
      return bindEntry(cpu, map, entry, ctx.found);
    },
    bound(cpu, ctx) {
      const map = mapAt(cpu.read(loaderOf), ctx.map);
      const entry = entriesOf(cpu, map, ctx.lazy)[ctx.at - 1];
      if (entry === undefined || ctx.found === null || entry.type !== 'JUMP_SLOT') return 'next';
      if (!programOf(cpu).release.auditBindNow) return 'next';
      return tellSymbind(ctx.map, ctx.found.map, entry.sym, 'relocation');
    },
    protect(cpu, ctx) {
      const map = mapAt(cpu.edit(loaderOf), ctx.map);
      map.relocated = true;
      map.pltState = 'ready';
      cpu.give(null);
      return 'ok';
    },
  },
);

function ignoresBindNow(cpu: Cpu, loader: Loader, ctx: RelocFrame): boolean {
  return programOf(cpu).release.auditIgnoresBindNow && loader.auditors.length > 0 && !ctx.audit;
}

function bindEntry(cpu: Cpu, map: LinkMap, entry: Entry, found: Found | null): string | Call {
  if (found === null) {
    if (entry.sym.startsWith('__')) {
      map.got[entry.sym] = null;
      return 'skip';
    }
    cpu.give(`${nameIn(cpu, map)}: undefined symbol: ${entry.sym}`);
    return 'failed';
  }
  if (entry.type === 'JUMP_SLOT') map.plt[entry.sym] = found.map;
  else map.got[entry.sym] = found.map;
  if (found.kind !== 'ifunc') return 'bound';
  const definer = mapAt(cpu.read(loaderOf), found.map);
  if (definer.id !== map.id && !definer.relocated) warnRelink(cpu, map, definer, entry.sym);
  return callResolver(found.map, entry.sym);
}

/** How messages call an object: the executable by the name it was started with. */
export function nameIn(cpu: Cpu, map: LinkMap): string {
  return map.file === 'exe' ? 'exe' : nameOf(programOf(cpu), map);
}

function warnRelink(cpu: Cpu, map: LinkMap, definer: LinkMap, sym: string): void {
  const { release } = programOf(cpu);
  if (definer.type !== 'executable') {
    const text = `exe: Relink \`${nameIn(cpu, map)}' with \`${nameIn(cpu, definer)}' for IFUNC symbol \`${sym}'\n`;
    note(cpu, { obj: 'process', kind: 'stderr', detail: text });
    return;
  }
  if (!release.refusesExecutableResolver) return;
  fatal(
    cpu,
    `exe: IFUNC symbol '${sym}' referenced in '${nameIn(cpu, map)}' is defined in the executable and creates an unsatisfiable circular dependency.\n`,
  );
}

/** The copy takes the bytes of the first definition outside the executable, as they are now. */
function copyFlag(cpu: Cpu, loader: Loader, map: LinkMap, sym: string): void {
  const from = lookupIn(cpu, scopeLists(loader, map), sym, { skip: (m) => m.id === map.id });
  const images = cpu.edit(imagesOf).images;
  const source = from === null ? undefined : images[from.map];
  const image = images[map.id];
  if (image !== undefined) image.handled = source?.handled ?? 0;
  map.got[sym] = map.id;
}

/** References to the names of rseq that the recorded facts of a file leave out: thread-local ones, and those of glibc. */
function bindRseqNames(cpu: Cpu, loader: Loader, map: LinkMap): void {
  const program = programOf(cpu);
  const object = describedObject(program, map.file);
  const names = object === undefined ? null : rseqNamesOf(object);
  const glibcUsesAbi = (map.file === libc || map.file === libpthread) && program.rseq.area === 'rseq_abi';
  const abiRefs = names?.abiRefs === true && referenceKept(program, map.file, '__rseq_abi');
  if (abiRefs || glibcUsesAbi) bindName(cpu, map, '__rseq_abi');
  noteArea(cpu, loader, map);
  if (names?.sizeRefs === true && referenceKept(program, map.file, '__rseq_size')) bindName(cpu, map, '__rseq_size');
  if (map.file === ldso && program.rseq.ownerFlag === 'ldso') bindName(cpu, map, '__rseq_handled');
  if (map.file === libc && libcWritesFlag(program)) {
    bindName(cpu, map, '__rseq_handled');
    bindFlag(cpu, map.id, map.got.__rseq_handled ?? null);
  }
}

/** Which `__rseq_abi` a libc copy registers: the one that the library which makes the calls refers to. */
function noteArea(cpu: Cpu, loader: Loader, map: LinkMap): void {
  const { areaIn } = programOf(cpu).rseq;
  const copy = areaIn === 'libc' ? (map.file === libc ? map.id : null) : namespaceAt(loader, map.ns).libc;
  if (copy === null || map.file !== (areaIn === 'libc' ? libc : libpthread)) return;
  libcCopy(cpu, copy, true).abi = map.got.__rseq_abi ?? null;
}

function libcWritesFlag({ rseq }: Program): boolean {
  return rseq.ownerFlag !== 'none' && (rseq.ownerFlagAt === 'registration' || rseq.ownerFlagStates === 'four');
}

function bindName(cpu: Cpu, map: LinkMap, sym: string): void {
  const own = describedObject(programOf(cpu), map.file);
  if (map.file === 'exe' && own !== undefined && ownDefinition(programOf(cpu), 'exe', own, sym) !== null) {
    map.got[sym] = map.id;
    return;
  }
  map.got[sym] = lookup(cpu, map.id, sym, true)?.map ?? null;
}
