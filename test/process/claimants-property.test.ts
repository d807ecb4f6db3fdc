// Every claimant against every build of libc on generated small programs: nothing breaks an invariant of ours, and the semantics
// that promise balance, live memory and a monotone view keep the promise, whoever else wants rseq.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Model, View } from '../../src/explore/model.js';
import { randomBelow } from '../../src/explore/walk.js';
import type { RawEvent } from '../../src/libc/trace.js';
import { type Build, builds } from '../../src/process/builds.js';
import { modelOfScenario } from '../../src/process/judge.js';
import { type ClaimantProtocol, claimantProtocols, isWoven } from '../../src/rseq/claimants.js';
import { broken } from '../../src/rseq/properties.js';
import { parseScenario, type Scenario } from '../../src/scenario/index.js';
import { linux } from './scenarios.js';

/** Where the claimant's object comes from. */
const homes = ['needed', 'preload', 'opened', 'namespace', 'audit', 'exe'] as const;
const places = ['ctor', 'init', 'resolver', 'main', 'thread'] as const;

interface Shape {
  readonly home: (typeof homes)[number];
  readonly place: (typeof places)[number];
  readonly kind: 'pie' | 'nopie' | 'static';
  /** Threads of main: each waited for, or side by side. */
  readonly threads: 'none' | 'one' | 'two';
  readonly closes: boolean;
  readonly second: ClaimantProtocol | null;
  readonly schedule: number;
}

const woven = claimantProtocols.filter(isWoven);

const shape: fc.Arbitrary<Shape> = fc.record({
  home: fc.constantFrom(...homes),
  place: fc.constantFrom(...places),
  kind: fc.constantFrom('pie', 'pie', 'pie', 'nopie', 'static'),
  threads: fc.constantFrom('none', 'one', 'one', 'two'),
  closes: fc.boolean(),
  second: fc.option(fc.constantFrom(...woven), { freq: 3 }),
  schedule: fc.nat(),
});

const threadsOf = { none: '', one: 'spawn t b; join t; ', two: 'start t b; start u b; join t; join u; ' };

function scenarioOf(claimant: ClaimantProtocol, { home, place, kind, threads, closes, second }: Shape): Scenario {
  const opening = { opened: 'dlopen a now h; ', namespace: 'dlmopen a new now h; ' };
  const opens = home === 'opened' || home === 'namespace' ? opening[home] : '';
  const closing = closes && opens !== '' ? 'dlclose h; ' : '';
  // Only code of the base program is called from main or from its threads.
  const called = home === 'exe' || home === 'needed' || home === 'preload';
  const at = called && (place !== 'thread' || threads !== 'none') ? place : 'ctor';
  const object = home === 'exe' ? 'exe' : 'a';
  const who = { who: claimant.id, at };
  const text = JSON.stringify({
    scenario: 'generated',
    exe: {
      kind,
      ...(home === 'needed' && kind !== 'static' ? { needed: ['a'] } : {}),
      main: `${opens}${threadsOf[threads]}${closing}info`,
      bodies: { b: 'mark b' },
    },
    objects: { a: home === 'audit' ? { audit: { callbacks: { la_version: [] } } } : {} },
    ...(home === 'preload' ? { preload: ['a'] } : {}),
    ...(home === 'audit' ? { audit: ['a'] } : {}),
    claimants: { [object]: second === null ? [who] : [who, { who: second.id }] },
  });
  const parsed = parseScenario(text);
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(`${text}: ${parsed.diagnostics.map(({ message }) => message).join('; ')}`);
}

/** Claimants that take what is another's by design, or whose filter makes libc's own calls fail. */
const takers: ReadonlySet<string> = new Set(['C-19', 'C-19a', 'C-23', 'C-23a', 'C-23b', 'C-23c']);

/**
 * The semantics that promise: each thread is registered before any code that could be first, with memory that outlives it, and
 * nobody can name it. A static program's resolvers come before, and an area of another object read there has no first values yet.
 */
function isPromised({ rseq }: Build, claimant: ClaimantProtocol, { kind, place, second }: Shape): boolean {
  if (rseq.mainAt !== 'thread-pointer' || kind === 'static' || place === 'resolver') return false;
  return !takers.has(claimant.id) && !takers.has(second?.id ?? '');
}

const promises = ['P-09', 'P-10', 'P-14'];

interface Trial {
  readonly claimant: ClaimantProtocol;
  readonly build: Build;
  readonly shape: Shape;
}

/** Programs for each claimant under each build. */
const trials: readonly Trial[] = [...builds.values()].flatMap((build, i) => {
  const shapes = fc.sample(shape, { numRuns: Math.ceil(1.6 * woven.length), seed: i + 1 });
  return shapes.flatMap((each, j): Trial[] => {
    const claimant = woven[j % woven.length];
    return claimant === undefined ? [] : [{ claimant, build, shape: each }];
  });
});

const mostSteps = 5000;

const never = (): never => {
  throw new Error('only a step may write');
};

const reading = (state: ReadonlyMap<string, unknown>): View => ({
  get: (key) => state.get(key),
  set: never,
  choose: never,
  emit: never,
});

/** A run on a schedule of its own, without the path and the changes that a walk keeps; undefined when it does not end. */
function eventsOf(model: Model, schedule: number): readonly RawEvent[] | undefined {
  const below = randomBelow(schedule);
  const state = new Map(model.initial);
  const events: RawEvent[] = [];
  for (let step = 0; step < mostSteps; step++) {
    const waiting = [...model.actors(reading(state))];
    let went = false;
    while (!went && waiting.length > 0) {
      const [actor] = waiting.splice(below(waiting.length), 1);
      const writes = new Map<string, unknown>();
      const said: RawEvent[] = [];
      const view: View = {
        get: (key) => (writes.has(key) ? writes.get(key) : state.get(key)),
        set: (key, value) => void writes.set(key, value),
        choose: below,
        emit: (event) => void said.push(event as RawEvent),
      };
      went = actor !== undefined && model.step(actor, view);
      if (!went) continue;
      for (const [key, value] of writes) state.set(key, value);
      events.push(...said);
    }
    if (!went) return events;
  }
  return undefined;
}

/** How a trial went: properties that broke, or the error. */
function runOf({ claimant, build, shape }: Trial): { broke: string[] } | { error: string } {
  try {
    const { model, unsupported } = modelOfScenario(scenarioOf(claimant, shape), build, linux, promises);
    if (unsupported.length > 0) return { error: unsupported.join(', ') };
    const events = eventsOf(model, shape.schedule);
    if (events === undefined) return { error: 'a run that does not end' };
    return { broke: events.flatMap(({ kind, obj }) => (kind === broken ? [obj] : [])) };
  } catch (error) {
    return { error: String(error) };
  }
}

const labelOf = ({ claimant, build, shape: { second, ...rest } }: Trial): string =>
  `${claimant.id} under ${build.name}: ${JSON.stringify({ ...rest, second: second?.id ?? null })}`;

describe('every claimant under every build, on generated programs', () => {
  const outcomes = trials.map((trial) => ({ trial, run: runOf(trial) }));

  test('at least two thousand runs come to an end without an error of ours', () => {
    expect(trials.length).toBeGreaterThanOrEqual(2000);
    const failed = outcomes.flatMap(({ trial, run }) =>
      'error' in run ? [`${labelOf(trial)}: ${run.error.slice(0, 200)}`] : [],
    );
    expect(failed.slice(0, 5)).toEqual([]);
  });

  test('P-09, P-10 and P-14 hold wherever libc is first in every thread', () => {
    const promised = outcomes.filter(({ trial }) => isPromised(trial.build, trial.claimant, trial.shape));
    expect(promised.length).toBeGreaterThan(300);
    const kept = promised.flatMap(({ trial, run }) =>
      'broke' in run && run.broke.length > 0 ? [`${labelOf(trial)}: ${run.broke.join()}`] : [],
    );
    expect(kept).toEqual([]);
  });

  test('each of the three breaks somewhere else, so that the promise says something', () => {
    const others = outcomes.filter(({ trial }) => !isPromised(trial.build, trial.claimant, trial.shape));
    const broke = new Set(others.flatMap(({ run }) => ('broke' in run ? run.broke : [])));
    expect([...broke].sort()).toEqual(promises);
  });
});
