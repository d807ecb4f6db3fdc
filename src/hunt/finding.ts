/**
 * A failure made into a scenario that can be kept: shrunk, judged in every schedule, with its claim, what is forbidden, something
 * that is allowed so that it says no dull thing, and the verdicts under this libc.
 *
 * What can go wrong: a scenario that does not come out as it says. Its expectation is what the search over all schedules found.
 */
import { oldestFirst, type Schedule } from '../arbitraries/index.js';
import { parsePath } from '../explore/index.js';
import { knownKernel } from '../kernel/releases.js';
import type { RawEvent } from '../libc/trace.js';
import type { Build } from '../process/builds.js';
import { type Judgement, judge, modelOfScenario, replayScenario } from '../report/index.js';
import { printPredicate } from '../scenario/predicate.js';
import { printScenario } from '../scenario/print.js';
import type { Predicate, Scenario } from '../scenario/schema.js';
import { shrunk, sizeOf } from './shrink.js';
import { type Failure, failuresOf, type Run, runOnce } from './trial.js';

/** A world that failed, and how it was run. */
export interface Seen {
  readonly scenario: Scenario;
  readonly schedule: Schedule;
  readonly failure: Failure;
  /** The run of the hunt, from 0. */
  readonly run: number;
}

/** A failure as it is kept. Plain data. */
export interface Finding {
  /** The property's number, or what else must not happen. */
  readonly id: string;
  /** A name for it and its file, from the mechanism. */
  readonly name: string;
  /** The mechanism: what broke, by what, in which procedure. */
  readonly kind: string;
  /** The run that showed it first, from 0. */
  readonly run: number;
  /** The scenario, printed; `rtldlab check` finds it as it expects. */
  readonly scenario: string;
  readonly objects: number;
  readonly actions: number;
  /** The verdict on what is forbidden, as it is printed. */
  readonly verdict: string;
  /** The shortest way there: steps, and the path that `replay` takes. */
  readonly steps: number;
  readonly path: string;
}

/** States that a search visits while shrinking, and at the end. */
const SHRINKING_STATES = 1500;
const KEPT_STATES = 50_000;

const withForbidden = (scenario: Scenario, predicate: Predicate): Scenario => ({
  ...scenario,
  forbidden: [{ that: predicate }],
});

/** Looks for one kind of failure in scenarios that get smaller. */
class Looking {
  constructor(
    private readonly build: Build,
    private readonly seen: Seen,
  ) {}

  /** The failure in a scenario, if it is there: by the schedule that showed it first, the simplest one, or a short search. */
  in(scenario: Scenario): Failure | undefined {
    const { suspicion } = this.seen.failure;
    const kernel = knownKernel(scenario.kernel ?? '');
    const watched = suspicion.ways(scenario).some(({ is }) => is === 'property') ? [suspicion.id] : [];
    const model = modelOfScenario(scenario, this.build, kernel, watched);
    if (model.unsupported.length > 0) return undefined;
    let open = false;
    for (const schedule of [this.seen.schedule, oldestFirst]) {
      const run = runOnce(model, schedule);
      const failure = run === undefined ? undefined : this.#of(scenario, run);
      if (failure !== undefined) return failure;
      if (run === undefined || !run.open) return undefined;
      open = run.open;
    }
    return open ? this.#searched(scenario) : undefined;
  }

  #of(scenario: Scenario, run: Run): Failure | undefined {
    const { suspicion, kind } = this.seen.failure;
    return failuresOf(scenario, run, [suspicion]).find((failure) => failure.kind === kind);
  }

  #searched(scenario: Scenario): Failure | undefined {
    for (const predicate of this.seen.failure.suspicion.ways(scenario)) {
      const asked = withForbidden(scenario, predicate);
      const judgement = judge(asked, this.build, knownKernel(scenario.kernel ?? ''), { maxStates: SHRINKING_STATES });
      const run = witnessed(asked, this.build, judgement);
      const failure = run === undefined ? undefined : this.#of(scenario, run);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }
}

/** The run that a judgement's witness is. */
function witnessed(scenario: Scenario, build: Build, judgement: Judgement): Run | undefined {
  const witness = judgement.verdicts.find(({ word }) => word === 'forbidden')?.witness;
  const parsed = witness === undefined || witness === null ? undefined : parsePath(witness.path);
  if (parsed === undefined || !parsed.ok) return undefined;
  const model = modelOfScenario(scenario, build, knownKernel(scenario.kernel ?? ''));
  const { steps } = replayScenario(model, parsed.path);
  return {
    events: steps.flatMap((step) => step.events as readonly RawEvent[]),
    path: parsed.path,
    open: true,
    states: [],
  };
}

/** Something that happens on the way, so that the scenario's verdict is about a world in which something happens. */
function allowedOf({ near }: Failure): Predicate {
  return near === undefined ? { is: 'ran', obj: 'exe', kind: 'main' } : { is: 'ran', obj: near.obj, kind: near.kind };
}

/** A name from the kind of failure; other kinds have other names. */
function nameOf({ kind }: Pick<Failure, 'kind'>): string {
  return kind.replace(/[^A-Za-z0-9]+/g, '-');
}

interface Origin {
  readonly build: Build;
  /** How to come here again, for `source`. */
  readonly replay: string;
}

/** The scenario with its claim and its question, before its verdicts are known. */
function asked(scenario: Scenario, failure: Failure, { build, replay }: Origin): Scenario {
  const { suspicion, predicate } = failure;
  return {
    ...scenario,
    name: nameOf(failure),
    claim: `${suspicion.happens} under ${build.name}.`,
    source: replay,
    libc: [build.name],
    forbidden: [{ that: predicate }],
    allowed: [{ that: allowedOf(failure) }],
  };
}

/**
 * Shrink what was seen, find the shortest way to it, and write it down with its verdicts.
 *
 * @returns undefined when the explorer, which goes all ways, does not find it again: then nothing is claimed
 */
export function findingOf(seen: Seen, origin: Origin): Finding | undefined {
  const looking = new Looking(origin.build, seen);
  const small = shrunk(seen.scenario, (smaller) => looking.in(smaller) !== undefined);
  const failure = looking.in(small);
  if (failure === undefined) return undefined;
  const question = asked(small, failure, origin);
  const judgement = judge(question, origin.build, knownKernel(small.kernel ?? ''), { maxStates: KEPT_STATES });
  const [forbidden, allowed] = ['forbidden', 'allowed'].map((word) =>
    judgement.verdicts.find((each) => each.word === word),
  );
  if (forbidden?.witness === undefined || forbidden.witness === null || allowed === undefined) return undefined;
  const expectation = {
    forbidden: forbidden.outcome,
    allowed: allowed.outcome,
    ...(judgement.complete ? { states: judgement.states } : {}),
  };
  const kept = { ...question, expect: { [origin.build.name]: expectation } };
  return {
    id: failure.suspicion.id,
    name: nameOf(failure),
    kind: failure.kind,
    run: seen.run,
    scenario: printScenario(kept),
    ...sizeOf(small),
    verdict: `${printPredicate(failure.predicate)}: ${forbidden.printed}`,
    steps: forbidden.witness.steps,
    path: forbidden.witness.path,
  };
}
