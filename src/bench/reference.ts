/**
 * The reference problem, asked of our search, of SPIN and of XState's own tools: the comparisons that are promised.
 *
 * What can go wrong: two tools that count different states. Whatever was counted here is compared with what others have counted,
 * before any time is.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Asker, type Figures, inTurn, ours, type Ratio, rateOf, spin } from './figures.js';
import type { Question } from './question.js';
import { libraries, type ReferenceProblem } from './reference-problem.js';

/** A size of the reference problem: threads, and a letter a library. */
export interface Size {
  readonly threads: number;
  readonly letters: string;
  readonly safe?: boolean;
}

interface Counted {
  readonly threads: number;
  readonly libraries: string;
  readonly states: number;
  readonly transitions?: number;
}

/** What independent tools have counted. */
export function counts(): { readonly full: readonly Counted[]; readonly safe: readonly Counted[] } {
  const path = fileURLToPath(new URL('../../test/fixtures/reference-problem/counts.json', import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as { full: Counted[]; safe: Counted[] };
}

export function problemOf({ threads, letters, safe = false }: Size): ReferenceProblem {
  return { threads, libraries: libraries(letters), safe };
}

export function titleOfSize({ threads, letters, safe }: Size): string {
  return `${threads} ${letters}${safe === true ? ', safe' : ''}`;
}

function countedStates(size: Size): number {
  const list = size.safe === true ? counts().safe : counts().full;
  const found = list.find(({ threads, libraries: each }) => threads === size.threads && each === size.letters);
  if (found === undefined) throw new Error(`invariant: nobody has counted ${titleOfSize(size)}`);
  return found.states;
}

/** Above every size that is searched. */
const MOST_STATES = 200_000_000;

export function askUs(size: Size, reduced: boolean, by: Question['by'], maxStates = MOST_STATES): Asker {
  const names = {
    search: 'rtldlab',
    naive: 'rtldlab, remembering nothing',
    xstate: "XState's transition",
    listed: 'xstate/graph, given a list of events',
    chart: 'xstate/graph, its defaults',
    graph: 'xstate/graph, told what can go',
  };
  const name = reduced ? `${names[by]}, reductions` : names[by];
  return ours(titleOfSize(size), name, { problem: problemOf(size), by, reduced, maxStates });
}

export function askSpinAbout(size: Size, reduced: boolean, expected = countedStates(size)): Asker {
  const asserts = size.safe === true;
  return spin(titleOfSize(size), { problem: problemOf(size), reduced, asserts, expected });
}

/** Figures of a comparison, and what they come to. */
export interface Comparison {
  readonly figures: readonly Figures[];
  readonly ratios: readonly Ratio[];
}

/** What a comparison may use. */
export interface Means {
  readonly spin: boolean;
  readonly rounds: number;
}

/** Ours and SPIN's in turn, or ours alone. */
function beside(us: Asker, them: () => Asker, { spin: here, rounds }: Means) {
  const [mine, theirs] = inTurn(here ? [us, them()] : [us], rounds);
  if (mine === undefined) throw new Error('invariant: somebody was asked');
  return { mine, theirs, figures: theirs === undefined ? [mine] : [mine, theirs] };
}

/** All states, one for one: the rates of the bare searches. */
export function unreduced(size: Size, promised: number, means: Means): Comparison {
  const { mine, theirs, figures } = beside(askUs(size, false, 'search'), () => askSpinAbout(size, false), means);
  for (const { states, by } of figures) {
    if (states !== countedStates(size)) throw new Error(`invariant: ${by} counts ${states} states of ${mine.what}`);
  }
  const what = `${mine.what}, all states: states per processor second, SPIN's search alone`;
  return { figures, ratios: theirs === undefined ? [] : [{ what, ratio: rateOf(mine) / rateOf(theirs), promised }] };
}

/** To the end of the search, each with its own reductions. */
export function reduced(size: Size, promised: number, means: Means): Comparison {
  const { mine, theirs, figures } = beside(askUs(size, true, 'search'), () => askSpinAbout(size, true), means);
  const what = `${mine.what}, reductions: processor time, SPIN's search alone with its own reduction`;
  return { figures, ratios: theirs === undefined ? [] : [{ what, ratio: theirs.search / mine.search, promised }] };
}

/** From a cold shell to the verdict that the property holds. */
export function coldShell(size: Size, promised: number, means: Means): Comparison {
  const { mine, theirs, figures } = beside(askUs(size, true, 'search'), () => askSpinAbout(size, true), means);
  if (figures.some(({ failed }) => failed)) throw new Error(`invariant: ${mine.what} is not safe`);
  const what = `${mine.what}: cold shell to verdict, SPIN's compile included`;
  return { figures, ratios: theirs === undefined ? [] : [{ what, ratio: theirs.wall / mine.wall, promised }] };
}

/** States that a search without memory is given; its rate does not change much beyond. */
const STATES_OF_THE_SLOW = 3_000;

/** XState's own stepping and the search that remembers nothing, on a part of the problem. */
export function stepping(size: Size, { rounds }: Means): Comparison {
  const askers = (['search', 'naive', 'xstate'] as const).map((by) =>
    askUs(size, false, by, by === 'search' ? MOST_STATES : STATES_OF_THE_SLOW),
  );
  const figures = inTurn(askers, rounds);
  const [us, ...others] = figures;
  const ratios = others.map((each): Ratio => {
    const ratio = us === undefined ? Number.NaN : rateOf(us) / rateOf(each);
    return { what: `${each.what}: states per processor second, ${each.by}`, ratio, promised: 0 };
  });
  return { figures, ratios };
}

/** The graph package of XState, in the three ways it can be used. */
export function graph(size: Size, promised: number, { rounds }: Means): Comparison {
  const ways = ['listed', 'chart', 'graph'] as const;
  const [us, ...them] = inTurn(
    ['search' as const, ...ways].map((by) => askUs(size, false, by)),
    rounds,
  );
  if (us === undefined) throw new Error('invariant: somebody was asked');
  const ratios = them.map((each, i) => ({
    what: `${titleOfSize(size)}: states per processor second, ${each.by}`,
    ratio: rateOf(us) / rateOf(each),
    promised: i === 0 ? promised : 0,
  }));
  return { figures: [us, ...them], ratios };
}
