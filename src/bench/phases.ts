/**
 * The machine configurations of the lifecycles, driven phase by phase: once by XState's own `transition`, once as the interpreter
 * does it. Both walk the same phases with the same answers.
 *
 * What can go wrong: two walks that only look alike. Each says where it has been, and the two must agree.
 */
import { initialTransition, transition } from 'xstate';
import { randomBelow } from '../explore/index.js';
import { firstNode, type Lifecycle, nextNode } from '../machine/lifecycle.js';
import { lifecycles } from '../process/lifecycles.js';

/** The answers a lifecycle's phases know, by phase. */
function answersOf(machine: Lifecycle['machine']): ReadonlyMap<string, readonly string[]> {
  const states = Object.values(machine.states);
  return new Map(states.map((state) => [state.key, [...state.events].sort()]));
}

const walked = [...lifecycles.values()].map((lifecycle) => ({ lifecycle, answers: answersOf(lifecycle.machine) }));

/** Longest way through one lifecycle; a loop in it may go round for ever. */
const LONGEST = 40;

/** Walk each lifecycle from its first phase, every answer equally likely; `step` gives the next phase. */
function walk<S>(
  start: (l: Lifecycle) => S,
  phaseOf: (s: S) => string,
  step: (l: Lifecycle, s: S, answer: string) => S,
) {
  const below = randomBelow(1);
  let transitions = 0;
  let trail = 0;
  for (const { lifecycle, answers } of walked) {
    let at = start(lifecycle);
    for (let i = 0; i < LONGEST; i++) {
      const known = answers.get(phaseOf(at)) ?? [];
      const answer = known[below(Math.max(1, known.length))];
      if (answer === undefined) break;
      at = step(lifecycle, at, answer);
      transitions++;
      for (const letter of phaseOf(at)) trail = (Math.imul(trail, 31) + letter.charCodeAt(0)) | 0;
    }
  }
  return { transitions, trail };
}

/** By XState's pure `transition`, from snapshot to snapshot. */
export function byTransition() {
  return walk(
    (l) => initialTransition(l.machine)[0],
    (snapshot) => String(snapshot.value),
    (l, snapshot, answer) => transition(l.machine, snapshot, { type: answer })[0],
  );
}

/** By the interpreter's way: what XState answered is kept for each phase and answer. */
export function byTable() {
  return walk(
    (l) => firstNode(l).phase,
    (phase) => phase,
    (l, phase, answer) => nextNode(l, phase, answer).phase,
  );
}
