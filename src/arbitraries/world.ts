/**
 * Worlds from recipes: objects, environment, claimants and kernel, as a scenario describes them.
 *
 * What can go wrong: a world that means nothing to the parser. Every recipe gives one in which all names are known; a test parses
 * what is printed of two thousand.
 */
import type fc from 'fast-check';
import type { Action, ActionList } from '../scenario/action-schema.js';
import { actionsOf } from '../scenario/names.js';
import type { Claimant, Scenario } from '../scenario/schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';
import { FunctionWriter } from './actions.js';
import { type Cast, castOf, nth, placed } from './cast.js';
import { type SwarmConstraints, swarmOf } from './features.js';
import { type ObjectDraw, type Recipe, recipes } from './recipe.js';

/** Kernels that differ in what this project is about, the newest first. */
const kernels = ['6.18', '6.12', '5.10', '5.4', '4.18', 'no-rseq', 'emulated'] as const;

/** A world, who wants rseq in it, and what it runs on. */
export interface GeneratedWorld {
  readonly world: World;
  readonly claimants: readonly Claimant[];
  readonly kernel: string;
}

/** A field of an object where it says something. */
function field<K extends string, V>(name: K, value: V, says: boolean): { readonly [key in K]?: V } {
  return says ? ({ [name]: value } as { readonly [key in K]: V }) : {};
}

const some = (list: readonly unknown[]): boolean => list.length > 0;

/** The functions with resolvers that an object has, and how many. */
function ifuncNames(cast: Cast, name: string, { style }: ObjectDraw): readonly string[] {
  if (cast.isLibc && name === 'exe') return [`w_${name}_i`, `w_${name}_j`];
  if (cast.swarm.ifuncs === 0) return [];
  return nth([[`w_${name}_i`], [`w_${name}_i`, `w_${name}_j`], []], style);
}

interface Written {
  readonly name: string;
  readonly object: WorldObject;
}

function flagsOf(cast: Cast, name: string, { style, place }: ObjectDraw): NonNullable<WorldObject['flags']>[number][] {
  const exports = name === 'exe' && (cast.isLibc || (cast.swarm.interposed > 0 && style % 2 === 0));
  return [
    ...(exports ? (['rdynamic'] as const) : []),
    ...(cast.swarm.initfirst > 0 && style % 5 === 4 ? (['initfirst'] as const) : []),
    ...(cast.swarm.destructors > 0 && name !== 'exe' && place % 5 === 4 ? (['nodelete'] as const) : []),
  ];
}

function handledOf({ swarm }: Cast, name: string, { style }: ObjectDraw): 'define' | 'copy' | undefined {
  if (swarm.interposed === 0) return undefined;
  return name === 'exe' ? nth(['define', 'define', 'define', 'copy'] as const, style) : undefined;
}

/** What every object has; the executable's own fields come on top. */
function objectOf(cast: Cast, name: string, drawn: ObjectDraw, writer: FunctionWriter): WorldObject {
  const { swarm } = cast;
  const needed = name === 'exe' ? placed(cast, 'needed') : neededBy(cast, name, drawn.needs);
  const ctor = writer.write(drawn.ctor, 'ctor');
  const dtor = writer.write(drawn.dtor, 'dtor');
  const func = writer.write(drawn.func, 'func');
  const names = ifuncNames(cast, name, drawn);
  const resolver = writer.write(drawn.resolver, 'resolver');
  const ifuncs = Object.fromEntries(names.map((sym, i) => [sym, { resolver: i === 0 ? resolver : [], impl: [] }]));
  const flags = flagsOf(cast, name, drawn);
  const handled = handledOf(cast, name, drawn);
  const early = swarm.initfirst > 0 && drawn.style % 3 === 2;
  const place = name === 'exe' && early && drawn.style % 2 === 1 ? 'preinit' : early ? 'init' : 'ctors';
  const dies = swarm.destructors > 0 && name !== 'exe' && drawn.place % 3 > 0;
  return {
    ...field('needed', needed, some(needed)),
    ...(handled === undefined ? {} : { handled }),
    ...field('flags', flags, some(flags)),
    ...field('ctors', [{ do: ctor }], some(ctor) && place === 'ctors'),
    ...field('init', ctor, some(ctor) && place === 'init'),
    ...field('preinit', [ctor], some(ctor) && place === 'preinit'),
    ...field('dtors', [{ do: dtor }], some(dtor) || dies),
    ...field('funcs', { [`w_${name}`]: func }, name !== 'exe'),
    ...field('ifuncs', ifuncs, some(names)),
  };
}

/** Libraries need later ones, and with a large number earlier ones too. */
function neededBy(cast: Cast, name: string, needs: number): string[] {
  const others = placed(cast, 'needed', 'opened', 'preload').filter((other) => other !== name);
  return others.filter((other, i) => (needs >> i) % 4 === 3 && (other > name || needs > 80));
}

/** References to functions with resolvers, one's own and those of others. */
function refsOf(
  own: readonly string[],
  others: readonly string[],
  drawn: number,
): NonNullable<WorldObject['refs']>[number][] {
  const last = own.at(-1);
  const data = (sym: string) => ({ sym, how: 'data' as const });
  return [
    ...(last !== undefined && drawn % 2 === 1 ? [data(last)] : []),
    ...(others.length > 0 && drawn % 4 > 1 ? [data(nth(others, drawn >> 2))] : []),
    ...(others.length > 0 && drawn % 8 === 4 ? [{ sym: nth(others, drawn >> 3), how: 'call' as const }] : []),
  ];
}

/** The bodies that some action of the object names. */
function bodiesOf(writer: FunctionWriter, drawn: ObjectDraw, recipe: Recipe): Record<string, ActionList> {
  const all = {
    run: () => writer.body('run', drawn.body),
    other: () => writer.body('other', recipe.other),
    late: () => writer.write(drawn.late, 'late'),
  };
  const bodies: Record<string, ActionList> = {};
  for (const [name, write] of Object.entries(all)) if (writer.named.has(name)) bodies[name] = write();
  return bodies;
}

function library(cast: Cast, name: string, drawn: ObjectDraw, recipe: Recipe): Written {
  const writer = new FunctionWriter(cast, name, ['run']);
  const object = objectOf(cast, name, drawn, writer);
  const bodies = bodiesOf(writer, drawn, recipe);
  const isAuditor = placed(cast, 'audit').includes(name);
  const audit = { callbacks: { la_version: [] } };
  return {
    name,
    object: { ...object, ...field('bodies', bodies, some(Object.keys(bodies))), ...field('audit', audit, isAuditor) },
  };
}

/** A life for each library that is there for being opened: what nothing opens would not be in the world at all. */
function livesOf(cast: Cast, { libraries, exe }: Recipe, writer: FunctionWriter): Action[] {
  if (cast.swarm.dlopen === 0 || cast.isLibc) return [];
  const opened = placed(cast, 'opened');
  return cast.libraries.flatMap(({ name }, i) =>
    opened.includes(name) ? writer.lifeOf(name, libraries[i] ?? exe) : [],
  );
}

function executable(cast: Cast, recipe: Recipe): WorldObject {
  const { exe } = recipe;
  const writer = new FunctionWriter(cast, 'exe', ['run', 'other']);
  const written = writer.write(recipe.main, 'main');
  const main = [...written, ...livesOf(cast, recipe, writer)];
  const object = objectOf(cast, 'exe', exe, writer);
  const bodies = bodiesOf(writer, exe, recipe);
  return {
    ...(cast.isStatic ? { kind: exe.style % 4 === 3 ? 'static-pie' : 'static' } : {}),
    ...(cast.isLibc ? { soname: 'libc', libc: false } : {}),
    ...object,
    main: main.length === 0 ? [{ op: 'mark', text: 'main' }] : main,
    ...field('bodies', bodies, some(Object.keys(bodies))),
  };
}

/** References can be made when all functions with resolvers are known. */
function withRefs(cast: Cast, written: Written, all: readonly Written[], drawn: ObjectDraw): WorldObject {
  const { name, object } = written;
  const own = Object.keys(object.ifuncs ?? {});
  const here = new Set(['exe', ...placed(cast, 'needed', 'preload')]);
  const exported = cast.isLibc || name === 'exe' ? here : new Set([...here].filter((each) => each !== 'exe'));
  const others = all.flatMap((other) =>
    other.name !== name && exported.has(other.name) && here.has(name)
      ? Object.keys(other.object.ifuncs ?? {}).slice(0, 1)
      : [],
  );
  const refs = refsOf(own, others, drawn.refs);
  return { ...object, ...field('refs', refs, some(refs)) };
}

function environmentOf(cast: Cast, { setting }: Recipe): Omit<World, 'exe' | 'objects'> {
  const preload = placed(cast, 'preload');
  const audit = placed(cast, 'audit');
  const tuned = cast.swarm.tunables > 0 ? setting % 6 : -1;
  return {
    ...field('preload', preload, some(preload)),
    ...field('audit', audit, some(audit)),
    ...field('tunables', { 'glibc.pthread.rseq': '0' }, tuned === 0 || tuned === 1),
    ...field('bind_now', true, tuned === 2),
    ...field('via_ldso', true, tuned === 3 && !cast.isStatic),
    ...field('tunables', { 'glibc.rtld.dynamic_sort': '2' }, tuned === 4),
  };
}

/** Libraries that an object needs or opens. */
function broughtBy(object: WorldObject): string[] {
  const opened = actionsOf(object).flatMap(({ action }) =>
    'file' in action && action.file !== null ? [action.file] : [],
  );
  return [...(object.needed ?? []), ...opened];
}

/** The world without libraries that nothing brings in. */
function inhabited(world: World): World {
  const there = new Set([...broughtBy(world.exe), ...(world.preload ?? []), ...(world.audit ?? [])]);
  for (const name of there) for (const other of broughtBy(world.objects[name] ?? {})) there.add(other);
  return { ...world, objects: Object.fromEntries(Object.entries(world.objects).filter(([name]) => there.has(name))) };
}

function claimantsOf(cast: Cast, recipe: Recipe, world: World): Claimant[] {
  if (cast.swarm.claimants === 0) return [];
  const threaded = actionsOf(world.exe).some(({ action }) => action.op === 'spawn' || action.op === 'start');
  const drawn = [
    ['exe', recipe.exe] as const,
    ...cast.libraries.map(({ name }, i) => [name, recipe.libraries[i] ?? recipe.exe] as const),
  ];
  return drawn.flatMap(([object, { claims, claimant }]) => {
    if (claims % 3 === 0 || (cast.isLibc && object === 'exe')) return [];
    if (object !== 'exe' && world.objects[object] === undefined) return [];
    const usual = ['ctor', 'main', 'resolver', 'init'] as const;
    const threads = threaded ? (['thread', 'thread'] as const) : [];
    const own = object === 'exe' ? (['preinit'] as const) : [];
    const reachable = object === 'exe' || placed(cast, 'needed', 'preload').includes(object);
    const at = reachable
      ? nth([...usual, ...threads, ...own], claimant)
      : nth(['ctor', 'resolver', 'init'] as const, claimant);
    return [{ object, who: nth(cast.parties, claims).id, at }];
  });
}

/** The world of a recipe. The same numbers give the same world; any numbers give one. */
export function worldOf(recipe: Recipe, constraints: SwarmConstraints = {}): GeneratedWorld {
  const swarm = swarmOf(recipe.swarm, constraints);
  const cast = castOf(recipe, swarm);
  const exe: Written = { name: 'exe', object: executable(cast, recipe) };
  const libraries = cast.libraries.map(({ name }, i) => library(cast, name, recipe.libraries[i] ?? recipe.exe, recipe));
  const all = [exe, ...libraries];
  const objects = libraries.map((each, i) => [each.name, withRefs(cast, each, all, recipe.libraries[i] ?? recipe.exe)]);
  const world = inhabited({
    exe: withRefs(cast, exe, all, recipe.exe),
    objects: Object.fromEntries(objects) as World['objects'],
    ...environmentOf(cast, recipe),
  });
  const kernel = swarm.kernels > 0 ? nth(kernels, recipe.kernel) : kernels[0];
  return { world, claimants: claimantsOf(cast, recipe, world), kernel };
}

/** Worlds with claimants and a kernel, drawn from the features that are asked for. */
export function worlds(constraints: SwarmConstraints = {}): fc.Arbitrary<GeneratedWorld> {
  return recipes.map((recipe) => worldOf(recipe, constraints));
}

/** A generated world as a scenario that expects nothing yet. */
export function scenarioOf({ world, claimants, kernel }: GeneratedWorld, name = 'generated'): Scenario {
  return {
    name,
    kernel,
    libc: [],
    world,
    claimants,
    vary: [],
    forbidden: [],
    required: [],
    allowed: [],
    order: [],
    expect: {},
  };
}

/** Scenarios that expect nothing yet: a generated world, its claimants, a kernel. */
export function scenarios(constraints: SwarmConstraints = {}): fc.Arbitrary<Scenario> {
  return worlds(constraints).map((generated) => scenarioOf(generated));
}
