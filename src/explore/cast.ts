/**
 * Who is known to act: every actor that some state listed, what it owns, and with whom it shares what is remembered.
 *
 * What can go wrong: an interchangeable actor whose components were met before it was. Its values would have numbers of their own, and
 * could not be compared with those of its like.
 */
import type { Interner } from './intern.js';
import { BrokenInvariant } from './invariant.js';
import { componentAt, OWNS_NOTHING, type Own, type StepMemory } from './memory.js';
import type { Actor } from './model.js';

/** An actor, what it owns, and the tree of its steps. An actor is its class and name: whatever else the object carries is a hidden input. */
export interface KnownActor {
  readonly actor: Actor;
  /** In order of discovery, from 0. */
  readonly index: number;
  readonly tree: number;
  /** What it owns, if it shares its tree. */
  readonly own: Own;
  /** The component that says where in its program it stands; -1 when it has none. */
  readonly local: number;
  /** Its place among those that share the tree. */
  readonly member: number;
}

export class Cast {
  /** In order of discovery. */
  readonly known: KnownActor[] = [];
  /** Of each tree, those that share it. */
  readonly sharers: KnownActor[][] = [];
  readonly #actorOf = new Map<string, KnownActor>();
  readonly #treeOf = new Map<string, number>();
  /** For each component, who owns it. */
  readonly #owner = new Map<number, KnownActor>();
  readonly #shared: ReadonlySet<string>;

  constructor(
    private readonly interner: Interner,
    private readonly memory: StepMemory,
    interchangeable: readonly string[] = [],
  ) {
    this.#shared = new Set(interchangeable);
  }

  /** What is known of an actor. @throws BrokenInvariant `interchangeable-actors-name-no-other` */
  knownAs(actor: Actor): KnownActor {
    const key = JSON.stringify([actor.cls, actor.name]);
    const known = this.#actorOf.get(key);
    if (known !== undefined) return known;
    const isShared = this.#shared.has(actor.cls);
    const treeKey = isShared ? JSON.stringify([actor.cls]) : key;
    const tree = this.#treeOf.get(treeKey) ?? this.memory.open(isShared ? actor.cls : actor.name);
    this.#treeOf.set(treeKey, tree);
    const sharers = this.sharers[tree] ?? [];
    const own = this.#ownOf(actor, isShared ? sharers[0] : undefined);
    const fresh: KnownActor = {
      actor,
      index: this.known.length,
      tree,
      own: isShared ? own : OWNS_NOTHING,
      local: own[0] ?? -1,
      member: sharers.length,
    };
    this.known.push(fresh);
    this.sharers[tree] = [...sharers, fresh];
    this.#actorOf.set(key, fresh);
    for (const component of own) this.#owner.set(component, fresh);
    return fresh;
  }

  #ownOf(actor: Actor, first: KnownActor | undefined): Own {
    const before = this.interner.names.length;
    const own = (actor.own ?? []).map((key, place) => this.interner.component(key, first?.own[place]));
    const alike = first === undefined || (own.length === first.own.length && own.every((c) => c >= before));
    if (!alike) {
      throw new BrokenInvariant(
        'interchangeable-actors-name-no-other',
        `${actor.name} was spoken of before it was listed`,
      );
    }
    return Int32Array.from(own);
  }

  /** Of each class of interchangeable actors, what its members own. */
  groups(): (readonly (readonly number[])[])[] {
    const shared = this.sharers.filter((members) => members.some(({ actor }) => this.#shared.has(actor.cls)));
    return shared.map((members) => members.map(({ own }) => [...own]));
  }

  /** How many states the one with these numbers stands for: the orders of its interchangeable actors that differ. */
  weightOf(ids: Int32Array): number {
    return this.groups().reduce((weight, members) => {
      const alike = new Map<string, number>();
      let orders = 1;
      members.forEach((own, i) => {
        const text = own.map((c) => ids[c]).join();
        const before = alike.get(text) ?? 0;
        alike.set(text, before + 1);
        orders = (orders * (i + 1)) / (before + 1);
      });
      return weight * orders;
    }, 1);
  }

  /** The actor who owns a component. */
  ownerOf(component: number): KnownActor | undefined {
    return this.#owner.get(component);
  }

  /** How a step of `known` speaks of a component. @throws BrokenInvariant when it belongs to another of its kind */
  slotOf(known: KnownActor | undefined, component: number): number {
    const owner = known === undefined || known.own.length === 0 ? undefined : this.#owner.get(component);
    if (known === undefined || owner === undefined) return component;
    if (owner === known) return ~known.own.indexOf(component);
    if (owner.tree !== known.tree) return component;
    const detail = `${known.actor.name} touched ${this.interner.names[component]} of ${owner.actor.name}`;
    throw new BrokenInvariant('interchangeable-actors-name-no-other', detail);
  }
}

/** The components of slots, for one actor. */
export function componentsOf(slots: readonly number[], { own }: KnownActor): number[] {
  return slots.map((slot) => componentAt(slot, own));
}
