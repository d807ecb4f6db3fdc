/**
 * Who else wants rseq: the libraries, applications, tools and policies that registered, tried to, or stood in the way, beside
 * libc. Each is a protocol as data: how it decides, which memory it offers, how it lets go, and the actions these come to.
 * Numbers are those of the record of proposals; a letter behind one is a variant.
 *
 * What can go wrong: a row for which no code is woven. It then says which kernels stand for it, or why nothing can.
 */
import type { Action, ActionList } from '../scenario/action-schema.js';
import type { AreaName, ClaimantProtocol } from './claimants-form.js';
import { librseqRows, selftestRows } from './claimants-librseq.js';
import { outsideRows } from './claimants-outside.js';
import { allocatorRows, applicationRows, noting, tracerRows } from './claimants-users.js';

export type { AreaName, ClaimantProtocol, ClaimRule } from './claimants-form.js';

export const claimantProtocols: readonly ClaimantProtocol[] = [
  ...librseqRows,
  ...allocatorRows,
  ...tracerRows,
  ...selftestRows,
  ...applicationRows,
  ...outsideRows,
  noting,
];

/** Every id and name, as a scenario may write them. */
export const claimantNames: readonly string[] = claimantProtocols.flatMap(({ id, name }) => [id, name]);

const byName: ReadonlyMap<string, ClaimantProtocol> = new Map(
  claimantProtocols.flatMap((protocol) => [[protocol.id, protocol] as const, [protocol.name, protocol] as const]),
);

/** The protocol of that id or name; undefined when there is none. */
export function claimantNamed(who: string): ClaimantProtocol | undefined {
  return byName.get(who);
}

/** Whether a scenario can have the claimant in one of its objects. */
export function isWoven({ actions }: ClaimantProtocol): boolean {
  return actions.act.length > 0;
}

/** Actions with `area` in place of the memory they offer; those that offer none stay as they are. */
export function offering(actions: ActionList, area: AreaName): ActionList {
  return actions.map((action) => (offersArea(action) ? { ...action, area } : action));
}

function offersArea(action: Action): action is Extract<Action, { area: AreaName }> {
  return 'area' in action && action.area !== null;
}
