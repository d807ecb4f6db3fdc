/**
 * What the state in hand leads to: the outcomes of those who exist there, in the model's order, or of those among them who need go first.
 *
 * What can go wrong: an actor that the list leaves out and that could go all the same; a reduction would count on it to wait.
 */

import type { KnownActor } from './cast.js';
import { grown } from './grown.js';
import { BrokenInvariant } from './invariant.js';
import type { Found, Reduction } from './reduction.js';
import type { RememberedModel } from './remember.js';

export class Expansion {
  /** Numbers of the leaves that go, those of one actor side by side. */
  readonly leaves: number[] = [];
  count = 0;
  /** Somebody who could go is left for later. */
  isReduced = false;
  /** Who goes, as a mask of actors' indices; -1 for all. */
  mask = -1;
  readonly #actors: KnownActor[] = [];
  #listed: readonly KnownActor[] = [];
  /** All leaves found, and where an actor's begin and end, by its index. */
  readonly #found: number[] = [];
  #from = new Int32Array(8);
  #end = new Int32Array(8);
  #whole: Found = { leaves: this.#found, from: this.#from, end: this.#end };

  constructor(
    private readonly known: RememberedModel,
    private readonly reduction: Reduction | undefined,
  ) {}

  /** The actor who brings about leaf number `i` of `leaves`. */
  actorOf(i: number): KnownActor {
    return this.#actors[i] as KnownActor;
  }

  /** Look up, or learn, what everybody's step does in the state in hand. Returns how many outcomes of those listed there are. */
  gather(): number {
    const { known } = this;
    this.#listed = known.actors();
    this.#room();
    let at = 0;
    for (const actor of this.#listed) at = this.#ask(actor, at);
    const outcomes = at;
    if (this.reduction !== undefined && this.#listed.length < known.cast.known.length) {
      for (const actor of known.cast.known) if (!this.#listed.includes(actor)) at = this.#askLeftOut(actor, at);
    }
    return outcomes;
  }

  /** Say who goes, by what is known now. */
  decide(): void {
    const { went } = this.known;
    const mask = this.reduction === undefined ? -1 : this.reduction.choose(this.#whole, this.known.ids);
    this.mask = mask;
    let count = 0;
    this.isReduced = false;
    for (const actor of this.#listed) {
      const chosen = this.reduction === undefined || (mask & (1 << actor.index)) !== 0;
      const end = this.#end[actor.index] as number;
      for (let i = this.#from[actor.index] as number; i < end; i++) {
        const leaf = this.#found[i] as number;
        if (went[leaf] === 0) continue;
        if (!chosen) {
          this.isReduced = true;
          break;
        }
        this.leaves[count] = leaf;
        this.#actors[count++] = actor;
      }
    }
    this.count = count;
  }

  #ask(actor: KnownActor, at: number): number {
    this.#from[actor.index] = at;
    const end = this.known.outcomes(actor, this.#found, at);
    this.#end[actor.index] = end;
    return end;
  }

  #askLeftOut(actor: KnownActor, at: number): number {
    const end = this.#ask(actor, at);
    for (let i = at; i < end; i++) {
      if (this.known.went[this.#found[i] as number] === 0) continue;
      throw new BrokenInvariant('who-is-left-out-cannot-go', actor.actor.name);
    }
    return end;
  }

  #room(): void {
    const actors = this.known.cast.known.length;
    if (actors <= this.#from.length) return;
    const [from, end] = [grown(this.#from, 2 * actors), grown(this.#end, 2 * actors)];
    this.#from = from;
    this.#end = end;
    this.#whole = { leaves: this.#found, from, end };
  }
}
