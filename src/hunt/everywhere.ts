/**
 * All ways a small world can go, and a shortest way to each kind of failure that one of them shows: the explorer, asked what it meets
 * instead of whether it meets something. Steps are remembered, so that all schedules of a world with two or three threads take about
 * as long as two single ones, and nothing that such a world can do is missed by drawing the wrong schedule.
 *
 * What can go wrong: a world too large for it. The bound is met, `complete` says so, and single schedules have to do.
 */
import { type Model, type Path, search, type View } from '../explore/index.js';
import type { RawEvent } from '../libc/trace.js';
import type { ScenarioModel } from '../process/judge.js';
import { holdsIn } from '../process/watchers.js';
import { broken } from '../rseq/properties.js';

/** States that are visited; the explorer's own cost grows with what is new in them, not with their number. */
const STATES_MAX = 600;

/** Something suspicious that some schedule shows. */
export interface Met {
  /** What happened, and after what: equal for what is likely to be the same kind of failure in any world. */
  readonly sign: string;
  /** A shortest way there. */
  readonly path: Path;
}

export interface Everywhere {
  readonly complete: boolean;
  readonly met: readonly Met[];
}

const saidBy = ({ obj, kind, detail = '', via }: RawEvent): string => `${obj} ${kind} ${detail} in ${via.at(-1) ?? ''}`;

/** Whether an event by itself is a failure: of a property, of the process, of a registration by libc. */
function isFailure({ obj, kind, result = '' }: RawEvent): boolean {
  return (
    kind === broken ||
    (kind === 'end' && result.startsWith('signal')) ||
    (obj === 'libc' && kind === 'rseq' && result.startsWith('E'))
  );
}

/** The same model, whose failures say in their detail what the event before them was. */
function tellingWhy(model: Model): Model {
  return {
    ...model,
    step(actor, view) {
      let before = '';
      const watched: View = {
        get: (key) => view.get(key),
        set: (key, value) => view.set(key, value),
        choose: (n) => view.choose(n),
        emit(event) {
          const told = event as RawEvent;
          if (isFailure(told)) view.emit({ ...told, detail: `${told.detail ?? ''} after ${before}` });
          if (told.kind !== broken) before = saidBy(told);
        },
      };
      return model.step(actor, watched);
    },
  };
}

function signOf(event: unknown): readonly string[] {
  const { obj, kind, detail = '', result = '' } = event as RawEvent;
  return [`${kind === broken ? obj : `${obj} ${kind} ${result}`}${detail}`];
}

/**
 * Go all ways, as far as the bound allows.
 *
 * @param scenario's model; predicates that it watches are taken for failures, beside properties, signals and refused registrations
 */
export function everywhere({ model, watching }: Pick<ScenarioModel, 'model' | 'watching'>): Everywhere {
  const { predicates } = watching;
  const marks = (view: View) => predicates.filter((each) => holdsIn(view, each)).map(({ key }) => key);
  const found = search(tellingWhy(model), {
    maxStates: STATES_MAX,
    judge: signOf,
    ...(predicates.length === 0 ? {} : { marks }),
  });
  const met = [
    ...[...found.events].map(([sign, { witness }]) => ({ sign, path: witness })),
    ...[...found.marks].flatMap(([sign, { witness }]) => (witness === null ? [] : [{ sign, path: witness }])),
  ];
  return { complete: found.complete, met };
}
