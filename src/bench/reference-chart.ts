/**
 * The reference problem as a statechart, as XState's own documentation would write it: a region for whatever goes its own way, guards for
 * what it waits for, counts by immer, an event for each thing that can happen. It stands for a reader who has XState and no engine.
 *
 * What can go wrong: a straw man, or a chart of something else. Its states are counted, and must be those that other tools counted.
 */
import { type Draft, produce } from 'immer';
import { and, not, setup, stateIn } from 'xstate';
import type { ReferenceProblem } from './reference-problem.js';

/** Constructors run and threads created, by main; threads asked for and not begun; threads at work. */
interface Counts {
  readonly constructed: number;
  readonly created: number;
  readonly pending: number;
  readonly live: number;
}

const chart = setup({ types: { context: {} as Counts, events: {} as { readonly type: string } } });
type Chart = Parameters<typeof chart.createMachine>[0];
type Region = NonNullable<Chart['states']>[string];
type Edges = NonNullable<Region['on']>;
type Guard = ReturnType<typeof holds>;

/** Immer's `count++`, as a word. */
type Recipe = (counts: Draft<Counts>) => void;

const holds = (test: (counts: Counts) => boolean) => and([({ context }: { context: Counts }) => test(context)]);
const every = (guards: readonly Guard[]): Guard => and([...guards]) as Guard;
const change = (recipe: Recipe) => chart.assign(({ context }: { context: Counts }) => produce(context, recipe));

/** A thread of the problem, as its regions see it. */
class Thread {
  readonly name: string;
  readonly isMain: boolean;
  readonly alive: Guard;
  readonly leaving: Guard;
  readonly free: Guard;
  /** Libc has had its turn. */
  readonly acted: Guard;
  readonly mayDie: Guard;

  constructor(
    readonly problem: ReferenceProblem,
    number: number,
  ) {
    this.name = `t${number}`;
    this.isMain = number === 0;
    this.alive = this.is('life', 'alive');
    this.leaving = this.is('life', 'leaving');
    this.free = this.is('slot', 'free');
    this.acted = not(this.is('libc', 'not yet')) as Guard;
    const owners = [this.is('libc', 'registered'), ...problem.libraries.map((_, l) => this.is(agentOf(l), 'owns'))];
    this.mayDie = every([this.leaving, ...owners.map((owner) => not(owner) as Guard)]);
  }

  is(region: string, state: string): Guard {
    return stateIn(`#${this.name}.${region}.${state}`) as Guard;
  }

  event(what: string): string {
    return `${this.name} ${what}`;
  }

  /** As if it had never been. */
  anew(state: string): Edges {
    return { [this.event('dies')]: { guard: this.mayDie, target: state } };
  }
}

const agentOf = (library: number): string => `agent ${library}`;
const ownerOf = (library: number): string => `library ${library}`;
const onceOf = (library: number): string => `once${library}`;
const isOnce = (library: number, state: string): Guard => stateIn(`#${onceOf(library)}.${state}`) as Guard;

/** What has to hold before a library acts in this thread. */
function mayAct({ isMain, problem, alive, acted }: Thread, library: number): readonly Guard[] {
  const waits = problem.safe === true ? [alive, acted] : [alive];
  if (isMain) return [...waits, holds(({ constructed }) => constructed > library)];
  return problem.libraries[library] === 'C' ? [...waits, holds(() => false)] : waits;
}

function lifeOf(thread: Thread): Region {
  const { isMain, problem, acted } = thread;
  const last = problem.libraries.length;
  const idle = problem.libraries.flatMap((_, library) =>
    ['in once', 'about to claim'].map((state) => not(thread.is(agentOf(library), state)) as Guard),
  );
  const isLast = holds((c) => c.constructed === last && c.pending === 0 && c.live === 0);
  const ofMain: Edges = {
    'main runs a constructor': {
      guard: holds(({ constructed }) => constructed < last),
      actions: change((counts) => void counts.constructed++),
    },
    'main creates a thread': {
      guard: every([acted, holds((c) => c.constructed === last && c.created < problem.threads - 1)]),
      actions: change((counts) => {
        counts.created++;
        counts.pending++;
      }),
    },
  };
  const start: Recipe = (counts) => {
    counts.pending--;
    counts.live++;
  };
  return {
    initial: isMain ? 'alive' : 'unborn',
    states: {
      unborn: {
        on: {
          [thread.event('starts')]: {
            guard: holds(({ pending }) => pending > 0),
            target: 'alive',
            actions: change(start),
          },
        },
      },
      alive: {
        on: {
          [thread.event('leaves')]: { guard: every([acted, ...idle, ...(isMain ? [isLast] : [])]), target: 'leaving' },
          ...(isMain ? ofMain : {}),
        },
      },
      leaving: {
        on: {
          [thread.event('dies')]: {
            guard: thread.mayDie,
            target: 'dead',
            ...(isMain ? {} : { actions: change((counts) => void counts.live--) }),
          },
        },
      },
      dead: {},
    },
  };
}

function slotOf(thread: Thread): Region {
  const { problem, alive, leaving } = thread;
  const numbers = problem.libraries.map((_, library) => library);
  const owned = (event: string): Region => ({ on: { [thread.event(event)]: { guard: leaving, target: 'free' } } });
  return {
    initial: 'free',
    states: {
      free: {
        on: {
          [thread.event('registers')]: { guard: every([alive, thread.is('libc', 'not yet')]), target: 'libc' },
          ...Object.fromEntries(
            numbers.map((l) => [
              thread.event(agentOf(l)),
              { guard: thread.is(agentOf(l), 'about to claim'), target: ownerOf(l) },
            ]),
          ),
        },
      },
      libc: owned('unregisters'),
      ...Object.fromEntries(numbers.map((l) => [ownerOf(l), owned(`releases ${l}`)])),
    },
  };
}

function libcOf(thread: Thread): Region {
  const { alive, free, leaving } = thread;
  return {
    initial: 'not yet',
    states: {
      'not yet': {
        on: {
          [thread.event('registers')]: [
            { guard: every([alive, free]), target: 'registered' },
            { guard: alive, target: 'failed' },
          ],
        },
      },
      registered: { on: { [thread.event('unregisters')]: { guard: leaving, target: 'released' } } },
      failed: { on: thread.anew('not yet') },
      released: { on: thread.anew('not yet') },
    },
  };
}

function agentRegion(thread: Thread, library: number): Region {
  const { free, leaving, problem } = thread;
  const go = thread.event(agentOf(library));
  const isLazy = problem.libraries[library] === 'L';
  const may = mayAct(thread, library);
  const after = [...may, ...(isLazy ? [isOnce(library, 'done')] : [])];
  const first = { guard: every([...may, isOnce(library, 'open')]), target: 'in once' };
  const look = [{ guard: free, target: 'about to claim' }, { target: 'gave up' }];
  const idle = [
    { guard: every([...after, free]), target: 'about to claim' },
    { guard: every(after), target: 'gave up' },
    ...(isLazy ? [first] : []),
  ];
  return {
    initial: 'idle',
    states: {
      idle: { on: { [go]: idle, ...thread.anew('idle') } },
      'in once': { on: { [go]: look } },
      'about to claim': { on: { [go]: [{ guard: free, target: 'owns' }, { target: 'gave up' }] } },
      owns: { on: { [thread.event(`releases ${library}`)]: { guard: leaving, target: 'released' } } },
      'gave up': { on: thread.anew('idle') },
      released: { on: thread.anew('idle') },
    },
  };
}

function onceRegion(threads: readonly Thread[], library: number): Region {
  const by = (guard: (thread: Thread) => Guard, target: string): Region => ({
    on: Object.fromEntries(threads.map((thread) => [thread.event(agentOf(library)), { guard: guard(thread), target }])),
  });
  const begins = (thread: Thread): Guard => every([thread.is(agentOf(library), 'idle'), ...mayAct(thread, library)]);
  return {
    id: onceOf(library),
    initial: 'open',
    states: {
      open: by(begins, 'running'),
      running: by((thread) => thread.is(agentOf(library), 'in once'), 'done'),
      done: {},
    },
  };
}

/** The problem as one machine. Its events are all that its `events` names. */
export function referenceChart(problem: ReferenceProblem) {
  const threads = Array.from({ length: problem.threads }, (_, number) => new Thread(problem, number));
  const regions = threads.map((thread): readonly [string, Region] => [
    thread.name,
    {
      id: thread.name,
      type: 'parallel',
      states: {
        life: lifeOf(thread),
        slot: slotOf(thread),
        libc: libcOf(thread),
        ...Object.fromEntries(problem.libraries.map((_, l) => [agentOf(l), agentRegion(thread, l)])),
      },
    },
  ]);
  const onces = problem.libraries.flatMap((kind, library): (readonly [string, Region])[] =>
    kind === 'L' ? [[onceOf(library), onceRegion(threads, library)]] : [],
  );
  return chart.createMachine({
    type: 'parallel',
    context: { constructed: 0, created: 0, pending: 0, live: 0 },
    states: Object.fromEntries([...regions, ...onces]),
  });
}
