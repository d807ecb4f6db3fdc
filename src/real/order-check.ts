/**
 * A predicted order held against what the machine's ld.so said it did. Stands for the question that `LD_DEBUG=files` answers and
 * `order` predicts.
 *
 * What can go wrong: counting as agreement what was not compared. A program that left without exit has no finalisers to compare.
 * And what a program opens takes part in the order of its end, also among the objects of its start, so the prediction of the end
 * is asked for again with what was opened; the log says what that was, the order it does not give away.
 */
import type { LoaderLog, LoggedOpening } from './ld-debug.js';

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
  /** Objects that came by dlopen and were there at the end. */
  readonly opened: readonly string[];
  /** Where something was opened: whether the order of the end would have been right without being told of it. */
  readonly untold: 'agrees' | 'differs' | 'none';
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

const verdict = (agrees: boolean): 'agrees' | 'differs' => (agrees ? 'agrees' : 'differs');

/**
 * Compare a run with its prediction.
 *
 * @param predict the order, with what is opened; called with nothing first
 */
export function checkOrder(
  predict: (openings: readonly LoggedOpening[]) => PredictedOrder,
  log: LoaderLog,
): OrderCheck {
  const start = predict([]);
  const atStart = new Set(start.init);
  // Of what is initialised before the program, only what a constructor opened may be a surprise.
  const expected = log.openedAtStart ? log.init.filter((each) => atStart.has(each)) : log.init;
  const init = verdict(same(start.init, expected));
  if (log.fini.length === 0 || log.becameAnother) return { init, fini: 'none', opened: [], untold: 'none' };
  const finalisedAtStart = new Set(start.fini);
  const opened = log.fini.filter((each) => !finalisedAtStart.has(each));
  const untold = verdict(
    same(
      start.fini,
      log.fini.filter((each) => finalisedAtStart.has(each)),
    ),
  );
  if (opened.length === 0) return { init, fini: untold, opened, untold };
  const lasting = log.openings.filter(({ name }) => !closedAgain(name, log));
  return { init, fini: verdict(same(predict(lasting).fini, log.fini)), opened, untold };
}

/** Whether an object that was asked for by this name was closed before the end. */
function closedAgain(name: string, { closed, fini }: LoaderLog): boolean {
  const named = (path: string) => path === name || path.endsWith(`/${name}`);
  return closed.some(named) && !fini.some(named);
}
