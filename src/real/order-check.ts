/**
 * A predicted order held against what the machine's ld.so said it did. Stands for the question that `LD_DEBUG=files` answers and
 * `order` predicts.
 *
 * What can go wrong: counting as agreement what was not compared. A program that left without exit has no finalisers to compare,
 * one that opened more has more of them; each is said.
 */
import { EXECUTABLE } from '../process/order-program.js';
import type { LoaderLog } from './ld-debug.js';

/** What `order` predicts of a program. */
export interface PredictedOrder {
  readonly init: readonly string[];
  readonly fini: readonly string[];
}

/** A prediction against a run. */
export interface OrderCheck {
  readonly init: 'agrees' | 'differs';
  /** `none`: the program did not come to its finalisers. */
  readonly fini: 'agrees' | 'differs' | 'none';
  /** Objects that came by dlopen; they take part in the finalisers and are left out of the comparison. */
  readonly opened: readonly string[];
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

/** Compare. Finalisers are compared among the objects of the start. */
export function checkOrder(predicted: PredictedOrder, log: LoaderLog): OrderCheck {
  const atStart = new Set([EXECUTABLE, ...predicted.init]);
  const opened = [...new Set([...log.laterInit, ...log.fini.filter((each) => !atStart.has(each))])];
  const finalised = log.fini.filter((each) => !opened.includes(each));
  const came = log.fini.length > 0 && !log.becameAnother;
  return {
    init: same(predicted.init, log.init) ? 'agrees' : 'differs',
    fini: came ? (same(predicted.fini, finalised) ? 'agrees' : 'differs') : 'none',
    opened,
  };
}
