/**
 * A failure made into a scenario that can be kept: shrunk, judged in every schedule, with its claim, what is forbidden, something
 * that is allowed so that it says no dull thing, and the verdicts under this libc.
 *
 * What can go wrong: a scenario that does not come out as it says. Its expectation is what the search over all schedules found.
 */
import { oldestFirst } from '../arbitraries/index.js';
import type { Path } from '../explore/index.js';
import { knownKernel } from '../kernel/releases.js';
import type { Build } from '../process/builds.js';
import type { ScenarioModel } from '../process/judge.js';
import { judge } from '../report/index.js';
import { printPredicate } from '../scenario/predicate.js';
import { printScenario } from '../scenario/print.js';
import type { Predicate, Scenario } from '../scenario/schema.js';
import { type Cause, ingredientsOf } from './causes.js';
import { everywhere } from './everywhere.js';
import { following } from './follow.js';
import { shrunk, sizeOf } from './shrink.js';
import { type Failure, failuresOf, modelOf, type Run, runAlong, runOnce, runWith } from './trial.js';

/** A world that failed. */
export interface Seen {
  readonly scenario: Scenario;
  readonly failure: Failure;
  /** How it came about. */
  readonly path: Path;
  /** The run of the hunt, from 0. */
  readonly run: number;
}

/** A failure as it is kept. Plain data. */
export interface Finding {
  /** The property's number, or what else must not happen. */
  readonly id: string;
  /** A name for it and its file, from the mechanism. */
  readonly name: string;
  /** What broke, by what, in which procedure. */
  readonly breaks: string;
  /** What the scenario is made of. */
  readonly by: readonly string[];
  /** Both together: equal for equal mechanisms. */
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

/** States that the last search visits. */
const KEPT_STATES = 50_000;

/** Looks for one kind of failure in scenarios that get smaller. */
class Looking {
  /** The order in which it came about last. */
  #path: Path;

  constructor(
    private readonly build: Build,
    private readonly seen: Seen,
  ) {
    this.#path = seen.path;
  }

  /** The failure in a scenario, if it comes about in the order in which it did last. */
  soon(scenario: Scenario): Failure | undefined {
    const judged = this.#modelOf(scenario);
    return judged === undefined ? undefined : this.#of(scenario, runWith(judged.model, following(this.#path)));
  }

  /** The failure in a scenario, if it is there: in the simplest schedule, or in any. */
  in(scenario: Scenario): Failure | undefined {
    const judged = this.#modelOf(scenario);
    if (judged === undefined) return undefined;
    const run = runOnce(judged.model, oldestFirst);
    const failure = this.#of(scenario, run);
    if (failure !== undefined || run?.open === false) return failure;
    for (const { path } of everywhere(judged).met) {
      const found = this.#of(scenario, runAlong(judged.model, path));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #modelOf(scenario: Scenario): ScenarioModel | undefined {
    const judged = modelOf(scenario, this.build, [this.seen.failure.suspicion]);
    return judged.unsupported.length > 0 ? undefined : judged;
  }

  #of(scenario: Scenario, run: Run | undefined): Failure | undefined {
    if (run === undefined) return undefined;
    const { suspicion, kind } = this.seen.failure;
    const found = failuresOf(scenario, run, [suspicion]).find((failure) => failure.kind === kind);
    if (found !== undefined) this.#path = run.path;
    return found;
  }
}

/** Something that happens on the way, so that the scenario's verdict is about a world in which something happens. */
function allowedOf({ near }: Failure): Predicate {
  return near === undefined ? { is: 'ran', obj: 'exe', kind: 'main' } : { is: 'ran', obj: near.obj, kind: near.kind };
}

function kindOf({ breaks, by }: Cause): string {
  return by.length === 0 ? breaks : `${breaks} by ${by.join(', ')}`;
}

/** A name from the kind of failure; other kinds have other names. */
function nameOf(cause: Cause): string {
  return kindOf(cause).replace(/[^A-Za-z0-9]+/g, '-');
}

interface Origin {
  readonly build: Build;
  /** How to come here again, for `source`. */
  readonly replay: string;
}

function causeOf(scenario: Scenario, { kind }: Failure): Cause {
  return { breaks: kind, by: ingredientsOf(scenario) };
}

/** The scenario with its claim and its question, before its verdicts are known. */
function asked(scenario: Scenario, failure: Failure, { build, replay }: Origin): Scenario {
  const { suspicion, predicate } = failure;
  return {
    ...scenario,
    name: nameOf(causeOf(scenario, failure)),
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
 * @param explained whether a scenario fails like this by what is known: it would be another failure than the one that was seen
 * @returns undefined when the explorer, which goes all ways, does not find it again: then nothing is claimed
 */
export function findingOf(seen: Seen, origin: Origin, explained: (scenario: Scenario) => boolean): Finding | undefined {
  const looking = new Looking(origin.build, seen);
  // Most of the way goes by single runs; what is left is small, and going all its ways is quick.
  const smaller = shrunk(seen.scenario, (each) => !explained(each) && looking.soon(each) !== undefined);
  const small = shrunk(smaller, (each) => !explained(each) && looking.in(each) !== undefined);
  const failure = looking.in(small);
  if (failure === undefined) return undefined;
  const cause = causeOf(small, failure);
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
    name: nameOf(cause),
    ...cause,
    kind: kindOf(cause),
    run: seen.run,
    scenario: printScenario(kept),
    ...sizeOf(small),
    verdict: `${printPredicate(failure.predicate)}: ${forbidden.printed}`,
    steps: forbidden.witness.steps,
    path: forbidden.witness.path,
  };
}
