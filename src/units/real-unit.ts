/**
 * Kind `real`: a unit is a number of random worlds, each built, run on the machine and compared with what the model predicts.
 *
 * What can go wrong: a machine with another libc, whose answers would be taken for those of the planned one. The plan names the libc
 * as its loader does, and a unit is done there and nowhere else.
 */
import { type Kind, NotHere, type UnitOutcome, type UnitResult } from '../campaign/kind.js';
import { knownKernel } from '../kernel/releases.js';
import type { Build } from '../process/builds.js';
import {
  closeWorkshop,
  type Found,
  findDivergence,
  type RealAnswerer,
  realAnswerer,
  type WorldKind,
  worldOfSeed,
} from '../real/index.js';
import { readBuild } from './trials.js';

/** What a plan of real worlds says. */
export interface RealParameters {
  /** The machine's libc as its loader says it: `Debian GLIBC 2.36-9+deb12u14`. */
  readonly machine: string;
  /** What is predicted for: a build by name, or the reader's own in full, and a kernel. */
  readonly libc: string | Build;
  readonly kernel: string;
  readonly compiler: string;
  /** Worlds of a unit. World w of unit u is that of `rtldlab real --generate 1 --seed S`, S being the plan's seed + u * worlds + w. */
  readonly worlds: number;
  /** Kinds of worlds; without it all that are drawn. */
  readonly kinds?: readonly WorldKind[];
}

const SEEDS = 2 ** 32;

type Answering = Exclude<RealAnswerer, { readonly skipped: string }>;

/** The machine that the plan means. @throws NotHere when this is another one */
async function machineFor({ compiler, machine }: RealParameters): Promise<Answering> {
  const answerer = await realAnswerer({ compiler });
  if ('skipped' in answerer) throw new NotHere(answerer.skipped);
  if (answerer.machine.libc === machine) return answerer;
  closeWorkshop(answerer.shop);
  throw new NotHere(`this machine has ${answerer.machine.libc}, and the plan is about ${machine}`);
}

const outcomes: Readonly<Record<Found['outcome'], UnitOutcome>> = {
  equal: 'asExpected',
  // The machine itself answers now so, now so: it says nothing about the model.
  unstable: 'asExpected',
  skipped: 'asExpected',
  unsupported: 'unsupported',
  unproven: 'notProven',
  different: 'unexpected',
};

const gravity: readonly UnitOutcome[] = ['asExpected', 'unsupported', 'notProven', 'unexpected'];

interface Asked {
  readonly seed: number;
  readonly found: Found;
}

/** What came of the worlds; of those that are not equal which, and how. */
function resultOf(asked: readonly Asked[]): UnitResult {
  const counts: Record<string, number> = {};
  for (const { found } of asked) counts[found.outcome] = (counts[found.outcome] ?? 0) + 1;
  const worth = asked.flatMap(({ seed, found }): readonly object[] => {
    if (found.outcome === 'equal') return [];
    if (found.outcome !== 'different') return [{ seed, ...found }];
    const { signature, world } = found.divergence;
    return [{ seed, outcome: found.outcome, signature, world }];
  });
  const worst = Math.max(0, ...asked.map(({ found }) => gravity.indexOf(outcomes[found.outcome])));
  const said = Object.entries(counts).map(([outcome, n]) => `${n} ${outcome}`);
  const says = `${asked.length} worlds: ${said.sort().join(', ')}`;
  return { outcome: gravity[worst] ?? 'asExpected', says, found: { counts, worth } };
}

/** The kind. */
export const realUnits: Kind = {
  async unit(parameters, seed, index) {
    const words = parameters as RealParameters;
    const { libc, kernel, worlds, kinds } = words;
    const { shop } = await machineFor(words);
    const place = { build: readBuild(libc), kernel: knownKernel(kernel) };
    const constraints = kinds === undefined ? {} : { kinds };
    const asked: Asked[] = [];
    try {
      for (let world = 0; world < worlds; world++) {
        const own = (seed + index * worlds + world) % SEEDS;
        asked.push({ seed: own, found: await findDivergence(shop, worldOfSeed(own, constraints), place) });
      }
    } finally {
      closeWorkshop(shop);
    }
    return resultOf(asked);
  },
};
