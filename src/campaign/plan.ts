/**
 * The plan of a campaign: its kind, its parameters, its seed and how many units it has, in a file that makes sense by itself on
 * every machine. It stands for the job script of a batch system.
 *
 * What can go wrong: results of two plans in one folder. A plan is known by the hash of what it says, every result names it, and
 * nothing is taken from another.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './durable-file.js';
import { makeFolder } from './folder.js';

const SCHEMA = 'rtldlab.campaign/1';
/** Most units of a campaign; each is a file. */
export const UNITS_MAX = 1_000_000;

/** What a plan says. */
export interface PlanText {
  readonly schema: typeof SCHEMA;
  /** The program and version that made it: another one may give other results. */
  readonly maker: string;
  readonly kind: string;
  readonly seed: number;
  readonly units: number;
  /** What its kind wants to know; plain data. */
  readonly parameters: unknown;
}

/** A plan, known by the SHA-256 of what it says. */
export interface Plan extends PlanText {
  readonly id: string;
}

/** What is wrong with a folder or its plan. */
export interface PlanFault {
  readonly kind: 'none' | 'version' | 'damaged' | 'another' | 'system';
  /** A sentence without a full stop. */
  readonly message: string;
  readonly expected: string;
}

/** A campaign in its folder, or what is wrong instead. */
export type Planned = { readonly plan: Plan } | { readonly fault: PlanFault };

function idOf({ schema, maker, kind, seed, units, parameters }: PlanText): string {
  const said = JSON.stringify({ schema, maker, kind, seed, units, parameters });
  return createHash('sha256').update(said).digest('hex');
}

/** A plan of what it is to say. @throws when it has no unit, or too many */
export function planOf(text: Omit<PlanText, 'schema'>): Plan {
  if (!Number.isInteger(text.units) || text.units < 1 || text.units > UNITS_MAX) {
    throw new Error(`invariant: a plan of ${text.units} units`);
  }
  const said: PlanText = { schema: SCHEMA, ...text };
  return { ...said, id: idOf(said) };
}

/** Where a campaign's plan lies. */
function planPath(folder: string): string {
  return join(folder, 'plan.json');
}

/** Where the results of its units lie. */
export function unitsFolder(folder: string): string {
  return join(folder, 'units');
}

const fault = (kind: PlanFault['kind'], message: string, expected: string): { readonly fault: PlanFault } => ({
  fault: { kind, message, expected },
});

function isPlan(value: object): value is Plan {
  const { maker, kind, seed, units, id } = value as Partial<Record<keyof Plan, unknown>>;
  const words = [maker, kind, id].every((each) => typeof each === 'string');
  const counts = [seed, units].every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
  return words && counts && 'parameters' in value;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function judged(path: string, maker: string): Planned {
  const whole = 'a plan as `campaign plan` wrote it';
  const name = JSON.stringify(path);
  const value = parsed(path);
  if (typeof value !== 'object' || value === null) return fault('damaged', `${name} holds no plan`, whole);
  const { schema } = value as { schema?: unknown };
  if (schema !== SCHEMA) {
    const what = typeof schema === 'string' ? schema.slice(0, 60) : 'something else';
    return fault('version', `${name} is ${JSON.stringify(what)}`, `a plan in the form ${SCHEMA}`);
  }
  if (!isPlan(value)) return fault('damaged', `${name} holds no whole plan`, whole);
  if (value.maker !== maker) {
    const message = `${name} was planned by ${JSON.stringify(value.maker.slice(0, 60))}, this is ${maker}`;
    return fault('version', message, 'the same version for all units, or the campaign planned anew in another folder');
  }
  if (value.id !== idOf(value)) return fault('damaged', `${name} is not as it was planned`, whole);
  return { plan: value };
}

function systemFault(folder: string, error: unknown) {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return fault('system', `${JSON.stringify(folder)} cannot be used: ${code}`, 'a folder that you may write to');
}

/**
 * Read the plan in a folder.
 *
 * @param maker the program that asks, with its version
 */
export function readPlan(folder: string, maker: string): Planned {
  const path = planPath(folder);
  try {
    if (existsSync(path)) return judged(path, maker);
    return fault('none', `there is no campaign in ${JSON.stringify(folder)}`, 'a folder that `campaign plan` made');
  } catch (error) {
    return systemFault(folder, error);
  }
}

/**
 * Put a plan in a folder, which is made when it is not there. The same plan again changes nothing, so an interrupted script can
 * be started over.
 */
export function writePlan(folder: string, plan: Plan): Planned {
  const before = readPlan(folder, plan.maker);
  if ('plan' in before && before.plan.id !== plan.id) {
    const message = `${JSON.stringify(folder)} holds another campaign: ${before.plan.kind}, ${before.plan.units} units`;
    return fault('another', message, 'a folder of its own for each plan');
  }
  if ('fault' in before && before.fault.kind !== 'none') return before;
  try {
    makeFolder(unitsFolder(folder));
    if ('fault' in before) replaceFile(planPath(folder), [Buffer.from(`${JSON.stringify(plan, null, 2)}\n`)]);
    return { plan };
  } catch (error) {
    return systemFault(folder, error);
  }
}
