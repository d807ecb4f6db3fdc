/**
 * One run of one world under one schedule, and what came to pass that must not: each failure with the event to blame and the
 * procedures that were running then, as crash reports are told apart by their stacks.
 *
 * What can go wrong: two failures taken for one, or one for many. A failure is known by what broke, by what kind of thing did it, and
 * by the innermost procedure around it; not by the names of objects, nor by the schedule.
 */
import { policyOf, type Schedule } from '../arbitraries/index.js';
import { type Model, type Path, type Policy, replay, walk } from '../explore/index.js';
import { knownKernel } from '../kernel/releases.js';
import type { RawEvent } from '../libc/trace.js';
import type { Build } from '../process/builds.js';
import { modelOfScenario, type ScenarioModel } from '../process/judge.js';
import { culpritOf } from '../report/index.js';
import { broken } from '../rseq/properties.js';
import type { Predicate, Scenario } from '../scenario/schema.js';
import type { World } from '../scenario/world-schema.js';
import type { Suspicion } from './suspicions.js';

/** Longest run; a world that takes more is left alone. */
const STEPS_MAX = 300;

export interface Run {
  readonly events: readonly RawEvent[];
  readonly path: Path;
  /** Several actors were there at once, or a choice was asked: other schedules may do otherwise. */
  readonly open: boolean;
}

export interface Failure {
  readonly suspicion: Suspicion;
  readonly predicate: Predicate;
  /** What kind of failure this is: equal for equal mechanisms. */
  readonly kind: string;
  /** The last event of a described object up to the blamed one. */
  readonly near: RawEvent | undefined;
}

/**
 * The model of a generated scenario, which asks nothing of its own: what is watched is what is suspected, properties as such and
 * everything else that takes more than one event as predicates.
 */
export function modelOf(scenario: Scenario, build: Build, watched: readonly Suspicion[]): ScenarioModel {
  const ways = watched.flatMap((suspicion) => suspicion.ways(scenario));
  const ids = ways.flatMap((predicate) => (predicate.is === 'property' ? [predicate.id] : []));
  const forbidden = ways.filter(({ is }) => is === 'before').map((that) => ({ that }));
  return modelOfScenario({ ...scenario, forbidden }, build, knownKernel(scenario.kernel ?? '6.18'), ids);
}

/** Run a model once; undefined when it meets the bound. */
export const runOnce = (model: Model, schedule: Schedule): Run | undefined => runWith(model, policyOf(schedule));

/** Run a model once, in the order that a policy says; undefined when it meets the bound. */
export function runWith(model: Model, policy: Policy): Run | undefined {
  let open = false;
  const watched = {
    ...policy,
    order(actors: Parameters<typeof policy.order>[0]) {
      open ||= actors.length > 1;
      return policy.order(actors);
    },
  };
  const { steps, path, ended } = walk(model, { pick: watched, maxSteps: STEPS_MAX });
  if (ended !== 'final') return undefined;
  const events = steps.flatMap((step) => step.events as readonly RawEvent[]);
  return { events, path, open: open || path.some(({ choices }) => choices.length > 0) };
}

/** The run along a path that a search found. */
export function runAlong(model: Model, path: Path): Run {
  const { steps } = replay(model, path);
  return { events: steps.flatMap((step) => step.events as readonly RawEvent[]), path, open: true };
}

/** What kind of object spoke: names differ from world to world. */
function roleOf(world: World, name: string): string {
  if (!Object.hasOwn(world.objects, name)) return name;
  return (world.audit ?? []).includes(name) ? 'auditor' : 'library';
}

/** The innermost procedure that is not merely "an action of a function". */
function procedureOf({ via }: RawEvent): string {
  return via.findLast((frame) => !frame.startsWith('function.')) ?? '';
}

function kindOf(world: World, suspicion: Suspicion, events: readonly RawEvent[], at: number): string {
  const event = events[at];
  if (event === undefined) return suspicion.id;
  const said = (one: RawEvent): string => {
    const [first = '', second = ''] = (one.detail ?? '').split(' ');
    const word = one.kind === 'claimant' ? `${first} ${second}` : one.kind === 'rseq' ? first : '';
    return [roleOf(world, one.obj), one.kind, word].filter((part) => part !== '').join(' ');
  };
  const before = events.slice(0, at).findLast(({ t, kind }) => t === event.t && kind !== broken && kind !== 'stderr');
  const blamed = event.obj === 'process' && before !== undefined ? `${said(event)} after ${said(before)}` : said(event);
  const procedure = procedureOf(event);
  return `${suspicion.id}: ${blamed}${procedure === '' ? '' : ` in ${procedure}`}`;
}

/** What came to pass in a run that must not. */
export function failuresOf(scenario: Scenario, run: Run, watched: readonly Suspicion[]): Failure[] {
  const { events } = run;
  const brokenIds = new Set(events.flatMap(({ kind, obj }) => (kind === broken ? [obj] : [])));
  return watched.flatMap((suspicion) =>
    suspicion.ways(scenario).flatMap((predicate): Failure[] => {
      if (predicate.is === 'property' && !brokenIds.has(predicate.id)) return [];
      const at = culpritOf([predicate], events);
      if (at === null) return [];
      const spoken = new Set(['exe', ...Object.keys(scenario.world.objects)]);
      const near = events.slice(0, at + 1).findLast(({ obj }) => spoken.has(obj));
      return [{ suspicion, predicate, kind: kindOf(scenario.world, suspicion, events, at), near }];
    }),
  );
}
