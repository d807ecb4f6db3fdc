/**
 * What a claimant remembers: its variables in the data of its object, a note and a count in each thread's thread-local storage. Stands
 * for the static and `__thread` variables of librseq and tcmalloc.
 *
 * What can go wrong: a note that is looked at before its object is relocated. The offset of the variable is still zero then, and what
 * is read is the thread's control block.
 */
import { imagesOf } from '../libc/memory.js';
import { programOf } from '../libc/program.js';
import { libcArea } from '../libc/rseq-registration.js';
import { taskOf, tcbOf } from '../libc/state.js';
import { areaAddress } from '../libc/syscalls.js';
import { libcFor } from '../loader/rtld.js';
import type { Cpu } from '../machine/cpu.js';
import { type ClaimRule, claimantNamed } from '../rseq/claimants.js';
import type { Action } from '../scenario/action-schema.js';
import { sayOf } from './actions.js';
import { type AreaName, imageOf, mapOf, symbolTarget } from './place.js';

/** The call of one step of a claimant, by code of `map`. */
export interface ClaimantFrame {
  map: number;
  who: string;
  step: Extract<Action, { op: 'claimant' }>['step'];
  area: AreaName;
  /** What its call answered, until it has been looked at. */
  answer?: string;
}

type Variable = 'decided' | 'owner' | 'lock' | 'worked' | 'slow';

export const read = (cpu: Cpu, { map, who }: ClaimantFrame, name: Variable): number =>
  cpu.read(imagesOf).images[map]?.claims[`${who} ${name}`] ?? 0;

export function write(cpu: Cpu, { map, who }: ClaimantFrame, name: Variable, value: number): void {
  imageOf(cpu, map).claims[`${who} ${name}`] = value;
}

export function ruleOf({ who }: ClaimantFrame): ClaimRule {
  const rule = claimantNamed(who)?.rule;
  if (rule === undefined) throw new Error(`invariant: claimant ${who} has no rule`);
  return rule;
}

export const tell = (cpu: Cpu, ctx: ClaimantFrame, result: string) =>
  sayOf(cpu, ctx.map, 'claimant', `${ctx.who} ${ctx.step}`, result);

/** The note that this claimant's own call registered the acting thread. */
export const ownNote = ({ map, who }: ClaimantFrame) => `own:${map}:${who}`;

/** Whether it finds its note set. Before its object is relocated it looks at the thread's control block instead, which is not zero. */
export function hasOwnNote(cpu: Cpu, ctx: ClaimantFrame): boolean {
  const { file, pltState } = mapOf(cpu, ctx.map);
  return cpu.read(tcbOf).marks[ownNote(ctx)] === true || (pltState === 'mapped' && file !== 'exe');
}

/** Where the count of users of the acting thread stands: in the object's own area, or under a name that objects share. */
export function countNote(cpu: Cpu, ctx: ClaimantFrame): string {
  if (ruleOf(ctx).asks === 'own-count') return `count:${ctx.map}:${ctx.who}`;
  return `count:${symbolTarget(cpu, ctx.map, '__rseq_abi') ?? ctx.map}:__rseq_refcount`;
}

export const counts = ({ asks }: ClaimRule) => asks === 'own-count' || asks === 'shared-count';

export function countOf(cpu: Cpu, ctx: ClaimantFrame): number {
  const own = Number(cpu.read(tcbOf).marks[countNote(cpu, ctx)] ?? 0);
  return ruleOf(ctx).asks === 'shared-count' && libcCounts(cpu, ctx.map) ? own + 1 : own;
}

/** The libc of v4 is a user like others: it raised the shared count where it registered. */
function libcCounts(cpu: Cpu, map: number): boolean {
  if (programOf(cpu).rseq.atThreadEnd !== 'counts-again') return false;
  const { isMain, hasRseq } = cpu.read(tcbOf);
  return hasRseq || (isMain && libcAreaWorks(cpu, libcFor(cpu, map)));
}

function libcAreaWorks(cpu: Cpu, libc: number): boolean {
  const key = libcArea(cpu, libc);
  const { slot } = cpu.read(taskOf);
  return key !== null && slot !== null && slot.area === areaAddress(cpu, key);
}

export function count(cpu: Cpu, ctx: ClaimantFrame, by: 1 | -1): void {
  const { marks } = cpu.edit(tcbOf);
  const note = countNote(cpu, ctx);
  marks[note] = Math.max(0, Number(marks[note] ?? 0) + by);
}
