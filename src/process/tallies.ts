/**
 * From what a search counted to verdicts: how often each predicate held, what that is called, and whether it is what the scenario
 * expected of this semantics.
 *
 * What can go wrong: judging a predicate such as "main is owned by nobody", which is true until something happens, before the run
 * is over. Only a predicate that stays true once it is true may be judged in every state; the others wait for the final ones.
 */
import type { Exploration, Path } from '../explore/index.js';
import { printPath } from '../explore/index.js';
import { printOrder } from '../scenario/order.js';
import { printPredicate } from '../scenario/predicate.js';
import type { Expectation, ExpectationWord, Predicate, Scenario, VerdictWord } from '../scenario/schema.js';
import type { Judgement, Part, Tally, Verdict, Way } from './verdict.js';
import type { Watching } from './watchers.js';

/** Names of the marks under which a search counts. */
export const markOf = {
  /** A predicate that stays true, true now. */
  now: (key: string) => `now ${key}`,
  /** True of the run, should it be over here. */
  atEnd: (key: string) => `end ${key}`,
  ending: (end: string) => `ends ${end}`,
};

/** Once true, it stays true: no later event can take it back. */
export function staysTrue(predicate: Predicate): boolean {
  return moves(predicate, 'up');
}

function moves(predicate: Predicate, way: 'up' | 'down'): boolean {
  switch (predicate.is) {
    case 'not':
      return moves(predicate.that, way === 'up' ? 'down' : 'up');
    case 'before':
      return way === 'up';
    case 'and':
    case 'or':
      return moves(predicate.left, way) && moves(predicate.right, way);
    case 'owned':
      return (predicate.by === 'nobody') === (way === 'down');
    case 'libc':
      return (predicate.state === 'untried') === (way === 'down');
    case 'property':
      return !predicate.broken === (way === 'down');
    default:
      return way === 'up';
  }
}

function wayOf(path: Path | null | undefined): Way | null {
  return path === null || path === undefined ? null : { steps: path.length, path: printPath(path) };
}

/** What a search counted of `key`. */
export function tallyOf(found: Exploration, key: string): Tally {
  const early = found.marks.get(markOf.now(key));
  const atEnd = found.marks.get(markOf.atEnd(key));
  const finals = atEnd?.finals ?? 0;
  const held = finals > 0 || early !== undefined;
  const always = held && finals === found.finals && found.finals > 0;
  return {
    outcome: always ? 'always' : held ? 'sometimes' : 'never',
    finals,
    of: found.finals,
    witness: wayOf(early?.witness ?? atEnd?.finalWitness),
    against: finals === found.finals ? null : wayOf(atEnd === undefined ? found.firstFinal : atEnd.finalWithout),
  };
}

type Certainty = Pick<Judgement, 'complete' | 'bound' | 'states' | 'reduced'>;

/** A bound in words: `1000 states`, `depth 40`, `5000 steps`, `64 MiB`. */
export function boundText(bound: NonNullable<Judgement['bound']>): string {
  if (bound.what === 'interrupted') return `${bound.limit} states, interrupted`;
  if (bound.what === 'memory') return `${bound.limit / 2 ** 20} MiB`;
  return bound.what === 'depth' ? `depth ${bound.limit}` : `${bound.limit} ${bound.what}`;
}

/** A verdict as it is printed. */
export function verdictText({ outcome, finals, of }: Tally, so: Certainty): string {
  const within = so.bound === undefined ? '' : `, within ${boundText(so.bound)}`;
  if (outcome === 'never') {
    const how = so.reduced === undefined ? '' : ', reduced';
    return so.complete ? `never, complete (${so.states} states${how})` : `never${within}`;
  }
  if (outcome === 'always') return so.complete ? 'always' : `always so far${within}`;
  return finals === 0
    ? `sometimes, in no final world yet${within}`
    : `sometimes, ${finals} of ${of} final worlds${within}`;
}

/** Whether an outcome is what was expected; a bound that was hit leaves open what nothing contradicts. */
export function agreement(tally: Tally, expected: Verdict['expected'], complete: boolean): Verdict['agrees'] {
  const { outcome, against } = tally;
  const open = complete ? 'no' : 'no-proof';
  switch (expected) {
    case 'not never':
      return outcome === 'never' ? open : 'yes';
    case 'never':
      if (outcome !== 'never') return 'no';
      return complete ? 'yes' : 'no-proof';
    case 'sometimes':
      return outcome === 'sometimes' && (complete || against !== null) ? 'yes' : open;
    case 'always':
      if (outcome === 'always') return complete ? 'yes' : 'no-proof';
      return against === null ? open : 'no';
  }
}

/** What an expectation word demands when the scenario says nothing of this semantics. */
const demanded: Readonly<Record<ExpectationWord, Verdict['expected']>> = {
  forbidden: 'never',
  required: 'always',
  allowed: 'not never',
  order: 'always',
};

const rank: Readonly<Record<VerdictWord, number>> = { never: 0, sometimes: 1, always: 2 };

/** Of several, each of which is wanted, the one that held least. */
function weakest(parts: readonly Part[]): Tally | undefined {
  return parts.toSorted((a, b) => rank[a.outcome] - rank[b.outcome] || a.finals - b.finals)[0];
}

function partsOf(word: ExpectationWord, watching: Watching, found: Exploration): Part[] {
  if (word === 'order') {
    return watching.orders.map(({ key, tokens }) => ({ text: printOrder(tokens), ...tallyOf(found, key) }));
  }
  const own = watching.predicates.filter((each) => each.word === word);
  return own.map(({ key, that, name }) => ({
    ...(name === undefined ? {} : { name }),
    text: printPredicate(that),
    ...tallyOf(found, key),
  }));
}

function verdictOn(word: ExpectationWord, parts: readonly Part[], found: Exploration, context: Context): Verdict {
  const tally = (word === 'allowed' ? weakest(parts) : undefined) ?? tallyOf(found, word);
  const { outcome, finals, of, witness, against } = tally;
  const expected = context.expectation?.[word] ?? demanded[word];
  const agrees = agreement(tally, expected, found.complete);
  return {
    word,
    outcome,
    finals,
    of,
    witness,
    against,
    printed: verdictText(tally, context.certainty),
    expected,
    agrees,
    parts,
  };
}

interface Context {
  readonly expectation: Expectation | undefined;
  readonly certainty: Certainty;
}

/** The verdicts on every expectation word that a scenario has. */
export function verdictsOf(scenario: Scenario, watching: Watching, found: Exploration, context: Context): Verdict[] {
  const words = (['forbidden', 'required', 'allowed', 'order'] as const).filter((word) => scenario[word].length > 0);
  return words.map((word) => verdictOn(word, partsOf(word, watching, found), found, context));
}

/** How the final worlds end, and how many so. */
export function endsOf(found: Exploration): Record<string, number> {
  const prefix = markOf.ending('');
  const ends = [...found.marks].flatMap(([name, { finals }]): [string, number][] =>
    name.startsWith(prefix) && finals > 0 ? [[name.slice(prefix.length), finals]] : [],
  );
  return Object.fromEntries(ends.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
