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
import { type Model, randomBelow } from '../explore/index.js';
import type { Build } from '../process/builds.js';
import type { ScenarioModel } from '../process/judge.js';
import { actionsOf } from '../scenario/names.js';
import { printScenario } from '../scenario/print.js';
import type { Scenario } from '../scenario/schema.js';
import { type Cause, Causes, ingredientsOf } from './causes.js';
import { everywhere } from './everywhere.js';
import { type Finding, findingOf, type Seen } from './finding.js';
import { type Below, mutated } from './mutate.js';
import { noting } from './novelty.js';
import { type Suspicion, suspicions } from './suspicions.js';
import { failuresOf, modelOf, type Run, runAlong, runOnce } from './trial.js';

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
  /** Told when a failure is seen that nothing known explains, before it is made small. */
  readonly seen?: (breaks: string, run: number) => void;
  /** Told of each finding as it is written down. */
  readonly wrote?: (finding: Finding) => void;
  /** Failures that are not to be made into scenarios: somebody has them. */
  readonly known?: readonly Cause[];
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

/**
 * Recipes whose numbers are all equally likely. fast-check prefers the first and last of a range, and most so in the first value of a
 * sample: worlds drawn like that are small and soon run, but hardly two things happen in one of them. A hunt draws both sorts.
 */
const evenRecipes = fc.noBias(recipes);

/** Further schedules of a world that has several. */
const MORE_SCHEDULES = 2;

/** From so many kept worlds on, two of three worlds are variations. */
const KEPT_ENOUGH = 100;

/** A world that went where none had been, and in how many ways it did. */
interface Kept {
  readonly recipe: Recipe;
  readonly fresh: number;
}

class Hunt {
  readonly #below: Below;
  readonly #known = new Set<number>();
  readonly #worlds = new Set<string>();
  readonly #corpus: Kept[] = [];
  readonly #findings: Finding[] = [];
  readonly #causes: Causes;
  readonly #broken = new Map<string, string>();
  /** Signs of failures, and what they turned out to be. */
  readonly #signs = new Map<string, readonly string[]>();
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
    this.#causes = new Causes(options.known);
    this.#watched = suspicions.filter(({ id }) => properties === undefined || properties.includes(id));
  }

  run(): HuntUnit {
    const { runs = UNIT_RUNS, stop } = this.options;
    while (this.#runs < runs && stop?.() !== true) this.#tryWorld(runs);
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
      findings: this.#findings,
    };
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
    const [fresh] = this.#draw(this.#below(4) === 0 ? recipes : evenRecipes, 1);
    if (fresh === undefined) throw new Error('invariant: nothing was drawn');
    const among = this.#corpus.length;
    // While few are kept, what is new is worth more than variations of them.
    if (this.#below(KEPT_ENOUGH) >= among || this.#below(3) === 0) return fresh;
    // Of three, the one that met most that was new.
    const drawn = [0, 1, 2].flatMap(() => this.#corpus[this.#below(among)] ?? []);
    const parent = drawn.reduce((best, each) => (each.fresh > best.fresh ? each : best)).recipe;
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
    const fresh = this.#guarded(scenario, () => this.#runWorld(scenario, most)) ?? 0;
    if (this.#runs === before) this.#runs++;
    if (fresh > 0) this.#corpus.push({ recipe, fresh });
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

  /** Run a world, in all its schedules if there are not too many; how much it reached that was new. */
  #runWorld(scenario: Scenario, most: number): number {
    const judged = modelOf(scenario, this.options.libc, this.#watched);
    if (judged.unsupported.length > 0) {
      this.#unsupported++;
      return 0;
    }
    const before = this.#known.size;
    const model = noting(judged.model, (hash) => void this.#known.add(hash));
    const several = hasSeveral(scenario) || this.#tryOne(scenario, model, oldestFirst)?.open === true;
    if (!several || this.#runs >= most || this.#tryAll(scenario, { ...judged, model }))
      return this.#known.size - before;
    for (const schedule of [oldestFirst, ...this.#draw(schedules, MORE_SCHEDULES)]) {
      if (this.#runs < most) this.#tryOne(scenario, model, schedule);
    }
    return this.#known.size - before;
  }

  #tryOne(scenario: Scenario, model: Model, schedule: Schedule): Run | undefined {
    const number = this.#runs++;
    const run = runOnce(model, schedule);
    if (run === undefined) this.#unsupported++;
    else this.#noteAll(scenario, run, number);
    return run;
  }

  /** Go all ways of a world, and note the shortest to each kind of failure. False when there were too many. */
  #tryAll(scenario: Scenario, judged: ScenarioModel): boolean {
    const number = this.#runs++;
    const { complete, met } = everywhere(judged);
    for (const { sign, path } of met) {
      const before = this.#signs.get(sign);
      if (before?.every((breaks) => this.#causes.explain(breaks, scenario)) === true) continue;
      const failures = this.#noteAll(scenario, runAlong(judged.model, path), number);
      this.#signs.set(sign, [...new Set([...(before ?? []), ...failures])]);
    }
    return complete;
  }

  /** What broke in a run, by kind. */
  #noteAll(scenario: Scenario, run: Run, number: number): string[] {
    return failuresOf(scenario, run, this.#watched).map((failure) => {
      this.#note({ scenario, failure, path: run.path, run: number });
      return failure.kind;
    });
  }

  /** Make a failure small and write it down, unless something known explains it. */
  #note(seen: Seen): void {
    const { kind: breaks, suspicion } = seen.failure;
    if (this.#causes.explain(breaks, seen.scenario)) return;
    const { written, wrote } = this.options;
    if (written !== undefined && !written.includes(suspicion.id)) {
      this.#causes.add({ breaks, by: [] });
      return;
    }
    this.options.seen?.(breaks, seen.run);
    const explained = (scenario: Scenario): boolean => this.#causes.explain(breaks, scenario);
    const finding = this.#guarded(seen.scenario, () => findingOf(seen, this.#origin(seen), explained));
    this.#causes.add(finding ?? { breaks, by: ingredientsOf(seen.scenario) });
    if (finding === undefined) return;
    this.#findings.push(finding);
    wrote?.(finding);
  }
}

/** Whether a world makes threads or processes, so that a single run will not say it all. */
function hasSeveral({ world }: Scenario): boolean {
  const actions = [world.exe, ...Object.values(world.objects)].flatMap((object) => actionsOf(object));
  return actions.some(({ action: { op } }) => op === 'start' || op === 'spawn' || op === 'fork');
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
