/**
 * The runs of a dso-sort test: one for each order of the dependencies marked with `!`, and of these one for each tunable that an
 * output is expected for (scripts/dso-ordering-test.py:enum_permutations).
 *
 * What can go wrong: numbers that multiply. Nine dependencies have 362,880 orders; a test may have so many runs and no more.
 */
import type { DsoDescription } from './dso-test-description.js';
import { MAIN } from './dso-test-words.js';

/** An output that is expected: under one tunable string, or under each of the defaults. */
export interface DsoOutput {
  /** The tunable string in parentheses; null for none. */
  readonly tunables: string | null;
  readonly text: string;
  /** `xfail_output`: known not to come out. */
  readonly fails: boolean;
}

/** A test as it is written. */
export interface DsoTest {
  readonly name: string;
  /** `xtest`: only part of the extended test run. */
  readonly extended: boolean;
  /** Line of its label, from 1. */
  readonly line: number;
  readonly description: DsoDescription;
  /** Tunable strings that were in force where the test was written. */
  readonly tunables: readonly string[];
  readonly outputs: readonly DsoOutput[];
}

/** One program under one tunable string. */
export interface DsoRun {
  /** The test's name; with permutations its number and order, as `t_2-acb`. */
  readonly name: string;
  readonly description: DsoDescription;
  /** GLIBC_TUNABLES; empty for none. */
  readonly tunables: string;
  readonly expected: string;
  /** The test says that the expected output does not come out. */
  readonly fails: boolean;
}

/** Most orders of one test. */
export const ORDERS_MAX = 10_000;

/** How many programs a description stands for. */
export function countOrders({ needed, permuted }: DsoDescription): number {
  let orders = 1;
  for (const object of permuted) for (let n = needed.get(object)?.length ?? 0; n > 1; n--) orders *= n;
  return orders;
}

/** All runs of a test, in the order in which glibc numbers them. */
export function dsoRuns(test: DsoTest): DsoRun[] {
  return ordersOf(test).flatMap(({ name, description }) =>
    test.outputs.flatMap(({ tunables, text, fails }) =>
      tunablesOf(test, tunables).map((each) => ({ name, description, tunables: each, expected: text, fails })),
    ),
  );
}

/** What an output without a tunable string stands for: the defaults for which no output of their own is given. */
function tunablesOf(test: DsoTest, own: string | null): readonly string[] {
  if (own !== null) return [own];
  const specific = new Set(test.outputs.map(({ tunables }) => tunables));
  return test.tunables.length === 0 ? [''] : test.tunables.filter((each) => !specific.has(each));
}

function ordersOf({ name, description }: DsoTest): { name: string; description: DsoDescription }[] {
  const { needed } = description;
  const choices = description.permuted.flatMap((object) => {
    const list = needed.get(object) ?? [];
    return list.length < 2 ? [] : [{ object, orders: permutations(list) }];
  });
  if (choices.length === 0) return [{ name, description }];
  let chosen: ReadonlyMap<string, readonly string[]>[] = [new Map()];
  for (const { object, orders } of choices) {
    chosen = chosen.flatMap((before) => orders.map((order) => new Map([...before, [object, order]])));
  }
  return chosen.map((orders, i) => {
    const words = [...orders].map(([object, order]) => `${object === MAIN ? '' : `${object}_`}${order.join('')}`);
    return {
      name: `${name}_${i + 1}-${words.join('-')}`,
      description: { ...description, needed: new Map([...needed, ...orders]) },
    };
  });
}

/** Every order of a list, the one it has first, then by place. */
function permutations(list: readonly string[]): string[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) => permutations(list.filter((_, j) => j !== i)).map((rest) => [first, ...rest]));
}
