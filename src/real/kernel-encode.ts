/**
 * A script as the driver reads it: one line of numbers; or why the driver must not play it. It stands for nothing in Linux.
 *
 * What can go wrong: a script that harms the program that plays it. `G` lies in libc's own memory: at any other offset than 0 a
 * store there would change what libc keeps beside its area, and the run would say nothing about the kernel.
 */
import {
  cloneKinds,
  descriptorNames,
  type FilterAction,
  filterActions,
  type KernelCase,
  type Op,
  protections,
  sectionEvents,
  segvModes,
  slotNames,
} from '../kernel/script-format.js';
import { fieldOffset, pointerValue } from '../kernel/script-image.js';
import { areasNamed } from '../kernel/script-run.js';
import { driverRoom } from './kernel-c-memory.js';
import { driverOperations } from './kernel-c-tasks.js';

/** Slot, offset and three numbers. */
type Operands = readonly [slot: number, off: number, x: bigint | number, y: bigint | number, z: bigint | number];

const nowhere = (x: bigint | number = 0, y: bigint | number = 0): Operands => [0, 0, x, y, 0];

const slotNumber = (slot: (typeof slotNames)[number]): number => slotNames.indexOf(slot);
const filterNumber = (action: FilterAction): number => filterActions.indexOf(action);

function operands(op: Op): Operands {
  switch (op.op) {
    case 'rseq':
      return [slotNumber(op.slot), op.off, op.len, op.flags, op.sig];
    case 'poke': {
      const value = typeof op.value === 'bigint' ? op.value : pointerValue[op.value];
      return [slotNumber(op.slot), op.off, fieldOffset[op.field], value, 0];
    }
    case 'cs':
      return [slotNumber(op.slot), op.off, descriptorNames.indexOf(op.desc), sectionEvents.indexOf(op.event), 0];
    case 'munmap':
    case 'remap':
      return [slotNumber(op.slot), 0, 0, 0, 0];
    case 'mprotect':
      return [slotNumber(op.slot), 0, protections.indexOf(op.prot), 0, 0];
    case 'pin':
      return nowhere(op.cpu);
    case 'segvh':
      return nowhere(segvModes.indexOf(op.mode));
    case 'seccomp':
      return nowhere(filterNumber(op.action));
    case 'clone':
      return nowhere(cloneKinds.indexOf(op.kind));
    default:
      return nowhere();
  }
}

const nestedOf = (op: Op): readonly Op[] => ('ops' in op ? op.ops : []);

function encodeOp(op: Op): string {
  const nested = nestedOf(op);
  return [driverOperations.indexOf(op.op), ...operands(op), nested.length, ...nested.map(encodeOp)].join(' ');
}

/** A script as one line. Only for scripts of which `whyNotPlayed` has nothing to say. */
export function encodeScript(script: KernelCase): string {
  const areas = areasNamed(script.ops).flatMap(({ slot, off }) => [slotNumber(slot), off]);
  const head = [script.glibcRseq ? 1 : 0, areas.length / 2, ...areas];
  return [...head, script.ops.length, ...script.ops.map(encodeOp)].join(' ');
}

/** Every operation of a script with how deep it is nested, from 0. */
export function everyOp(ops: readonly Op[], depth = 0): readonly { readonly op: Op; readonly depth: number }[] {
  return ops.flatMap((op) => [{ op, depth }, ...everyOp(nestedOf(op), depth + 1)]);
}

/** A store of the script or of the kernel that would hit what libc keeps beside its area. */
function hitsLibc(op: Op): boolean {
  if (!('off' in op) || op.slot !== 'G' || op.off === 0) return false;
  return op.op !== 'rseq' || op.off % 32 === 0;
}

/** Why a script is not played on a real kernel; undefined when it is. */
export function whyNotPlayed(script: KernelCase, libcArea: boolean): string | undefined {
  const all = everyOp(script.ops);
  if (all.length > driverRoom.ops) return `it has ${all.length} operations; the driver holds ${driverRoom.ops}`;
  if (all.some(({ depth }) => depth >= driverRoom.depth)) return `it is nested deeper than ${driverRoom.depth} levels`;
  const areas = areasNamed(script.ops).length;
  if (areas > driverRoom.areas) return `it names ${areas} areas; the driver shows ${driverRoom.areas}`;
  if (all.some(({ op }) => hitsLibc(op))) return "it stores beside libc's own area (G at another offset than 0)";
  if (libcArea) return undefined;
  const ofLibc = all.some(
    ({ op }) => ('slot' in op && op.slot === 'G') || (op.op === 'clone' && op.kind === 'pthread'),
  );
  return ofLibc || script.glibcRseq
    ? 'the libc here has no area of its own (glibc before 2.35, or another libc)'
    : undefined;
}
