/**
 * What each actor may still do, from each place of its program: which components it may read, which it may change, found out from the
 * outcomes remembered so far. An actor's places form a graph (where a step leads, its own or another's), and what may be done from a
 * place is what is done there and what may be done from the places after it.
 *
 * What can go wrong: knowledge that is not complete yet. `version` counts its growth, so that whoever relied on it can look again; and each
 * piece says when it last grew, so that he need not look at everything again.
 */
import { BitSets, wordsFor } from './bits.js';
import { componentsOf, type KnownActor } from './cast.js';
import { componentAt } from './memory.js';
import type { Leaf, RememberedModel, Write } from './remember.js';

/** Masks of actors have a bit each. */
export const MOST_ACTORS = 30;

/** The time by which knowledge grows; whoever searches says how it goes. */
interface Clock {
  now: number;
}

/** One actor's places, by number, and what may be done from each. */
export class Program {
  readonly reads: BitSets;
  readonly changes: BitSets;
  /** Places from which a place is reached in one step. */
  readonly before: Set<number>[] = [];
  /** For each place, when what may be done from there last grew. */
  readonly grewAt: number[] = [0];
  /** The last place heard of. */
  #places = 1;
  readonly #everywhere = { reads: new Set<number>(), changes: new Set<number>() };

  constructor(
    readonly words: number,
    private readonly clock: Clock,
  ) {
    this.reads = new BitSets(words);
    this.changes = new BitSets(words);
  }

  #upTo(place: number): void {
    if (place < this.#places) return;
    this.reads.upTo(place + 1);
    this.changes.upTo(place + 1);
    for (; this.#places <= place; this.#places++) {
      this.grewAt[this.#places] = this.clock.now;
      for (const c of this.#everywhere.reads) this.reads.add(this.#places, c);
      for (const c of this.#everywhere.changes) this.changes.add(this.#places, c);
    }
  }

  get places(): number {
    return this.#places;
  }

  /** Something is done at a place (at all of them when it is -1). True when that was not known. */
  doneAt(place: number, reads: readonly number[], changes: readonly number[]): boolean {
    if (place < 0) return this.#doneEverywhere(reads, changes);
    this.#upTo(place);
    let isNew = false;
    for (const c of reads) isNew = this.reads.add(place, c) || isNew;
    for (const c of changes) isNew = this.changes.add(place, c) || isNew;
    if (isNew) this.#grew(place);
    return isNew;
  }

  #grew(place: number): void {
    this.grewAt[place] = this.clock.now;
    this.#pass(place);
  }

  #doneEverywhere(reads: readonly number[], changes: readonly number[]): boolean {
    for (const c of reads) this.#everywhere.reads.add(c);
    for (const c of changes) this.#everywhere.changes.add(c);
    let isNew = false;
    for (let place = 0; place < this.#places; place++) isNew = this.doneAt(place, reads, changes) || isNew;
    return isNew;
  }

  /** A step leads from one place to another. True when that was not known. */
  leads(from: number, to: number): boolean {
    this.#upTo(Math.max(from, to));
    const known = this.before[to];
    if (known?.has(from)) return false;
    this.before[to] = (known ?? new Set()).add(from);
    if (this.#inherit(from, to)) this.#grew(from);
    return true;
  }

  #inherit(from: number, to: number): boolean {
    const reads = this.reads.addAll(from, this.reads, to);
    return this.changes.addAll(from, this.changes, to) || reads;
  }

  /** Tell the places before a place what may be done from there. */
  #pass(place: number): void {
    const open = [place];
    for (let to = open.pop(); to !== undefined; to = open.pop()) {
      for (const from of this.before[to] ?? []) {
        if (!this.#inherit(from, to)) continue;
        this.grewAt[from] = this.clock.now;
        open.push(from);
      }
    }
  }
}

export class Futures {
  /** Grows whenever something is learned that a decision may rest on. */
  version = 0;
  readonly programs: Program[] = [];
  /** What a leaf reads and changes, a set each for every actor that shares its tree. */
  leafReads: BitSets;
  leafChanges: BitSets;
  /** For each leaf, the place of its first set. */
  readonly leafSets: number[] = [];
  /** For each component and each number of it, which actors ever change it away from there, and when that last grew. */
  readonly changers: number[][] = [];
  readonly #changersGrewAt: number[][] = [];
  /** When something grew that may matter everywhere. */
  #allGrewAt = 0;
  readonly #clock: Clock = { now: 0 };
  #words: number;
  #sets = 0;
  #learned = 0;

  constructor(private readonly known: RememberedModel) {
    this.#words = wordsFor(known.ids.length);
    this.leafReads = new BitSets(this.#words);
    this.leafChanges = new BitSets(this.#words);
  }

  get words(): number {
    return this.#words;
  }

  /** Take in the leaves and actors that are new. */
  learn(now: number): void {
    this.#clock.now = now;
    const { leaves, ids } = this.known;
    const { known } = this.known.cast;
    if (ids.length > 32 * this.#words) this.#begin(wordsFor(2 * ids.length));
    if (known.slice(this.programs.length).some(({ member }) => member > 0)) this.#begin(this.#words);
    while (this.programs.length < known.length) {
      this.programs.push(new Program(this.#words, this.#clock));
      this.#allGrewAt = now;
      this.version++;
    }
    for (; this.#learned < leaves.length; this.#learned++) this.#learnLeaf(leaves[this.#learned] as Leaf);
  }

  /** Whatever was decided before may be wrong. */
  doubt(now: number): void {
    this.#allGrewAt = now;
  }

  /** Whether something grew since then that a decision in the state with these numbers rests on. */
  grewSince(then: number, ids: Int32Array): boolean {
    if (this.#allGrewAt > then) return true;
    const { known } = this.known.cast;
    for (let actor = 0; actor < known.length; actor++) {
      const { local } = known[actor] as KnownActor;
      const place = local < 0 ? 0 : (ids[local] as number);
      if ((this.programs[actor]?.grewAt[place] ?? 0) > then) return true;
    }
    for (let component = 0; component < this.#changersGrewAt.length; component++) {
      if ((this.#changersGrewAt[component]?.[ids[component] as number] ?? 0) > then) return true;
    }
    return false;
  }

  #begin(words: number): void {
    this.#words = words;
    this.#sets = 0;
    this.#learned = 0;
    this.programs.length = 0;
    this.leafSets.length = 0;
    this.leafReads = new BitSets(words);
    this.leafChanges = new BitSets(words);
  }

  #learnLeaf(leaf: Leaf): void {
    this.leafSets.push(this.#sets);
    for (const actor of this.known.cast.sharers[leaf.tree] ?? []) {
      const reads = componentsOf(leaf.reads, actor);
      const changes = leaf.writes.map(({ slot }) => componentAt(slot, actor.own));
      this.#keep(reads, changes);
      if (this.programs[actor.index]?.doneAt(leaf.at, reads, changes)) this.version++;
      for (const write of leaf.writes) this.#noteWrite(write, actor);
    }
  }

  #keep(reads: readonly number[], changes: readonly number[]): void {
    const set = this.#sets++;
    this.leafReads.upTo(set + 1);
    this.leafChanges.upTo(set + 1);
    for (const c of reads) this.leafReads.add(set, c);
    for (const c of changes) this.leafChanges.add(set, c);
  }

  #noteWrite({ slot, old, id }: Write, actor: KnownActor): void {
    const component = componentAt(slot, actor.own);
    const byNumber = this.changers[component] ?? [];
    this.changers[component] = byNumber;
    const before = byNumber[old] ?? 0;
    byNumber[old] = before | (1 << actor.index);
    if (byNumber[old] !== before) {
      this.version++;
      const times = this.#changersGrewAt[component] ?? [];
      this.#changersGrewAt[component] = times;
      times[old] = this.#clock.now;
    }
    const owner = this.known.cast.ownerOf(component);
    if (owner?.local === component && this.programs[owner.index]?.leads(old, id)) this.version++;
  }
}
