/**
 * Programs that call themselves without end: a function that calls its own symbol, a thread body that starts itself, a handler
 * that registers itself again. The real thing overflows its stack, runs out of tasks or runs for ever; actions have no
 * conditions, so what is written in a circle runs in a circle.
 *
 * What can go wrong: a circle that the real thing cuts. Destructors of thread-specific data run in four rounds at most, so a
 * destructor that sets its own key again is none; and a function that asks for the next of its own name finds another.
 */
import type { Action, ActionList, World, WorldObject } from '../scenario/schema.js';

/** A function of an object: `a body f`, or `symbol w_f` for whatever defines it. */
type Node = string;

const body = (object: string, name: string): Node => `body ${object} ${name}`;
const symbol = (name: string): Node => `symbol ${name}`;

/** What an action of an object runs, now or later. */
function runBy(object: string, action: Action): readonly Node[] {
  switch (action.op) {
    case 'call':
      return [symbol(action.sym)];
    case 'dlsym_call':
      return action.handle === 'next' ? [] : [symbol(action.sym)];
    case 'spawn':
    case 'start':
    case 'signal':
    case 'tls_dtor':
    case 'atexit':
    case 'at_quick_exit':
    case 'on_exit':
      return action.body === null ? [] : [body(object, action.body)];
    case 'fork':
      return action.child.flatMap((inner) => runBy(object, inner));
    default:
      return [];
  }
}

/** The functions of an object that others can run, each with its actions. */
function functionsOf(name: string, object: WorldObject): readonly (readonly [Node, ActionList])[] {
  const bodies = Object.entries(object.bodies ?? {}).map(([key, act]) => [body(name, key), act] as const);
  const funcs = Object.entries(object.funcs ?? {}).map(([key, act]) => [symbol(key), act] as const);
  const ifuncs = Object.entries(object.ifuncs ?? {}).map(
    ([key, { resolver, impl }]) => [symbol(key), [...resolver, ...impl]] as const,
  );
  return [...bodies, ...funcs, ...ifuncs];
}

/** Whether some function of the world runs itself, directly or through others. */
export function runsInCircles(world: World): boolean {
  const edges = new Map<Node, Node[]>();
  for (const [name, object] of [['exe', world.exe] as const, ...Object.entries(world.objects)]) {
    for (const [node, actions] of functionsOf(name, object)) {
      edges.set(node, [...(edges.get(node) ?? []), ...actions.flatMap((action) => runBy(name, action))]);
    }
  }
  const state = new Map<Node, 'open' | 'done'>();
  const circular = (node: Node): boolean => {
    const known = state.get(node);
    if (known !== undefined) return known === 'open';
    state.set(node, 'open');
    if ((edges.get(node) ?? []).some(circular)) return true;
    state.set(node, 'done');
    return false;
  };
  return [...edges.keys()].some(circular);
}
