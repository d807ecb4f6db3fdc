// Folders for campaigns of a test, and a campaign whose units are done in this process: what the tests of the floor share.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { Hand } from '../../src/campaign/hands.js';
import type { UnitResult } from '../../src/campaign/kind.js';
import { type Plan, planOf, writePlan } from '../../src/campaign/plan.js';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rtldlab-campaign-'));
  made.push(folder);
  return folder;
}

export const maker = 'a test';

/** A plan of squares in a folder of its own. */
export function squares(units: number, seed = 1): { readonly folder: string; readonly plan: Plan } {
  const folder = freshFolder();
  const plan = planOf({ maker, kind: 'squares', seed, units, parameters: {} });
  const planned = writePlan(folder, plan);
  if ('fault' in planned) throw new Error(planned.fault.message);
  return { folder, plan };
}

export function square(unit: number): UnitResult {
  return { outcome: unit === 3 ? 'unexpected' : 'asExpected', says: `the square of ${unit}`, found: unit * unit };
}

/** Hands that do `work`, which may throw; `dismissed` counts those sent home. */
export function hands(work: (unit: number) => UnitResult | Promise<UnitResult> = square) {
  const told = { hired: 0, dismissed: 0 };
  const hand = (): Hand => {
    told.hired++;
    return {
      unit: async (unit) => work(unit),
      dismiss: async () => {
        told.dismissed++;
      },
    };
  };
  return { hand, told };
}
