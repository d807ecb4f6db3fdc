/**
 * The order of one run tried on another world: whoever went then goes now, as far as it is there and can. A world made smaller mostly
 * fails in the order in which the larger one did, so that one run can tell, where going all ways takes several times as long.
 *
 * What can go wrong: taking the end of such a run for an answer. That nothing fails in this order says nothing about others.
 */
import type { Path, Policy } from '../explore/index.js';

/** Goes the way of `path`; steps of those who are not there are passed over, and at its end the oldest goes first. */
export function following(path: Path): Policy {
  let at = 0;
  let answered = 0;
  return {
    order(actors) {
      const there = new Set(actors.map(({ name }) => name));
      while (at < path.length && !there.has(path[at]?.actor ?? '')) at++;
      answered = 0;
      const next = actors.find(({ name }) => name === path[at]?.actor);
      return next === undefined ? actors : [next, ...actors.filter((each) => each !== next)];
    },
    answer: (of) => (path[at]?.choices[answered++] ?? 0) % of,
    went({ name }) {
      if (path[at]?.actor === name) at++;
    },
  };
}
