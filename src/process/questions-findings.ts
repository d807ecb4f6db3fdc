/**
 * Every statement that the record derived by reading code and asked a simulator to confirm, with the worlds that decide it. What
 * is refuted is a finding, and is said so. Here the two that are decided without a program: by the kernel alone, and by a table.
 *
 * What can go wrong: a kernel run with another memory than a program's. Only the words of one area are there.
 */
import { rseqSyscall } from '../kernel/call.js';
import { contextSwitch, returnToUser } from '../kernel/refresh.js';
import { knownKernel } from '../kernel/releases.js';
import { freshTask } from '../kernel/task.js';
import { architectures, numberOfBuild, usualParameters } from './numbers.js';
import { all, type Finding } from './questions-finding-form.js';
import { patchFindings } from './questions-findings-patch.js';
import { releasedFindings } from './questions-findings-released.js';

/** What cpu_id_start reads after a context switch, where its owner had stored something else. */
function afterSwitch(kernel: string): number {
  const features = knownKernel(kernel);
  const words = [0, 0, 0, 0, 0, 0, 0, 0];
  const at = (addr: bigint) => Number((addr & 0x1fn) >> 2n);
  const memory = {
    read32: (addr: bigint) => words[at(addr)] ?? 0,
    write32(addr: bigint, value: number) {
      words[at(addr)] = value;
      return true;
    },
    read64: (addr: bigint) => BigInt(words[at(addr)] ?? 0) | (BigInt(words[at(addr) + 1] ?? 0) << 32n),
    write64(addr: bigint, value: bigint) {
      words[at(addr)] = Number(value & 0xffff_ffffn);
      words[at(addr) + 1] = Number(value >> 32n);
      return true;
    },
  };
  const { task } = rseqSyscall(features, freshTask(), memory, { addr: 0x1000n, len: 32, flags: 0, sig: 1 });
  const settled = returnToUser(features, contextSwitch(features, task), memory).task;
  words[0] = slab;
  returnToUser(features, contextSwitch(features, settled), memory);
  return words[0] ?? 0;
}

const slab = 0xc000_0000;

const rewritten: Finding = {
  id: 'D-19',
  where: 'I-33',
  asks: 'From 6.19 on the kernel no longer rewrites cpu_id_start at each event, so an owner that stores its own word there is not told.',
  trials: [],
  verdict: () => all(afterSwitch('6.18') !== slab, afterSwitch('6.19') === slab),
  answer: () =>
    `After a context switch on the same CPU the owner's word is ${afterSwitch('6.18') === slab ? 'still there' : 'overwritten'} on 6.18 and ${afterSwitch('6.19') === slab ? 'still there' : 'overwritten'} on 6.19 (run on the kernel alone).`,
};

const baseScheme: Finding = {
  id: 'D-20',
  where: '5',
  asks: 'A base with one constant for all architectures yields no number for rseq anywhere; a list is required.',
  trials: [],
  verdict: () => (byScheme().length === 0 ? 'confirmed' : 'refuted'),
  answer: () => {
    const right = rightByBase();
    return `The scheme, which serves calls with a common number only, gives a number on: ${byScheme().length === 0 ? 'none' : byScheme().join(', ')}. Applied to rseq all the same, with the constant of x86-64, the sum is right on ${right.length} of ${architectures.length} architectures (${right.join(', ')}) and another system call on the others.`;
  },
};

const rightByBase = () =>
  architectures.filter((architecture) => {
    const sum = numberOfBuild({ ...usualParameters, architecture, mode: 'base-anyway' });
    return sum !== null && sum === numberOfBuild({ ...usualParameters, architecture, mode: 'list' });
  });

const byScheme = () =>
  architectures.filter((architecture) => numberOfBuild({ ...usualParameters, architecture, mode: 'base' }) !== null);

/** In the order of the record. */
export const findings: readonly Finding[] = [...patchFindings, ...releasedFindings, rewritten, baseScheme];
