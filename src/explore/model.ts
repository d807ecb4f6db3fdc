/**
 * What a search is given: a model as a value. Components hold immutable values, actors step, and a step touches the world only
 * through a view. Nothing here knows what is modelled; that is how the same search runs glibc, a toy and the reference problem.
 *
 * What can go wrong: a step that depends on anything but its view (a clock, a closure, the order of a Set) makes a remembered
 * answer a lie. `choose` must be asked in a fixed order and only after reading what decides its argument.
 */

/** A component's name. Components need no declaration: one that nobody has written yet holds `undefined`. */
export type ComponentKey = string;

/** The world as one step sees it; every read and write is recorded. */
export interface View {
  /** The component's present value, as written earlier in this same step if it was. */
  get(key: ComponentKey): unknown;
  /** Replace the component's value. Values are immutable: never change one in place after handing it over. */
  set(key: ComponentKey, value: unknown): void;
  /** A number from 0 to n - 1; the search explores every answer. */
  choose(n: number): number;
  /** Say that something happened. Events belong to the step, never to the state. */
  emit(event: unknown): void;
}

/**
 * Somebody who can act: a thread, a signal that may arrive, a member of a `vary` family, a property that watches. An actor *is* its
 * class and name: steps are remembered under them, so whatever else the object carries would be a hidden input.
 */
export interface Actor {
  /** Not empty, and no other actor of the same state has it. Paths are written in names. */
  readonly name: string;
  /** Actors of one class run the same code and are interchangeable in principle. */
  readonly cls: string;
  /**
   * Components that belong to this actor, where it stands in its program first. Others may write them (whoever creates it does), and a
   * component has one owner at most. Reductions need this; without it nobody knows what an actor can still do.
   */
  readonly own?: readonly ComponentKey[];
}

/**
 * A model. `actors` may depend on the state (threads are born), so it reads through the view as well; the order in which it
 * names them is the order in which the search tries them, and must be the same for the same reads.
 */
export interface Model {
  readonly initial: ReadonlyMap<ComponentKey, unknown>;
  /**
   * Classes whose members are interchangeable: they own alike components in the same order, never address what another owns, and no value
   * anywhere, no event and no mark names one of them. Swapping two of them then changes nothing, and they share what is remembered.
   */
  readonly interchangeable?: readonly string[];
  /**
   * Who exists in this state. Called with a view whose `set`, `choose` and `emit` are errors. To be left out here must mean the same as to
   * be unable to go, as far as `step` can tell: a search that reduces asks the step of those left out as well.
   */
  actors(view: View): readonly Actor[];
  /** Advance one actor to its next visible point. `false`: it cannot go now; whatever it wrote is dropped. */
  step(actor: Actor, view: View): boolean;
}
