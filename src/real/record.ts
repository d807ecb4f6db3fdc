/**
 * Build a described program with the system's compiler, run it under the tracer on the installed glibc and kernel, and return
 * what happened in the format of the recordings.
 *
 * What can go wrong: what the text of a message contains. Paths, addresses and line numbers of the real machine are taken out,
 * as the recordings have them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ElfFacts, RecordedEvent, World, WorldObject } from '../scenario/world-schema.js';
import { undefinedSymbols, worldSources } from './c-source.js';
import { elfFacts } from './elf-facts.js';
import { emptyFunctions, fileOf, linkArguments, standInArguments } from './link-commands.js';
import { installedLoader } from './sysroot.js';
import type { Workshop } from './workshop.js';

/** What a real run showed. */
export interface RealRun {
  readonly elf: Readonly<Record<string, ElfFacts>>;
  readonly events: readonly RecordedEvent[];
}

/** Make the stand-in of an object, once. */
function standIn(shop: Workshop, name: string): Promise<void> {
  const words = standInArguments(name, `${name}.s`, `${name}.so`);
  const made = shop.standInsMade.get(name) ?? shop.toolbox.make(words, shop.standIns, emptyFunctions([]));
  shop.standInsMade.set(name, made);
  return made;
}

function filesOf(world: World): [string, WorldObject][] {
  const all: [string, WorldObject][] = [['exe', world.exe], ...Object.entries(world.objects)];
  return all.filter(([, object]) => object.absent !== true);
}

/** The stand-in with the symbols that an executable calls. */
async function symbolsStandIn(
  shop: Workshop,
  { of, names }: { readonly of: string; readonly names: readonly string[] },
  folder: string,
): Promise<void> {
  await shop.toolbox.make(standInArguments(of, 'symbols.s', 'symbols.so'), folder, emptyFunctions(names));
}

/** Compile and link every file of a world into `folder`; the facts of the files. */
export async function buildWorld(shop: Workshop, world: World, folder: string): Promise<Record<string, ElfFacts>> {
  const sources = worldSources(world);
  const made = filesOf(world).map(async ([name, object]): Promise<[string, ElfFacts]> => {
    await Promise.all((object.needed ?? []).map((needed) => standIn(shop, needed)));
    return [name, await buildFile(shop, name, object, sources[name] ?? '', folder)];
  });
  // All are awaited before the first failure is told: nobody may write to the folder after this.
  await Promise.allSettled(made);
  return Object.fromEntries(await Promise.all(made));
}

/** Compile and link one file of a world; its facts. */
async function buildFile(
  shop: Workshop,
  name: string,
  object: WorldObject,
  text: string,
  folder: string,
): Promise<ElfFacts> {
  const missing = name === 'exe' ? undefinedSymbols(object) : [];
  const first = object.needed?.[0];
  if (missing.length > 0 && first === undefined)
    throw new Error('an executable that needs no object calls one; it has no place for the symbol');
  const symbols = missing.length > 0 && first !== undefined ? { of: first, names: missing } : undefined;
  const { standIns, names, options, thin, sysroot } = shop;
  const withSymbols = symbols === undefined ? undefined : 'symbols.so';
  const words = linkArguments(name, object, `${name}.c`, { standIns, withSymbols, names, options, thin, sysroot });
  const path = join(folder, fileOf(name));
  await shop.kept.place([...words, ...missing, text], path, async () => {
    if (symbols !== undefined) await symbolsStandIn(shop, symbols, folder);
    await shop.toolbox.make(words, folder, text);
  });
  return elfFacts(readFileSync(path));
}

function environmentOf({ sysroot }: Workshop, world: World, folder: string): Record<string, string> {
  const libraries = sysroot?.libraries ?? ['/lib/x86_64-linux-gnu'];
  const list = (names: readonly string[] | undefined) => (names ?? []).map((name) => `${name}.so`).join(':');
  const tunables = Object.entries(world.tunables ?? {}).map(([name, value]) => `${name}=${value}`);
  return {
    LD_LIBRARY_PATH: [folder, ...libraries].join(':'),
    ...(world.preload === undefined ? {} : { LD_PRELOAD: list(world.preload) }),
    ...(world.audit === undefined ? {} : { LD_AUDIT: list(world.audit) }),
    ...(tunables.length === 0 ? {} : { GLIBC_TUNABLES: tunables.join(':') }),
    ...(world.bind_now === true ? { LD_BIND_NOW: '1' } : {}),
    ...(world.dynamic_weak === true ? { LD_DYNAMIC_WEAK: '1' } : {}),
  };
}

/** Longest that a program may be traced, in milliseconds; the tracer gives up earlier by itself. */
const TRACER_TIME = 60_000;

/** Text as the recordings have it: no paths, addresses, process ids or source lines. */
function cleaned(text: string): string {
  return text
    .replace(/^ *\d+:\t/gm, '')
    .replace(/(?:\.{0,2}\/)?(?:[\w.+-]+\/)+/g, '')
    .replace(/\.\/exe/g, 'exe')
    .replace(/0x[0-9a-f]+/g, '0x?')
    .replace(/\.([ch]): ?\d+:/g, '.$1: ?:');
}

/** Run a built world. */
export async function runBuilt(shop: Workshop, world: World, folder: string, idle = 2500): Promise<RecordedEvent[]> {
  const out = join(folder, 'events');
  const loader = shop.sysroot?.loader ?? installedLoader;
  const command = world.via_ldso === true ? [loader, './exe'] : ['./exe'];
  const variables = Object.entries(environmentOf(shop, world, folder)).map(([name, value]) => `${name}=${value}`);
  const args = [out, String(idle), String(variables.length), ...variables, ...command];
  await shop.toolbox.run(shop.tracer, args, folder, TRACER_TIME);
  const lines = readFileSync(out, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const event = JSON.parse(line) as RecordedEvent;
    const texts = event.obj === 'process' || event.kind.endsWith('.ret');
    return {
      ...event,
      ...(texts && event.detail !== undefined ? { detail: cleaned(event.detail) } : {}),
      ...(texts && event.result !== undefined ? { result: cleaned(event.result) } : {}),
    };
  });
}

/** Build and run a world in a private folder, which is removed. */
export async function recordWorld(shop: Workshop, world: World, keep?: string): Promise<RealRun> {
  const folder = keep ?? mkdtempSync(join(shop.folder, 'w-'));
  try {
    const elf = await buildWorld(shop, world, folder);
    return { elf, events: await shop.turns.take(() => runBuilt(shop, world, folder)) };
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
