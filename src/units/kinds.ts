/**
 * The kinds of campaign by name, each loaded when a unit of it is to be done. It stands for the table of programs that a batch
 * system may start.
 *
 * What can go wrong: a process that only reads a plan paying for the whole model. Nothing is imported here before it is needed.
 */
import type { Kind } from '../campaign/kind.js';

const loaders = {
  check: async (): Promise<Kind> => (await import('./judge-unit.js')).judgeUnits,
  explore: async (): Promise<Kind> => (await import('./judge-unit.js')).judgeUnits,
  hunt: async (): Promise<Kind> => (await import('./hunt-unit.js')).huntUnits,
  real: async (): Promise<Kind> => (await import('./real-unit.js')).realUnits,
  split: async (): Promise<Kind> => (await import('./split-unit.js')).splitUnits,
  walk: async (): Promise<Kind> => (await import('./walk-unit.js')).walkUnits,
} as const satisfies Readonly<Record<string, () => Promise<Kind>>>;

/** The name of a kind of campaign. */
export type KindName = keyof typeof loaders;

/** All kinds, by the alphabet. */
export const kindNames: readonly KindName[] = Object.keys(loaders) as KindName[];

/** Whether a kind is called so. */
export function isKindName(name: string): name is KindName {
  return Object.hasOwn(loaders, name);
}

/** The kind of this name. @throws when there is none */
export function kindNamed(name: string): Promise<Kind> {
  if (!isKindName(name)) throw new Error(`invariant: no kind of campaign is called ${JSON.stringify(name)}`);
  return loaders[name]();
}
