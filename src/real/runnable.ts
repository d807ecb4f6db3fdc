/**
 * Which described programs a real glibc can be asked about, and why not the others.
 *
 * What can go wrong: silence. A world that cannot be run is named with its reason, never counted as passed.
 */
import type { World, WorldObject } from '../scenario/world-schema.js';
import { undefinedSymbols } from './c-source.js';

/** Whether an executable calls other objects and has no needed one among them: there is no file to take the symbols from. */
function callsIntoNothing(exe: WorldObject): boolean {
  return (exe.needed ?? []).length === 0 && undefinedSymbols(exe).length > 0;
}

/** Why a world cannot be run on the installed glibc; undefined when it can. */
export function whyNotReal(world: World): string | undefined {
  if (world.link_with !== undefined) return `it is linked against glibc ${world.link_with}, which is not here`;
  const text = JSON.stringify(world);
  if (text.includes('"handled":"copy"')) return 'it needs an ld.so that defines __rseq_handled';
  if (text.includes('"op":"start"')) return 'its threads run side by side, and any order may be seen';
  if (callsIntoNothing(world.exe)) return 'its executable needs no object and calls one: the symbol has no place';
  return undefined;
}
