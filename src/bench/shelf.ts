/**
 * Scenarios of the catalogue as the bench searches them: six of rising size, under the semantics where they are largest. They stand for
 * the questions that reviewers really ask, beside the reference problem, which is a toy.
 *
 * What can go wrong: a scenario that is measured and judged under something else than its file says.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KNOWN_NAMES, shelf } from '../cli/catalogue.js';
import { DEFAULT_KERNEL, kernelNamed, libcNamed } from '../cli/names.js';
import type { Model } from '../explore/index.js';
import { modelOfScenario } from '../process/judge.js';
import { parseScenario } from '../scenario/index.js';
import { cold, shellWord } from './cold.js';
import { inTurn, ours, rateOf } from './figures.js';
import type { Comparison } from './reference.js';

/** A file of the catalogue and a semantics that it names. */
export interface Measured {
  readonly path: string;
  readonly libc: string;
}

/** The scenarios to measure, lightest first. */
export function measuredScenarios(): readonly Measured[] {
  const at = (folder: string, name: string, libc: string): Measured => ({
    path: `${shelf(folder)}/${name}.yaml`,
    libc,
  });
  return [
    at('seed', 'constructor-takes-main-thread', 'patch-v12'),
    at('seed', 'of-two-constructors-threads-later-one-is-registered-first', 'debian-2.36'),
    at('threads', 'first-answer-in-thread-that-rival-took-makes-allocator-slow-everywhere', '2.31'),
    at('threads', 'three-ways-to-claim-leave-one-owner-in-each-thread', '2.31'),
    at('threads', 'every-thread-is-registered-whatever-four-do-at-once', 'patch-v12'),
    at('threads', 'every-thread-is-registered-whatever-five-do-at-once', 'patch-v12'),
  ];
}

/** The rate that is promised on the heaviest, in states a second; and the most bytes a state. */
const STATES_A_SECOND = 500_000;
const BYTES_A_STATE = 64;

/**
 * Each scenario searched in a process of its own; its time from a cold shell is that of the command, `rtldlab explore`. States are
 * counted with reductions off.
 */
export function catalogue(rounds: number): Comparison {
  const askers = measuredScenarios().map((each) => {
    const us = ours(titleOf(each), 'rtldlab', { scenario: each, by: 'search', reduced: false, maxStates: MOST_STATES });
    return { ...us, ask: () => ({ ...us.ask(), ...commandTimes(each) }) };
  });
  const figures = inTurn(askers, rounds);
  const heaviest = figures.reduce((most, each) => (each.states > most.states ? each : most));
  const slowest = Math.max(...figures.filter((each) => each !== heaviest).map(({ wall }) => wall));
  const bytes = BYTES_A_STATE / heaviest.bytesPerState;
  return {
    figures,
    ratios: [
      { what: 'all but the heaviest: two seconds by the clock, the slowest', ratio: 2 / slowest, promised: 1 },
      { what: 'the heaviest: thirty seconds by the clock', ratio: 30 / heaviest.wall, promised: 1 },
      { what: 'the heaviest: half a million states a second', ratio: rateOf(heaviest) / STATES_A_SECOND, promised: 1 },
      { what: 'the heaviest: 64 bytes a state', ratio: bytes, promised: 1 },
    ],
  };
}

/** Above every scenario's states. */
const MOST_STATES = 50_000_000;

/** The command on a scenario, from a cold shell. */
function commandTimes({ path, libc }: Measured) {
  const script = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  const words = [process.execPath, script, 'explore', path, '--libc', libc, '--max-states', String(MOST_STATES)];
  const { seconds, wall } = cold(words.map(shellWord).join(' '));
  return { whole: seconds, wall };
}

/** A scenario's file as a title. */
export function titleOf({ path, libc }: Measured): string {
  return `${basename(path, '.yaml')} under ${libc}`;
}

/** The model of a scenario's file. @throws when the file is not a scenario that can be run, which is our own fault here */
export function modelOfFile(path: string, libcName: string): Model {
  const parsed = parseScenario(readFileSync(path, 'utf8'), { file: path, ...KNOWN_NAMES });
  if (!('scenario' in parsed)) throw new Error(`invariant: ${path} is no scenario`);
  const libc = libcNamed(libcName);
  const kernel = kernelNamed(parsed.scenario.kernel ?? DEFAULT_KERNEL);
  if (!('value' in libc) || !('value' in kernel)) throw new Error(`invariant: ${path} names nobody's libc or kernel`);
  const { model, unsupported } = modelOfScenario(parsed.scenario, libc.value, kernel.value);
  if (unsupported.length > 0)
    throw new Error(`invariant: ${path} needs what the model lacks: ${unsupported.join(', ')}`);
  return model;
}
