/**
 * The lines of a story, step by step: which thread, in which namespace, what happened, what changed. Keeps the world beside the
 * steps, since an event names a link map and only the world knows its namespace.
 *
 * What can go wrong: a name looked up after its bearer is gone. An object that is unmapped in the same step is found in the world
 * before it.
 */
import type { ReplayedStep } from '../explore/index.js';
import type { RawEvent } from '../libc/trace.js';
import { type Loader, loaderOf } from '../loader/linkmap.js';
import { keyOf } from '../machine/component.js';
import { type Frame, stackOf } from '../machine/cpu.js';
import { actorName, threadOf } from '../process/model.js';
import { flagChanges, marksFailed, type Owners, ownerChange, ownersAfter } from './ownership.js';
import { eventWords, isBoring } from './words.js';

export interface StoryLine {
  /** The step it belongs to, from 1. */
  readonly step: number;
  readonly thread: string;
  /** `base`, the number of another namespace, or nothing where no object is at work. */
  readonly ns: string;
  readonly what: string;
  /** Who owns rseq now, and other changes that matter to it. */
  readonly changed: readonly string[];
  /** The event to blame. */
  readonly culprit: boolean;
}

type World = ReadonlyMap<string, unknown>;

/** The call stack of a thread. */
function framesIn(world: World, thread: number): readonly Frame[] {
  const stack = world.get(keyOf(stackOf, thread)) as { readonly frames: readonly Frame[] } | undefined;
  return stack?.frames ?? [];
}

/** The frames below the function of the event's object, which is on the stack before its step, after it, or both. */
function callersOf(event: RawEvent, before: readonly Frame[], after: readonly Frame[]): readonly Frame[] {
  if (event.map === 0) return before;
  const runs = ({ machine, ctx }: Frame) =>
    machine === 'function' && (ctx as { readonly map?: number }).map === event.map;
  const begins = (frame: Frame) => runs(frame) && (frame.ctx as { readonly kind?: string }).kind === event.kind;
  for (const [stack, is] of [
    [after, begins],
    [before, runs],
    [after, runs],
  ] as const) {
    const at = stack.findLastIndex(is);
    if (at >= 0) return stack.slice(0, at);
  }
  return before;
}

export class Telling {
  readonly lines: StoryLine[] = [];
  /** Of each event, the frames from which its code was called, as far as the worlds around its step know them. */
  readonly callers: (readonly Frame[])[] = [];
  #world: World;
  #owners: Owners = new Map();
  #step = 0;
  readonly #names = new Map<number, string>([[1, 'main']]);
  readonly #creating = new Map<number, string>();

  constructor(
    start: World,
    private readonly all: boolean,
    /** The member of the families that the path runs. */
    private readonly member: string,
  ) {
    this.#world = start;
  }

  /** Tell one step; `culprit` is the index of the blamed event among all events told so far and later. */
  tell(step: ReplayedStep, culprit: number | null): void {
    this.#step++;
    const before = this.#world;
    const after = new Map(before);
    for (const { component, after: value } of step.changes) after.set(component, value);
    const events = step.events as readonly RawEvent[];
    if (step.actor.cls === 'family') this.#line('', '', `vary chooses ${this.member}`, [], false);
    let failed = false;
    for (const event of events) {
      const thread = threadOf(step.actor);
      const index = this.callers.push(callersOf(event, framesIn(before, thread), framesIn(after, thread))) - 1;
      const changed = this.#changes(event);
      if (!failed && event.obj === 'libc' && event.kind === 'rseq' && event.result !== '0') {
        failed = step.changes.some((change) => marksFailed(change, event.t));
        if (failed) changed.push('libc marks its cpu_id -2 (failed)');
      }
      this.#owners = ownersAfter(this.#owners, event);
      if (!this.all && isBoring(event) && changed.length === 0 && index !== culprit) continue;
      this.#line(
        this.#threadName(event.t),
        this.#namespace(event, before, after),
        eventWords(event),
        changed,
        index === culprit,
      );
    }
    this.#flags(step, before, after);
    this.#world = after;
  }

  #line(thread: string, ns: string, what: string, changed: readonly string[], culprit: boolean): void {
    this.lines.push({ step: this.#step, thread, ns, what, changed, culprit });
  }

  #threadName(thread: number): string {
    return this.#names.get(thread) ?? actorName(thread);
  }

  #changes(event: RawEvent): string[] {
    if (event.kind === 'spawn') this.#creating.set(event.t, event.detail ?? '');
    if (event.kind === 'clone' && event.names !== undefined) {
      const actor = actorName(event.names);
      const name = event.forks === true ? actor : (this.#creating.get(event.t) ?? actor);
      this.#names.set(event.names, name);
      return [name === actor ? `new thread ${actor}` : `thread ${name} is ${actor} in the path`];
    }
    const owner = ownerChange(this.#owners, event, this.#threadName(event.t));
    return owner === undefined ? [] : [owner];
  }

  #namespace({ map, process }: RawEvent, before: World, after: World): string {
    if (map === 0) return '';
    const key = keyOf(loaderOf, process);
    const of = (world: World) => (world.get(key) as Loader | undefined)?.maps[map];
    const found = of(after) ?? of(before);
    if (found === undefined) return '?';
    return found.ns === 0 ? 'base' : String(found.ns);
  }

  /** The flag is written by ld.so at the end of a step, or by a claimant in a step without events. */
  #flags(step: ReplayedStep, before: World, after: World): void {
    for (const change of step.changes) {
      const process = Number(change.component.split('/')[1]);
      const loader = after.get(`${loaderOf.name}/${process}`) as Loader | undefined;
      for (const { map, from, to } of flagChanges(change)) {
        const where = loader?.maps[map]?.file ?? 'an unmapped object';
        const writer = this.#writer(step, before, loader);
        const what = `${writer} writes __rseq_handled, the one in ${where}`;
        this.#line(step.actor.name, '', what, [`__rseq_handled: ${from} -> ${to}`], false);
      }
    }
  }

  #writer(step: ReplayedStep, before: World, loader: Loader | undefined): string {
    const top = framesIn(before, threadOf(step.actor)).at(-1);
    const claims = top?.machine === 'claim_handled' || top?.machine === 'release_handled';
    const map = claims ? (top.ctx as { readonly map?: number }).map : undefined;
    return map === undefined ? 'ld.so' : (loader?.maps[map]?.file ?? 'a claimant');
  }
}
