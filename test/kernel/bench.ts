/**
 * A bench for single tasks and short scripts: one task with one filled page, and the words of the field for what is done to it.
 */
import type { CaseResult, KernelFeatures, Op, OpResult, RseqTask, SlotName } from '../../src/kernel/index.js';
import { freshTask, knownKernel, rseqSyscall, runKernelCase } from '../../src/kernel/index.js';
import { AddressSpace } from '../../src/kernel/script-memory.js';

/** The signature of libc. */
export const S = 0x5305_3053;

/** r(addr, len, flags, sig) of a script. */
export const r = (slot: SlotName, len: number | bigint = 32, flags: number | bigint = 0, sig = S, off = 0): Op => ({
  op: 'rseq',
  slot,
  off,
  len: BigInt(len),
  flags: BigInt(flags),
  sig: BigInt(sig),
});

export const plain = (op: 'sleep' | 'yield' | 'signal' | 'getcpu' | 'query' | 'execfail' | 'nop'): Op => ({ op });

export const poke = (
  slot: SlotName,
  field: 'cpu_id_start' | 'cpu_id' | 'flags' | 'node_id' | 'mm_cid',
  value: number,
): Op => ({
  op: 'poke',
  slot,
  off: 0,
  field,
  value: BigInt(value),
});

export const pokePointer = (slot: SlotName, value: 'null' | 'kernel' | 'unmapped' | 'sentinel'): Op => ({
  op: 'poke',
  slot,
  off: 0,
  field: 'rseq_cs',
  value,
});

/** Run a script on a kernel. */
export function run(kernel: string, ops: readonly Op[], glibcRseq = false): CaseResult {
  return runKernelCase({ id: 'bench', glibcRseq, ops }, knownKernel(kernel));
}

/** A result in one word: the value, the errno, `killed`, or null. */
export function word(result: OpResult | null | undefined): number | string | null {
  if (result === null || result === undefined) return null;
  if (result.killed === true) return 'killed';
  return result.err ?? result.ret ?? 'exec';
}

/** What each operation of a script came to, in one word each. */
export const words = (kernel: string, ops: readonly Op[], glibcRseq = false): readonly (number | string | null)[] =>
  run(kernel, ops, glibcRseq).results.map(word);

/** The area `name` as the last reached operation saw it. */
export function lastArea(result: CaseResult, name: string): readonly unknown[] | string | undefined {
  return result.results
    .map((each) => each?.areas?.[name])
    .filter((area) => area !== undefined)
    .at(-1);
}

/** The address of the bench's page. */
export const page = 0x2000_0000n;

/** An address space with one filled page. */
export function onePage(prot: 'none' | 'r' | 'rw' = 'rw'): AddressSpace {
  const space = new AddressSpace();
  space.map(page, { prot });
  return space;
}

/** A task that has registered the bench's page. */
export function registered(features: KernelFeatures, memory: AddressSpace, len = 32): RseqTask {
  const { task, outcome } = rseqSyscall(features, freshTask({ cpu: 1, node: 0, cid: 0 }), memory, {
    addr: page,
    len,
    flags: 0,
    sig: S,
  });
  if (!('ret' in outcome)) throw new Error(`bench: the registration was refused: ${JSON.stringify(outcome)}`);
  return task;
}

/** The four ids of the bench's area, then `rseq_cs` and `flags`. */
export function areaWords(memory: AddressSpace): readonly (number | bigint | null)[] {
  return [
    memory.read32(page),
    memory.read32(page + 4n),
    memory.read32(page + 20n),
    memory.read32(page + 24n),
    memory.read64(page + 8n),
    memory.read32(page + 16n),
  ];
}
