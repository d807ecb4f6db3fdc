/**
 * XState's own tools, asked the same question: its graph package, of the problem as a statechart and of a model of ours as one machine,
 * and a search written directly over its `transition`. It stands for what a reader would do who has a machine and no engine.
 *
 * What can go wrong: a straw man. A model of ours is offered only the steps that can go, and its states are known by one short text; the
 * chart is asked with the package's defaults, and with the list of events that its documentation has readers write.
 */
import { assign, initialTransition, setup, transition } from 'xstate';
import { getAdjacencyMap } from 'xstate/graph';
import type { Model } from '../explore/index.js';
import { type Attempt, actorsIn, attempt, everyAttempt } from '../explore/rich.js';
import { referenceChart } from './reference-chart.js';
import type { ReferenceProblem } from './reference-problem.js';

/** One step of one actor, with its answers. */
interface Step {
  readonly type: 'step';
  readonly actor: string;
  readonly answers: readonly number[];
}

type World = Readonly<Record<string, unknown>>;

/** What a search came to. */
export interface Visited {
  readonly states: number;
  readonly transitions: number;
}

function machineOf(model: Model) {
  const run = (world: World, { actor, answers }: Step): Attempt => {
    const lookup = (key: string): unknown => world[key];
    const found = actorsIn(model, lookup).result.find(({ name }) => name === actor);
    if (found === undefined) throw new Error(`invariant: there is no actor ${actor}`);
    return attempt(model, found, lookup, answers);
  };
  const take = ({ context, event }: { context: World; event: Step }): World =>
    Object.fromEntries(run(context, event).writes);
  return setup({
    types: { context: {} as World, events: {} as Step },
    actions: { take: assign(take) },
  }).createMachine({ context: Object.fromEntries(model.initial), on: { step: { actions: 'take' } } });
}

/** The steps that can go in a world, each answer one. */
function stepsIn(model: Model, world: World): Step[] {
  const lookup = (key: string): unknown => world[key];
  const steps: Step[] = [];
  for (const actor of actorsIn(model, lookup).result) {
    for (const { went, choices } of everyAttempt(model, actor, lookup)) {
      if (went) steps.push({ type: 'step', actor: actor.name, answers: choices.map(({ answer }) => answer) });
    }
  }
  return steps;
}

function counted(nodes: readonly { readonly transitions: object }[]): Visited {
  const transitions = nodes.reduce((sum, node) => sum + Object.keys(node.transitions).length, 0);
  return { states: nodes.length, transitions };
}

/** All states by XState's graph package, told at each which steps can go. */
export function visitByGraph(model: Model): Visited {
  const map = getAdjacencyMap(machineOf(model), {
    events: ({ context }) => stepsIn(model, context),
    serializeState: ({ context }) => JSON.stringify(context),
    limit: Number.POSITIVE_INFINITY,
  });
  return counted(Object.values(map));
}

/** All states of the chart by XState's graph package, which offers each state what its regions name, or every event of a list. */
export function visitChart(problem: ReferenceProblem, listed: boolean): Visited {
  const chart = referenceChart(problem);
  const events = chart.events.map((type) => ({ type }));
  return counted(Object.values(getAdjacencyMap(chart, listed ? { events } : {})));
}

/** Breadth first over XState's pure `transition`; at most `maxStates` states are expanded. */
export function visitByTransition(model: Model, maxStates: number): Visited {
  const machine = machineOf(model);
  const [first] = initialTransition(machine);
  const known = new Set([JSON.stringify(first.context)]);
  const queue = [first];
  let transitions = 0;
  for (let head = 0; head < Math.min(queue.length, maxStates); head++) {
    const before = queue[head] ?? first;
    for (const step of stepsIn(model, before.context)) {
      const [after] = transition(machine, before, step);
      transitions++;
      const text = JSON.stringify(after.context);
      if (known.has(text)) continue;
      known.add(text);
      queue.push(after);
    }
  }
  return { states: Math.min(queue.length, maxStates), transitions };
}
