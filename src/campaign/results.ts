/**
 * The results of a campaign's units, a file each. A result that is there is done work; that is all a campaign needs to go on after
 * it was killed, and all that several machines need to share it.
 *
 * What can go wrong: a result cut short by a full disk or a careless copy, or one that belongs to another plan. The first is no
 * result and its unit is run again; the second is an error.
 */
import { join } from 'node:path';
import { readDurable, writeDurable } from './durable-file.js';
import type { UnitResult } from './kind.js';
import { type Plan, unitsFolder } from './plan.js';

const SCHEMA = 'rtldlab.campaign-unit/1';

/** A result as its file holds it. */
interface Kept {
  readonly campaign: string;
  readonly unit: number;
  readonly result: UnitResult;
}

/** What became of a unit so far. */
export type UnitState =
  | { readonly state: 'done'; readonly result: UnitResult }
  | { readonly state: 'missing' }
  /** There is a file, and it is not as it was written; `why` is a clause. */
  | { readonly state: 'damaged'; readonly why: string }
  /** The file is a result of another plan, or of another version. */
  | { readonly state: 'foreign'; readonly why: string };

/** The file of a unit's result. */
export function unitPath(folder: string, { units }: Plan, unit: number): string {
  const width = String(units - 1).length;
  return join(unitsFolder(folder), `${String(unit).padStart(width, '0')}.jsonl`);
}

/** Keep the result of a unit: whole or not at all. @throws what the system says */
export function writeResult(folder: string, plan: Plan, unit: number, result: UnitResult): void {
  const kept: Kept = { campaign: plan.id, unit, result };
  writeDurable(unitPath(folder, plan, unit), SCHEMA, [`${JSON.stringify(kept)}\n`]);
}

/** Look for the result of a unit. @throws what the system says, when a file is there and cannot be read */
export function readResult(folder: string, plan: Plan, unit: number): UnitState {
  const file = readDurable(unitPath(folder, plan, unit), SCHEMA);
  if (file.state === 'absent') return { state: 'missing' };
  if (file.state === 'damaged') return file;
  if (file.state === 'foreign') return { state: 'foreign', why: `it is ${JSON.stringify(file.schema.slice(0, 60))}` };
  const kept = JSON.parse(Buffer.concat(file.parts).toString()) as Kept;
  if (kept.campaign === plan.id && kept.unit === unit) return { state: 'done', result: kept.result };
  const of = kept.campaign === plan.id ? `unit ${kept.unit}` : `campaign ${kept.campaign.slice(0, 12)}`;
  return { state: 'foreign', why: `it is a result of ${of}` };
}

/** Numbers in order as ranges, first and last of each. */
export function rangesOf(numbers: readonly number[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const n of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges;
}
