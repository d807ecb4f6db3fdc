/** What SIGSEGV finds when it comes between a signal and its handler: found where the model and a running kernel parted. */
import { describe, expect, test } from '@jest/globals';
import { knownKernel, type Op, runKernelCase } from '../../src/kernel/index.js';
import type { DescriptorName, SegvMode } from '../../src/kernel/script-format.js';

const kernel = knownKernel('6.18');
const register: Op = { op: 'rseq', slot: 'A', off: 0, len: 32n, flags: 0n, sig: 0x53053053n };

/** A signal inside a section with this descriptor, under this disposition of SIGSEGV: the section's outcome and the end. */
function signalled(desc: DescriptorName, mode: SegvMode, event: 'signal' | 'alarm' | 'sleep' = 'signal') {
  const ops: readonly Op[] = [register, { op: 'segvh', mode }, { op: 'cs', slot: 'A', off: 0, desc, event }];
  const { results, end, segv_handler_runs } = runKernelCase({ id: 'one', glibcRseq: false, ops }, kernel);
  return [results[2]?.ret ?? 'killed', end, segv_handler_runs];
}

describe('a refresh that fails as a signal is delivered', () => {
  test('is over by the time SIGSEGV is, where only the place inside the section was wrong', () => {
    expect(signalled('in_flags1', 'return')).toEqual(['commit', 'exit 0', 1]);
    expect(signalled('in_flags1', 'return', 'alarm')).toEqual(['commit', 'exit 0', 1]);
    expect(signalled('in_flags1', 'exit_nodefer')).toEqual(['killed', 'exit 77', 1]);
  });

  test('fails again where the descriptor is bad wherever the task is', () => {
    expect(signalled('in_version1', 'return')).toEqual(['killed', 'signal SIGSEGV', 1]);
    expect(signalled('in_version1', 'exit_nodefer')).toEqual(['killed', 'signal SIGSEGV', 0]);
  });

  test('fails again without a signal in between: the task is still inside', () => {
    expect(signalled('in_flags1', 'return', 'sleep')).toEqual(['killed', 'signal SIGSEGV', 1]);
  });
});
