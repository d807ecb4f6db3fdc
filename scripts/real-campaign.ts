/**
 * The differential campaign: random worlds, each built, run on this machine and compared with the prediction. Every divergence is
 * run again (a world that differs between two runs says nothing), shrunk and written to a folder.
 *
 * Usage: real-campaign [--count N] [--seed S] [--kinds a,b] [--out DIR] [--build NAME] [--workers N] [--worlds FILE]
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { linkFacts } from '../src/loader/linkedit.js';
import { buildNamed, programFor } from '../src/process/builds.js';
import { runProgram } from '../src/process/run.js';
import { firstDifference } from '../src/real/compare.js';
import { Dice } from '../src/real/dice.js';
import { mutatedWorld } from '../src/real/mutate-world.js';
import { type WorldKind, worldKinds } from '../src/real/random-styles.js';
import { randomWorld } from '../src/real/random-worlds.js';
import { type RealRun, recordWorld } from '../src/real/record.js';
import { smallerWorlds } from '../src/real/shrink-world.js';
import { closeWorkshop, openWorkshop, type Workshop } from '../src/real/workshop.js';
import type { RecordedEvent, World } from '../src/scenario/world-schema.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    kinds: { type: 'string', default: '' },
    out: { type: 'string', default: 'divergences' },
    build: { type: 'string', default: 'debian-2.36' },
    workers: { type: 'string', default: '2' },
    worlds: { type: 'string' },
    mutate: { type: 'string' },
    shrink: { type: 'string', default: '80' },
  },
});

const maybe = buildNamed(values.build);
if (maybe === undefined) throw new Error(`no build is called ${values.build}`);
const build = maybe;
mkdirSync(values.out, { recursive: true });

function predicted(world: World, elf: RealRun['elf']): readonly RecordedEvent[] {
  try {
    return runProgram(programFor(build, world, elf)).events;
  } catch (error) {
    return [{ t: 1, obj: 'model', kind: 'threw', detail: String(error instanceof Error ? error.message : error) }];
  }
}

interface Divergence {
  readonly at: number;
  readonly signature: string;
  readonly elf: RealRun['elf'];
  readonly real: readonly RecordedEvent[];
  readonly model: readonly RecordedEvent[];
}

const word = (e: RecordedEvent | undefined) =>
  e === undefined
    ? 'nothing'
    : `${e.obj === 'libc' || e.obj === 'process' || e.obj === 'model' ? `${e.obj}:` : ''}${e.kind}`;

async function diverges(shop: Workshop, world: World): Promise<Divergence | undefined> {
  const run = await recordWorld(shop, world);
  const model = predicted(world, run.elf);
  const at = firstDifference(run.events, model);
  if (at === undefined) return undefined;
  return {
    at,
    signature: `real ${word(run.events[at])} / model ${word(model[at])}`,
    elf: run.elf,
    real: run.events,
    model,
  };
}

/** Whether the machine gives the same events again and again. */
async function isStable(shop: Workshop, world: World, first: readonly RecordedEvent[]): Promise<boolean> {
  for (let i = 0; i < 3; i++) {
    const again = await recordWorld(shop, world);
    if (firstDifference(first, again.events) !== undefined) return false;
  }
  return true;
}

async function shrunk(shop: Workshop, world: World, found: Divergence): Promise<{ world: World; found: Divergence }> {
  let best = { world, found };
  let tries = Number(values.shrink);
  for (let progress = true; progress && tries > 0; ) {
    progress = false;
    for (const smaller of smallerWorlds(best.world)) {
      if (tries-- <= 0) break;
      const still = await diverges(shop, smaller).catch(() => undefined);
      if (still === undefined || still.signature !== found.signature) continue;
      best = { world: smaller, found: still };
      progress = true;
      break;
    }
  }
  return best;
}

interface Job {
  readonly id: string;
  readonly world: World;
}

function* jobs(): Generator<Job, undefined> {
  const start = Number(values.seed);
  if (values.worlds !== undefined) {
    const all = readFileSync(values.worlds, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const listed = all.map((line) => JSON.parse(line) as Job).filter(({ world }) => world.link_with === undefined);
    if (values.mutate === undefined) return void (yield* listed);
    for (let i = 0; i < Number(values.count); i++) {
      const dice = new Dice(start + i);
      const { id, world } = dice.pick(listed);
      yield { id: `${id}~${start + i}`, world: mutatedWorld(world, dice, Number(values.mutate)) };
    }
    return;
  }
  const kinds = values.kinds === '' ? worldKinds.filter((k) => k !== 'wild') : (values.kinds.split(',') as WorldKind[]);
  for (let i = 0; i < Number(values.count); i++) {
    const kind = kinds[i % kinds.length] as WorldKind;
    yield { id: `${kind}-${start + i}`, world: randomWorld(kind, start + i) };
  }
}

const tally = { run: 0, equal: 0, unstable: 0, refused: 0, linkFacts: 0 };
const signatures = new Map<string, string[]>();
const shop = await openWorkshop();
const queue = jobs();
const began = Date.now();

function report(): void {
  const lines = [...signatures]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([s, ids]) => `- ${ids.length} x ${s}: ${ids.slice(0, 8).join(' ')}`);
  const seconds = Math.round((Date.now() - began) / 1000);
  writeFileSync(
    join(values.out, `tally-${values.seed}.txt`),
    `${JSON.stringify(tally)} in ${seconds} s\n${lines.join('\n')}\n`,
  );
}

async function one({ id, world }: Job): Promise<void> {
  tally.run++;
  const found = await diverges(shop, world).catch((error: unknown) => {
    tally.refused++;
    appendFileSync(join(values.out, 'refused.txt'), `${id} ${String(error).slice(0, 400)}\n`);
    return null;
  });
  if (found === null) return;
  if (found === undefined) {
    tally.equal++;
    return;
  }
  if (!(await isStable(shop, world, found.real))) {
    tally.unstable++;
    appendFileSync(join(values.out, 'unstable.txt'), `${id} ${found.signature}\n`);
    return;
  }
  const known = signatures.get(found.signature) ?? [];
  signatures.set(found.signature, [...known, id]);
  const small = known.length < 3 ? await shrunk(shop, world, found) : { world, found };
  const { at, real, model, elf, signature } = small.found;
  const sameFacts = JSON.stringify(linkFacts(small.world, build)) === JSON.stringify(elf);
  const entry = {
    id,
    signature,
    at,
    near: { real: real.slice(Math.max(0, at - 3), at + 5), model: model.slice(Math.max(0, at - 3), at + 5) },
    sameFacts,
    world: small.world,
    elf,
    events: real,
    predicted: model,
    original: world,
  };
  writeFileSync(join(values.out, `${id}.json`), JSON.stringify(entry, null, 1));
}

async function worker(): Promise<void> {
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    await one(next.value);
    if (tally.run % 20 === 0) report();
  }
}

try {
  await Promise.all(Array.from({ length: Number(values.workers) }, worker));
} finally {
  closeWorkshop(shop);
  report();
}
process.stdout.write(readFileSync(join(values.out, `tally-${values.seed}.txt`), 'utf8'));
