/**
 * Taking a snapshot of a search, and putting it back. It stands for nothing in glibc or Linux; see `snapshot.ts` for what is in one.
 *
 * What can go wrong: an event that was first met on a step nobody remembers now. The step is looked up again, and must be found.
 */
import { Expansion } from './expansion.js';
import { BrokenInvariant } from './invariant.js';
import type { PackedStates } from './packed.js';
import type { Leaf, RememberedModel } from './remember.js';
import type { EventSoFar, Place, Snapshot } from './snapshot.js';
import type { Tallies } from './tallies.js';
import type { Told } from './told.js';

/** The parts of a search that a snapshot is of. */
interface Parts {
  readonly known: RememberedModel;
  readonly states: PackedStates;
  readonly tallies: Tallies;
  readonly told: Told;
}

/** Nothing may wait to be stored. */
export function snapshotOf({ known, states, tallies, told }: Parts, place: Place): Snapshot {
  const { layout, count, arena, parents } = states;
  const events = told.soFar().map(({ name, transitions, from, leaf }): EventSoFar => {
    const { actor, choices } = known.leaves[leaf] as Leaf;
    return { name, transitions, from, actor: actor.name, choices };
  });
  return {
    meanings: known.meanings,
    layout,
    words: arena.slice(0, count * layout.words),
    parents: parents.slice(0, count),
    place,
    tallies: tallies.soFar(),
    events,
  };
}

/** Put the states and the counts back; `look` learns what the state in hand leads to. Meanings are recalled already. */
export function putBack(
  { known, states, tallies, told }: Parts,
  { layout, words, parents, tallies: counted, events }: Snapshot,
  look: (expansion: Expansion, state: number) => void,
): void {
  states.putBack(layout, words, parents, known.ids);
  tallies.goOn(counted);
  const expansion = new Expansion(known, undefined);
  for (const { name, transitions, from, actor, choices } of events) {
    states.load(from);
    look(expansion, from);
    const same = (leaf: number): boolean => (known.leaves[leaf] as Leaf).choices.join() === choices.join();
    const at = expansion.leaves.findIndex(
      (leaf, i) => i < expansion.count && expansion.actorOf(i).actor.name === actor && same(leaf),
    );
    if (at < 0) throw new BrokenInvariant('a-snapshot-is-of-this-search', `${actor} does not take a step it took`);
    told.goOn(name, from, expansion.leaves[at] as number, transitions);
  }
}
