/**
 * What a model promises the search, as an error that names the broken promise. Only a bug of a model or of this floor throws;
 * whatever the modelled system may refuse is a value.
 */

/** The promises, by name. */
export type Invariant =
  /** The same reads and the same answers lead to the same reads, choices, writes and events. */
  | 'step-is-a-function-of-its-reads'
  /** The list of actors, and the marks of a state, only read. */
  | 'observer-only-reads'
  /** `choose(n)` is asked with a whole n of at least 1. */
  | 'choice-has-answers'
  /** One step asks a bounded number of questions. */
  | 'step-asks-finitely-often'
  /** An actor of an interchangeable class touches no component that another member owns. */
  | 'interchangeable-actors-name-no-other'
  /** An actor that the list leaves out cannot go. */
  | 'who-is-left-out-cannot-go'
  /** The way to a state can be found again. */
  | 'a-state-has-a-way'
  /** In one state every actor has a name, and no two share it. */
  | 'actor-has-a-name-of-its-own'
  /** A search goes on with a snapshot of the same model. */
  | 'a-snapshot-is-of-this-search'
  /** A bound or a period is a whole number that makes sense. */
  | 'bound-is-a-count';

export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
  constructor(
    readonly invariant: Invariant,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}
