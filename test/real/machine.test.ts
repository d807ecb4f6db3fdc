import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { knownKernel } from '../../src/kernel/index.js';
import { linkFacts } from '../../src/loader/linkedit.js';
import { type Build, buildNamed } from '../../src/process/builds.js';
import {
  closeWorkshop,
  findDivergence,
  firstDifference,
  inOrder,
  type RealAnswerer,
  randomWorld,
  realAnswerer,
  realRun,
  worldOfSeed,
} from '../../src/real/index.js';
import type { Recording, World } from '../../src/scenario/world-schema.js';

let answerer: RealAnswerer = { skipped: 'not asked yet' };

beforeAll(async () => {
  answerer = await realAnswerer();
});

afterAll(async () => {
  if ('shop' in answerer) closeWorkshop(answerer.shop);
});

/** The build whose worlds this machine runs; undefined, with the reason printed, when it cannot be asked. */
function buildHere(): Build | undefined {
  if ('skipped' in answerer) {
    process.stdout.write(`The machine is not asked: ${answerer.skipped}\n`);
    expect(answerer.skipped).not.toBe('');
    return undefined;
  }
  const build = buildNamed(answerer.machine.build ?? '');
  if (build === undefined) {
    process.stdout.write(`The machine is not asked: no build describes its ${answerer.machine.libc}\n`);
    expect(answerer.machine.libc).not.toBe('');
  }
  return build;
}

/** How the machine's answer to a world differs from the expected events; undefined when it does not. */
async function differenceOf(
  id: string,
  world: World,
  expected: (elf: Recording['elf']) => Recording['events'],
): Promise<string | undefined> {
  if ('skipped' in answerer) return answerer.skipped;
  const run = await realRun(answerer.shop, world);
  if ('skipped' in run) return `${id}: ${run.skipped}`;
  const want = expected(run.elf) ?? [];
  const at = firstDifference(run.events, want);
  return at === undefined
    ? undefined
    : `${id}, event ${at}: machine ${JSON.stringify(run.events[at])}, expected ${JSON.stringify(want[at])}`;
}

/** What `ask` says of each, two being asked at a time; answers that are undefined are left out. */
async function twoAtATime<T>(all: readonly T[], ask: (one: T) => Promise<string | undefined>): Promise<string[]> {
  const queue = [...all];
  const said: string[] = [];
  const worker = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const answer = await ask(one);
      if (answer !== undefined) said.push(answer);
    }
  };
  await Promise.all([worker(), worker()]);
  return said;
}

/** Worlds whose recordings the machine is asked to repeat: every 40th of those recorded here. */
function recordedHere(build: Build): Recording[] {
  const file = join(__dirname, '..', 'fixtures', 'glibc', `${build.name.replace('debian-', '')}.jsonl.gz`);
  const lines = gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  const all = lines.map((line) => JSON.parse(line) as Recording).filter(({ world }) => world.link_with === undefined);
  return all.filter(({ events }, i) => i % 40 === 3 && events?.at(-1)?.result !== 'timeout');
}

describe('the machine', () => {
  test('repeats what was recorded of it', async () => {
    const build = buildHere();
    if (build === undefined) return;
    const recordings = recordedHere(build);
    const differences = await twoAtATime(recordings, ({ id, world, events }) => differenceOf(id, world, () => events));
    expect(recordings.length).toBeGreaterThan(15);
    expect(differences).toEqual([]);
  });

  test('does what is predicted of 60 random worlds, seeds 1 to 60', async () => {
    const build = buildHere();
    if (build === undefined || 'skipped' in answerer) return;
    const { shop } = answerer;
    const seeds = Array.from({ length: 60 }, (_, i) => i + 1);
    const others: string[] = [];
    await inOrder(
      seeds,
      2,
      (seed) => findDivergence(shop, worldOfSeed(seed), { build, kernel: knownKernel('6.18') }),
      (seed, found) => {
        const { compared } = found.outcome === 'different' ? found.divergence : { compared: found };
        // How the files are linked has its own test; a world's events are predicted of the files that were made.
        if (compared.outcome === 'different' && compared.events === undefined) return;
        if (compared.outcome !== 'equal') others.push(`seed ${seed}: ${JSON.stringify(compared).slice(0, 400)}`);
      },
    );
    expect(others).toEqual([]);
  });

  test('links the files as the model of the link editor does', async () => {
    const build = buildHere();
    if (build === undefined || 'skipped' in answerer) return;
    const world = randomWorld('ifunc', 5);
    const run = await realRun(answerer.shop, world);
    expect('elf' in run ? run.elf : run.skipped).toEqual(linkFacts(world, build));
  });

  test('is not asked what it cannot answer', async () => {
    if ('skipped' in answerer) return void buildHere();
    const old = await realRun(answerer.shop, { exe: { main: [] }, objects: {}, link_with: '2.28' });
    expect(old).toEqual({ skipped: expect.stringContaining('2.28') });
  });
});

describe('without a compiler', () => {
  test('the reason is said', async () => {
    const nobody = await realAnswerer({ compiler: 'no-such-compiler' });
    expect('skipped' in nobody ? nobody.skipped : '').toContain('no-such-compiler');
  });
});
