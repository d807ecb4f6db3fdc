/**
 * Schedules as values: a sequence of integrated choices (each number picks among those who can go), and PCT (priorities with a few
 * change points; Burckhardt and others, ASPLOS 2010), which finds what needs d preemptions with a known probability.
 *
 * What can go wrong: a number that only sometimes means something. Whoever cannot go is passed over, so that every number counts.
 */
import fc from 'fast-check';
import type { Policy } from '../explore/index.js';

/** Who goes next at each step where several are there, and how each choice is answered; 0 once it is used up. */
export interface Choices {
  readonly by: 'choices';
  readonly numbers: readonly number[];
}

/** Whoever has the highest priority goes; at each change point the one who is ahead falls behind all others. */
export interface Priorities {
  readonly by: 'priorities';
  /** Of actors in the order in which they appear; higher goes first, among equals the older. */
  readonly priorities: readonly number[];
  /** Steps after which the order changes, counted where several are there. */
  readonly changes: readonly number[];
  /** Answers to choices; 0 once they are used up. */
  readonly answers: readonly number[];
}

export type Schedule = Choices | Priorities;

/** The schedule in which the oldest thread goes first. */
export const oldestFirst: Schedule = { by: 'choices', numbers: [] };

function reader(numbers: readonly number[]): (of: number) => number {
  let at = 0;
  return (of) => (numbers[at++] ?? 0) % of;
}

function choosing({ numbers }: Choices): Policy {
  const next = reader(numbers);
  return {
    order(actors) {
      if (actors.length < 2) return actors;
      const first = next(actors.length);
      return [...actors.slice(first), ...actors.slice(0, first)];
    },
    answer: next,
  };
}

function prioritised({ priorities, changes, answers }: Priorities): Policy {
  const ranks = new Map<string, number>();
  let step = 0;
  let several = false;
  const rankOf = (name: string): number => {
    const known = ranks.get(name);
    if (known !== undefined) return known;
    const rank = priorities[ranks.size] ?? 0;
    ranks.set(name, rank);
    return rank;
  };
  return {
    order(actors) {
      several = actors.length > 1;
      return actors.toSorted((a, b) => rankOf(b.name) - rankOf(a.name));
    },
    answer: reader(answers),
    went({ name }) {
      if (!several) return;
      step++;
      const change = changes.indexOf(step);
      if (change >= 0) ranks.set(name, -1 - change);
    },
  };
}

/** The policy of a schedule, for one walk. */
export function policyOf(schedule: Schedule): Policy {
  return schedule.by === 'choices' ? choosing(schedule) : prioritised(schedule);
}

/** Sequences of choices; the simplest lets the oldest thread go first. */
export const choices: fc.Arbitrary<Schedule> = fc
  .array(fc.nat({ max: 11 }), { maxLength: 60, size: 'max' })
  .map((numbers): Schedule => ({ by: 'choices', numbers }));

/** PCT with `depth` change points among the first `steps` steps. */
export function pct({
  depth = 3,
  steps = 40,
}: {
  readonly depth?: number;
  readonly steps?: number;
} = {}): fc.Arbitrary<Schedule> {
  return fc
    .record({
      priorities: fc.array(fc.nat({ max: 99 }), { minLength: 8, maxLength: 8 }),
      changes: fc.array(fc.nat({ max: steps }), { minLength: depth, maxLength: depth }),
      answers: fc.array(fc.nat({ max: 11 }), { maxLength: 10 }),
    })
    .map((drawn): Schedule => ({ by: 'priorities', ...drawn }));
}

/** Schedules of both kinds. */
export const schedules: fc.Arbitrary<Schedule> = fc.oneof(choices, pct());
