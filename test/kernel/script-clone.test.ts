/** What becomes of a creator while it makes a child: found where the model and a running kernel parted. */
import { describe, expect, test } from '@jest/globals';
import { type CloneOp, knownKernel, type Op, runKernelCase } from '../../src/kernel/index.js';

const kernel = knownKernel('6.18');
const register: Op = { op: 'rseq', slot: 'A', off: 0, len: 32n, flags: 0n, sig: 1n };
const spoil: Op = { op: 'poke', slot: 'A', off: 0, field: 'rseq_cs', value: 'kernel' };
const handle: Op = { op: 'segvh', mode: 'return' };
const play = (...ops: readonly Op[]) => runKernelCase({ id: 'one', glibcRseq: false, ops }, kernel);
const child = (kind: CloneOp['kind'], ...ops: readonly Op[]): Op => ({ op: 'clone', kind, ops });

describe('a creator whose area has gone bad', () => {
  test('has its SIGSEGV handler run once when it waited for a forked child', () => {
    const seen = play(register, spoil, handle, child('vm'));
    expect([seen.end, seen.segv_handler_runs]).toEqual(['signal SIGSEGV', 1]);
  });

  test('is killed inside posix_spawn without it, for libc has all signals blocked there', () => {
    const seen = play(register, spoil, handle, child('spawn', { op: 'getcpu' }));
    expect([seen.end, seen.segv_handler_runs]).toEqual(['signal SIGSEGV', 0]);
    expect(seen.results[3]).toMatchObject({ killed: true, child: [{ ret: 1 }] });
  });

  test('posix_spawn leaves the signals of a creator that comes back as they were', () => {
    const seen = play(register, handle, child('spawn'), spoil, { op: 'sleep' });
    expect([seen.end, seen.segv_handler_runs]).toEqual(['signal SIGSEGV', 1]);
  });
});

describe('a thread that gets the stack of one before it', () => {
  const left: Op = { op: 'poke', slot: 'G', off: 0, field: 'flags', value: 7n };
  const flagsSeen = (glibcRseq: boolean) => {
    const ops = [child('pthread', left), child('pthread', { op: 'nop' })];
    return JSON.stringify(runKernelCase({ id: 'one', glibcRseq, ops }, kernel).results[1]?.child);
  };

  test('does not find what that one left in the area, where libc registers', () => {
    expect(flagsSeen(true)).toContain('"G+0":[1,1,"null",0,0,"cid"]');
  });

  test('finds it where libc does not', () => {
    expect(flagsSeen(false)).toContain('"null",7,');
  });
});
