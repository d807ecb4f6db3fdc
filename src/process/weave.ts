/**
 * Claimants woven into the objects of a world: a scenario names who wants rseq and in which object, and what he does becomes a
 * constructor, a resolver, the beginning of a thread, as if his code were linked into that object.
 *
 * What can go wrong: code that changes what was described. Woven functions stand after the described ones of the same kind, so
 * that every index keeps its meaning; only a thread and main begin with the claim, since first use is what is asked about.
 */
import { type ClaimantProtocol, claimantNamed, offering } from '../rseq/claimants.js';
import { actionsOf } from '../scenario/names.js';
import type { ActionList, Claimant, World, WorldObject } from '../scenario/schema.js';

type Place = NonNullable<Claimant['at']>;

/** A wish that this world cannot grant, in words. */
export interface Unwoven {
  readonly reason: string;
}

interface Wish {
  readonly object: string;
  readonly act: ActionList;
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

/** Bodies with which the object starts threads. */
function threadBodies(object: WorldObject): string[] {
  const bodies = actionsOf(object).flatMap(({ action }) =>
    action.op === 'spawn' || action.op === 'start' ? [action.body] : [],
  );
  return [...new Set(bodies)];
}

function beginThreads(object: WorldObject, bodies: readonly string[], act: ActionList): WorldObject {
  const begun = bodies.map((body) => [body, [...act, ...(object.bodies?.[body] ?? [])]] as const);
  return { ...object, bodies: { ...object.bodies, ...Object.fromEntries(begun) } };
}

function exporting(object: WorldObject, sym: string, act: ActionList): WorldObject {
  return { ...object, funcs: { ...object.funcs, [sym]: act } };
}

/** In threads that the object starts; if it starts none, in those of the executable, through a call. */
function weaveThreads(world: World, object: WorldObject, wish: Wish): World | Unwoven {
  const own = threadBodies(object);
  if (own.length > 0) return withObject(world, wish.object, beginThreads(object, own, wish.act));
  const bodies = threadBodies(world.exe);
  if (bodies.length === 0) return { reason: 'claimant in a thread of a program that starts none' };
  const exe = beginThreads(world.exe, bodies, [{ op: 'call', sym: wish.sym }]);
  return withObject({ ...world, exe }, wish.object, exporting(object, wish.sym, wish.act));
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
    act: offering(protocol.actions.act, area),
    undo: offering(protocol.actions.undo, area),
    sym: `w_claim${index}`,
  };
}

/** The world with its claimants' code in it, or why that cannot be. */
export function weaveClaimants(world: World, claimants: readonly Claimant[]): { readonly world: World } | Unwoven {
  let woven = world;
  for (const [index, claimant] of claimants.entries()) {
    const protocol = claimantNamed(claimant.who);
    if (protocol === undefined) return { reason: `claimant ${claimant.who}` };
    const object = objectOf(woven, claimant.object);
    if (object === undefined) return { reason: `claimant in ${claimant.object}, which is no object` };
    const wish = wishOf(claimant, protocol, index);
    const next = weaveAt(woven, object, claimant.at ?? defaultPlace, wish);
    if ('reason' in next) return next;
    const after = objectOf(next, claimant.object);
    woven = after === undefined ? next : withObject(next, claimant.object, withUndo(after, wish.undo));
  }
  return { world: woven };
}
