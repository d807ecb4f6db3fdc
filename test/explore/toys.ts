/** Toy models, each showing one thing that a search must get right. */
import type { Actor, Model, View } from '../../src/explore/model.js';

/** The actor goes unless the answer is false. */
type Step = (view: View) => unknown;

/** A model of fixed actors, each a function; initial components by name. */
export function toy(initial: Readonly<Record<string, unknown>>, steps: Readonly<Record<string, Step>>): Model {
  const actors = Object.keys(steps).map((name): Actor => ({ name, cls: name }));
  return {
    initial: new Map(Object.entries(initial)),
    actors: () => actors,
    step: (actor, view) => steps[actor.name]?.(view) !== false,
  };
}

/** A program counter in a component of its own, and what is done at each value. */
function program(pc: string, lines: readonly Step[]): Step {
  return (view) => {
    const at = (view.get(pc) as number | undefined) ?? 0;
    const line = lines[at];
    if (line === undefined || line(view) === false) return false;
    view.set(pc, at + 1);
    return true;
  };
}

const take =
  (lock: string, who: string): Step =>
  (view) => {
    if (view.get(lock) !== undefined) return false;
    view.set(lock, who);
    return true;
  };

const drop =
  (lock: string): Step =>
  (view) => {
    view.set(lock, undefined);
    return true;
  };

/** Two threads that add one to a counter by load and store; with or without the lock. */
export function counter(locked: boolean): Model {
  const thread = (who: string): Step => {
    const load: Step = (view) => {
      view.set(`${who}.seen`, view.get('counter'));
      return true;
    };
    const store: Step = (view) => {
      view.set('counter', (view.get(`${who}.seen`) as number) + 1);
      return true;
    };
    const body = [load, store];
    return program(`${who}.pc`, locked ? [take('lock', who), ...body, drop('lock')] : body);
  };
  return toy({ counter: 0 }, { a: thread('a'), b: thread('b') });
}

/** Lost update: both have stored and the counter says 1. */
export function lostUpdate(locked: boolean): (view: View) => readonly string[] {
  const last = locked ? 4 : 2;
  return (view) =>
    view.get('a.pc') === last && view.get('b.pc') === last && view.get('counter') === 1 ? ['lost update'] : [];
}

/** Two locks taken in opposite orders. */
export function deadlock(): Model {
  const thread = (who: string, first: string, second: string): Step =>
    program(`${who}.pc`, [take(first, who), take(second, who), drop(second), drop(first)]);
  return toy({}, { a: thread('a', 'x', 'y'), b: thread('b', 'y', 'x') });
}

/** Each holds its first lock and wants its second. */
export function stuck(view: View): readonly string[] {
  return view.get('a.pc') === 1 && view.get('b.pc') === 1 ? ['deadlock'] : [];
}

/** One step with two choices, the second offered only after some answers to the first; then nothing. */
export function choices(): Model {
  return toy(
    {},
    {
      vary: (view) => {
        if (view.get('picked') !== undefined) return false;
        const first = view.choose(3);
        const second = first === 1 ? view.choose(2) : 0;
        if (first === 2) return false;
        view.set('picked', [first, second]);
        view.emit(`picked ${first}${second}`);
        return true;
      },
    },
  );
}

/** A counter that goes round, and somebody who may stop it when it stands at 2. */
export function wheel(size: number): Model {
  return toy(
    { at: 0 },
    {
      turn: (view) => {
        if (view.get('stopped') === true) return false;
        view.set('at', ((view.get('at') as number) + 1) % size);
        return true;
      },
      stop: (view) => {
        if (view.get('stopped') === true || view.get('at') !== 2) return false;
        view.set('stopped', true);
        return true;
      },
    },
  );
}

/** Main creates threads one after another, each with components that nobody had before; each counts itself and dies. */
export function births(threads: number): Model {
  const actors = (view: View): readonly Actor[] => {
    const alive = (view.get('alive') as readonly string[] | undefined) ?? [];
    return [{ name: 'main', cls: 'main' }, ...alive.map((name): Actor => ({ name, cls: 'thread' }))];
  };
  const step = ({ name }: Actor, view: View): boolean => {
    const alive = (view.get('alive') as readonly string[] | undefined) ?? [];
    if (name === 'main') {
      const born = (view.get('born') as number | undefined) ?? 0;
      if (born === threads) return false;
      view.set('born', born + 1);
      view.set('alive', [...alive, `t${born}`]);
      return true;
    }
    if (view.get(`${name}.done`) === true) {
      view.set(
        'alive',
        alive.filter((other) => other !== name),
      );
      view.set(`${name}.done`, undefined);
      view.emit(`${name} is gone`);
    } else view.set(`${name}.done`, true);
    return true;
  };
  return { initial: new Map(), actors, step };
}
