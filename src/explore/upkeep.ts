/**
 * Keeps what a search looks up in step with what it has learned: a field for every number, a delta for every outcome, and what actors may
 * still do. Done before a decision is made or a step is taken, whenever something was run for real.
 *
 * What can go wrong: states that wait to be stored while the layout changes. They are settled first.
 */
import type { Deltas } from './deltas.js';
import { extended, fits, type Layout, layoutOf } from './layout.js';
import type { PackedStates } from './packed.js';
import type { Reduction } from './reduction.js';
import type { RememberedModel } from './remember.js';

/** Up to so many states, fields have at least this many bits, and so many components more than there are. */
const FEW_STATES = 1 << 12;
const ROOM = 5;
const UNHEARD_OF = 24;

type Groups = Parameters<typeof layoutOf>[1];

function groupsOf(known: RememberedModel, sorts: boolean): Groups {
  return sorts ? known.cast.groups() : [];
}

/** A layout with room for what will yet appear: as long as states are few, to make another costs more than the room. */
export function roomyLayout(known: RememberedModel, sorts: boolean): Layout {
  const roomy = known.widths().map((width) => Math.max(width + 2, ROOM));
  return layoutOf([...roomy, ...Array.from({ length: UNHEARD_OF }, () => ROOM)], groupsOf(known, sorts));
}

interface Parts {
  readonly known: RememberedModel;
  readonly states: PackedStates;
  readonly deltas: Deltas;
  readonly reduction: Reduction | undefined;
  readonly sorts: boolean;
}

export class Upkeep {
  /** States expanded when what decisions rest on last grew; 0 when that has been attended to. */
  grewAt = 0;
  #isRoomy = true;
  /** Rich steps when all was last brought up to date. */
  #upToDate = -1;

  constructor(private readonly parts: Parts) {}

  /** The layout is one that was made for many states. */
  isTight(): void {
    this.#isRoomy = false;
  }

  /** Bring everything up to date where something was learned; state `head` is in hand. */
  attend(head: number): void {
    const { known, states, deltas, reduction } = this.parts;
    if (known.rich === this.#upToDate && !this.#isOutgrown()) return;
    this.#upToDate = known.rich;
    const { layout } = states;
    const widths = known.widths();
    const larger = this.#isOutgrown() ? undefined : fits(layout, widths) ? layout : extended(layout, widths);
    if (larger === layout) {
      states.unpackTo(known.ids);
      deltas.lay(states, false);
    } else {
      const inHand = known.ids.slice();
      if (states.waiting > 0) states.settle();
      if (larger === undefined) states.adopt(this.#anotherLayout(), known.ids);
      else states.extend(larger, known.ids);
      deltas.lay(states, larger === undefined);
      states.take(inHand);
    }
    if (reduction === undefined) return;
    const before = reduction.version;
    reduction.learn();
    if (reduction.version !== before) this.grewAt = Math.max(this.grewAt, head + 1);
  }

  #isOutgrown(): boolean {
    return this.#isRoomy && this.parts.states.count >= FEW_STATES;
  }

  #anotherLayout(): Layout {
    const { known, states, sorts } = this.parts;
    this.#isRoomy = states.count < FEW_STATES;
    return this.#isRoomy ? roomyLayout(known, sorts) : layoutOf(known.widths(), groupsOf(known, sorts));
  }
}
