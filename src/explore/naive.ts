/**
 * The search that remembers nothing: breadth first over whole worlds, each known by its full text, every step run for real. It is the
 * oracle of the remembering search: same states, same transitions, same witnesses, only slower.
 */
import { type Bound, boundsOf, type Exploration, type ExploreOptions } from './exploration.js';
import { canonicalText } from './intern.js';
import type { Actor, Model } from './model.js';
import type { Path, PathStep } from './path.js';
import { type Attempt, actorsIn, everyAttempt, observe, type World, worldAfter, worldAtStart } from './rich.js';
import { Tallies } from './tallies.js';

interface Reached {
  readonly world: World;
  readonly depth: number;
  readonly from: number;
  readonly step: PathStep | null;
}

/** The whole text of a world: equal for equal worlds. */
export function worldText(world: World): string {
  const components = [...world].map(([key, value]) => `${JSON.stringify(key)}=${canonicalText(value, key)}`);
  return components.sort().join('\n');
}

class NaiveSearch {
  readonly #reached: Reached[] = [];
  readonly #known = new Set<string>();
  readonly #tallies = new Tallies();
  /** Steps on which something judged happened. */
  readonly #told: PathStep[] = [];
  readonly #bounds;
  #bound: Bound | undefined;
  #transitions = 0;
  #steps = 0;

  constructor(
    private readonly model: Model,
    private readonly options: ExploreOptions,
  ) {
    this.#bounds = boundsOf(options);
  }

  run(): Exploration {
    this.#reach({ world: worldAtStart(this.model), depth: 0, from: -1, step: null });
    let head = 0;
    for (; head < this.#reached.length && this.#bound !== 'states'; head++) {
      if (this.#steps >= this.#bounds.maxSteps) {
        this.#bound ??= 'steps';
        break;
      }
      const before = this.#transitions;
      this.#expand(head);
      this.#tallies.note(head, this.#marks(head), this.#transitions === before);
    }
    for (; head < this.#reached.length; head++) this.#tallies.note(head, this.#marks(head), false);
    return this.#result();
  }

  #expand(head: number): void {
    const { world, depth } = this.#reached[head] as Reached;
    const lookup = (key: string): unknown => world.get(key);
    for (const actor of actorsIn(this.model, lookup).result) {
      for (const run of everyAttempt(this.model, actor, lookup)) {
        this.#steps++;
        if (!run.went) continue;
        this.#take(head, actor, run);
        const step = { actor: actor.name, choices: run.choices.map((c) => c.answer) };
        this.#reach({ world: worldAfter(world, run.writes), depth: depth + 1, from: head, step });
        if (this.#bound === 'states') return;
      }
    }
  }

  #take(head: number, actor: Actor, run: Attempt): void {
    this.#transitions++;
    const { judge } = this.options;
    if (judge === undefined) return;
    const names = run.events.flatMap((e) => judge(e, actor));
    if (names.length === 0) return;
    const step = this.#told.push({ actor: actor.name, choices: run.choices.map((c) => c.answer) }) - 1;
    this.#tallies.noteEvents(head, step, names);
  }

  #reach(reached: Reached): void {
    const text = worldText(reached.world);
    if (this.#known.has(text)) return;
    if (reached.depth > this.#bounds.maxDepth) {
      this.#bound ??= 'depth';
    } else if (this.#known.size >= this.#bounds.maxStates) {
      this.#bound = 'states';
    } else {
      this.#known.add(text);
      this.#reached.push(reached);
    }
  }

  #marks(state: number): readonly string[] {
    const { marks } = this.options;
    const world = this.#reached[state]?.world;
    return marks === undefined ? [] : observe('marks', (key) => world?.get(key), marks).result;
  }

  #pathTo(state: number): Path {
    const steps: PathStep[] = [];
    for (let at = this.#reached[state]; at?.step; at = this.#reached[at.from]) steps.push(at.step);
    return steps.reverse();
  }

  #result(): Exploration {
    const bound = this.#bound;
    return {
      complete: bound === undefined,
      ...(bound === undefined ? {} : { bound }),
      states: this.#reached.length,
      transitions: this.#transitions,
      depth: this.#reached.at(-1)?.depth ?? 0,
      ...this.#tallies.result(
        (state) => this.#pathTo(state),
        (state, step) => [...this.#pathTo(state), this.#told[step] as PathStep],
      ),
      steps: { rich: this.#steps, remembered: 0 },
    };
  }
}

/** Explore everything the model can do, running every step. @throws BrokenInvariant, UninternableValue */
export function searchNaively(model: Model, options: ExploreOptions = {}): Exploration {
  return new NaiveSearch(model, options).run();
}
