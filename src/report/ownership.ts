/**
 * What a step changed about who owns rseq: the holder of each thread's slot, libc's mark that it failed, the flag of 2019. Read
 * from the events and from the components that the step replaced.
 *
 * What can go wrong: telling of a change that nobody made. A new object brings its flag with it, and a new area its first value;
 * those are beginnings and are left out. A forked
 * child's copy of what its parent wrote is no change either.
 */
import type { Change } from '../explore/index.js';
import { failed, type Image, wordCpuId } from '../libc/memory.js';
import type { RawEvent } from '../libc/trace.js';

export const nobody = 'nobody';

/** Who made the registration of each thread that has one, by the thread's number. */
export type Owners = ReadonlyMap<number, string>;

/** Owners after an event. A thread starts without, a forked child with its parent's. */
export function ownersAfter(owners: Owners, event: RawEvent): Owners {
  const next = new Map(owners);
  if (event.kind === 'exit_thread') next.delete(event.t);
  if (event.kind === 'clone' && event.names !== undefined && event.forks === true) {
    const inherited = owners.get(event.t);
    if (inherited !== undefined) next.set(event.names, inherited);
  }
  if (event.kind !== 'rseq' || event.result !== '0') return next;
  if (event.detail?.startsWith('unregister') === true) next.delete(event.t);
  else next.set(event.t, event.obj);
  return next;
}

/** `owner of main: nobody -> a`, when the event changes the owner of its thread and the thread goes on. */
export function ownerChange(owners: Owners, event: RawEvent, thread: string): string | undefined {
  if (event.kind !== 'rseq') return undefined;
  const before = owners.get(event.t) ?? nobody;
  const after = ownersAfter(owners, event).get(event.t) ?? nobody;
  return before === after ? undefined : `owner of ${thread}: ${before} -> ${after}`;
}

interface Areas {
  readonly areas: Readonly<Record<string, readonly number[]>>;
}

/** Whether libc marked an area of thread `t` as failed. */
export function marksFailed({ component, before, after }: Change, t: number): boolean {
  if (component !== `tls/${t}` || after === undefined) return false;
  const old = (before as Areas | undefined)?.areas ?? {};
  return Object.entries((after as Areas).areas).some(
    ([key, words]) => words[wordCpuId] === failed && old[key]?.[wordCpuId] !== failed,
  );
}

interface Images {
  readonly images: Readonly<Record<string, Image>>;
}

/** Link maps whose `__rseq_handled` was written, with its values. Every definition begins as 0. */
export function flagChanges({
  component,
  before,
  after,
}: Change): readonly { map: number; from: number; to: number }[] {
  const first = component === 'images/1';
  if (!component.startsWith('images/') || after === undefined || (before === undefined && !first)) return [];
  const old = (before as Images | undefined)?.images ?? {};
  return Object.entries((after as Images).images).flatMap(([map, { handled }]) => {
    const from = old[map]?.handled ?? 0;
    return handled === null || from === handled ? [] : [{ map: Number(map), from, to: handled }];
  });
}
