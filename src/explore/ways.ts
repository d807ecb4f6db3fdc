/**
 * The way to a state. Only the state it was first reached from is stored; the steps between are found by taking them again, from the
 * start, with the true names of interchangeable actors.
 *
 * What can go wrong: a stretch that was gone by what was known then. If the decisions of now do not lead there, every step is tried.
 */

import type { KnownActor } from './cast.js';
import type { Expansion } from './expansion.js';
import { BrokenInvariant } from './invariant.js';
import { componentAt } from './memory.js';
import type { PackedStates } from './packed.js';
import type { Path, PathStep } from './path.js';
import type { Leaf, RememberedModel } from './remember.js';

interface Parts {
  readonly known: RememberedModel;
  readonly states: PackedStates;
  /** The numbers of the first state, as the model gave it. */
  readonly start: Int32Array;
  readonly expansion: Expansion;
}

/** A state with true names, and the step that led to it from the point before. */
interface Point {
  readonly ids: Int32Array;
  readonly came: { readonly step: PathStep; readonly leaf: number; readonly from: Point } | undefined;
}

function pathTo(point: Point): Path {
  const steps: PathStep[] = [];
  for (let at = point.came; at !== undefined; at = at.from.came) steps.push(at.step);
  return steps.reverse();
}

const LONGEST_STRETCH = 260;
/** States looked at between two stored ones before the search is called broken. */
const MOST_POINTS = 200_000;

export class Ways {
  constructor(private readonly parts: Parts) {}

  /** The way to a stored state, from the start. @throws BrokenInvariant `a-state-has-a-way` */
  to(state: number): Path {
    return pathTo(this.#pointOf(state));
  }

  /** The way to a stored state and on by the outcome with this leaf. */
  through(state: number, leaf: number): Path {
    const before = this.#pointOf(state);
    const after = this.#next(before).find((point) => point.came?.leaf === leaf);
    if (after === undefined)
      throw new BrokenInvariant('a-state-has-a-way', 'an outcome is gone from where it was found');
    return pathTo(after);
  }

  #pointOf(state: number): Point {
    const chain: number[] = [];
    for (let at = state; at > 0; at = this.parts.states.parents[at] as number) chain.push(at);
    let point: Point = { ids: this.#wide(this.parts.start), came: undefined };
    for (const next of chain.reverse()) point = this.#onward(point, this.#stored(next));
    return point;
  }

  #wide(ids: Int32Array): Int32Array {
    const wide = new Int32Array(this.parts.known.ids.length);
    wide.set(ids);
    return wide;
  }

  #stored(state: number): string {
    this.parts.states.load(state);
    return this.parts.known.ids.join();
  }

  /** The canonical form of a state, as text. */
  #canonical(ids: Int32Array): string {
    this.parts.states.take(ids);
    return this.parts.known.ids.join();
  }

  #onward(from: Point, wanted: string): Point {
    const next = this.#next(from);
    const there = next.find(({ ids }) => this.#canonical(ids) === wanted);
    if (there !== undefined) return there;
    for (const first of next) {
      let at: Point | undefined = this.#only(first);
      for (let i = 0; at !== undefined && i < LONGEST_STRETCH; i++) {
        if (this.#canonical(at.ids) === wanted) return at;
        at = this.#only(at);
      }
    }
    return this.#anyWay(from, wanted);
  }

  /** Every state one step on. */
  #next(from: Point): Point[] {
    const { ids } = from;
    this.#inHand(ids);
    return this.parts.known.actors().flatMap((actor) => {
      const leaves: number[] = [];
      const end = this.parts.known.outcomes(actor, leaves, 0);
      const going = leaves.slice(0, end).filter((leaf) => this.parts.known.went[leaf] === 1);
      return going.map((leaf) => this.#taken(from, leaf, actor));
    });
  }

  /** The state one step on when the search would have gone on without storing this one. */
  #only(from: Point): Point | undefined {
    this.#inHand(from.ids);
    const { expansion } = this.parts;
    expansion.gather();
    expansion.decide();
    if (expansion.count !== 1) return undefined;
    return this.#taken(from, expansion.leaves[0] as number, expansion.actorOf(0));
  }

  #anyWay(from: Point, wanted: string): Point {
    const seen = new Set<string>();
    const queue = [from];
    for (let i = 0; i < queue.length && i < MOST_POINTS; i++) {
      for (const next of this.#next(queue[i] as Point)) {
        const text = this.#canonical(next.ids);
        if (text === wanted) return next;
        if (seen.has(text)) continue;
        seen.add(text);
        queue.push(next);
      }
    }
    throw new BrokenInvariant('a-state-has-a-way', 'a stored state cannot be reached again from the one before it');
  }

  #inHand(ids: Int32Array): void {
    this.parts.known.ids.set(ids);
  }

  #taken(from: Point, leaf: number, { actor, own }: KnownActor): Point {
    const { choices, writes } = this.parts.known.leaves[leaf] as Leaf;
    const ids = from.ids.slice();
    for (const { slot, id } of writes) ids[componentAt(slot, own)] = id;
    return { ids, came: { step: { actor: actor.name, choices }, leaf, from } };
  }
}
