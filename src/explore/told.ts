/**
 * How often each judged event happened, counted by leaf while the search runs and added up in the end.
 *
 * What can go wrong: who came first. It is told at once, in the order of the search, since a witness leads there.
 */
import type { Leaf, RememberedModel } from './remember.js';
import type { Tallies } from './tallies.js';

export class Told {
  /** For each leaf with judged events, how often it was taken. */
  #times = new Float64Array(64);

  constructor(
    private readonly known: RememberedModel,
    private readonly tallies: Tallies,
  ) {}

  has(leaf: number): boolean {
    return (this.#times[leaf] ?? 0) > 0;
  }

  /** A step with this leaf was taken out of a state. */
  tell(state: number, leaf: number): void {
    if (leaf >= this.#times.length) {
      const more = new Float64Array(2 * this.known.leaves.length);
      more.set(this.#times);
      this.#times = more;
    }
    const before = this.#times[leaf] as number;
    this.#times[leaf] = before + 1;
    if (before === 0) this.tallies.noteEvents(state, leaf, this.#names(leaf), 0);
  }

  /** Each event so far: how often, and who did it first where. */
  soFar() {
    return this.tallies.eventsSoFar().map(({ name, transitions, from, step: leaf }) => {
      const times = [...this.#times.keys()].filter((each) => this.has(each) && this.#names(each).includes(name));
      const all = times.reduce((sum, each) => sum + (this.#times[each] as number), transitions);
      return { name, transitions: all, from, leaf };
    });
  }

  /** An event happened so often before, first on the step with this leaf out of this state. */
  goOn(name: string, from: number, leaf: number, transitions: number): void {
    this.tallies.noteEvents(from, leaf, [name], transitions);
  }

  /** Add up, once the search is over. */
  count(): void {
    for (const [leaf, times] of this.#times.entries()) {
      if (times > 0) this.tallies.noteEvents(0, leaf, this.#names(leaf), times);
    }
  }

  #names(leaf: number): readonly string[] {
    return (this.known.leaves[leaf] as Leaf).judged;
  }
}
