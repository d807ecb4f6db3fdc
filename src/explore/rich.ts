/**
 * One step run for real: the model's own code over a view that writes down everything it was asked. The naive search, the walk and
 * the replay run every step this way; the remembering search runs each distinct situation once.
 *
 * What can go wrong: a read after a write of the same step must see the write and must not count as a read of the world; what a
 * step wrote before it said that it cannot go must vanish, while its reads must stay (they are the reason).
 */
import { BrokenInvariant } from './invariant.js';
import type { Actor, ComponentKey, Model, View } from './model.js';

/** A whole world: the components that are present. */
export type World = ReadonlyMap<ComponentKey, unknown>;

/** Reads a component's present value; undefined when it is absent. */
export type Lookup = (key: ComponentKey) => unknown;

/** A question that a step put to its view, in the order of asking. Repeated reads are not repeated here. */
export type Asked =
  | { readonly kind: 'read'; readonly key: ComponentKey }
  | { readonly kind: 'choice'; readonly of: number; readonly answer: number };

/** What one run of one step did. */
export interface Attempt {
  /** False: the actor cannot go; `writes` and `events` are then empty. */
  readonly went: boolean;
  readonly asked: readonly Asked[];
  readonly choices: readonly Extract<Asked, { kind: 'choice' }>[];
  readonly writes: World;
  readonly events: readonly unknown[];
  /** The first answer that was given in advance but did not exist: its place among the choices. The run went on with 0. */
  readonly misfit: number | undefined;
}

/** Far above what a step can mean; a loop around `choose` ends here instead of never. */
const MOST_CHOICES = 10_000;

class Recorder implements View {
  readonly asked: Asked[] = [];
  readonly choices: Extract<Asked, { kind: 'choice' }>[] = [];
  readonly events: unknown[] = [];
  readonly writes = new Map<ComponentKey, unknown>();
  misfit: number | undefined;
  readonly #seen = new Map<ComponentKey, unknown>();
  readonly #lookup: Lookup;
  readonly #answers: readonly number[];

  constructor(lookup: Lookup, answers: readonly number[]) {
    this.#lookup = lookup;
    this.#answers = answers;
  }

  get(key: ComponentKey): unknown {
    if (this.writes.has(key)) return this.writes.get(key);
    if (this.#seen.has(key)) return this.#seen.get(key);
    this.asked.push({ kind: 'read', key });
    const value = this.#lookup(key);
    this.#seen.set(key, value);
    return value;
  }

  set(key: ComponentKey, value: unknown): void {
    this.writes.set(key, value);
  }

  choose(n: number): number {
    if (!Number.isInteger(n) || n < 1) throw new BrokenInvariant('choice-has-answers', `choose(${n})`);
    if (n === 1) return 0;
    const place = this.choices.length;
    if (place >= MOST_CHOICES) throw new BrokenInvariant('step-asks-finitely-often', `${place} choices in one step`);
    const given = this.#answers[place] ?? 0;
    const fits = given < n;
    if (!fits && this.misfit === undefined) this.misfit = place;
    const choice = { kind: 'choice', of: n, answer: fits ? given : 0 } as const;
    this.asked.push(choice);
    this.choices.push(choice);
    return choice.answer;
  }

  emit(event: unknown): void {
    this.events.push(event);
  }
}

const NOTHING: World = new Map();

/** Run one step of one actor. Choices are answered from `answers` in order, and with 0 once these are used up. */
export function attempt(model: Model, actor: Actor, lookup: Lookup, answers: readonly number[]): Attempt {
  const recorder = new Recorder(lookup, answers);
  const went = model.step(actor, recorder);
  const { asked, choices, misfit } = recorder;
  return went
    ? { went, asked, choices, misfit, writes: recorder.writes, events: recorder.events }
    : { went, asked, choices, misfit, writes: NOTHING, events: [] };
}

/** Every run of one actor's step in one world, one for each way to answer its choices, in lexicographic order of the answers. */
export function* everyAttempt(model: Model, actor: Actor, lookup: Lookup): Generator<Attempt> {
  let answers: number[] | undefined = [];
  while (answers !== undefined) {
    const run: Attempt = attempt(model, actor, lookup, answers);
    if (run.misfit !== undefined) {
      throw new BrokenInvariant(
        'step-is-a-function-of-its-reads',
        `${actor.name} offered fewer answers the second time`,
      );
    }
    yield run;
    answers = following(run);
  }
}

function following(run: Attempt): number[] | undefined {
  const answers = run.choices.map((c) => c.answer);
  for (const choice of run.choices.toReversed()) {
    answers.pop();
    if (choice.answer + 1 < choice.of) return [...answers, choice.answer + 1];
  }
  return undefined;
}

/** What an observer asked: reads only. */
export interface Observation<T> {
  readonly result: T;
  readonly asked: readonly Asked[];
}

/** Run a function that may read the world and nothing else. @throws BrokenInvariant `observer-only-reads` */
export function observe<T>(who: string, lookup: Lookup, look: (view: View) => T): Observation<T> {
  const recorder = new Recorder(lookup, []);
  const forbidden = (what: string) => (): never => {
    throw new BrokenInvariant('observer-only-reads', `${who} used ${what}`);
  };
  const result = look({
    get: (key) => recorder.get(key),
    set: forbidden('set'),
    choose: forbidden('choose'),
    emit: forbidden('emit'),
  });
  return { result, asked: recorder.asked };
}

/** Who exists in a world, in the model's order. @throws BrokenInvariant when a name is missing or given twice */
export function actorsIn(model: Model, lookup: Lookup): Observation<readonly Actor[]> {
  const seen = observe('actors', lookup, (view) => model.actors(view));
  const names = new Set<string>();
  for (const { name } of seen.result) {
    if (name === '' || names.has(name)) throw new BrokenInvariant('actor-has-a-name-of-its-own', JSON.stringify(name));
    names.add(name);
  }
  return seen;
}

/** The world after a step. A component that was set to undefined is absent. */
export function worldAfter(world: World, writes: World): World {
  if (writes.size === 0) return world;
  const next = new Map(world);
  for (const [key, value] of writes) {
    if (value === undefined) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

/** The world a model starts in. */
export function worldAtStart(model: Model): World {
  return worldAfter(new Map(), model.initial);
}
