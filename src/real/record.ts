/**
 * Build a described program with the system's compiler, run it under the tracer on the installed glibc and kernel, and return
 * what happened in the format of the recordings.
 *
 * What can go wrong: what the text of a message contains. Paths, addresses and line numbers of the real machine are taken out,
 * as the recordings have them.
 */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ElfFacts, RecordedEvent, World, WorldObject } from '../scenario/world-schema.js';
import { undefinedSymbols, worldSources } from './c-source.js';
import { elfFacts } from './elf-facts.js';
import { fileOf, linkArguments, standInArguments, symbolsStandInArguments } from './link-commands.js';
import { tracerSource } from './tracer-source.js';

const run = promisify(execFile);

/** A folder with the compiled tracer and the stand-ins, shared by many worlds. */
export interface Workshop {
  readonly folder: string;
  readonly tracer: string;
  readonly standIns: string;
  readonly compiler: string;
  /** Stops watching for the end of this process. */
  readonly forget: () => void;
}

/** What a real run showed. */
export interface RealRun {
  readonly elf: Readonly<Record<string, ElfFacts>>;
  readonly events: readonly RecordedEvent[];
}

/** Remove a folder when this process ends or is told to; the answer stops that. */
function removeAtEnd(folder: string): () => void {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const leave = () => process.exit(130);
  process.once('exit', remove).once('SIGINT', leave).once('SIGTERM', leave);
  return () => process.off('exit', remove).off('SIGINT', leave).off('SIGTERM', leave);
}

/** Compile the tracer into a new private folder. Rejects when there is no working compiler. */
export async function openWorkshop(compiler = 'gcc'): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'rtldlab-real-'));
  const forget = removeAtEnd(folder);
  const source = join(folder, 'tracer.c');
  const tracer = join(folder, 'tracer');
  await writeFile(source, tracerSource);
  await run(compiler, ['-O1', '-w', '-o', tracer, source]).catch(async (error: unknown) => {
    forget();
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const standIns = join(folder, 'standins');
  await mkdir(standIns);
  return { folder, tracer, standIns, compiler, forget };
}

/** Remove everything a workshop made. */
export async function closeWorkshop(shop: Workshop): Promise<void> {
  shop.forget();
  await rm(shop.folder, { recursive: true, force: true });
}

let serial = 0;

async function standIn(shop: Workshop, name: string): Promise<void> {
  const path = join(shop.standIns, `${name}.so`);
  if (existsSync(path)) return;
  const fresh = `${path}.${serial++}`;
  await run(shop.compiler, standInArguments(name, fresh));
  await rename(fresh, path);
}

function filesOf(world: World): [string, WorldObject][] {
  const all: [string, WorldObject][] = [['exe', world.exe], ...Object.entries(world.objects)];
  return all.filter(([, object]) => object.absent !== true);
}

/** Compile and link every file of a world into `folder`; the facts of the files. */
export async function buildWorld(shop: Workshop, world: World, folder: string): Promise<Record<string, ElfFacts>> {
  const sources = worldSources(world);
  const elf: Record<string, ElfFacts> = {};
  for (const [name, object] of filesOf(world)) {
    for (const needed of object.needed ?? []) await standIn(shop, needed);
    const source = `${name}.c`;
    await writeFile(join(folder, source), sources[name] ?? '');
    const missing = name === 'exe' ? undefinedSymbols(object) : [];
    const first = object.needed?.[0];
    if (missing.length > 0 && first === undefined)
      throw new Error('an executable that needs no object calls one; it has no place for the symbol');
    if (missing.length > 0 && first !== undefined) {
      await writeFile(join(folder, 'symbols.c'), missing.map((sym) => `void ${sym} (void) {}\n`).join(''));
      await run(shop.compiler, symbolsStandInArguments(first, 'symbols.c', 'symbols.so'), { cwd: folder });
    }
    const others = missing.length > 0 && first !== undefined ? 'symbols.so' : undefined;
    await run(shop.compiler, linkArguments(name, object, source, shop.standIns, others), { cwd: folder });
    elf[name] = elfFacts(await readFile(join(folder, fileOf(name))));
  }
  return elf;
}

function environmentOf(world: World, folder: string): Record<string, string> {
  const list = (names: readonly string[] | undefined) => (names ?? []).map((name) => `${name}.so`).join(':');
  const tunables = Object.entries(world.tunables ?? {}).map(([name, value]) => `${name}=${value}`);
  return {
    LD_LIBRARY_PATH: `${folder}:/lib/x86_64-linux-gnu`,
    ...(world.preload === undefined ? {} : { LD_PRELOAD: list(world.preload) }),
    ...(world.audit === undefined ? {} : { LD_AUDIT: list(world.audit) }),
    ...(tunables.length === 0 ? {} : { GLIBC_TUNABLES: tunables.join(':') }),
    ...(world.bind_now === true ? { LD_BIND_NOW: '1' } : {}),
  };
}

/** Text as the recordings have it: no paths, addresses, process ids or source lines. */
function cleaned(text: string): string {
  return text
    .replace(/^ *\d+:\t/gm, '')
    .replace(/(?:\.{0,2}\/)?(?:[\w.+-]+\/)+/g, '')
    .replace(/\.\/exe/g, 'exe')
    .replace(/0x[0-9a-f]+/g, '0x?')
    .replace(/\.([ch]): \d+:/g, '.$1: ?:');
}

/** Run a built world. */
export async function runBuilt(shop: Workshop, world: World, folder: string, idle = 2500): Promise<RecordedEvent[]> {
  const out = join(folder, 'events');
  const command = world.via_ldso === true ? ['/lib64/ld-linux-x86-64.so.2', './exe'] : ['./exe'];
  const variables = Object.entries(environmentOf(world, folder)).map(([name, value]) => `${name}=${value}`);
  const args = [out, String(idle), String(variables.length), ...variables, ...command];
  await run(shop.tracer, args, { cwd: folder, timeout: 60_000 });
  const lines = (await readFile(out, 'utf8')).split('\n').filter((line) => line !== '');
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
  const folder = keep ?? (await mkdtemp(join(shop.folder, 'w-')));
  try {
    const elf = await buildWorld(shop, world, folder);
    return { elf, events: await runBuilt(shop, world, folder) };
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}
