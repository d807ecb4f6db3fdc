/**
 * Smaller versions of a world: without an object, a setting, a function or an action. A divergence is shown in the smallest world
 * that still has it.
 *
 * What can go wrong: a world that means something else. Whatever names a removed object or function goes with it.
 */
import type { Action } from '../scenario/action-schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A copy with every action list filtered. */
function filterActions(value: Json, keep: (action: Action) => boolean): Json {
  if (Array.isArray(value)) {
    const kept = value.filter((item) => !isAction(item) || keep(item as unknown as Action));
    return kept.map((item) => filterActions(item, keep));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filterActions(item, keep)]));
}

function isAction(item: Json): boolean {
  return item !== null && typeof item === 'object' && !Array.isArray(item) && typeof item.op === 'string';
}

const asJson = (world: World): Json => JSON.parse(JSON.stringify(world)) as Json;
const asWorld = (json: Json): World => json as unknown as World;

function withoutObject(world: World, name: string): World {
  const lost = world.objects[name];
  const symbols = new Set([...Object.keys(lost?.funcs ?? {}), ...Object.keys(lost?.ifuncs ?? {})]);
  const filtered = asWorld(
    filterActions(asJson(world), (action) => {
      if ('file' in action && action.file === name) return false;
      return !('sym' in action && symbols.has(action.sym));
    }),
  );
  const strip = (o: WorldObject): WorldObject => ({
    ...o,
    ...(o.needed === undefined ? {} : { needed: o.needed.filter((n) => n !== name) }),
    ...(o.refs === undefined ? {} : { refs: o.refs.filter(({ sym }) => !symbols.has(sym)) }),
  });
  const objects = Object.entries(filtered.objects).filter(([n]) => n !== name);
  return {
    ...filtered,
    exe: strip(filtered.exe),
    objects: Object.fromEntries(objects.map(([n, o]) => [n, strip(o)])),
    ...(world.preload === undefined ? {} : { preload: world.preload.filter((n) => n !== name) }),
    ...(world.audit === undefined ? {} : { audit: world.audit.filter((n) => n !== name) }),
  };
}

const settings = ['audit', 'preload', 'tunables', 'bind_now', 'via_ldso'] as const;
const fields = [
  'needed',
  'flags',
  'preinit',
  'init',
  'fini',
  'ctors',
  'dtors',
  'refs',
  'kind',
  'exit_code',
  'soname',
  'handled',
] as const;

/** Places of every array element in a value. */
function elements(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => [[...path, i], ...elements(item, [...path, i])]);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => elements(item, [...path, key]));
}

function withoutElement(value: Json, path: readonly (string | number)[]): Json {
  const [first, ...rest] = path;
  if (Array.isArray(value)) {
    if (rest.length === 0) return value.filter((_, i) => i !== first);
    return value.map((item, i) => (i === first ? withoutElement(item, rest) : item));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === first ? withoutElement(item, rest) : item]),
  );
}

/** Worlds one step smaller than this one, the largest steps first. */
export function smallerWorlds(world: World): World[] {
  const out: World[] = [];
  for (const name of Object.keys(world.objects)) out.push(withoutObject(world, name));
  for (const setting of settings) {
    const { [setting]: gone, ...rest } = world;
    if (gone !== undefined) out.push(rest as World);
  }
  for (const name of ['exe', ...Object.keys(world.objects)]) {
    const object = name === 'exe' ? world.exe : world.objects[name];
    for (const field of fields) {
      if (object === undefined || !Object.hasOwn(object, field)) continue;
      const { [field]: _gone, ...rest } = object;
      out.push(name === 'exe' ? { ...world, exe: rest } : { ...world, objects: { ...world.objects, [name]: rest } });
    }
  }
  const json = asJson(world);
  for (const path of elements(json)) out.push(asWorld(withoutElement(json, path)));
  return out;
}
