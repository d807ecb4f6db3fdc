/**
 * A model that answers from memory: holds one state as a vector of numbers, and says who exists there, what each step leads to and
 * which marks hold, running the model's own code only in situations it has not met.
 *
 * What can go wrong: nothing notices a hidden input, since a situation is run once. `recheckEvery` runs remembered answers again.
 */

import type { ExploreOptions } from './exploration.js';
import { canonicalText, Interner } from './intern.js';
import { BrokenInvariant } from './invariant.js';
import { CHOICE, type Question, READ, StepMemory } from './memory.js';
import type { Actor, ComponentKey, Model } from './model.js';
import type { PathStep } from './path.js';
import { type Asked, type Attempt, actorsIn, attempt, type Observation, observe } from './rich.js';
import { grown } from './states.js';

/** What stands at a leaf of a step's tree: record number, number of writes (-1: cannot go), then component and new id of each. */
export const RECORD = 0;
export const WRITES = 1;
export const FIRST_WRITE = 2;

/** What a leaf's numbers leave out. */
export interface Outcome {
  readonly step: PathStep;
  readonly events: readonly unknown[];
  /** Names that the judge gave the events. */
  readonly judged: readonly string[];
}

/** An actor and the number of its tree. An actor is its class and name: whatever else the object carries is a hidden input. */
export interface KnownActor {
  readonly actor: Actor;
  readonly tree: number;
}

export class RememberedModel {
  /** The state in hand. Replaced by a longer one when components appear; a component beyond its end is absent. */
  ids = new Int32Array(4);
  readonly memory = new StepMemory();
  readonly outcomes: Outcome[] = [];
  rich = 0;
  /** Answers given from memory, of steps, actor lists and marks. */
  #recalled = 0;
  readonly #interner = new Interner();
  readonly #trees = new Map<string, number>();
  readonly #actorTree = this.memory.open('actors');
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
    const start = this.#numbersOf(model.initial);
    for (let i = 0; i < start.length; i += 2) this.ids[start[i] as number] = start[i + 1] as number;
  }

  /** Who exists in the state in hand. */
  actors(): readonly KnownActor[] {
    const look = (): Observation<readonly KnownActor[]> => {
      const seen = actorsIn(this.model, this.#lookup);
      return { asked: seen.asked, result: seen.result.map((actor) => ({ actor, tree: this.#treeOf(actor) })) };
    };
    return this.#recallList(this.#actorTree, this.#actorLists, look, ({ tree }) => tree);
  }

  /** Which marks hold in the state in hand. */
  marks(): readonly string[] {
    const { marks } = this.options;
    if (marks === undefined) return [];
    const look = (): Observation<readonly string[]> => observe('marks', this.#lookup, marks);
    return this.#recallList(this.#markTree, this.#markLists, look, (name) => name);
  }

  /** Positions in `memory.cells` of all leaves of an actor's step in the state in hand, into `leaves`; returns how many. */
  stepLeaves(known: KnownActor, leaves: number[]): number {
    const before = this.memory.outcomes(known.tree, this.ids, leaves);
    if (before >= 0) {
      if (this.#period > 0) this.#recheckSteps(known, leaves, before);
      return before;
    }
    this.#learnStep(known);
    return this.memory.outcomes(known.tree, this.ids, leaves);
  }

  /** Values seen of each component. */
  census(): ReadonlyMap<ComponentKey, number> {
    return this.#interner.census();
  }

  readonly #lookup = (key: ComponentKey): unknown => {
    const component = this.#interner.component(key);
    return this.#interner.value(component, this.ids[component] ?? 0);
  };

  #treeOf(actor: Actor): number {
    const key = JSON.stringify([actor.cls, actor.name]);
    const tree = this.#trees.get(key) ?? this.memory.open(actor.name);
    this.#trees.set(key, tree);
    return tree;
  }

  /** Component and id, alternating. Makes room for components that are new. */
  #numbersOf(writes: ReadonlyMap<ComponentKey, unknown>): number[] {
    const numbers: number[] = [];
    for (const [key, value] of writes) {
      const component = this.#interner.component(key);
      numbers.push(component, this.#interner.id(component, value));
    }
    this.#makeRoom();
    return numbers;
  }

  #makeRoom(): void {
    const components = this.#interner.names.length;
    if (components > this.ids.length) this.ids = grown(this.ids, (components + 3) & ~3);
  }

  #wayOf(asked: readonly Asked[]): Question[] {
    const way = asked.map((question): Question => {
      if (question.kind === 'choice') return { ...question, kind: CHOICE };
      const component = this.#interner.component(question.key);
      return { kind: READ, component, id: this.ids[component] ?? 0 };
    });
    this.#makeRoom();
    return way;
  }

  #learnStep(known: KnownActor): void {
    const open: number[][] = [[]];
    for (let answers = open.pop(); answers !== undefined; answers = open.pop()) {
      const next = this.memory.follow(known.tree, this.ids, answers);
      if ('ask' in next) {
        for (let i = next.ask - 1; i >= 0; i--) open.push([...answers, i]);
      } else if (next.leaf < 0) {
        this.#learnRun(known, answers);
        open.push(answers);
      }
    }
  }

  #learnRun({ actor, tree }: KnownActor, answers: readonly number[]): void {
    const run = this.#run(actor, answers);
    const writes = this.#numbersOf(run.writes);
    const { judge } = this.options;
    const record = this.outcomes.push({
      step: { actor: actor.name, choices: run.choices.map((c) => c.answer) },
      events: run.events,
      judged: judge === undefined ? [] : run.events.flatMap((e) => judge(e, actor)),
    });
    const way = this.#wayOf(run.asked);
    this.memory.learn(tree, way, [record - 1, run.went ? writes.length / 2 : -1, ...writes]);
  }

  #run(actor: Actor, answers: readonly number[]): Attempt {
    this.rich++;
    const run = attempt(this.model, actor, this.#lookup, answers);
    if (run.misfit !== undefined) this.#broken(actor.name, 'fewer answers were offered');
    return run;
  }

  #recallList<T>(
    tree: number,
    lists: (readonly T[])[],
    look: () => Observation<readonly T[]>,
    identity: (item: T) => unknown,
  ): readonly T[] {
    const found = this.#found;
    if (this.memory.outcomes(tree, this.ids, found) < 0) {
      const seen = look();
      const way = this.#wayOf(seen.asked);
      this.memory.learn(tree, way, [lists.push(seen.result) - 1]);
      return seen.result;
    }
    const list = lists[this.memory.cells[found[0] as number] as number] as readonly T[];
    if (this.#period > 0 && ++this.#recalled % this.#period === 0) {
      const again = look().result;
      const same = again.length === list.length && again.every((item, i) => identity(item) === identity(list[i] as T));
      if (!same) this.#broken(tree === this.#actorTree ? 'actors' : 'marks', 'the list differs');
    }
    return list;
  }

  #recheckSteps(known: KnownActor, leaves: readonly number[], count: number): void {
    for (let i = 0; i < count; i++) {
      if (++this.#recalled % this.#period === 0) this.#recheck(known, leaves[i] as number);
    }
  }

  /** Run one remembered step again. The way must lead to the same leaf, and the leaf must say the same. */
  #recheck({ actor, tree }: KnownActor, leaf: number): void {
    const cells = this.memory.cells;
    const outcome = this.outcomes[cells[leaf + RECORD] as number] as Outcome;
    const run = attempt(this.model, actor, this.#lookup, outcome.step.choices);
    if (run.misfit !== undefined || this.memory.find(tree, this.#wayOf(run.asked)) !== leaf) {
      this.#broken(actor.name, 'it asked for something else');
    }
    const writes = this.#numbersOf(run.writes);
    const content = [run.went ? writes.length / 2 : -1, ...writes];
    if (content.some((n, i) => n !== cells[leaf + WRITES + i])) this.#broken(actor.name, 'it did something else');
    if (canonicalText(run.events, 'events') !== canonicalText(outcome.events, 'events')) {
      this.#broken(actor.name, 'it told something else');
    }
  }

  #broken(who: string, what: string): never {
    throw new BrokenInvariant('step-is-a-function-of-its-reads', `${who}: run again after the same reads, ${what}`);
  }
}
