/**
 * Kind `walk`: a unit is a number of random schedules of one scenario under one libc, judged by where they end. For what is too
 * large for every schedule.
 *
 * What can go wrong: "not seen" read as "never". A walk proves nothing; its verdicts carry the bound, and only what it did see
 * counts as unexpected.
 */
import { type Kind, seedOfUnit, type UnitResult } from '../campaign/kind.js';
import {
  type Exploration,
  type ExploreOptions,
  type MarkCount,
  type Model,
  type Path,
  seededRandom,
  type World,
  walk,
} from '../explore/index.js';
import { observe } from '../explore/rich.js';
import { judge } from '../process/judge.js';
import { verdictsSaid } from './judge-unit.js';
import { type PlannedTrials, trialName, trialOf, withoutPins } from './trials.js';

/** What a plan of walks says; unit i walks trial i modulo their number. */
export interface WalkParameters extends PlannedTrials {
  /** Schedules of a unit. */
  readonly schedules: number;
  /** Most steps of one. */
  readonly maxSteps: number;
}

type Marks = NonNullable<ExploreOptions['marks']>;

const noMarks: Marks = () => [];

function marksIn(world: World, marks: Marks): readonly string[] {
  return observe('marks', (key) => world.get(key), marks).result;
}

/** The marks of ends, counted as a search counts its final states. */
class Ends {
  finals = 0;
  firstFinal: Path | null = null;
  readonly marks = new Map<string, MarkCount>();

  note(path: Path, marks: readonly string[]): void {
    for (const name of marks) {
      const before = this.marks.get(name);
      this.marks.set(name, {
        states: (before?.states ?? 0) + 1,
        finals: (before?.finals ?? 0) + 1,
        witness: before?.witness ?? path,
        finalWitness: before?.finalWitness ?? path,
        finalWithout: before === undefined ? this.firstFinal : before.finalWithout,
      });
    }
    for (const [name, mark] of this.marks) {
      if (mark.finalWithout === null && !marks.includes(name)) this.marks.set(name, { ...mark, finalWithout: path });
    }
    this.finals++;
    this.firstFinal ??= path;
  }
}

/** Random schedules in place of a search. */
function walkAbout(model: Model, options: ExploreOptions, seed: number, parameters: WalkParameters): Exploration {
  const { schedules, maxSteps } = parameters;
  const ends = new Ends();
  let [transitions, depth] = [0, 0];
  for (let schedule = 0; schedule < schedules; schedule++) {
    const pick = seededRandom(seedOfUnit(seed, schedule));
    const { path, end, ended } = walk(model, { pick, maxSteps });
    transitions += path.length;
    depth = Math.max(depth, path.length);
    if (ended === 'final') ends.note(path, marksIn(end, options.marks ?? noMarks));
  }
  return {
    complete: false,
    bound: 'steps',
    states: transitions + schedules,
    transitions,
    depth,
    finals: ends.finals,
    firstFinal: ends.firstFinal,
    marks: ends.marks,
    events: new Map(),
    steps: { rich: transitions, remembered: 0 },
  };
}

/** The kind. */
export const walkUnits: Kind = {
  unit(parameters, seed, index): UnitResult {
    const words = parameters as WalkParameters;
    const trial = trialOf(words, index % words.trials.length);
    const { schedules, maxSteps } = words;
    const judgement = judge(withoutPins(trial.scenario), trial.libc, trial.kernel, {
      maxSteps: schedules * maxSteps,
      search: (model, options = {}) => walkAbout(model, options, seedOfUnit(seed, index), words),
    });
    const said = `${trialName(trial)}, ${schedules} random schedules: ${verdictsSaid(judgement)}`;
    const outcome = judgement.outcome === 'notProven' ? 'asExpected' : judgement.outcome;
    return { outcome, says: said, found: { ...judgement, schedules } };
  },
};
