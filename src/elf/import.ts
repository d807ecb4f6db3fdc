/**
 * A real program as a scenario: its objects with their needs, arrays, flags and IFUNC references, their preloads and auditors, the
 * facts of its files beside them. Stands for the question what the model would say of this very program.
 *
 * What can go wrong: silence about what a scenario cannot say. Code of the program does nothing here, glibc's own objects are the
 * model's own, and symbols other than IFUNC ones are not carried over; what a file has beyond that is told, a sentence each.
 */
import { libc as libcFile } from '../loader/linkmap.js';
import type { Build } from '../process/builds.js';
import { parseScenario, type Scenario } from '../scenario/index.js';
import type { ElfFacts, World, WorldObject } from '../scenario/world-schema.js';
import type { Closure } from './closure.js';
import { importedIfuncs } from './import-ifuncs.js';
import { objectNames } from './import-names.js';
import type { Root } from './root.js';
import type { Loaded } from './search.js';

/** A program as a scenario, and what of it a scenario cannot say. */
export interface Imported {
  readonly scenario: Scenario;
  readonly leftOut: readonly string[];
}

/** One object while it is carried over. */
interface Carried {
  readonly object: WorldObject;
  readonly facts: ElfFacts;
}

const FLAGS: readonly (readonly [string, NonNullable<WorldObject['flags']>[number]])[] = [
  ['INITFIRST', 'initfirst'],
  ['NODELETE', 'nodelete'],
  ['INTERPOSE', 'interpose'],
];

/** Bits of DT_FLAGS_1 that facts of a scenario carry. */
const CARRIED = new Set(['NOW', 'NODELETE', 'INITFIRST', 'INTERPOSE', 'PIE']);

const many = (count: number): Record<string, never>[] =>
  Array.from({ length: Math.min(count, ENTRIES_MAX) }, () => ({}));

/** Most entries of an array that are written out. */
const ENTRIES_MAX = 64;

/** What an object is in the language of scenarios. */
function carried(
  loaded: Loaded,
  names: ReadonlyMap<Loaded, string>,
  closure: Closure,
  ifuncs: Partial<WorldObject>,
  relocs: ElfFacts['relocs'],
): Carried {
  const { type, dynamic, tls } = loaded.file;
  const isMain = loaded === closure.main;
  const named = (kind: string) =>
    (dynamic?.dependencies ?? []).filter((each) => each.kind === kind).map(({ name }) => closure.byName.get(name));
  const own = (kind: string) => named(kind).flatMap((each) => (each === undefined ? [] : (names.get(each) ?? [])));
  const fileName = (each: Loaded | undefined) => {
    const name = each === undefined ? undefined : names.get(each);
    return name === undefined ? each?.file.dynamic?.soname : `${name}.so`;
  };
  const needed = named('needed').flatMap((each) => fileName(each) ?? []);
  const flags = FLAGS.filter(([bit]) => dynamic?.flags1.includes(bit) === true).map(([, flag]) => flag);
  const [ctors, dtors] = [dynamic?.initArray ?? 0, dynamic?.finiArray ?? 0];
  // The start files of a file that has them bring an entry of each array of their own.
  const startFiles = needed.includes(libcFile) ? 1 : 0;
  const [filter, auxiliary] = [own('filter'), own('auxiliary')];
  const object: WorldObject = {
    ...(isMain && type === 'exec' ? { kind: 'nopie' as const } : {}),
    needed: own('needed'),
    ...(needed.includes(libcFile) ? {} : { libc: false }),
    ...(flags.length + Number(dynamic?.bindNow) + Number(dynamic?.symbolic) === 0
      ? {}
      : {
          flags: [
            ...flags,
            ...(dynamic?.bindNow === true ? ['now' as const] : []),
            ...(dynamic?.symbolic === true ? ['symbolic' as const] : []),
          ],
        }),
    ...(isMain && (dynamic?.preinitArray ?? 0) > 0 ? { preinit: many(dynamic?.preinitArray ?? 0).map(() => []) } : {}),
    ...(ctors > startFiles ? { ctors: many(ctors - startFiles) } : {}),
    ...(dtors > startFiles ? { dtors: many(dtors - startFiles) } : {}),
    ...(filter.length === 0 ? {} : { filter }),
    ...(auxiliary.length === 0 ? {} : { auxiliary }),
    ...ifuncs,
  };
  const facts: ElfFacts = {
    type,
    needed,
    init: dynamic?.init ?? false,
    fini: dynamic?.fini ?? false,
    init_array: ctors,
    fini_array: dtors,
    preinit_array: dynamic?.preinitArray ?? 0,
    flags_1: (dynamic?.flags1 ?? []).filter((flag) => CARRIED.has(flag)),
    bind_now: dynamic?.bindNow ?? false,
    tls: tls !== undefined,
    relocs: [...relocs],
  };
  return { object, facts };
}

/** What of one file a scenario cannot say. */
function lostOf({ path, file: { dynamic, tls }, why }: Loaded): string[] {
  const name = why.by === 'program' ? 'the program' : path;
  const lost: readonly (readonly [boolean, string])[] = [
    [
      (dynamic?.initArray ?? 0) > ENTRIES_MAX,
      `${name} has ${dynamic?.initArray} constructors; ${ENTRIES_MAX} are written out`,
    ],
    [
      (dynamic?.finiArray ?? 0) > ENTRIES_MAX,
      `${name} has ${dynamic?.finiArray} destructors; ${ENTRIES_MAX} are written out`,
    ],
    [
      tls !== undefined && dynamic?.staticTls === true,
      `${name} has ${tls} bytes of thread-local storage, reached statically`,
    ],
    [dynamic?.textRel === true, `${name} has relocations in its text`],
    [
      dynamic?.flags1.includes('NODEFLIB') === true,
      `${name} is flagged NODEFLIB, which only counts in a search for files`,
    ],
    [
      (dynamic?.audit.length ?? 0) + (dynamic?.depaudit.length ?? 0) > 0,
      `${name} asks for the audit modules ${[...(dynamic?.audit ?? []), ...(dynamic?.depaudit ?? [])].join(' ')}`,
    ],
  ];
  return lost.filter(([is]) => is).map(([, what]) => what);
}

/** Carry a program over. */
export function importedProgram(root: Root, closure: Closure, libc: Build): Imported {
  const { names, renamed } = objectNames(closure);
  const ifuncs = importedIfuncs(root, closure, names);
  const carry = (loaded: Loaded) =>
    carried(loaded, names, closure, ifuncs.objects.get(loaded) ?? {}, ifuncs.relocs.get(loaded) ?? []);
  const libraries = closure.libraries.flatMap((loaded) => {
    const name = names.get(loaded);
    return name === undefined ? [] : [[name, carry(loaded)] as const];
  });
  const main = carry(closure.main);
  const preloads = (list: readonly string[]) =>
    list.flatMap((name) => {
      const found = closure.byName.get(name);
      return found === undefined ? [] : (names.get(found) ?? []);
    });
  const [preload, system] = [preloads(closure.preloads.environment), preloads(closure.preloads.system)];
  const world: World = {
    exe: main.object,
    objects: Object.fromEntries(libraries.map(([name, { object }]) => [name, object])),
    ...(preload.length === 0 ? {} : { preload }),
    ...(system.length === 0 ? {} : { ld_so_preload: system }),
  };
  const elf = Object.fromEntries([['exe', main.facts], ...libraries.map(([name, { facts }]) => [name, facts])]);
  const scenario = scenarioOf(closure, libc, world, elf);
  const own = closure.libraries.filter((loaded) => names.get(loaded) === undefined).map(({ path }) => path);
  return {
    scenario,
    leftOut: [
      ...renamed,
      ...(own.length === 0 ? [] : [`glibc's own files are the model's: ${own.join(' ')}`]),
      ...closure.missing.map(({ name, message }) => `${name}: ${message}`),
      ...ifuncs.leftOut,
      ...[closure.main, ...closure.libraries.filter((loaded) => names.has(loaded))].flatMap(lostOf),
    ],
  };
}

function scenarioOf({ main }: Closure, libc: Build, world: World, elf: Readonly<Record<string, ElfFacts>>): Scenario {
  const title = main.path.replace(/[^A-Za-z0-9./_+-]/g, '_');
  const text = { scenario: title, source: `imported from ${title}`, libc: libc.name, ...world, elf };
  const parsed = parseScenario(JSON.stringify(text));
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(`invariant: an imported program is no scenario: ${parsed.diagnostics[0]?.message ?? ''}`);
}
