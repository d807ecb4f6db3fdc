/**
 * What each outcome adds to a packed state, for each actor that may bring it about: a few words in the store of states.
 *
 * What can go wrong: a delta laid for another layout. They are laid again, all of them, whenever the layout changes.
 */

import type { KnownActor } from './cast.js';
import { grown } from './grown.js';
import { eachPiece, type Field } from './layout.js';
import { componentAt } from './memory.js';
import type { PackedStates } from './packed.js';
import type { Leaf, RememberedModel, Write } from './remember.js';

export class Deltas {
  /** Where the deltas of a leaf begin: those of its tree's first actor, then of the next. */
  places = new Int32Array(64);
  #laid = 0;
  #top = 0;

  constructor(private readonly known: RememberedModel) {}

  /** Where the delta of a leaf stands for this actor. */
  at(leaf: number, { member }: KnownActor, words: number): number {
    return (this.places[leaf] as number) + member * words;
  }

  /** Lay the deltas of leaves that are new; of all when the layout is. */
  lay(states: PackedStates, anew: boolean): void {
    const { words } = states.layout;
    if (anew) {
      this.#laid = 0;
      this.#top = words;
    }
    const { leaves } = this.known;
    if (leaves.length > this.places.length) {
      this.places = grown(this.places, 2 * leaves.length);
    }
    for (; this.#laid < leaves.length; this.#laid++) this.#layLeaf(this.#laid, leaves[this.#laid] as Leaf, states);
  }

  #layLeaf(number: number, { tree, writes }: Leaf, states: PackedStates): void {
    const { fields, words } = states.layout;
    const sharers = this.known.cast.sharers[tree] ?? [];
    this.places[number] = this.#top;
    states.deltasUpTo(this.#top + sharers.length * words);
    for (const { own } of sharers) {
      states.deltas.fill(0, this.#top, this.#top + words);
      for (const write of writes) this.#add(write, fields[componentAt(write.slot, own)], states.deltas);
      this.#top += words;
    }
  }

  #add({ old, id }: Write, field: Field | undefined, deltas: Int32Array): void {
    if (field === undefined) return;
    const top = this.#top;
    const add = (word: number, bits: number): void => {
      deltas[top + word] = ((deltas[top + word] as number) + bits) | 0;
    };
    eachPiece(field, id, add);
    eachPiece(field, old, (word, bits) => add(word, -bits));
  }
}
