/**
 * Claimants woven into the objects of a world: a scenario names who wants rseq and in which object, and what he does becomes a
 * constructor, a resolver, the beginning of a thread, as if his code were linked into that object.
 *
 * What can go wrong: code that changes what was described. Woven functions stand after the described ones of the same kind, so
 * that every index keeps its meaning; only a thread and main begin with the claim, since first use is what is asked about.
 */
import { type ClaimantProtocol, claimantNamed, isWoven, offering } from '../rseq/claimants.js';
import { actionsOf } from '../scenario/names.js';
import type { ActionList, Claimant, World, WorldObject } from '../scenario/schema.js';

type Place = NonNullable<Claimant['at']>;

/** A wish that this world cannot grant, in words. */
export interface Unwoven {
  readonly reason: string;
}

interface Wish {
  readonly object: string;
  /** In a constructor before everything else of this claimant. */
  readonly init: ActionList;
  readonly act: ActionList;
  /** At the end of a thread in which it acted. */
  readonly leave: ActionList;
  readonly undo: ActionList;
  /** A symbol for the woven function, different for each wish. */
  readonly sym: string;
}

const defaultPlace: Place = 'ctor';

function objectOf(world: World, name: string): WorldObject | undefined {
  if (name === 'exe') return world.exe;
  return Object.hasOwn(world.objects, name) ? world.objects[name] : undefined;
}

function withObject(world: World, name: string, object: WorldObject): World {
  if (name === 'exe') return { ...world, exe: object };
  return { ...world, objects: { ...world.objects, [name]: object } };
}

function withUndo(object: WorldObject, undo: ActionList): WorldObject {
  return undo.length === 0 ? object : { ...object, dtors: [...(object.dtors ?? []), { do: undo }] };
}

function withInit(object: WorldObject, init: ActionList): WorldObject {
  return init.length === 0 ? object : { ...object, ctors: [...(object.ctors ?? []), { do: init }] };
}

/** Bodies with which the object starts threads. */
function threadBodies(object: WorldObject): string[] {
  const bodies = actionsOf(object).flatMap(({ action }) =>
    action.op === 'spawn' || action.op === 'start' ? [action.body] : [],
  );
  return [...new Set(bodies)];
}

function aroundThreads(
  object: WorldObject,
  bodies: readonly string[],
  { act, leave }: Pick<Wish, 'act' | 'leave'>,
): WorldObject {
  const around = bodies.map((body) => [body, [...act, ...(object.bodies?.[body] ?? []), ...leave]] as const);
  return { ...object, bodies: { ...object.bodies, ...Object.fromEntries(around) } };
}

function exporting(object: WorldObject, sym: string, act: ActionList): WorldObject {
  return { ...object, funcs: { ...object.funcs, [sym]: act } };
}

/** In threads that the object starts; if it starts none, in those of the executable, through a call. */
function weaveThreads(world: World, object: WorldObject, wish: Wish): World | Unwoven {
  const own = threadBodies(object);
  if (own.length > 0) return withObject(world, wish.object, aroundThreads(object, own, wish));
  const bodies = threadBodies(world.exe);
  if (bodies.length === 0) return { reason: 'claimant in a thread of a program that starts none' };
  const leaving = `${wish.sym}_leave`;
  const leave: ActionList = wish.leave.length === 0 ? [] : [{ op: 'call', sym: leaving }];
  const exe = aroundThreads(world.exe, bodies, { act: [{ op: 'call', sym: wish.sym }], leave });
  const exported = exporting(object, wish.sym, wish.act);
  const both = wish.leave.length === 0 ? exported : exporting(exported, leaving, wish.leave);
  return withObject({ ...world, exe }, wish.object, both);
}

function weaveMain(world: World, object: WorldObject, wish: Wish): World {
  if (wish.object === 'exe') return { ...world, exe: { ...world.exe, main: [...wish.act, ...(world.exe.main ?? [])] } };
  const main: ActionList = [{ op: 'call', sym: wish.sym }, ...(world.exe.main ?? [])];
  return withObject({ ...world, exe: { ...world.exe, main } }, wish.object, exporting(object, wish.sym, wish.act));
}

function weaveAt(world: World, object: WorldObject, place: Place, wish: Wish): World | Unwoven {
  const { act, sym } = wish;
  switch (place) {
    case 'ctor':
      return withObject(world, wish.object, { ...object, ctors: [...(object.ctors ?? []), { do: act }] });
    case 'init':
      return withObject(world, wish.object, { ...object, init: [...(object.init ?? []), ...act] });
    case 'preinit':
      if (wish.object !== 'exe') return { reason: 'claimant in the preinit array of a shared object' };
      return { ...world, exe: { ...world.exe, preinit: [...(world.exe.preinit ?? []), act] } };
    case 'resolver': {
      const ifuncs = { ...object.ifuncs, [sym]: { resolver: act, impl: [], hidden: true } };
      const refs = [...(object.refs ?? []), { sym, how: 'data' as const }];
      return withObject(world, wish.object, { ...object, ifuncs, refs });
    }
    case 'main':
      return weaveMain(world, object, wish);
    case 'thread':
      return weaveThreads(world, object, wish);
  }
}

function wishOf(claimant: Claimant, protocol: ClaimantProtocol, index: number): Wish {
  const area = claimant.area ?? protocol.area;
  return {
    object: claimant.object,
    init: offering(protocol.actions.init ?? [], area),
    act: offering(protocol.actions.act, area),
    leave: offering(protocol.actions.leave ?? [], area),
    undo: offering(protocol.actions.undo, area),
    sym: `w_claim${index}`,
  };
}

/** Why a claimant has no code to weave. */
function unwoven({ id, name, kernels }: ClaimantProtocol): string {
  if (kernels === undefined) return `claimant ${id} (${name}), which has no code`;
  return `claimant ${id} (${name}) in an object: it is the kernel ${kernels.join(' or ')}`;
}

/** The world with its claimants' code in it, or why that cannot be. */
export function weaveClaimants(world: World, claimants: readonly Claimant[]): { readonly world: World } | Unwoven {
  let woven = world;
  for (const [index, claimant] of claimants.entries()) {
    const protocol = claimantNamed(claimant.who);
    if (protocol === undefined) return { reason: `claimant ${claimant.who}` };
    if (!isWoven(protocol)) return { reason: unwoven(protocol) };
    const object = objectOf(woven, claimant.object);
    if (object === undefined) return { reason: `claimant in ${claimant.object}, which is no object` };
    const wish = wishOf(claimant, protocol, index);
    const begun = withInit(object, wish.init);
    const next = weaveAt(withObject(woven, claimant.object, begun), begun, claimant.at ?? defaultPlace, wish);
    if ('reason' in next) return next;
    const after = objectOf(next, claimant.object);
    woven = after === undefined ? next : withObject(next, claimant.object, withUndo(after, wish.undo));
  }
  return { world: woven };
}
