/**
 * Running a campaign, or a share of it: every unit that has no result yet is done and its result kept at once. It stands for the
 * main loop of a batch system, except that nothing is remembered beside the results.
 *
 * What can go wrong: being killed, at any moment. Whoever runs the campaign next finds the results that are there, sweeps what was
 * half written, and loses the units that were in hand.
 */
import { existsSync } from 'node:fs';
import { sweepUnfinished } from './durable-file.js';
import { makeFolder } from './folder.js';
import type { Hand } from './hands.js';
import type { UnitOutcome } from './kind.js';
import { type Plan, unitsFolder } from './plan.js';
import { readResult, unitPath, writeResult } from './results.js';

/** How far a run is. */
export interface Progress {
  /** Units of the share that have a result, those from before included. */
  readonly done: number;
  /** Of them, units that this run did. */
  readonly now: number;
  readonly of: number;
  /** Of those done now, units that found something. */
  readonly found: number;
  readonly lost: number;
}

/** A unit and what is the matter with it. */
export interface Trouble {
  readonly unit: number;
  readonly why: string;
}

export interface RunOptions {
  /** Units at a time. */
  readonly workers: number;
  readonly hand: (plan: Plan) => Hand;
  /** Give up what is in hand and return. */
  readonly stop?: AbortSignal;
  /** A result that was damaged and is made again. */
  readonly damaged?: (trouble: Trouble) => void;
  readonly progress?: (progress: Progress) => void;
}

/** What a run came to. */
export interface RunReport extends Progress {
  /** Units that could not be finished here; they stay missing. */
  readonly troubles: readonly Trouble[];
  /** Results of another plan, in this plan's folder; when there are any, nothing was run. */
  readonly foreign: readonly Trouble[];
  readonly stopped: boolean;
  /** Half-written files of killed writers that were removed. */
  readonly swept: number;
}

const isFinding = (outcome: UnitOutcome): boolean => outcome === 'unexpected' || outcome === 'broken';

/** What is left to do of a share. */
interface Left {
  readonly missing: readonly number[];
  readonly damaged: readonly Trouble[];
  readonly foreign: readonly Trouble[];
}

function leftOf(folder: string, plan: Plan, units: readonly number[]): Left {
  const missing: number[] = [];
  const damaged: Trouble[] = [];
  const foreign: Trouble[] = [];
  for (const unit of units) {
    const is = readResult(folder, plan, unit);
    if (is.state === 'done') continue;
    if (is.state === 'damaged') damaged.push({ unit, why: is.why });
    if (is.state === 'foreign') foreign.push({ unit, why: is.why });
    missing.push(unit);
  }
  return { missing, damaged, foreign };
}

class Run {
  #now = 0;
  #already: number;
  #found = 0;
  readonly troubles: Trouble[] = [];
  readonly #queue: number[];
  /** Units whose file is damaged: there, and yet to be made. */
  readonly #again: ReadonlySet<number>;
  /** One worker cannot go on, so none shall. */
  readonly #quit = new AbortController();
  readonly #stop: AbortSignal;
  readonly #stopped: Promise<'stop'>;

  constructor(
    private readonly folder: string,
    private readonly plan: Plan,
    private readonly units: readonly number[],
    left: Left,
    private readonly options: RunOptions,
  ) {
    this.#queue = [...left.missing];
    this.#again = new Set(left.damaged.map(({ unit }) => unit));
    this.#already = units.length - left.missing.length;
    this.#stop = AbortSignal.any([this.#quit.signal, ...(options.stop === undefined ? [] : [options.stop])]);
    this.#stopped = new Promise((resolve) => this.#stop.addEventListener('abort', () => resolve('stop')));
  }

  progress(): Progress {
    const done = this.#already + this.#now;
    return { done, now: this.#now, of: this.units.length, found: this.#found, lost: this.troubles.length };
  }

  /** The next unit that nobody has done meanwhile. */
  #next(): number | undefined {
    for (;;) {
      const unit = this.#stop.aborted ? undefined : this.#queue.shift();
      if (unit === undefined || this.#again.has(unit) || !existsSync(unitPath(this.folder, this.plan, unit)))
        return unit;
      this.#already++;
    }
  }

  /** One unit done and kept; whether the hand is still of use. */
  async #do(unit: number, hand: Hand): Promise<boolean> {
    const result = await Promise.race([hand.unit(unit), this.#stopped]).catch((error: unknown) => {
      this.troubles.push({ unit, why: error instanceof Error ? error.message : String(error) });
    });
    if (result === undefined || result === 'stop') return false;
    writeResult(this.folder, this.plan, unit, result);
    this.#now++;
    if (isFinding(result.outcome)) this.#found++;
    return true;
  }

  /** One worker: units one after another, with a new hand after each that was lost. @throws when results cannot be kept */
  async work(): Promise<void> {
    let hand: Hand | undefined;
    try {
      for (let unit = this.#next(); unit !== undefined; unit = this.#next()) {
        hand ??= this.options.hand(this.plan);
        if (!(await this.#do(unit, hand))) {
          await hand.dismiss();
          hand = undefined;
        }
        this.options.progress?.(this.progress());
      }
    } catch (error) {
      this.#quit.abort();
      throw error;
    } finally {
      await hand?.dismiss();
    }
  }
}

/**
 * Do the units of a share that have no result yet.
 *
 * @throws what the system says of the campaign's folder
 */
export async function runUnits(
  folder: string,
  plan: Plan,
  units: readonly number[],
  options: RunOptions,
): Promise<RunReport> {
  makeFolder(unitsFolder(folder));
  const swept = sweepUnfinished(unitsFolder(folder));
  const left = leftOf(folder, plan, units);
  const run = new Run(folder, plan, units, left, options);
  if (left.foreign.length === 0) {
    for (const trouble of left.damaged) options.damaged?.(trouble);
    options.progress?.(run.progress());
    const workers = Math.min(options.workers, left.missing.length);
    await Promise.all(Array.from({ length: workers }, () => run.work()));
  }
  const stopped = options.stop?.aborted === true;
  return { ...run.progress(), troubles: run.troubles, foreign: left.foreign, stopped, swept };
}
