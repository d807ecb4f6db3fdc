// Whether the names in a world mean anything: objects on disk, symbols that are defined somewhere, and the bodies,
// handles, threads and keys that are local to each object. It stands for what a linker and a C compiler would say
// of the program. What goes wrong here: a name that is legal because it is missing (LD_PRELOAD of no file).
import type { Action, ActionList } from './action-schema.js';
import { type Fault, nearestName, unknownName } from './diagnostics.js';
import type { Path, PlacedFault } from './issues.js';
import { EXE_ONLY, type World, type WorldObject } from './world-schema.js';

/** Names of objects with a meaning of their own in event streams and predicates. */
const RESERVED_OBJECTS = new Set(['exe', 'libc', 'process', 'nobody', 'null', 'not']);
const RESERVED_HANDLES = new Set(['default', 'next', 'new', 'base']);
const RESERVED_THREADS = new Set(['main', 'not']);

/** A list of actions and its place in the object. */
export type PlacedActions = readonly [path: Path, actions: ActionList];

/** Every list of actions that an object holds directly, with its place; those inside a `fork` are not listed. */
export function actionListsOf(object: WorldObject): PlacedActions[] {
  const lists: PlacedActions[] = [];
  const add = (actions: ActionList | undefined, ...path: Path) => {
    if (actions !== undefined) lists.push([path, actions]);
  };
  for (const [i, actions] of (object.preinit ?? []).entries()) add(actions, 'preinit', i);
  add(object.init, 'init');
  for (const [i, entry] of (object.ctors ?? []).entries()) add(entry.do, 'ctors', i, 'do');
  for (const [i, entry] of (object.dtors ?? []).entries()) add(entry.do, 'dtors', i, 'do');
  add(object.fini, 'fini');
  add(object.main, 'main');
  for (const [name, actions] of Object.entries(object.funcs ?? {})) add(actions, 'funcs', name);
  for (const [name, ifunc] of Object.entries(object.ifuncs ?? {})) {
    add(ifunc.resolver, 'ifuncs', name, 'resolver');
    add(ifunc.impl, 'ifuncs', name, 'impl');
  }
  for (const [name, actions] of Object.entries(object.bodies ?? {})) add(actions, 'bodies', name);
  for (const [name, actions] of Object.entries(object.audit?.callbacks ?? {})) add(actions, 'audit', 'callbacks', name);
  return lists;
}

/** Every action of an object with its place, those of forked children included. */
export function actionsOf(object: WorldObject): { path: Path; action: Action }[] {
  const walk = ([path, actions]: PlacedActions): { path: Path; action: Action }[] =>
    actions.flatMap((action, i) => {
      const here = [...path, i];
      const own = { path: here, action };
      return action.op === 'fork' || action.op === 'vfork' ? [own, ...walk([[...here, 'child'], action.child])] : [own];
    });
  return actionListsOf(object).flatMap(walk);
}

/** The names that threads of a world are given. */
export function threadNames(objects: Iterable<WorldObject>): Set<string> {
  const names = new Set<string>();
  for (const object of objects) {
    for (const { action } of actionsOf(object))
      if (action.op === 'spawn' || action.op === 'start') names.add(action.as);
  }
  return names;
}

/** What the objects of a world may name in one another. */
export interface Known {
  readonly objects: ReadonlySet<string>;
  readonly symbols: ReadonlySet<string>;
}

/** Names that an object gives to what is local to it. */
interface Local {
  readonly bodies: ReadonlySet<string>;
  readonly handles: Set<string>;
  readonly threads: Set<string>;
  readonly keys: Set<string>;
}

function localNames(object: WorldObject): Local {
  const local: Local = {
    bodies: new Set(Object.keys(object.bodies ?? {})),
    handles: new Set(),
    threads: new Set(),
    keys: new Set(),
  };
  for (const { action } of actionsOf(object)) {
    if (action.op === 'dlopen' || action.op === 'dlmopen') local.handles.add(action.as);
    if (action.op === 'spawn' || action.op === 'start') local.threads.add(action.as);
    if (action.op === 'tsd') local.keys.add(action.key);
  }
  return local;
}

type Report = (path: Path, fault: Fault) => void;

/** Names that one action uses, each with the field, the good names and the code of the fault. */
type Use = readonly [field: string, name: string | null, good: Iterable<string>, code: Fault['code'], what: string];

function usesOf(action: Action, local: Local, known: Known): Use[] {
  const body = (field: string, name: string | null): Use => [field, name, local.bodies, 'S031', 'body'];
  switch (action.op) {
    case 'call':
      return [['sym', action.sym, known.symbols, 'S034', 'symbol']];
    case 'dlopen':
      return [['file', action.file, known.objects, 'S030', 'object']];
    case 'dlmopen':
      return [
        ['file', action.file, known.objects, 'S030', 'object'],
        ['ns', action.ns, ['new', 'base', ...local.handles], 'S032', 'handle'],
      ];
    case 'dlclose':
      return [['handle', action.handle, local.handles, 'S032', 'handle']];
    case 'dlsym_call':
      return [['handle', action.handle, ['default', 'next', ...local.handles], 'S032', 'handle']];
    case 'join':
    case 'detach':
      return [['thread', action.thread, local.threads, 'S033', 'thread']];
    case 'signal':
      return [['thread', action.thread, local.threads, 'S033', 'thread'], body('body', action.body)];
    case 'key_delete':
      return [['key', action.key, local.keys, 'S035', 'key']];
    case 'tsd':
      return [body('dtor', action.dtor)];
    case 'spawn':
    case 'start':
    case 'tls_dtor':
    case 'atexit':
    case 'at_quick_exit':
    case 'on_exit':
      return [body('body', action.body)];
    case 'atfork':
      return [body('prepare', action.prepare), body('parent', action.parent), body('child', action.child)];
    default:
      return [];
  }
}

function reserved(name: string, what: string): Fault {
  return {
    code: 'S036',
    message: `${JSON.stringify(name)} means something else here`,
    expected: `another name for the ${what}`,
  };
}

function checkAction(action: Action, path: Path, local: Local, known: Known, report: Report): void {
  for (const [field, name, good, code, what] of usesOf(action, local, known)) {
    const names = new Set(good);
    if (name !== null && !names.has(name)) report([...path, field], unknownName(code, what, name, names));
  }
  if ((action.op === 'dlopen' || action.op === 'dlmopen') && RESERVED_HANDLES.has(action.as)) {
    report([...path, 'as'], reserved(action.as, 'handle'));
  }
  if ((action.op === 'spawn' || action.op === 'start') && RESERVED_THREADS.has(action.as)) {
    report([...path, 'as'], reserved(action.as, 'thread'));
  }
  if (action.op === 'dlsym_call' && !known.symbols.has(action.sym)) {
    report([...path, 'sym'], { ...unknownName('S034', 'symbol', action.sym, known.symbols), severity: 'warning' });
  }
}

/** Faults of the names in one object; `path` is its place in the world. */
export function checkObject(object: WorldObject, path: Path, known: Known): PlacedFault[] {
  const faults: PlacedFault[] = [];
  const report: Report = (below, fault) => faults.push({ path: [...path, ...below], fault });
  for (const [i, name] of (object.needed ?? []).entries()) {
    if (known.objects.has(name)) continue;
    const fault = unknownName('S030', 'object', name, known.objects);
    report(['needed', i], { ...fault, expected: `${fault.expected ?? ''} (an object not on disk is {absent: true})` });
  }
  for (const [i, { sym }] of (object.refs ?? []).entries()) {
    if (!known.symbols.has(sym)) report(['refs', i, 'sym'], unknownName('S034', 'symbol', sym, known.symbols));
  }
  const local = localNames(object);
  for (const { path: at, action } of actionsOf(object)) checkAction(action, at, local, known, report);
  return faults;
}

/** Faults of fields that a shared object cannot have, and of its name. */
export function checkShared(name: string, object: object, path: Path): PlacedFault[] {
  const faults: PlacedFault[] = EXE_ONLY.filter((field) => field in object).map((field) => ({
    path: [...path, field],
    atKey: true,
    fault: { code: 'S015', message: `only the executable has ${field}`, expected: 'this field in exe' },
  }));
  if (RESERVED_OBJECTS.has(name)) faults.push({ path, atKey: true, fault: reserved(name, 'object') });
  return faults;
}

/** A warning for each preloaded or audit object that is not on disk but has a near namesake that is. */
export function checkEnvironment(world: Pick<World, 'preload' | 'audit'>, known: Known): PlacedFault[] {
  return (['preload', 'audit'] as const).flatMap((list) =>
    (world[list] ?? []).flatMap((name, i): PlacedFault[] => {
      if (known.objects.has(name) || nearestName(name, known.objects) === undefined) return [];
      const fault = unknownName('S030', 'object', name, known.objects);
      return [{ path: [list, i], fault: { ...fault, severity: 'warning', message: `${fault.message}: not on disk` } }];
    }),
  );
}

/** What the objects of a world may name. `objects` may hold values that are no objects yet: their symbols count. */
export function knownNames(exe: unknown, objects: Readonly<Record<string, unknown>>): Known {
  const symbols = [exe, ...Object.values(objects)].flatMap((object) =>
    typeof object === 'object' && object !== null
      ? [
          ...keysOf('funcs' in object ? object.funcs : undefined),
          ...keysOf('ifuncs' in object ? object.ifuncs : undefined),
        ]
      : [],
  );
  return { objects: new Set(Object.keys(objects)), symbols: new Set(symbols) };
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** Every fault of the names in a world, paths from the world. */
export function checkWorldNames(world: World): PlacedFault[] {
  const known = knownNames(world.exe, world.objects);
  return [
    ...checkObject(world.exe, ['exe'], known),
    ...Object.entries(world.objects).flatMap(([name, object]) => [
      ...checkShared(name, object, ['objects', name]),
      ...checkObject(object, ['objects', name], known),
    ]),
    ...checkEnvironment(world, known),
  ];
}
