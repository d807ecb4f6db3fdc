/** One test for each row of the time line: what could be seen before it and what can be seen from it on. */
import { describe, expect, test } from '@jest/globals';
import {
  auxv,
  contextSwitch,
  freshTask,
  knownKernel,
  returnToUser,
  rseqConfiguration,
  rseqSyscall,
  sliceExtensionPrctl,
  slicePrctl,
  timeLine,
} from '../../src/kernel/index.js';
import {
  areaWords,
  lastArea,
  onePage,
  page,
  plain,
  poke,
  pokePointer,
  r,
  registered,
  run,
  S,
  word,
  words,
} from './bench.js';

const tested: string[] = [];

/** A row's test; every row of the table must have one. */
function row(release: string, change: string, body: () => void): void {
  tested.push(release);
  test(`${release}: ${change}`, body);
}

const vmChildRegisters = { op: 'clone', kind: 'vm', ops: [r('A')] } as const;

describe('the time line', () => {
  row('4.17', 'before the call, every argument gives ENOSYS', () => {
    expect(words('4.17', [r('A'), r('N', 16, 3), r('K')])).toEqual(['ENOSYS', 'ENOSYS', 'ENOSYS']);
  });

  row('4.18', 'the call; 32 bytes and 32-aligned only; other unregister bits ignored; only CLONE_THREAD clears', () => {
    const ops = [r('A', 33), r('A', 64), r('A', 32, 0, S, 16), r('A'), r('A', 32, 3)];
    expect(words('4.18', ops)).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 0, 0]);
    const children = run('4.18', [r('A'), vmChildRegisters, { op: 'clone', kind: 'thread', ops: [r('A')] }]).results;
    expect(children.slice(1).map((c) => word(c?.child?.[0]))).toEqual(['EBUSY', 0]);
  });

  row('5.2', 'the length is no longer stored: nothing can be seen', () => {
    const ops = [r('A'), r('A', 33), r('A', 33, 1), r('A'), r('A', 32, 1)];
    expect(words('5.1', ops)).toEqual(words('5.2', ops));
    expect(words('5.2', ops)).toEqual([0, 'EINVAL', 'EINVAL', 'EBUSY', 0]);
  });

  row('5.5', 'every CLONE_VM child starts unregistered; unregistration with other bits is EINVAL', () => {
    expect(words('5.4', [r('A'), r('A', 32, 0xffff_ffff)])).toEqual([0, 0]);
    expect(words('5.5', [r('A'), r('A', 32, 0xffff_ffff)])).toEqual([0, 'EINVAL']);
    const vmChild = (kernel: string) => word(run(kernel, [r('A'), vmChildRegisters]).results[1]?.child?.[0]);
    expect([vmChild('5.4'), vmChild('5.5')]).toEqual(['EBUSY', 0]);
  });

  row('5.13', 'a tracer can ask; an unregistered task reports length 32', () => {
    expect(rseqConfiguration(knownKernel('5.12'), freshTask())).toEqual({ err: 'EIO' });
    expect(rseqConfiguration(knownKernel('5.13'), freshTask())).toMatchObject({ configuration: { addr: 0n, len: 32 } });
  });

  row('6.0', 'flags that were honoured or ignored kill inside a section', () => {
    const unknownFlag = [
      r('A'),
      poke('A', 'flags', 4096),
      { op: 'cs', slot: 'A', off: 0, desc: 'in', event: 'sleep' },
    ] as const;
    expect(words('5.19', unknownFlag)).toEqual([0, 0, 'abort']);
    expect(words('6.0', unknownFlag)).toEqual([0, 0, 'killed']);
    const noRestart = [
      r('A'),
      poke('A', 'flags', 7),
      { op: 'cs', slot: 'A', off: 0, desc: 'in', event: 'signal' },
    ] as const;
    expect(words('5.19', noRestart)).toEqual([0, 0, 'commit']);
    const signalAlone = [
      r('A'),
      poke('A', 'flags', 2),
      { op: 'cs', slot: 'A', off: 0, desc: 'in', event: 'signal' },
    ] as const;
    expect(words('5.19', signalAlone)).toEqual([0, 0, 'killed']);
  });

  row('6.3', 'node and concurrency id; longer areas; auxiliary vector; length 0 for an unregistered task', () => {
    expect(lastArea(run('6.2', [r('A')]), 'A+0')).toEqual([1, 1, 'null', 0, 'untouched', 'untouched']);
    expect(lastArea(run('6.3', [r('A')]), 'A+0')).toEqual([1, 1, 'null', 0, 0, 'cid']);
    expect([words('6.2', [r('A', 33)]), words('6.3', [r('A', 33)])]).toEqual([['EINVAL'], [0]]);
    expect(auxv(knownKernel('6.2'))).toEqual([]);
    expect(auxv(knownKernel('6.3')).map((e) => [e.type, e.value])).toEqual([
      [27, 28],
      [28, 32],
    ]);
    expect(rseqConfiguration(knownKernel('6.3'), freshTask())).toMatchObject({ configuration: { len: 0 } });
  });

  row('6.14', 'the debug option reports changed fields; to 6.18 that kills nobody', () => {
    const ops = [r('A'), poke('A', 'cpu_id', 7), plain('sleep')];
    expect(words('6.14+debug', ops)).toEqual(words('6.13+debug', ops));
    expect(knownKernel('6.14+debug').debug).not.toBe(knownKernel('6.13+debug').debug);
  });

  row('6.15', 'registration reads and clears rseq_cs: NULL and unmapped become EFAULT', () => {
    expect([words('6.14', [r('N')]), words('6.15', [r('N')])]).toEqual([[0], ['EFAULT']]);
    expect([words('6.14', [r('U')]), words('6.15', [r('U')])]).toEqual([['killed'], ['EFAULT']]);
    const stale = [pokePointer('A', 'sentinel'), r('A')];
    expect([words('6.14', stale), words('6.15', stale)]).toEqual([
      [0, 'killed'],
      [0, 0],
    ]);
    expect(words('6.1.146', stale)).toEqual([0, 0]);
  });

  row('6.19', 'fewer stores, fewer checks', () => {
    const poked = [r('A'), poke('A', 'cpu_id', 7), plain('sleep')];
    expect(lastArea(run('6.18', poked), 'A+0')?.slice(0, 2)).toEqual([1, 1]);
    expect(lastArea(run('6.19', poked), 'A+0')?.slice(0, 2)).toEqual([1, 7]);
    expect(lastArea(run('6.19', [...poked, { op: 'pin', cpu: 0 }]), 'A+0')?.slice(0, 2)).toEqual([0, 0]);
    const farAway = [r('A'), { op: 'cs', slot: 'A', off: 0, desc: 'out_version1', event: 'alarm' }] as const;
    expect([words('6.18', farAway), words('6.19', farAway)]).toEqual([
      [0, 'killed'],
      [0, 'commit'],
    ]);
    const debugged = [r('A'), { op: 'cs', slot: 'A', off: 0, desc: 'out_version1', event: 'alarm' }] as const;
    expect(words('6.19+debug', debugged)).toEqual([0, 'killed']);
    expect(words('6.19+debug', [r('A'), poke('A', 'cpu_id', 7), { op: 'pin', cpu: 0 }])).toEqual([0, 0, 'killed']);
    const reset = lastArea(run('6.19', [r('A'), r('A', 32, 1)]), 'A+0');
    expect(reset).toEqual(['uninit', 'uninit', 'null', 0, 0, 'cid']);
    expect(words('6.19', [r('A'), { op: 'mprotect', slot: 'A', prot: 'r' }, r('A', 32, 1)])).toEqual([0, 0, 'killed']);
    expect(words('6.19', [r('R')])).toEqual(['EFAULT']);
  });

  row('7.0', 'slice extension: size 33, alignment 64, flag bit 1, initial stores', () => {
    expect(auxv(knownKernel('7.0')).map((e) => e.value)).toEqual([33, 64]);
    expect(words('7.0', [r('A', 64, 0, S, 32), r('A', 64, 2)])).toEqual(['EINVAL', 0]);
    expect([words('6.19', [r('A', 32, 2)]), words('7.0', [r('A', 32, 4)])]).toEqual([['EINVAL'], ['EINVAL']]);
    const kernel = knownKernel('7.0');
    const memory = onePage();
    const call = { addr: page, len: 64, flags: 2, sig: S };
    const { task } = rseqSyscall(kernel, freshTask({ cpu: 1, node: 0, cid: 0 }), memory, call);
    expect(areaWords(memory)).toEqual([1, 1, 0, 0, 0n, 0x30]);
    expect(memory.read32(page + 28n)).toBe(0);
    expect(sliceExtensionPrctl(kernel, task, memory, slicePrctl.get, 0).outcome).toEqual({ ret: 1 });
    const off = sliceExtensionPrctl(kernel, task, memory, slicePrctl.set, 0);
    expect(off.outcome).toEqual({ ret: 0 });
    expect(memory.read32(page + 16n)).toBe(0x10);
    expect(sliceExtensionPrctl(kernel, freshTask(), memory, slicePrctl.set, 1).outcome).toEqual({ err: 'ENXIO' });
    expect(sliceExtensionPrctl(knownKernel('6.19'), task, memory, slicePrctl.get, 0).outcome).toEqual({
      err: 'EINVAL',
    });
    memory.write32(page + 16n, 0);
    expect(sliceExtensionPrctl(kernel, off.task, memory, slicePrctl.set, 1).outcome).toMatchObject({
      signal: 'SIGSEGV',
    });
  });

  row('7.1', 'length 32 means the legacy rules, more means v2', () => {
    const poked = (len: number) => [r('A', len), poke('A', 'cpu_id', 7), plain('sleep')];
    expect(lastArea(run('7.0', poked(32)), 'A+0')?.slice(0, 2)).toEqual([1, 7]);
    expect(lastArea(run('7.1', poked(32)), 'A+0')?.slice(0, 2)).toEqual([1, 1]);
    expect(words('7.1', [...poked(64), { op: 'pin', cpu: 0 }])).toEqual([0, 0, 0, 'killed']);
    const blocks = { op: 'cs', slot: 'A', off: 0, desc: 'in', event: 'sleep' } as const;
    expect([words('7.1', [r('A', 32), blocks]), words('7.1', [r('A', 64), blocks])]).toEqual([
      [0, 'abort'],
      [0, 'commit'],
    ]);
    const memory = onePage();
    registered(knownKernel('7.1'), memory, 32);
    expect(memory.read32(page + 28n)).toBe(0xa5a5_a5a5);
    registered(knownKernel('7.1'), memory, 64);
    expect(memory.read32(page + 28n)).toBe(0);
  });

  test('between 6.3 and 6.14, and between 6.15 and 6.18, the decision is the same', () => {
    const ops = [r('A', 28), r('N'), r('A', 64, 0, S, 32), r('B'), plain('sleep'), r('A', 64, 1, S, 32), r('U')];
    expect(words('6.14', ops)).toEqual(words('6.3', ops));
    expect(words('6.18', ops)).toEqual(words('6.15', ops));
    expect(words('6.15', ops)).not.toEqual(words('6.14', ops));
  });

  test('an emulated call answers 0 and does nothing', () => {
    const result = run('emulated', [r('A'), r('A'), r('A', 16, 3), plain('sleep')]);
    expect(result.results.map(word)).toEqual([0, 0, 0, 0]);
    expect(lastArea(result, 'A+0')).toEqual(['untouched', 'untouched', 'null', 0, 'untouched', 'untouched']);
  });

  test('with the debug option of 6.18 a system call inside a section kills, and none outside does', () => {
    const kernel = knownKernel('6.18+debug');
    const inside = [r('A'), { op: 'cs', slot: 'A', off: 0, desc: 'in', event: 'sleep' }] as const;
    expect(words('6.18+debug', inside)).toEqual([0, 'killed']);
    expect(words('6.18+debug', [r('A'), pokePointer('A', 'kernel'), plain('nop')])).toEqual([0, 0, 'killed']);
    const memory = onePage();
    const task = contextSwitch(kernel, registered(kernel, memory));
    expect(returnToUser(kernel, task, memory).outcome.kind).toBe('resumes');
  });

  test('every row of the table has its test', () => {
    expect(tested).toEqual(timeLine.map((each) => each.release));
  });
});
