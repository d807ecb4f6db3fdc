/**
 * One schedule: from the initial world, one step after another, until nobody can go or the bound is met. Who goes next, and how
 * choices are answered, is a policy; the same policy gives the same walk.
 *
 * What can go wrong: a step may refuse one answer and take another, so "nobody can go" is only said after every answer of every actor
 * has been tried.
 */
import { BrokenInvariant } from './invariant.js';
import type { Actor, ComponentKey, Model, View } from './model.js';
import type { Path, PathStep } from './path.js';
import { type ReplayedStep, told } from './replay.js';
import {
  type Attempt,
  actorsIn,
  attempt,
  everyAttempt,
  type Lookup,
  observe,
  type World,
  worldAfter,
  worldAtStart,
} from './rich.js';

/** Who goes next. A policy keeps its own state, so make a new one for each walk. */
export interface Policy {
  /** The actors in the order in which they are to be tried; each exactly once. */
  order(actors: readonly Actor[]): readonly Actor[];
  /** Answers for a step's first choices, by how many answers each has; asked before it is known whether the step goes. */
  answer(of: number): number;
  /** Told who went, once somebody has; for policies that slow down whoever is ahead. */
  went?(actor: Actor): void;
}

/** The first actor in the model's order that can go; every choice answered 0. */
export function firstEnabled(): Policy {
  return { order: (actors) => actors, answer: () => 0 };
}

/** Numbers from 0 to n - 1, the same for the same seed: splitmix32. */
export function randomBelow(seed: number): (n: number) => number {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return Math.floor((((z ^ (z >>> 15)) >>> 0) / 0x1_0000_0000) * n);
  };
}

/** Every actor and every answer equally likely; an integer seed decides all. */
export function seededRandom(seed: number): Policy {
  const below = randomBelow(seed);
  const order = (actors: readonly Actor[]): readonly Actor[] => {
    const shuffled = [...actors];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = below(i + 1);
      const [a, b] = [shuffled[i] as Actor, shuffled[j] as Actor];
      shuffled[i] = b;
      shuffled[j] = a;
    }
    return shuffled;
  };
  return { order, answer: below };
}

export interface WalkOptions {
  /** Default: `firstEnabled()`. */
  readonly pick?: Policy;
  /** Most steps to take; default 100,000. */
  readonly maxSteps?: number;
  /** Stop before the next step when this holds. */
  readonly until?: (view: View) => boolean;
}

export interface Walk {
  readonly steps: readonly ReplayedStep[];
  /** The same walk as a path that can be printed and replayed. */
  readonly path: Path;
  /** `final`: nobody can go. `bound`: `maxSteps` were taken and somebody may still go. `until`: the caller's condition held. */
  readonly ended: 'final' | 'bound' | 'until';
  readonly end: World;
}

const MOST_STEPS = 100_000;

/** Run one step with the policy's answers: each choice is answered when its size is known. */
function attemptWith(model: Model, actor: Actor, lookup: Lookup, policy: Policy): Attempt {
  const answers: number[] = [];
  for (;;) {
    const run = attempt(model, actor, lookup, answers);
    const next = run.choices[answers.length];
    if (next === undefined) return run;
    const answer = policy.answer(next.of);
    if (!Number.isInteger(answer) || answer < 0 || answer >= next.of) {
      throw new BrokenInvariant('choice-has-answers', `the policy answered ${answer} of ${next.of}`);
    }
    answers.push(answer);
  }
}

interface Taken {
  readonly actor: Actor;
  readonly run: Attempt;
}

/** The step to take in a world, or undefined when nobody can go. */
function nextStep(model: Model, lookup: Lookup, policy: Policy): Taken | undefined {
  const actors = policy.order(actorsIn(model, lookup).result);
  const refused: Actor[] = [];
  for (const actor of actors) {
    const run = attemptWith(model, actor, lookup, policy);
    if (run.went) return { actor, run };
    if (run.choices.length > 0) refused.push(actor);
  }
  for (const actor of refused) {
    const runs = [...everyAttempt(model, actor, lookup)].filter((run) => run.went);
    const run = runs[runs.length < 2 ? 0 : policy.answer(runs.length)];
    if (run !== undefined) return { actor, run };
  }
  return undefined;
}

/** Take one walk through the model. @throws only what the model's own code throws, and BrokenInvariant */
export function walk(model: Model, options: WalkOptions = {}): Walk {
  const { pick = firstEnabled(), maxSteps = MOST_STEPS, until } = options;
  const steps: ReplayedStep[] = [];
  const path: PathStep[] = [];
  let end = worldAtStart(model);
  const lookup = (key: ComponentKey): unknown => end.get(key);
  for (;;) {
    if (until !== undefined && observe('until', lookup, until).result) return { steps, path, ended: 'until', end };
    if (steps.length >= maxSteps) {
      const over = nextStep(model, lookup, firstEnabled()) === undefined;
      return { steps, path, ended: over ? 'final' : 'bound', end };
    }
    const taken = nextStep(model, lookup, pick);
    if (taken === undefined) return { steps, path, ended: 'final', end };
    pick.went?.(taken.actor);
    const step = told(taken.actor, taken.run, end);
    steps.push(step);
    path.push({ actor: step.actor.name, choices: step.choices });
    end = worldAfter(end, taken.run.writes);
  }
}
