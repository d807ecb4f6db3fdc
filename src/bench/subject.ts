/**
 * One search in a process of its own, so that nothing is warm: `node subject.js QUESTION` prints what it came to as one line of JSON.
 * It stands for asking once.
 *
 * What can go wrong: loading what this search does not need, and counting that as its cost. Each kind loads its own.
 */
import { compileLater } from '../cli/patience.js';
import type { Exploration, ExploreOptions, Model } from '../explore/index.js';
import type { Answer, Question } from './question.js';

async function modelOf({ problem, scenario }: Question): Promise<Model> {
  if (problem !== undefined) {
    const { referenceProblem } = await import('./reference-problem.js');
    return referenceProblem(problem);
  }
  if (scenario === undefined) throw new Error('invariant: a question is about a problem or a scenario');
  const { modelOfFile } = await import('./shelf.js');
  return modelOfFile(scenario.path, scenario.libc);
}

/** Ask the searches of ours. */
async function explored(model: Model, question: Question): Promise<Exploration> {
  const { search, searchNaively } = await import('../explore/index.js');
  const { maxStates, reduced, by } = question;
  // Stretches save states of this problem and cost more time than that saves.
  const reduce = { partialOrder: reduced, symmetry: reduced };
  const judge = (event: unknown): readonly string[] => [String(event)];
  const options: ExploreOptions = {
    maxStates,
    ...(question.problem === undefined ? {} : { judge }),
    reduce,
  };
  return by === 'naive' ? searchNaively(model, options) : search(model, options);
}

async function visited(model: Model, { by, maxStates, problem }: Question) {
  const { visitByGraph, visitByTransition, visitChart } = await import('./as-xstate.js');
  if (problem !== undefined && (by === 'chart' || by === 'listed')) return visitChart(problem, by === 'listed');
  return by === 'graph' ? visitByGraph(model) : visitByTransition(model, maxStates);
}

// As the command does.
compileLater();
const question = JSON.parse(process.argv[2] ?? '{}') as Question;
const model = await modelOf(question);
const ours = question.by === 'search' || question.by === 'naive';
if (ours) await import('../explore/index.js');
else await import('./as-xstate.js');
const before = process.cpuUsage();
const found = ours ? await explored(model, question) : { ...(await visited(model, question)), complete: true };
const used = process.cpuUsage(before);
const answer: Answer = {
  states: found.states,
  transitions: found.transitions,
  complete: found.complete,
  failed: 'events' in found && found.events.size > 0,
  search: (used.user + used.system) / 1e6,
  rich: 'steps' in found ? found.steps.rich : found.transitions,
  bytesPerState: 'kept' in found && found.kept !== undefined ? found.kept.bytes / found.states : Number.NaN,
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
