/**
 * Kind `split`: one state space searched in parts. It is cut at a frontier: the core, up to there, is one unit, and everything that
 * can be reached from one world of the frontier is another. A member of a family is chosen by the first step, so a frontier always
 * parts the members.
 *
 * What can go wrong: adding up. Worlds that two parts reach are counted in both, so only verdicts and witnesses are united, and
 * counts of states and of final worlds are per unit.
 */
import type { Kind, UnitOutcome, UnitResult } from '../campaign/kind.js';
import {
  type Exploration,
  type ExploreOptions,
  type MarkCount,
  type Model,
  type Path,
  parsePath,
  printPath,
  replay,
  search,
} from '../explore/index.js';
import { type JudgeOptions, judge, judgedStates, modelOfScenario } from '../process/judge.js';
import type { Judgement } from '../process/verdict.js';
import { frontierOf } from './frontier.js';
import { verdictsSaid } from './judge-unit.js';
import { type PlannedTrials, plannedTrials, trialName, trialOf, type UnitTrial, withoutPins } from './trials.js';
import { type FinishedPart, unite } from './unite.js';

/** One part of one trial's state space. */
export interface Part {
  readonly trial: number;
  /** Steps from the start to the frontier at which the space is cut. */
  readonly distance: number;
  /** The printed path to the part's first world; null for the core. */
  readonly from: string | null;
}

/** What a plan of parts says; unit i is part i. */
export interface SplitParameters extends PlannedTrials {
  readonly parts: readonly Part[];
  readonly bounds: Pick<JudgeOptions, 'maxStates'>;
}

/** Longest prefix that a cut may take. */
const FARTHEST = 64;

/** Cut the state space of each trial into a core and at least `wanted` parts, as far as it has so many. */
export function splitTrials(
  trials: readonly UnitTrial[],
  wanted: number,
  bounds: SplitParameters['bounds'],
): SplitParameters {
  const parts = trials.flatMap(({ scenario, libc, kernel }, trial): Part[] => {
    const { model, unsupported } = modelOfScenario(scenario, libc, kernel);
    const { distance, paths } =
      unsupported.length > 0 ? { distance: 0, paths: [] } : frontierOf(model, wanted, FARTHEST);
    return [null, ...paths.map(printPath)].map((from) => ({ trial, distance, from }));
  });
  return { ...plannedTrials(trials), parts, bounds };
}

/** The path that a plan says. */
function pathOf(text: string): Path {
  const parsed = parsePath(text);
  if (parsed.ok) return parsed.path;
  throw new Error(`invariant: the plan has a path that cannot be read: ${parsed.error.text}`);
}

function longer(found: Exploration, prefix: Path): Exploration {
  const after = (path: Path | null): Path | null => (path === null ? null : [...prefix, ...path]);
  const marks = [...found.marks].map(([name, mark]): [string, MarkCount] => {
    const { witness, finalWitness, finalWithout } = mark;
    const ways = { witness: after(witness), finalWitness: after(finalWitness), finalWithout: after(finalWithout) };
    return [name, { ...mark, ...ways }];
  });
  const events = [...found.events].map(([name, count]) => {
    return [name, { ...count, witness: [...prefix, ...count.witness] }] as const;
  });
  const firstFinal = after(found.firstFinal);
  return { ...found, depth: prefix.length + found.depth, firstFinal, marks: new Map(marks), events: new Map(events) };
}

/** A search of what can be reached from the end of a path; witnesses lead there from the model's own start. */
function searchFrom(prefix: Path) {
  return (model: Model, options: ExploreOptions = {}): Exploration => {
    const there = replay(model, prefix);
    if (!there.ok) throw new Error(`invariant: the plan's path ${printPath(prefix)} does not fit its model`);
    return longer(search({ ...model, initial: there.end }, options), prefix);
  };
}

/** What a part alone says about the whole: only a bad sight is final. */
function outcomeOf(judgement: Judgement, isCore: boolean): UnitOutcome {
  const { outcome, complete, bound, verdicts } = judgement;
  if (outcome === 'unsupported') return outcome;
  if (verdicts.some(({ expected, outcome: seen }) => expected === 'never' && seen !== 'never')) return 'unexpected';
  return complete || (isCore && bound?.what === 'depth') ? 'asExpected' : 'notProven';
}

/** The kind. */
export const splitUnits: Kind = {
  unit(parameters, _seed, index): UnitResult {
    const { parts, bounds, ...planned } = parameters as SplitParameters;
    const part = parts[index];
    if (part === undefined) throw new Error(`invariant: the plan has no part ${index}`);
    const trial = trialOf(planned, part.trial);
    const options: JudgeOptions =
      part.from === null
        ? { ...bounds, ...(part.distance === 0 ? {} : { maxDepth: part.distance }) }
        : { ...bounds, search: searchFrom(pathOf(part.from)) };
    const judgement = judge(withoutPins(trial.scenario), trial.libc, trial.kernel, options);
    const where = part.from === null ? 'the core' : `from ${part.from}`;
    const says = `${trialName(trial)}, ${where}: ${verdictsSaid(judgement)}`;
    return { outcome: outcomeOf(judgement, part.from === null), says, found: judgement };
  },
  together(parameters, finished) {
    const { parts, bounds, ...planned } = parameters as SplitParameters;
    const results = new Map(finished.map(({ unit, result }) => [unit, result]));
    const finishedPart = ({ from, distance }: Part, unit: number): FinishedPart | undefined => {
      const result = results.get(unit);
      return result === undefined ? undefined : { result, isCore: from === null && distance > 0 };
    };
    const finishedParts = parts.map((part, unit) => ({ trial: part.trial, finished: finishedPart(part, unit) }));
    return planned.trials.map((_, trial) => {
      const own = finishedParts.filter((each) => each.trial === trial).map((each) => each.finished);
      return unite(trialOf(planned, trial), own, bounds.maxStates ?? judgedStates);
    });
  },
};
