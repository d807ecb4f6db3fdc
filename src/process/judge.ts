/**
 * Judging a scenario: every schedule of every member of its families under one libc and one kernel, and what its expectations
 * came to. The counterpart of herd's run over a litmus test.
 *
 * What can go wrong: a "never" that is true for a dull reason. The scenario's `allowed` is judged in the same search, so that it
 * speaks about the same worlds.
 */
import {
  type ExploreOptions,
  type Model,
  type Path,
  type Reductions,
  type Replay,
  replay,
  search,
  type View,
} from '../explore/index.js';
import type { KernelFeatures } from '../kernel/features.js';
import type { Expectation, Scenario } from '../scenario/schema.js';
import { type Build, buildNamed } from './builds.js';
import { familyModel, memberKey, membersOf, type ProgramMember } from './members.js';
import { happened, type Progress } from './orders.js';
import { endsOf, markOf, staysTrue, verdictsOf } from './tallies.js';
import { exitCodes, type Judgement, type JudgementOutcome, type Verdict } from './verdict.js';
import {
  endIn,
  holdsAtEnd,
  holdsIn,
  undefinedProperties,
  type Watching,
  watchedModel,
  watchingOf,
} from './watchers.js';

export interface JudgeOptions
  extends Pick<
    ExploreOptions,
    | 'maxStates'
    | 'maxDepth'
    | 'maxSteps'
    | 'maxBytes'
    | 'recheckEvery'
    | 'progress'
    | 'interrupted'
    | 'reduce'
    | 'crew'
    | 'checkpoint'
    | 'resume'
  > {
  /** Another search than the remembering one, such as `searchNaively`; the answers must be the same. */
  readonly search?: typeof search;
}

/** States that a judgement visits unless it is told otherwise. */
export const judgedStates = 5_000_000;

/** A scenario as a model, with what is watched in it. */
export interface ScenarioModel {
  readonly model: Model;
  readonly members: readonly ProgramMember[];
  readonly watching: Watching;
  /** What the model lacks for this scenario; when not empty, `model` must not be run. */
  readonly unsupported: readonly string[];
}

/** The model of a scenario on a build; `more` names properties to watch besides those it speaks of. */
export function modelOfScenario(
  scenario: Scenario,
  build: Build,
  kernel: KernelFeatures,
  more: readonly string[] = [],
): ScenarioModel {
  const { members, unsupported } = membersOf(scenario, build, kernel);
  const watching = watchingOf(scenario, more);
  const unknown = undefinedProperties(scenario).map((id) => `property ${id}`);
  const model = watchedModel(familyModel(members), watching, members);
  return { model, members, watching, unsupported: [...unsupported, ...unknown] };
}

/** Follow a path of a scenario's model again; events are `RawEvent`s, with those of broken properties among them. */
export function replayScenario(judged: ScenarioModel, path: Path): Replay {
  return replay(judged.model, path);
}

/** What the scenario expects under this build: by the build's own name, by another of its names, or by its semantics. */
export function expectationFor({ expect }: Scenario, build: Build): Expectation | undefined {
  const names = Object.keys(expect);
  const { id, name } = build.rseq;
  const found =
    names.find((each) => each === build.name) ??
    names.find((each) => buildNamed(each)?.name === build.name) ??
    names.find((each) => each === id || each === name);
  return found === undefined ? undefined : expect[found];
}

/** The marks by which a search counts what a scenario asks. */
function marksOf(watching: Watching): (view: View) => readonly string[] {
  const words = (['forbidden', 'required'] as const).map((word) => ({
    word,
    own: watching.predicates.filter((predicate) => predicate.word === word),
  }));
  const stable = new Set(watching.predicates.filter(({ that }) => staysTrue(that)).map(({ key }) => key));
  return (view) => {
    if (view.get(memberKey) === undefined) return [];
    const marks = [markOf.ending(endIn(view) ?? 'timeout')];
    const now = new Set(watching.predicates.filter((p) => stable.has(p.key) && holdsIn(view, p)).map(({ key }) => key));
    const atEnd = new Set(watching.predicates.filter((p) => holdsAtEnd(view, p)).map(({ key }) => key));
    marks.push(...[...now].map(markOf.now), ...[...atEnd].map(markOf.atEnd));
    for (const { word, own } of words) {
      const whole = (held: ReadonlySet<string>) =>
        word === 'forbidden' ? own.some(({ key }) => held.has(key)) : own.every(({ key }) => held.has(key));
      if (own.length > 0 && whole(now)) marks.push(markOf.now(word));
      if (own.length > 0 && whole(atEnd)) marks.push(markOf.atEnd(word));
    }
    const orders = watching.orders.filter(({ key, tokens }) => happened(tokens, view.get(key) as Progress));
    marks.push(...orders.map(({ key }) => markOf.atEnd(key)));
    if (orders.length > 0) marks.push(markOf.atEnd('order'));
    return marks;
  };
}

type Heading = Pick<Judgement, 'schema' | 'scenario' | 'claim' | 'libc' | 'semantics' | 'kernel'>;

function headingOf(scenario: Scenario, build: Build, kernel: KernelFeatures): Heading {
  const { id, name } = build.rseq;
  return {
    schema: 'rtldlab.judgement/1',
    scenario: scenario.name,
    ...(scenario.claim === undefined ? {} : { claim: scenario.claim }),
    libc: build.name,
    semantics: { id, name },
    kernel: kernel.name,
  };
}

const nothingSearched = {
  complete: false,
  states: 0,
  transitions: 0,
  finals: 0,
  depth: 0,
  ends: {},
  verdicts: [],
} as const;

function outcomeOf(agreements: readonly Verdict['agrees'][]): JudgementOutcome {
  if (agreements.includes('no')) return 'unexpected';
  return agreements.includes('no-proof') ? 'notProven' : 'asExpected';
}

/**
 * Judge a scenario under one libc build and one kernel.
 *
 * Explores every schedule and every member of its families; verdicts have shortest witnesses. A bound that was met makes every
 * "never" and "always" unproven. A scenario that needs what the model lacks comes back with `unsupported` and no verdict.
 */
export function judge(scenario: Scenario, build: Build, kernel: KernelFeatures, options: JudgeOptions = {}): Judgement {
  const heading = headingOf(scenario, build, kernel);
  const { model, members, watching, unsupported } = modelOfScenario(scenario, build, kernel);
  if (unsupported.length > 0) {
    const outcome = 'unsupported';
    const nothing = { ...heading, members: members.length, ...nothingSearched };
    return { ...nothing, unsupported, outcome, exitCode: exitCodes[outcome] };
  }
  const { search: searching = search, ...bounds } = options;
  const maxStates = bounds.maxStates ?? judgedStates;
  const found = searching(model, { ...bounds, maxStates, marks: marksOf(watching) });
  const limits = {
    states: maxStates,
    depth: bounds.maxDepth ?? 0,
    steps: bounds.maxSteps ?? 0,
    memory: bounds.maxBytes ?? 0,
    interrupted: found.states,
  };
  const bound = found.bound === undefined ? {} : { bound: { what: found.bound, limit: limits[found.bound] } };
  const expectation = expectationFor(scenario, build);
  const certainty = { complete: found.complete, states: found.states, ...bound, ...reducedBy(bounds.reduce) };
  const verdicts = verdictsOf(scenario, watching, found, { expectation, certainty });
  const pinned = 'reduced' in certainty ? undefined : pinnedStates(expectation?.states, found);
  const outcome = outcomeOf([
    ...verdicts.map(({ agrees }) => agrees),
    ...(pinned === undefined ? [] : [pinned.agrees]),
  ]);
  return {
    ...heading,
    members: members.length,
    ...certainty,
    transitions: found.transitions,
    finals: found.finals,
    depth: found.depth,
    ends: endsOf(found),
    verdicts,
    ...(pinned === undefined ? {} : { pinned }),
    unsupported,
    outcome,
    exitCode: exitCodes[outcome],
  };
}

/** The names of the reductions that are on, where one is. */
function reducedBy({ partialOrder, symmetry, stretches }: Reductions = {}): Pick<Judgement, 'reduced'> {
  const on = { 'partial-order': partialOrder, symmetry, stretches };
  const names = Object.entries(on).flatMap(([name, isOn]) => (isOn === true ? [name] : []));
  return names.length === 0 ? {} : { reduced: names };
}

/** A changed count of states is a changed semantics, so a scenario may pin it. */
function pinnedStates(
  states: number | undefined,
  found: { readonly complete: boolean; readonly states: number },
): NonNullable<Judgement['pinned']> | undefined {
  if (states === undefined) return undefined;
  if (!found.complete) return { states, agrees: found.states > states ? 'no' : 'no-proof' };
  return { states, agrees: found.states === states ? 'yes' : 'no' };
}
