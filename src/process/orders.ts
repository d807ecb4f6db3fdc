/**
 * Orders of constructors, main and destructors, watched as a run goes by, in the notation of glibc's dso-sort tests
 * (elf/dso-sort-tests-1.def): `b>a>{}<a<b` is the whole of what the first process printed there.
 *
 * What can go wrong: an object with several constructors. They count as one while nothing else comes between them, and so does
 * DT_INIT before them; two instances of an object count as two. The executable's own constructors and destructors count only
 * where an order names `exe`, since `{}` already stands for it.
 */
import type { OrderToken } from '../scenario/schema.js';

/** What an order needs of an event; `map` tells instances apart. */
export interface OrderedEvent {
  readonly obj: string;
  readonly map: number;
  readonly kind: string;
}

/** How far the run agrees with an order: tokens matched and the function that was last, or null once it disagrees. */
export type Progress = { readonly matched: number; readonly last: string } | null;

export const orderBegun: Progress = { matched: 0, last: '' };

/** The token that an event of the first process is; undefined for others. */
export function tokenOf(event: OrderedEvent): OrderToken | undefined {
  switch (event.kind) {
    case 'init':
    case 'ctor':
      return { run: 'ctor', obj: event.obj };
    case 'dtor':
    case 'fini':
      return { run: 'dtor', obj: event.obj };
    case 'main':
      return { run: 'main' };
    default:
      return undefined;
  }
}

function sameToken(a: OrderToken, b: OrderToken | undefined): boolean {
  if (b === undefined || a.run !== b.run) return false;
  return a.run === 'main' || b.run === 'main' || a.obj === b.obj;
}

function counts(order: readonly OrderToken[], token: OrderToken): boolean {
  return token.run === 'main' || token.obj !== 'exe' || order.some((each) => each.run !== 'main' && each.obj === 'exe');
}

/** Show the next event of the first process to an order. */
export function follow(order: readonly OrderToken[], progress: Progress, event: OrderedEvent): Progress {
  const token = tokenOf(event);
  if (progress === null || token === undefined || !counts(order, token)) return progress;
  const last = `${token.run} ${event.map}`;
  if (last === progress.last) return progress;
  return sameToken(token, order[progress.matched]) ? { matched: progress.matched + 1, last } : null;
}

/** Whether a run that is over happened in this order. */
export function happened(order: readonly OrderToken[], progress: Progress): boolean {
  return progress !== null && progress.matched === order.length;
}
