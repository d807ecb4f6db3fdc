/**
 * Where a described function finds things: its action list, its handles and keys, and the rseq names as its object's references
 * were bound. Stands for the object's own code and data.
 *
 * What can go wrong: a reference that is not relocated yet, or that the link editor resolved to null, finds nothing; that is
 * what the real code sees too.
 */

import { type Image, imagesOf, ownTlsKey, tlsImagesOf } from '../libc/memory.js';
import { describedObject, isStatic, type Program, programOf } from '../libc/program.js';
import { tcbOf } from '../libc/state.js';
import { areaAddress } from '../libc/syscalls.js';
import { dieOf } from '../libc/trace.js';
import { type LinkMap, loaderOf } from '../loader/linkmap.js';
import { ownDefinition } from '../loader/symbols.js';
import type { Cpu } from '../machine/cpu.js';
import { type Action, type ActionList, AREAS } from '../scenario/action-schema.js';

/** What the key destructors of the claim protocols do; no object describes it. */
const releases: Readonly<Record<string, ActionList>> = Object.fromEntries([
  ...AREAS.map((area) => [`@unregister.${area}`, [{ op: 'rseq', cmd: 'unregister', area }] satisfies ActionList]),
  ...AREAS.map((area) => [
    `@unregister-or-abort.${area}`,
    [{ op: 'claimant', who: 'C-13', step: 'unregister', area }] satisfies ActionList,
  ]),
]);

/** The action list at `at`, a path such as `ctors.0.do`, in the object `file`. */
export function actionsAt(program: Program, file: string, at: string): ActionList {
  const undo = releases[at];
  if (undo !== undefined) return undo;
  let value: unknown = describedObject(program, file);
  for (const step of at.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return [];
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return Array.isArray(value) ? (value as ActionList) : [];
}

/** The object whose code acts. Where another thread has closed it meanwhile, the next instruction is a page fault. */
export function mapOf(cpu: Cpu, id: number): LinkMap {
  return cpu.read(loaderOf).maps[id] ?? dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/** The data of the object whose code acts, for writing; a page fault as in {@link mapOf}. */
export function imageOf(cpu: Cpu, id: number): Image {
  return cpu.edit(imagesOf).images[id] ?? dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/** The map whose definition of `sym` the object's reference found; null when it found none. */
export function symbolTarget(cpu: Cpu, id: number, sym: string): number | null {
  const program = programOf(cpu);
  const map = mapOf(cpu, id);
  const bound = map.got[sym];
  if (bound !== undefined) return bound;
  const object = describedObject(program, map.file);
  if (map.file !== 'exe' || object === undefined) return null;
  if (ownDefinition(program, map.file, object, sym) !== null) return id;
  return isStatic(program) && staticDefines(program, sym) ? id : null;
}

/** What libc.a brings into a static program. */
function staticDefines(program: Program, sym: string): boolean {
  if (sym === '__rseq_size') return program.rseq.sizeSymbols;
  if (sym === '__rseq_handled') return program.rseq.ownerFlag !== 'none';
  return sym === '__rseq_abi' && program.rseq.area === 'rseq_abi';
}

export type AreaName = Extract<Action, { op: 'rseq' }>['area'];

/**
 * The thread-local variable of an object that a static program opened. Its `__tls_get_addr` is that of a second ld.so, which has seen
 * no generation of blocks: in the main thread it takes the zero in the table for an address, so that the variable is at NULL or a
 * little after it; in later threads it faults, unless it finds a static block in their tables.
 *
 * @source elf/dl-tls.c:__tls_get_addr; elf/dl-open.c:update_tls_slotinfo (the table is brought up to date only if SHARED)
 */
function keyInStaticProgram(cpu: Cpu, id: number): string | null {
  if (cpu.read(tcbOf).isMain) return null;
  const found = programOf(cpu).release.staticThreadsFindBlocks && typeof mapOf(cpu, id).tlsOffset === 'number';
  return found ? ownTlsKey(cpu, id) : dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/**
 * Whether a library of the program is looked at before the main thread's table of blocks has been filled, which happens when all is
 * relocated: its zero is taken for an address.
 *
 * @source elf/dl-tls.c:__tls_get_addr, _dl_allocate_tls_init; elf/rtld.c:dl_main
 */
function isBeforeTable(cpu: Cpu, id: number): boolean {
  return mapOf(cpu, id).type === 'library' && !cpu.read(tlsImagesOf).ready;
}

/**
 * The thread-local variable of a library, which may be looked at by its own resolvers before dlopen has entered it in the table of blocks:
 * at NULL by the zero at a number that was never used; a page fault where the block of another was freed there, for then a new one is
 * allocated for an object that the table does not have.
 *
 * @source elf/dl-tls.c:__tls_get_addr, tls_get_addr_tail; elf/dl-open.c:dl_open_worker_begin
 */
function keyOfOpened(cpu: Cpu, id: number): string | null {
  const pending = cpu.read(loaderOf).tlsPending[id];
  if (pending === 'new') return null;
  return pending === 'freed' ? dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR') : ownTlsKey(cpu, id);
}

/** Key of the area an action names, for the object mapped as `id`; null when the name is not there. */
export function areaKey(cpu: Cpu, id: number, area: AreaName): string | null {
  if (area === 'static') return `static:${id}`;
  if (area === 'tls') {
    if (mapOf(cpu, id).file === 'exe') return ownTlsKey(cpu, id);
    if (isStatic(programOf(cpu))) return keyInStaticProgram(cpu, id);
    return isBeforeTable(cpu, id) ? null : keyOfOpened(cpu, id);
  }
  if (area === 'libc') return symbolTarget(cpu, id, '__rseq_size') === null ? null : 'libc';
  const target = symbolTarget(cpu, id, '__rseq_abi');
  return target === null ? null : `abi:${target}`;
}

/** Address of that area; NULL when the name is not there. */
export function addressOf(cpu: Cpu, id: number, area: AreaName): bigint {
  const key = areaKey(cpu, id, area);
  return key === null ? 0n : areaAddress(cpu, key);
}
