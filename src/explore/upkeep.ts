/**
 * Keeps what a search looks up in step with what it has learned: a field for every number, a delta for every outcome, and what actors may
 * still do. Done before a decision is made or a step is taken, whenever something was run for real.
 *
 * What can go wrong: states that wait to be stored while the layout changes; they are settled first. And looking again at every decision
 * when little was learned: what grew says when, and what a state's decision rests on can be asked.
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

/** The time at which a state is expanded for the first time; between two such times there is one at which all are looked at again. */
const expandedAt = (state: number): number => 2 * (state + 1);
const againAt = (expanded: number): number => 2 * expanded + 1;

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
  #grewAt = 0;
  /** How many states were looked at again, and how many had been expanded then; the time before, and now. */
  #before = { upTo: 0, expanded: 0 };
  #again = { upTo: 0, expanded: 0 };
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
    // What a second look learns (a stretch leads to states that were never in hand) is newer than every decision so far.
    const { expanded } = this.#again;
    reduction.learn(Math.max(expandedAt(head), againAt(expanded)));
    if (reduction.version !== before) this.#grewAt = Math.max(this.#grewAt, head + 1, expanded);
  }

  /** Whether something was learned after a decision that rests on it. */
  mustLookAgain(): boolean {
    const { reduction, states } = this.parts;
    if (reduction?.lookForCycles() === true) {
      this.#grewAt = states.count;
      reduction.futures.doubt(againAt(states.count));
    }
    return this.#grewAt > 0;
  }

  /** Begin to look again at decisions, so many states having been expanded; returns at how many of them. */
  beginAgain(expanded: number): number {
    const upTo = Math.min(expanded, this.#grewAt);
    this.#grewAt = 0;
    this.#before = this.#again;
    this.#again = { upTo, expanded };
    return upTo;
  }

  /** Whether the decision in the state in hand, which has this number, may be another by what is known now. */
  mayDecideOtherwise(state: number): boolean {
    const { known, reduction } = this.parts;
    const then = state < this.#before.upTo ? againAt(this.#before.expanded) : expandedAt(state);
    return reduction?.futures.grewSince(then, known.ids) !== false;
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
