/**
 * Walking a given path again, and telling of each step what it did and what it changed. Stories of counterexamples are made from this.
 *
 * What can go wrong: the model is no longer the one in which the path was found. The step that does not exist any more is named,
 * together with everything that could be done there instead.
 */
import { canonicalText } from './intern.js';
import type { Actor, ComponentKey, Model } from './model.js';
import { type Path, type PathStep, printStep } from './path.js';
import { type Attempt, actorsIn, attempt, everyAttempt, type World, worldAfter, worldAtStart } from './rich.js';

/** One component that a step changed; undefined is absent. */
export interface Change {
  readonly component: ComponentKey;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ReplayedStep {
  readonly actor: Actor;
  readonly choices: readonly number[];
  readonly events: readonly unknown[];
  /** In the order in which the step first wrote them; writes that changed nothing are left out. */
  readonly changes: readonly Change[];
  /** What the step read of the world, in order. */
  readonly reads: readonly ComponentKey[];
}

/** Why a path does not fit. Choices count from 0. */
export type Misstep =
  | { readonly kind: 'no-such-actor' }
  | { readonly kind: 'cannot-go' }
  | { readonly kind: 'no-such-answer'; readonly choice: number; readonly of: number }
  | { readonly kind: 'choice-unanswered'; readonly choice: number; readonly of: number }
  | { readonly kind: 'choice-not-asked'; readonly asked: number };

export interface ReplayError {
  /** Which step of the path, from 0. */
  readonly index: number;
  readonly step: PathStep;
  readonly why: Misstep;
  /** Every step that can go there, in the model's order. */
  readonly possible: readonly PathStep[];
}

export type Replay =
  | { readonly ok: true; readonly steps: readonly ReplayedStep[]; readonly start: World; readonly end: World }
  | { readonly ok: false; readonly error: ReplayError; readonly steps: readonly ReplayedStep[]; readonly end: World };

function misfitOf(step: PathStep, run: Attempt): Misstep | undefined {
  if (run.misfit !== undefined) {
    return { kind: 'no-such-answer', choice: run.misfit, of: run.choices[run.misfit]?.of ?? 0 };
  }
  const asked = run.choices.length;
  const unanswered = run.choices[step.choices.length];
  if (unanswered !== undefined) {
    return { kind: 'choice-unanswered', choice: step.choices.length, of: unanswered.of };
  }
  if (asked < step.choices.length) return { kind: 'choice-not-asked', asked };
  return run.went ? undefined : { kind: 'cannot-go' };
}

/** Every step that can go in a world, in the model's order. */
export function possibleSteps(model: Model, world: World): PathStep[] {
  const lookup = (key: ComponentKey): unknown => world.get(key);
  return actorsIn(model, lookup).result.flatMap((actor) =>
    [...everyAttempt(model, actor, lookup)]
      .filter((run) => run.went)
      .map((run) => ({ actor: actor.name, choices: run.choices.map((c) => c.answer) })),
  );
}

/** What a run did in a world, told component by component; the changes are worked out when somebody looks at them. */
export function told(actor: Actor, run: Attempt, world: World): ReplayedStep {
  const { events, asked, choices, writes } = run;
  let changes: readonly Change[] | undefined;
  return {
    actor,
    choices: choices.map((c) => c.answer),
    events,
    get changes() {
      changes ??= changesOf(writes, world);
      return changes;
    },
    reads: asked.flatMap((a) => (a.kind === 'read' ? [a.key] : [])),
  };
}

function changesOf(writes: Attempt['writes'], world: World): readonly Change[] {
  return [...writes]
    .map(([component, after]): Change => ({ component, before: world.get(component), after }))
    .filter(
      (c) => c.before !== c.after && canonicalText(c.before, c.component) !== canonicalText(c.after, c.component),
    );
}

/** Follow a path from the model's initial world. @throws only what the model's own code throws */
export function replay(model: Model, path: Path): Replay {
  const start = worldAtStart(model);
  const steps: ReplayedStep[] = [];
  let world = start;
  for (const [index, step] of path.entries()) {
    const lookup = (key: ComponentKey): unknown => world.get(key);
    const actor = actorsIn(model, lookup).result.find((a) => a.name === step.actor);
    const run = actor === undefined ? undefined : attempt(model, actor, lookup, step.choices);
    const why: Misstep | undefined = run === undefined ? { kind: 'no-such-actor' } : misfitOf(step, run);
    if (actor === undefined || run === undefined || why !== undefined) {
      const misstep = why ?? { kind: 'no-such-actor' };
      return {
        ok: false,
        error: { index, step, why: misstep, possible: possibleSteps(model, world) },
        steps,
        end: world,
      };
    }
    steps.push(told(actor, run, world));
    world = worldAfter(world, run.writes);
  }
  return { ok: true, steps, start, end: world };
}

function reasonText(step: PathStep, why: Misstep): string {
  switch (why.kind) {
    case 'no-such-actor':
      return `there is no actor ${step.actor}`;
    case 'cannot-go':
      return `${step.actor} cannot go`;
    case 'no-such-answer':
      return `choice ${why.choice} of ${step.actor} has answers 0 to ${why.of - 1}, not ${step.choices[why.choice]}`;
    case 'choice-unanswered':
      return `choice ${why.choice} of ${step.actor} is not answered (0 to ${why.of - 1})`;
    case 'choice-not-asked':
      return `${step.actor} asks for ${why.asked} choices, and ${step.choices.length} are answered`;
  }
}

/** One line for a reader, counting steps from 1. */
export function explainReplayError(error: ReplayError): string {
  const possible = error.possible.length === 0 ? 'nothing' : error.possible.map(printStep).join(', ');
  return `step ${error.index + 1} (${printStep(error.step)}): ${reasonText(error.step, error.why)}; possible here: ${possible}`;
}
