/**
 * A model that answers from memory: holds one state as a vector of numbers, and says who exists there, what each step leads to and
 * which marks hold, running the model's own code only in situations it has not met.
 *
 * What can go wrong: nothing notices a hidden input, since a situation is run once. `recheckEvery` runs remembered answers again.
 */

import { Cast, type KnownActor } from './cast.js';
import type { ExploreOptions } from './exploration.js';
import { grown, grownBytes } from './grown.js';
import { canonicalText, Interner, type Meanings } from './intern.js';
import { BrokenInvariant } from './invariant.js';
import { widthFor } from './layout.js';
import { CHOICE, componentAt, OWNS_NOTHING, type Question, READ, StepMemory } from './memory.js';
import type { Actor, ComponentKey, Model } from './model.js';
import type { PathStep } from './path.js';
import { type Asked, type Attempt, actorsIn, attempt, type Observation, observe } from './rich.js';

/** A component that a step changes: where it stands, and the numbers before and after. */
export interface Write {
  readonly slot: number;
  readonly old: number;
  readonly id: number;
}

/** The outcome of a step in one situation. */
export interface Leaf {
  readonly tree: number;
  /** Who ran it first; an interchangeable one may go the same way. */
  readonly actor: Actor;
  readonly choices: PathStep['choices'];
  readonly went: boolean;
  readonly events: readonly unknown[];
  /** Names that the judge gave the events. */
  readonly judged: readonly string[];
  /** Where in its program the actor stood: the number of the first component it owns, or -1 when the step did not look. */
  readonly at: number;
  /** What it read, by slot; whatever it wrote is among it. */
  readonly reads: readonly number[];
  readonly writes: readonly Write[];
}

const KEY_OF_ACTORS = 'actors';
const NOTHING: readonly string[] = [];

export class RememberedModel {
  /** The state in hand. Replaced by a longer one when components appear; a component beyond its end is absent. */
  ids = new Int32Array(4);
  readonly memory = new StepMemory();
  /** By number; number 0 is no leaf. */
  readonly leaves: Leaf[] = [];
  /** For each leaf, whether it goes, and whether it has judged events. */
  went = new Uint8Array(64);
  telling = new Uint8Array(64);
  readonly cast: Cast;
  rich = 0;
  /** Answers given from memory, of steps, actor lists and marks. */
  #answers = 0;
  readonly #interner = new Interner();
  readonly #actorTree = this.memory.open(KEY_OF_ACTORS);
  readonly #markTree = this.memory.open('marks');
  readonly #actorLists: (readonly KnownActor[])[] = [];
  readonly #markLists: (readonly string[])[] = [];
  readonly #found: number[] = [];
  readonly #period: number;

  constructor(
    private readonly model: Model,
    private readonly options: ExploreOptions,
  ) {
    this.#period = options.recheckEvery ?? 0;
    if (options.resume !== undefined) this.#interner.recall(options.resume.meanings);
    this.cast = new Cast(this.#interner, this.memory, model.interchangeable);
    this.#note({ ...NO_LEAF, actor: { name: '', cls: '' } });
    for (const actor of actorsIn(model, (key) => model.initial.get(key)).result) this.cast.knownAs(actor);
    const start = this.#numbersOf(model.initial);
    this.#makeRoom();
    for (const [component, id] of start) this.ids[component] = id;
  }

  /** Who exists in the state in hand. */
  actors(): readonly KnownActor[] {
    return this.#recalled(this.#actorTree, this.#actorLists) ?? this.#lookAtActors();
  }

  #lookAtActors(): readonly KnownActor[] {
    const look = (): Observation<readonly KnownActor[]> => {
      const seen = actorsIn(this.model, this.#lookup);
      return { asked: seen.asked, result: seen.result.map((actor) => this.cast.knownAs(actor)) };
    };
    return this.#recallList(this.#actorTree, this.#actorLists, look, ({ tree }) => tree);
  }

  /** Which marks hold in the state in hand. */
  marks(): readonly string[] {
    const { marks } = this.options;
    if (marks === undefined) return NOTHING;
    return this.#recalled(this.#markTree, this.#markLists) ?? this.#lookAtMarks(marks);
  }

  #lookAtMarks(marks: NonNullable<ExploreOptions['marks']>): readonly string[] {
    const look = (): Observation<readonly string[]> => observe('marks', this.#lookup, marks);
    return this.#recallList(this.#markTree, this.#markLists, look, (name) => name);
  }

  /** Numbers of all leaves of an actor's step in the state in hand, into `found` from place `from` on; returns the place after the last. */
  outcomes(known: KnownActor, found: number[], from: number): number {
    const end = this.memory.outcomes(known.tree, this.ids, known.own, found, from);
    if (end >= 0) {
      if (this.#period > 0) this.#recheckSteps(known, found, from, end);
      return end;
    }
    this.#learnStep(known);
    return this.memory.outcomes(known.tree, this.ids, known.own, found, from);
  }

  /** What a search may look up by itself; see `expander.ts`. */
  get lookups() {
    const { went, telling, memory } = this;
    return {
      cells: memory.cells,
      roots: memory.roots,
      actorTree: this.#actorTree,
      markTree: this.#markTree,
      actorLists: this.#actorLists,
      marks: this.options.marks !== undefined,
      went,
      telling,
      components: this.ids.length,
    };
  }

  /** What the numbers mean. */
  get meanings(): Meanings {
    return this.#interner.meanings;
  }

  /** A list of marks by its number, as an expander says it. */
  markList(number: number): readonly string[] {
    return this.#markLists[number] ?? NOTHING;
  }

  /** Values seen of each component. */
  census(): ReadonlyMap<ComponentKey, number> {
    return this.#interner.census();
  }

  /** Bits that each component's numbers need so far. */
  widths(): number[] {
    return this.#interner.names.map((_, c) => widthFor(this.#interner.numbers(c)));
  }

  readonly #lookup = (key: ComponentKey): unknown => {
    const component = this.#interner.component(key);
    return this.#interner.value(component, this.ids[component] ?? 0);
  };

  #note(leaf: Leaf): number {
    const number = this.leaves.push(leaf) - 1;
    if (number >= this.went.length) {
      this.went = grownBytes(this.went, 2 * this.went.length);
      this.telling = grownBytes(this.telling, 2 * this.telling.length);
    }
    this.went[number] = leaf.went ? 1 : 0;
    this.telling[number] = leaf.judged.length > 0 ? 1 : 0;
    return number;
  }

  #numbersOf(writes: ReadonlyMap<ComponentKey, unknown>): [component: number, id: number][] {
    return [...writes].map(([key, value]) => {
      const component = this.#interner.component(key);
      return [component, this.#interner.id(component, value)];
    });
  }

  #makeRoom(): void {
    const components = this.#interner.names.length;
    if (components > this.ids.length) this.ids = grown(this.ids, (components + 3) & ~3);
  }

  #wayOf(asked: readonly Asked[], known?: KnownActor): Question[] {
    const way = asked.map((question): Question => {
      if (question.kind === 'choice') return { ...question, kind: CHOICE };
      const component = this.#interner.component(question.key);
      return { kind: READ, slot: this.cast.slotOf(known, component), id: this.ids[component] ?? 0 };
    });
    this.#makeRoom();
    return way;
  }

  #learnStep(known: KnownActor): void {
    const open: number[][] = [[]];
    for (let answers = open.pop(); answers !== undefined; answers = open.pop()) {
      const next = this.memory.follow(known.tree, this.ids, known.own, answers);
      if ('ask' in next) {
        for (let i = next.ask - 1; i >= 0; i--) open.push([...answers, i]);
      } else if (next.leaf < 0) {
        this.#learnRun(known, answers);
        open.push(answers);
      }
    }
  }

  #learnRun(known: KnownActor, answers: readonly number[]): void {
    const run = this.#run(known.actor, answers);
    const { way, writes } = this.#told(known, run);
    const { judge } = this.options;
    const number = this.#note({
      tree: known.tree,
      actor: known.actor,
      choices: run.choices.map((c) => c.answer),
      went: run.went,
      events: run.events,
      judged: judge === undefined ? [] : run.events.flatMap((e) => judge(e, known.actor)),
      at: way.some((question) => isRead(question, known)) ? (this.ids[known.local] as number) : -1,
      reads: way.flatMap((question) => (question.kind === READ ? [question.slot] : [])),
      writes,
    });
    this.memory.learn(known.tree, way, number);
  }

  /** A run in numbers. What was written counts as read, after all else: a leaf then knows every number that it replaces. */
  #told(known: KnownActor, run: Attempt): { readonly way: readonly Question[]; readonly writes: readonly Write[] } {
    const read = new Set(run.asked.flatMap((asked) => (asked.kind === 'read' ? [asked.key] : [])));
    const unread = [...run.writes.keys()].filter((key) => !read.has(key)).sort();
    const way = this.#wayOf([...run.asked, ...unread.map((key): Asked => ({ kind: 'read', key }))], known);
    const numbers = this.#numbersOf(run.writes);
    this.#makeRoom();
    const writes = numbers.map(
      ([c, id]): Write => ({ slot: this.cast.slotOf(known, c), old: this.ids[c] as number, id }),
    );
    return { way, writes: writes.filter(({ old, id }) => old !== id) };
  }

  #run(actor: Actor, answers: readonly number[]): Attempt {
    this.rich++;
    const run = attempt(this.model, actor, this.#lookup, answers);
    if (run.misfit !== undefined) this.#broken(actor.name, 'fewer answers were offered');
    return run;
  }

  /** A list that is remembered, unless it may have to be checked again. */
  #recalled<T>(tree: number, lists: readonly T[]): T | undefined {
    if (this.#period > 0 || this.memory.outcomes(tree, this.ids, OWNS_NOTHING, this.#found) < 0) return undefined;
    return lists[this.#found[0] as number];
  }

  #recallList<T>(
    tree: number,
    lists: (readonly T[])[],
    look: () => Observation<readonly T[]>,
    identity: (item: T) => unknown,
  ): readonly T[] {
    const found = this.#found;
    if (this.memory.outcomes(tree, this.ids, OWNS_NOTHING, found) < 0) {
      const seen = look();
      const way = this.#wayOf(seen.asked);
      this.memory.learn(tree, way, lists.push(seen.result) - 1);
      return seen.result;
    }
    const list = lists[found[0] as number] as readonly T[];
    if (this.#period > 0 && ++this.#answers % this.#period === 0) {
      const again = look().result;
      const same = again.length === list.length && again.every((item, i) => identity(item) === identity(list[i] as T));
      if (!same) this.#broken(tree === this.#actorTree ? KEY_OF_ACTORS : 'marks', 'the list differs');
    }
    return list;
  }

  #recheckSteps(known: KnownActor, found: readonly number[], from: number, end: number): void {
    for (let i = from; i < end; i++) {
      if (++this.#answers % this.#period === 0) this.#recheck(known, found[i] as number);
    }
  }

  /** Run one remembered step again. The way must lead to the same leaf, and the leaf must say the same. */
  #recheck(known: KnownActor, number: number): void {
    const { name } = known.actor;
    const leaf = this.leaves[number] as Leaf;
    const run = attempt(this.model, known.actor, this.#lookup, leaf.choices);
    const { way, writes } = this.#told(known, run);
    if (run.misfit !== undefined || this.memory.find(known.tree, way) !== number) {
      this.#broken(name, 'it asked for something else');
    }
    const same = (a: Write, b: Write | undefined): boolean => a.slot === b?.slot && a.old === b.old && a.id === b.id;
    const alike = run.went === leaf.went && writes.length === leaf.writes.length;
    if (!alike || !writes.every((write, i) => same(write, leaf.writes[i]))) this.#broken(name, 'it did something else');
    if (canonicalText(run.events, 'events') !== canonicalText(leaf.events, 'events')) {
      this.#broken(name, 'it told something else');
    }
  }

  #broken(who: string, what: string): never {
    throw new BrokenInvariant('step-is-a-function-of-its-reads', `${who}: run again after the same reads, ${what}`);
  }
}

const NO_LEAF = { tree: -1, choices: [], went: false, events: [], judged: [], at: -1, reads: [], writes: [] } as const;

/** Whether a question reads where the actor stands. */
function isRead(question: Question, { own, local }: KnownActor): boolean {
  return question.kind === READ && componentAt(question.slot, own) === local;
}
