/**
 * A unit of a hunt: generated worlds run under one libc while everything suspicious is watched, worlds that reached new states kept
 * and varied, and each kind of failure made into a scenario. A campaign is many units, each named by (seed, index).
 *
 * What can go wrong: a unit that depends on more than its arguments. It has its own sequence of numbers and its own memory; only
 * `stop`, which a time budget gives, can cut it short.
 */
import fc from 'fast-check';
import {
  oldestFirst,
  type Recipe,
  recipes,
  type Schedule,
  type SwarmConstraints,
  scenarioOf,
  schedules,
  worldOf,
} from '../arbitraries/index.js';
import { randomBelow } from '../explore/index.js';
import { knownKernel } from '../kernel/releases.js';
import type { Build } from '../process/builds.js';
import { modelOfScenario } from '../report/index.js';
import { printScenario } from '../scenario/print.js';
import type { Scenario } from '../scenario/schema.js';
import { type Finding, findingOf, type Seen } from './finding.js';
import { type Below, mutated } from './mutate.js';
import { sizeOf } from './shrink.js';
import { type Suspicion, suspicions } from './suspicions.js';
import { failuresOf, runOnce } from './trial.js';

export interface HuntOptions extends SwarmConstraints {
  /** The libc to hunt under. */
  readonly libc: Build;
  /** Ids of properties and other suspicions; without it, all. */
  readonly properties?: readonly string[];
  /** Runs of one unit; default 1500. */
  readonly runs?: number;
  /** The kernel of all worlds; without it the worlds choose. */
  readonly kernel?: string;
  /** Asked before each world; `true` ends the unit. */
  readonly stop?: () => boolean;
  /** Told when a kind of failure is seen for the first time. */
  readonly seen?: (kind: string, run: number) => void;
  /** Told of each finding as it is written down. */
  readonly wrote?: (finding: Finding) => void;
  /** Kinds of failures that are not to be made into scenarios: somebody has them. */
  readonly known?: ReadonlySet<string>;
  /** Of all that is watched, the ids of what is made into scenarios; without it, all. */
  readonly written?: readonly string[];
}

/** What a unit came to. Plain data; the same arguments give the same value. */
export interface HuntUnit {
  readonly schema: 'rtldlab.hunt-unit/1';
  readonly libc: string;
  readonly seed: number;
  readonly index: number;
  /** Runs made: worlds, each under one schedule or several. */
  readonly runs: number;
  readonly worlds: number;
  /** Distinct states of threads and registrations that were reached. */
  readonly states: number;
  /** Worlds that were left alone: the model lacks something, or they did not end. */
  readonly unsupported: number;
  /** Promises of its own that the simulator broke, each with a scenario in which it did: faults of rtldlab. */
  readonly broken: readonly { readonly promise: string; readonly scenario: string }[];
  /** One for each kind of failure, in the order in which they were seen. */
  readonly findings: readonly Finding[];
}

export const UNIT_RUNS = 1500;

/** Further schedules of a world that has several. */
const MORE_SCHEDULES = 2;

interface Kept {
  readonly recipe: Recipe;
}

class Hunt {
  readonly #below: Below;
  readonly #known = new Set<number>();
  readonly #worlds = new Set<string>();
  readonly #corpus: Kept[] = [];
  readonly #seen = new Map<string, Seen>();
  readonly #broken = new Map<string, string>();
  readonly #watched: readonly Suspicion[];
  #runs = 0;
  #unsupported = 0;

  constructor(
    private readonly options: HuntOptions,
    private readonly seed: number,
    private readonly index: number,
  ) {
    this.#below = randomBelow(Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
    const { properties } = options;
    this.#watched = suspicions.filter(({ id }) => properties === undefined || properties.includes(id));
  }

  run(): HuntUnit {
    const { runs = UNIT_RUNS, stop } = this.options;
    while (this.#runs < runs && stop?.() !== true) this.#tryWorld(runs);
    const findings = [...this.#seen.values()].flatMap((seen) => this.#write(seen));
    return {
      schema: 'rtldlab.hunt-unit/1',
      libc: this.options.libc.name,
      seed: this.seed,
      index: this.index,
      runs: this.#runs,
      worlds: this.#worlds.size,
      states: this.#known.size,
      unsupported: this.#unsupported,
      broken: [...this.#broken].map(([promise, scenario]) => ({ promise, scenario })),
      findings,
    };
  }

  #write(seen: Seen): Finding[] {
    const { written, wrote } = this.options;
    if (written !== undefined && !written.includes(seen.failure.suspicion.id)) return [];
    const finding = this.#guarded(seen.scenario, () => findingOf(seen, this.#origin(seen)));
    if (finding === undefined) return [];
    wrote?.(finding);
    return [finding];
  }

  #origin(seen: Seen) {
    const { libc } = this.options;
    const replay = `rtldlab hunt --libc ${libc.name} --seed ${this.seed}: unit ${this.index}, run ${seen.run}`;
    return { build: libc, replay };
  }

  #draw<T>(arbitrary: fc.Arbitrary<T>, many: number): T[] {
    return fc.sample(arbitrary, { seed: this.#below(0x7fffffff), numRuns: many });
  }

  /** A new recipe, or a neighbour of one that went where none had been. */
  #nextRecipe(): Recipe {
    const [fresh] = this.#draw(recipes, 1);
    if (fresh === undefined) throw new Error('invariant: nothing was drawn');
    const among = this.#corpus.length;
    if (among === 0 || this.#below(2) === 0) return fresh;
    // The youngest have seen most of what is new.
    const at = among - 1 - Math.floor((this.#below(1000) * this.#below(1000) * among) / 1_000_000);
    const parent = this.#corpus[at]?.recipe ?? fresh;
    const donor = this.#corpus[this.#below(among)]?.recipe ?? fresh;
    return mutated(parent, donor, this.#below);
  }

  #tryWorld(most: number): void {
    const recipe = this.#nextRecipe();
    const generated = scenarioOf(worldOf(recipe, this.options));
    const scenario = this.options.kernel === undefined ? generated : { ...generated, kernel: this.options.kernel };
    const text = JSON.stringify([scenario.world, scenario.claimants, scenario.kernel]);
    if (this.#worlds.has(text)) {
      this.#runs++;
      return;
    }
    this.#worlds.add(text);
    const before = this.#runs;
    const fresh = this.#guarded(scenario, () => this.#runWorld(scenario, most)) === true;
    if (this.#runs === before) this.#runs++;
    if (fresh) this.#corpus.push({ recipe });
  }

  /** What `act` gives; where the simulator breaks a promise of its own, that is noted, and the hunt goes on. */
  #guarded<T>(scenario: Scenario, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      const promise = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
      if (!this.#broken.has(promise)) this.#broken.set(promise, printScenario(scenario));
      return undefined;
    }
  }

  /** Run a world under its schedules; whether one of them reached something new. */
  #runWorld(scenario: Scenario, most: number): boolean {
    const ids = this.#watched.map(({ id }) => id);
    const model = modelOfScenario(scenario, this.options.libc, knownKernel(scenario.kernel ?? ''), ids);
    if (model.unsupported.length > 0) {
      this.#unsupported++;
      return false;
    }
    let fresh = false;
    const tried: Schedule[] = [oldestFirst];
    for (let i = 0; i < tried.length && this.#runs < most; i++) {
      const schedule = tried[i] ?? oldestFirst;
      const run = runOnce(model, schedule);
      const number = this.#runs++;
      if (run === undefined) {
        this.#unsupported++;
        break;
      }
      for (const failure of failuresOf(scenario, run, this.#watched))
        this.#note({ scenario, schedule, failure, run: number });
      fresh = this.#isNew(run.states) || fresh;
      if (i === 0 && run.open) tried.push(...this.#draw(schedules, MORE_SCHEDULES));
    }
    return fresh;
  }

  #isNew(states: readonly number[]): boolean {
    const before = this.#known.size;
    for (const state of states) this.#known.add(state);
    return this.#known.size > before;
  }

  /** Keep the smallest world of each kind of failure. */
  #note(seen: Seen): void {
    const { kind } = seen.failure;
    if (this.options.known?.has(kind) === true) return;
    const before = this.#seen.get(kind);
    if (before === undefined) this.options.seen?.(kind, seen.run);
    if (before === undefined || smaller(seen.scenario, before.scenario)) {
      this.#seen.set(kind, { ...seen, run: before?.run ?? seen.run });
    }
  }
}

function smaller(one: Scenario, other: Scenario): boolean {
  const [a, b] = [sizeOf(one), sizeOf(other)];
  return a.objects !== b.objects ? a.objects < b.objects : a.actions < b.actions;
}

/**
 * Hunt one unit. Pure but for `stop`: the same options, seed and index give the same value, on any machine.
 *
 * @param seed of the whole hunt, a whole number
 * @param index of the unit in it, from 0
 */
export function huntUnit(options: HuntOptions, seed: number, index: number): HuntUnit {
  return new Hunt(options, seed, index).run();
}
