/**
 * Smaller versions of a script: without an operation, with a child's operations in place of the child, with plainer arguments. A
 * divergence is shown in the smallest script that still has it.
 *
 * What can go wrong: a script that means something else. Each smaller one is a script of the format, and is judged anew.
 */
import type { KernelFeatures } from '../kernel/features.js';
import type { KernelCase, Op } from '../kernel/script-format.js';
import { signature } from '../kernel/script-image.js';
import { judgeScript, type KernelTold, type ScriptPlayer } from './kernel-judge.js';

/** Plainer versions of one operation, the plainest first. */
function plainer(op: Op): readonly Op[] {
  switch (op.op) {
    case 'rseq':
      return [
        { ...op, len: 32n },
        { ...op, flags: 0n },
        { ...op, flags: 1n },
        { ...op, sig: BigInt(signature) },
        { ...op, off: 0 },
      ];
    case 'poke':
      return [{ ...op, off: 0 }, ...(typeof op.value === 'bigint' ? [{ ...op, value: 7n }] : [])];
    case 'cs':
      return [
        { ...op, off: 0 },
        { ...op, event: 'none' },
        { ...op, desc: 'in' },
      ];
    case 'clone':
      return op.kind === 'fork' ? [] : [{ ...op, kind: 'fork' }];
    default:
      return [];
  }
}

const sameOp = (a: Op, b: Op): boolean =>
  Object.entries(a).every(([name, value]) => Object.entries(b).some(([other, its]) => other === name && its === value));

/** A list without one of its operations, or with one changed; deeper lists likewise. */
function smallerLists(ops: readonly Op[]): readonly (readonly Op[])[] {
  const put = (i: number, ...instead: readonly Op[]) => [...ops.slice(0, i), ...instead, ...ops.slice(i + 1)];
  const dropped = ops.map((_, i) => put(i));
  const lifted = ops.flatMap((op, i) => ('ops' in op ? [put(i, ...op.ops)] : []));
  const deeper = ops.flatMap((op, i) =>
    'ops' in op ? smallerLists(op.ops).map((inner) => put(i, { ...op, ops: inner })) : [],
  );
  const changed = ops.flatMap((op, i) =>
    plainer(op)
      .filter((each) => !sameOp(op, each))
      .map((each) => put(i, each)),
  );
  return [...dropped, ...lifted, ...deeper, ...changed];
}

/** Nothing runs after exec, at any level. */
function wellFormed(ops: readonly Op[]): boolean {
  return ops.every((op, i) => (op.op !== 'exec' || i === ops.length - 1) && (!('ops' in op) || wellFormed(op.ops)));
}

/** Scripts one step smaller than this one, the largest steps first. */
export function smallerScripts(script: KernelCase): readonly KernelCase[] {
  const quieter = script.glibcRseq ? [{ ...script, glibcRseq: false }] : [];
  const lists = smallerLists(script.ops).filter(wellFormed);
  return [...quieter, ...lists.map((ops) => ({ ...script, ops }))];
}

/** The answer to a script that is different. */
export type KernelDivergence = Extract<KernelTold, { readonly outcome: 'different' }>;

/** Most scripts that shrinking judges. */
const TRIES_MAX = 600;

/** The smallest script found that kernel and model still answer differently, each time for sure. */
export async function shrinkScript(
  player: ScriptPlayer,
  script: KernelCase,
  told: KernelDivergence,
  features: KernelFeatures,
): Promise<{ readonly script: KernelCase; readonly told: KernelDivergence }> {
  let smallest = { script, told };
  let tries = 0;
  for (let found = true; found && tries < TRIES_MAX; ) {
    found = false;
    for (const candidate of smallerScripts(smallest.script)) {
      if (tries++ >= TRIES_MAX) break;
      const answer = await judgeScript(player, candidate, features);
      if (answer.outcome !== 'different') continue;
      smallest = { script: candidate, told: answer };
      found = true;
      break;
    }
  }
  return smallest;
}
