/**
 * Who is in a generated world and how each comes into it: the executable, its libraries (needed, opened later, preloaded, an audit
 * module), and the claimants that its code may belong to.
 *
 * What can go wrong: a library that can be had in no way. Each place needs the feature that reaches it; without one it is needed.
 */
import { claimantProtocols, isWoven } from '../rseq/claimants.js';
import type { ClaimantProtocol } from '../rseq/claimants-form.js';
import type { Swarm } from './features.js';
import type { Recipe } from './recipe.js';

/** How a library comes into the program. */
export type Place = 'needed' | 'opened' | 'preload' | 'audit';

export interface Member {
  readonly name: string;
  readonly place: Place;
}

/** Ways to ask before registering; the simplest asks the flag. */
const ways = ['claim_handled', 'claim_abi', 'claim', 'claim_note', 'claim_busy_ok'] as const;

export type Way = (typeof ways)[number];

/** Whose memory is registered: the asker's own, thread-local or not, the shared symbol's, or libc's. */
const areas = ['tls', 'static', 'abi', 'libc'] as const;

export type Area = (typeof areas)[number];

export interface Cast {
  readonly swarm: Swarm;
  readonly libraries: readonly Member[];
  readonly parties: readonly ClaimantProtocol[];
  /** How those ask who belong to no claimant. Few of them in one world, so that two who ask alike meet. */
  readonly ways: readonly Way[];
  readonly areas: readonly Area[];
  readonly isStatic: boolean;
  /** libc.so.6 is the program. */
  readonly isLibc: boolean;
}

/** Claimants with code, in the order of the record. */
export const wovenProtocols: readonly ClaimantProtocol[] = claimantProtocols.filter(isWoven);

/** Those that decide once for all threads come more often: there is more that can come between. */
const drawnFrom: readonly ClaimantProtocol[] = [
  ...wovenProtocols,
  ...wovenProtocols.flatMap((each) => (each.rule === undefined || each.rule.guard === 'none' ? [] : [each, each])),
];

/** The element that a number stands for, the first for 0. */
export function nth<T>(list: readonly T[], n: number): T {
  if (list.length === 0) throw new Error('invariant: a choice among nothing');
  return list[n % list.length] as T;
}

function placeOf(swarm: Swarm, drawn: number): Place {
  const opened: readonly Place[] = swarm.dlopen + swarm.namespaces > 0 ? ['opened', 'opened', 'opened'] : [];
  const preload: readonly Place[] = swarm.preload > 0 ? ['preload'] : [];
  const audit: readonly Place[] = swarm.audit > 0 ? ['audit'] : [];
  return nth(['needed', ...opened, ...preload, ...audit], drawn);
}

/** The cast of a world: libraries are called a, b, c. */
export function castOf(recipe: Recipe, swarm: Swarm): Cast {
  const isStatic = swarm.static > 0;
  const libraries = isStatic
    ? []
    : recipe.libraries.map((drawn, i) => ({ name: 'abc'[i] ?? 'a', place: placeOf(swarm, drawn.place) }));
  const parties = [...new Set(recipe.parties)].map((drawn) => nth(drawnFrom, drawn));
  const asked = [...new Set(recipe.ways)].map((drawn) => nth(ways, drawn));
  // Whoever defines the flag defines it for those who ask it.
  const flagged = swarm.interposed > 0 ? (['claim_handled'] as const) : [];
  const owned = [...new Set(recipe.ways.map((drawn) => nth(areas, Math.floor(drawn / ways.length))))];
  return {
    swarm,
    libraries,
    parties,
    ways: [...flagged, ...asked],
    areas: owned,
    isStatic,
    isLibc: swarm.program > 0 && !isStatic,
  };
}

/** The libraries that come in this way. */
export function placed({ libraries }: Cast, ...places: readonly Place[]): string[] {
  return libraries.filter(({ place }) => places.includes(place)).map(({ name }) => name);
}
