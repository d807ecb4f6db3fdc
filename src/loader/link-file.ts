/**
 * A described object as the link editor sees it: how it is linked, which parts of glibc its code refers to, and what kind of
 * thread-local storage it has. Stands for the compiled object file (its undefined symbols and TLS accesses).
 *
 * What can go wrong: general dynamic TLS. In a shared object it calls `__tls_get_addr` of ld.so, which then stands in DT_NEEDED;
 * in an executable the link editor relaxes it, and the initial-exec model never makes the call.
 */
import { claimantNamed } from '../rseq/claimants.js';
import { actionsOf as placedActionsOf } from '../scenario/names.js';
import type { WorldObject } from '../scenario/world-schema.js';
import { type Action, rseqNamesOf } from './symbols.js';

/** An object file with everything about it that linking asks. */
export interface LinkedFile {
  readonly name: string;
  readonly object: WorldObject;
  /** What its code does; functions that nothing refers to are gone. */
  readonly actions: readonly Action[];
  /** A shared object, or how the executable is linked. */
  readonly shape: 'shared' | 'pie' | 'nopie';
  readonly isStatic: boolean;
  /** crti.o, crtbegin.o and their like are on the link line. */
  readonly startFiles: boolean;
  readonly usesThreads: boolean;
  readonly usesDlopen: boolean;
  readonly usesLdso: boolean;
  /** Thread-local variables, by the model they are accessed with. */
  readonly threadLocal: 'none' | 'initial-exec' | 'general-dynamic';
  /** Some of its thread-local variables that nobody can replace are reached by fixed distances from the thread pointer. */
  readonly ownStatic: boolean;
  /** Its segment of thread-local storage (PT_TLS); null where it has none. */
  readonly block: TlsBlock | null;
  /** Bytes from its begin to each area in it. */
  readonly areaAt: Readonly<Record<string, number>>;
}

/** A segment of thread-local storage, or one variable: bytes. */
export interface TlsBlock {
  readonly size: number;
  readonly align: number;
}

/** Functions of libpthread before it moved into libc: `pthread_create`, `pthread_join`, `pthread_key_create` ... */
const threadOps = new Set([
  'spawn',
  'start',
  'join',
  'detach',
  'pthread_exit',
  'tsd',
  'key_delete',
  'claim_busy_ok',
  'claim_note',
]);
/** Functions of libdl before it moved into libc. */
const dlopenOps = new Set(['dlopen', 'dlmopen', 'dlclose', 'dlsym_call']);
/** Calls that do not return: the compiler drops what follows them in the same list. */
export const lastOps: ReadonlySet<string> = new Set(['exit', '_exit', 'quick_exit', 'pthread_exit']);
/** Actions that create a thread of this object. */
const creatingOps = new Set(['spawn', 'start']);
/** Actions that keep a note of each thread in initial-exec storage. */
const perThreadOps = new Set(['claim_abi', 'claim_busy_ok', 'claim_note']);
/** Steps of a claimant in which it keeps one. */
const perThreadSteps = new Set(['register', 'unregister']);

function keepsNote(action: Action): boolean {
  return perThreadOps.has(action.op) || (action.op === 'claimant' && perThreadSteps.has(action.step));
}

/** Steps of a claimant whose code names its area; `init` names it where the decision is a first try to register. */
const areaSteps = new Set(['register', 'unregister', 'restore']);

function namesArea(action: Action): boolean {
  if (action.op !== 'claimant' || areaSteps.has(action.step)) return true;
  return action.step === 'init' && claimantNamed(action.who)?.rule?.once === 'first-try';
}

/** The areas that the file has: what its code refers to, and the exported one wherever the source names it. */
function areasOf(object: WorldObject, actions: readonly Action[]): ReadonlySet<string | null> {
  const areas = new Set<string | null>(
    actions.map((action) => ('area' in action && namesArea(action) ? action.area : null)),
  );
  if (rseqNamesOf(object).abi) areas.add('abi');
  else areas.delete('abi');
  return areas;
}

const linked = new WeakMap<WorldObject, LinkedFile>();

/** The object file behind a described object. */
export function linkedFile(name: string, object: WorldObject): LinkedFile {
  const known = linked.get(object);
  if (known?.name === name) return known;
  const file = readObject(name, object);
  linked.set(object, file);
  return file;
}

function readObject(name: string, object: WorldObject): LinkedFile {
  const actions = liveActions(object);
  const uses = (ops: ReadonlySet<string>) => actions.some((action) => ops.has(action.op));
  const areas = areasOf(object, actions);
  const shape = shapeOf(name, object);
  const dynamicTls = areas.has('tls');
  // Where threads are created, pthread_exit asks which of them it is in.
  const whoAmI = uses(creatingOps) && uses(new Set(['pthread_exit']));
  const variables = threadLocalVariables(object, actions, whoAmI);
  const ownStatic = (object.static_tls ?? 0) > 0 || actions.some(keepsNote) || whoAmI;
  const staticTls = ownStatic || areas.has('abi');
  return {
    name,
    object,
    actions,
    shape,
    isStatic: object.kind === 'static' || object.kind === 'static-pie',
    startFiles: object.libc !== false,
    usesThreads: uses(threadOps),
    usesDlopen: uses(dlopenOps),
    usesLdso: (shape === 'shared' && dynamicTls) || object.handled === 'copy',
    threadLocal: dynamicTls ? 'general-dynamic' : staticTls ? 'initial-exec' : 'none',
    ownStatic,
    block: blockOf(variables),
    areaAt: areasAt(areas),
  };
}

const area: TlsBlock = { size: 32, align: 32 };
const pointer: TlsBlock = { size: 8, align: 8 };
const note: TlsBlock = { size: 4, align: 4 };

/** Thread-local variables, those with an initial value first. Notes are one for each protocol and area. */
function threadLocalVariables(object: WorldObject, actions: readonly Action[], whoAmI: boolean): readonly TlsBlock[] {
  const areas = areasOf(object, actions);
  const notes = new Set(
    actions.filter(keepsNote).map((action) => JSON.stringify(['area' in action ? action.area : null, action.op])),
  );
  const padding = object.static_tls ?? 0;
  return [
    ...(areas.has('abi') ? [area] : []),
    ...(areas.has('tls') ? [area] : []),
    ...(padding > 0 ? [{ size: padding, align: padding >= area.align ? area.align : 1 }] : []),
    ...(whoAmI ? [pointer] : []),
    ...[...notes].map(() => note),
  ];
}

/** Where the areas begin in the block: they come first, the exported one before the other. */
function areasAt(areas: ReadonlySet<string | null>): LinkedFile['areaAt'] {
  const there = ['abi', 'tls'].filter((kind) => areas.has(kind));
  return Object.fromEntries(there.map((kind, i) => [kind, i * area.size]));
}

/** Variables one after the other, as the link editor lays them out. */
function blockOf(variables: readonly TlsBlock[]): TlsBlock | null {
  const end = variables.reduce((at, { size, align }) => roundUp(at, align) + size, 0);
  return end === 0 ? null : { size: end, align: Math.max(...variables.map(({ align }) => align)) };
}

/** The next multiple of an alignment. */
export function roundUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

function shapeOf(name: string, object: WorldObject): LinkedFile['shape'] {
  if (name !== 'exe') return 'shared';
  return object.kind === 'nopie' || object.kind === 'static' ? 'nopie' : 'pie';
}

/** Every action that a list can come to, in any function, children of a fork included. */
function reachedActions(object: WorldObject): readonly Action[] {
  const ends: { list: readonly (string | number)[]; at: number }[] = [];
  return placedActionsOf(object).flatMap(({ path, action }) => {
    const list = path.slice(0, -1);
    const isPast = ({ list: ended, at }: (typeof ends)[number]) =>
      ended.every((step, i) => step === path[i]) && Number(path[ended.length]) > at;
    if (ends.some(isPast)) return [];
    if (lastOps.has(action.op)) ends.push({ list, at: Number(path.at(-1)) });
    return [action];
  });
}

/** Actions of the functions that can be reached; the compiler drops a local function that nothing names. */
function liveActions(object: WorldObject): readonly Action[] {
  const { bodies = {}, ...rest } = object;
  const live = [...reachedActions(rest)];
  const kept = new Set<string>();
  for (let i = 0; i < live.length; i++) {
    const action = live[i];
    for (const name of action === undefined ? [] : bodiesNamedBy(action)) {
      const body = Object.hasOwn(bodies, name) && !kept.has(name) ? bodies[name] : undefined;
      if (body === undefined) continue;
      kept.add(name);
      live.push(...reachedActions({ main: body }));
    }
  }
  return live;
}

function bodiesNamedBy(action: Action): readonly string[] {
  if (action.op === 'atfork') return [action.prepare, action.parent, action.child];
  if (action.op === 'tsd') return action.dtor === null ? [] : [action.dtor];
  return 'body' in action ? [action.body] : [];
}
