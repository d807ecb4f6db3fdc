/**
 * The floors of the house and the arrows each may draw. An arrow points down: a floor never imports what stands on it. Where
 * a lower floor must reach an upper one (exit runs the loader's finalisers) it pushes a frame by name, and `process` holds
 * the table of names.
 */
import { type Arrow, arrows, type Source } from './reading.js';

interface Floor {
  /** Floors it may import as code. */
  readonly uses: readonly string[];
  /** Floors it may name in types only, on top of those; the types of `explore` are open to all. */
  readonly names?: readonly string[];
}

const toProcess = ['explore', 'scenario', 'machine', 'kernel', 'rseq', 'libc', 'loader', 'process'];
const toReport = [...toProcess, 'campaign', 'elf', 'real', 'report'];
const toHunt = [...toReport, 'arbitraries', 'hunt'];
const toUnits = [...toHunt, 'units'];

/** Lowest first. `index` is `src/index.ts`, the library's entry. */
export const floors: ReadonlyMap<string, Floor> = new Map<string, Floor>([
  ['explore', { uses: [] }],
  ['scenario', { uses: [] }],
  ['campaign', { uses: [] }],
  ['machine', { uses: ['explore'] }],
  ['kernel', { uses: ['explore', 'machine'] }],
  ['rseq', { uses: [], names: ['scenario', 'machine', 'kernel'] }],
  ['libc', { uses: ['scenario', 'machine', 'kernel', 'rseq'] }],
  ['loader', { uses: ['scenario', 'machine', 'kernel', 'rseq', 'libc'] }],
  ['process', { uses: toProcess }],
  ['elf', { uses: toProcess }],
  ['real', { uses: [...toProcess, 'campaign', 'elf'] }],
  ['report', { uses: [...toProcess, 'elf', 'real'] }],
  ['arbitraries', { uses: toReport }],
  ['hunt', { uses: [...toReport, 'arbitraries'] }],
  ['units', { uses: toHunt }],
  ['cli', { uses: toUnits }],
  ['index', { uses: [...toUnits, 'cli'] }],
  ['bench', { uses: [...toUnits, 'cli', 'index'] }],
]);

/** The floors that are the model: no clock, no chance, no environment, no files. */
export const modelFloors: ReadonlySet<string> = new Set(toProcess);

/** The floor of a path such as `src/kernel/rseq.ts`; `undefined` outside the house. */
export function floorOf(path: string): string | undefined {
  const [house, next] = path.split('/');
  return house === 'src' ? next?.replace(/\.(ts|js)$/, '') : undefined;
}

/** What is wrong with the imports of one file, a sentence each; empty when all arrows point down. */
export function arrowsUp(file: Source): string[] {
  const from = floorOf(file.path) ?? '';
  const floor = floors.get(from);
  if (floor === undefined) return [`${file.path} stands on no floor of test/house/floors.ts`];
  return arrows(file)
    .filter((each) => each.relative && !mayPoint(from, floor, each))
    .map(
      (each) => `${file.path} imports ${each.to}: ${from} must not ${each.typeOnly ? 'name' : 'use'} ${place(each)}`,
    );
}

function mayPoint(from: string, floor: Floor, arrow: Arrow): boolean {
  const to = floorOf(arrow.to);
  if (to === undefined) return false;
  if (to === from || floor.uses.includes(to)) return true;
  return arrow.typeOnly && (to === 'explore' || (floor.names ?? []).includes(to));
}

function place(arrow: Arrow): string {
  return floorOf(arrow.to) ?? 'what lies outside src';
}
