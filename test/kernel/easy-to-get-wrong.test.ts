/** The forty-two things about the call that are easy to get wrong, each as a probe on 6.18 unless it says otherwise. */
import { describe, expect, test } from '@jest/globals';
import {
  auxv,
  clonedDuties,
  cloneTask,
  commonBases,
  deferredWork,
  freshTask,
  getRobustList,
  knownKernel,
  type Op,
  releaseMemory,
  returnToUser,
  rseqConfiguration,
  rseqNumbers,
  rseqSyscall,
  type SignalReception,
  sendSignal,
  setRobustList,
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

const sleep = plain('sleep');
const kernel = knownKernel('6.18');
const section = (desc: 'in' | 'out' | 'ptr_unmapped', event: 'none' | 'sleep' | 'alarm'): Op => ({
  op: 'cs',
  slot: 'A',
  off: 0,
  desc,
  event,
});
const protect = (prot: 'none' | 'r' | 'rw', slot: 'A' | 'X' = 'A'): Op => ({ op: 'mprotect', slot, prot });
const unmap = (slot: 'A' | 'X' = 'A'): Op => ({ op: 'munmap', slot });
const clone = (kind: 'fork' | 'vfork' | 'vm' | 'thread' | 'pthread' | 'spawn', ...ops: Op[]): Op => ({
  op: 'clone',
  kind,
  ops,
});

describe('easy to get wrong', () => {
  test('1. EBUSY only for an exact repeat', () => {
    expect(words('6.18', [r('A'), r('A'), r('A', 64)])).toEqual([0, 'EBUSY', 'EINVAL']);
  });

  test('2. a different address while registered is EINVAL, not EBUSY', () => {
    expect(words('6.18', [r('A'), r('A', 32, 0, S, 64), r('B')])).toEqual([0, 'EINVAL', 'EINVAL']);
  });

  test('3. a wrong signature is EPERM only when address and length match', () => {
    expect(words('6.18', [r('A'), r('A', 33, 0, S + 1), r('A', 32, 0, S + 1)])).toEqual([0, 'EINVAL', 'EPERM']);
  });

  test('4. once registered, neither alignment nor NULL is looked at: the address compare answers', () => {
    expect(words('6.18', [r('A'), r('A', 32, 0, S, 1), r('N')])).toEqual([0, 'EINVAL', 'EINVAL']);
  });

  test('5. unregistered, EINVAL for length and alignment comes before EFAULT', () => {
    expect(words('6.18', [r('K', 32, 0, S, 1), r('K'), r('N', 16), r('U', 32, 0, S, 1), r('U')])).toEqual([
      'EINVAL',
      'EFAULT',
      'EINVAL',
      'EINVAL',
      'EFAULT',
    ]);
  });

  test('6. NULL is EFAULT since 6.15 and success without effect before', () => {
    expect(words('6.18', [r('N')])).toEqual(['EFAULT']);
    const before = run('6.14', [r('N'), r('N'), plain('query'), sleep]);
    expect(before.results.map(word)).toEqual([0, 0, 0, 0]);
    expect(before.results[2]?.query?.addr).toBeNull();
  });

  test('7. unmapped is EFAULT since 6.15 and death before', () => {
    expect(words('6.18', [r('U'), sleep])).toEqual(['EFAULT', 0]);
    expect(words('6.14', [r('U'), sleep])).toEqual(['killed', null]);
  });

  test('8. a read-only page is death, unless rseq_cs was not 0', () => {
    expect(words('6.18', [protect('r'), r('A')])).toEqual([0, 'killed']);
    expect(words('6.18', [pokePointer('A', 'sentinel'), protect('r'), r('A')])).toEqual([0, 0, 'EFAULT']);
  });

  test('9. the smallest length is 32, not the feature size', () => {
    expect(words('6.18', [r('A', 20), r('A', 28), r('A', 31), r('A', 32)])).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 0]);
    expect(auxv(kernel)[0]?.value).toBe(28);
  });

  test('10. any bigger length is fine, and must be repeated exactly to unregister', () => {
    expect(words('6.18', [r('A', 0xffff_ffff), r('A', 32, 1), r('A', 0xffff_ffff, 1)])).toEqual([0, 'EINVAL', 0]);
  });

  test('11. alignment 32 suffices for length 64 on 6.18, not from 7.0', () => {
    expect(words('6.18', [r('A', 64, 0, S, 32)])).toEqual([0]);
    expect(words('7.0', [r('A', 64, 0, S, 32)])).toEqual(['EINVAL']);
  });

  test('12. only 32 bits of length and flags count', () => {
    expect(words('6.18', [r('A', (1n << 32n) | 32n, 1n << 32n), r('A')])).toEqual([0, 'EBUSY']);
  });

  test('13. flags -1 is an unregistration with bad bits; before 5.5 it unregistered', () => {
    expect(words('6.18', [r('A'), r('A', 32, 0xffff_ffff)])).toEqual([0, 'EINVAL']);
    expect(words('5.4', [r('A'), r('A', 32, 0xffff_ffff), r('A')])).toEqual([0, 0, 0]);
  });

  test('14. a failed unregistration leaves it registered', () => {
    expect(words('6.18', [r('A'), protect('r'), r('A', 32, 1), r('A')])).toEqual([0, 0, 'EFAULT', 'EBUSY']);
  });

  test('15. unregistration sets cpu_id_start to 0 and cpu_id to -1', () => {
    expect(lastArea(run('6.18', [r('A'), r('A', 32, 1)]), 'A+0')).toEqual([0, 'uninit', 'null', 0, 0, 'cid']);
  });

  test('16. flags and rseq_cs survive unregistration; the next registration zeroes a stale rseq_cs', () => {
    const ops = [r('A'), poke('A', 'flags', 5), pokePointer('A', 'unmapped'), r('A', 32, 1), r('A')];
    const { results } = run('6.18', ops);
    expect(results[3]?.areas?.['A+0']).toEqual([0, 'uninit', 'unmapped', 5, 0, 'cid']);
    expect(results[4]?.areas?.['A+0']).toEqual([1, 1, 'null', 5, 0, 'cid']);
  });

  test('17. node_id and mm_cid are written even with length 32', () => {
    expect(lastArea(run('6.18', [r('A')]), 'A+0')?.slice(4)).toEqual([0, 'cid']);
  });

  test('18. bytes from 28 on are never written, also with length 64', () => {
    const memory = onePage();
    registered(kernel, memory, 64);
    expect([memory.read32(page + 24n), memory.read32(page + 28n)]).toEqual([0, 0xa5a5_a5a5]);
  });

  test('19. fork keeps the registration, CLONE_VM drops it', () => {
    const children = run('6.18', [r('A'), clone('fork', r('A')), clone('vfork', r('A'))]).results;
    expect(children.slice(1).map((c) => word(c?.child?.[0]))).toEqual(['EBUSY', 0]);
  });

  test('20. vfork and the helper of posix_spawn are CLONE_VM: the child is cleared, the parent keeps', () => {
    const ops = [r('A'), clone('vfork', plain('query')), clone('spawn', plain('query')), plain('query')];
    const { results } = run('6.18', ops);
    expect(results[1]?.child?.[0]?.query?.addr).toBeNull();
    expect(results[2]?.child?.[0]?.query?.addr).toBeNull();
    expect(results[3]?.query?.addr).toBe('A+0');
  });

  test('21. two threads may register one area', () => {
    const { results } = run('6.18', [r('A'), clone('thread', r('A')), r('A')]);
    expect([word(results[0]), word(results[1]?.child?.[0]), word(results[2])]).toEqual([0, 0, 'EBUSY']);
  });

  test('22. exec clears without writing; a failed exec keeps', () => {
    const failed = run('6.18', [r('A'), poke('A', 'cpu_id', 7), plain('execfail'), r('A')]);
    expect(failed.results.map(word)).toEqual([0, 0, 'ENOENT', 'EBUSY']);
    expect(lastArea(failed, 'A+0')?.slice(0, 2)).toEqual([1, 7]);
    const shared = clone('fork', { op: 'exec', ops: [plain('query')] });
    const { results } = run('6.18', [r('X'), poke('X', 'cpu_id', 7), shared]);
    const [exec] = results[2]?.child ?? [];
    expect(exec?.child?.[0]?.query?.addr).toBeNull();
  });

  test("23. a thread's exit writes nothing: cpu_id keeps its last value", () => {
    expect(lastArea(run('6.18', [clone('thread', r('A')), r('B')]), 'A+0')?.slice(0, 2)).toEqual([1, 1]);
  });

  test('24. munmap is no unregistration and no error; death is at the next switch', () => {
    expect(words('6.18', [r('A'), unmap(), plain('nop'), sleep])).toEqual([0, 0, 0, 'killed']);
    const mappedAgain = run('6.18', [r('A'), unmap(), { op: 'remap', slot: 'A' }, sleep]);
    expect(lastArea(mappedAgain, 'A+0')?.slice(0, 2)).toEqual([1, 1]);
  });

  test('25. exit after munmap is clean', () => {
    expect(run('6.18', [r('A'), unmap()]).end).toBe('exit 0');
    expect(run('6.18', [r('A'), unmap(), sleep]).end).toBe('signal SIGSEGV');
  });

  test('26. a SIGSEGV handler can run once, with SA_NODEFER never', () => {
    const dying = (mode: 'return' | 'exit' | 'exit_nodefer') => {
      const { end, segv_handler_runs } = run('6.18', [{ op: 'segvh', mode }, r('A'), unmap(), sleep]);
      return [end, segv_handler_runs];
    };
    expect(dying('return')).toEqual(['signal SIGSEGV', 1]);
    expect(dying('exit')).toEqual(['exit 77', 1]);
    expect(dying('exit_nodefer')).toEqual(['signal SIGSEGV', 0]);
  });

  test('27. SIG_IGN does not help', () => {
    const { end } = run('6.18', [{ op: 'segvh', mode: 'ignore' }, r('A'), unmap(), sleep]);
    expect(end).toBe('signal SIGSEGV');
  });

  test('28. a bad descriptor kills although the task is elsewhere; from 6.19 it does not', () => {
    const ops = [r('A'), pokePointer('A', 'unmapped'), sleep];
    expect(words('6.18', ops)).toEqual([0, 0, 'killed']);
    expect(words('6.19', ops)).toEqual([0, 0, 0]);
  });

  test('29. a good descriptor and a task elsewhere: rseq_cs becomes 0 at the next switch, not at once', () => {
    const { results } = run('6.18', [r('A'), section('out', 'none'), plain('nop'), sleep]);
    expect(results.map((each) => each?.areas?.['A+0']?.[2])).toEqual(['null', 'desc', 'desc', 'null']);
  });

  test('30. a wrong signature word kills at the switch, not at registration', () => {
    expect(words('6.18', [r('A', 32, 0, S + 1), section('out', 'none'), sleep])).toEqual([0, 'commit', 'killed']);
  });

  test('31. a blocking call inside a section aborts on 6.18, not from 6.19', () => {
    expect(words('6.18', [r('A'), section('in', 'sleep')])).toEqual([0, 'abort']);
    expect(words('6.19', [r('A'), section('in', 'sleep')])).toEqual([0, 'commit']);
    expect(words('6.19', [r('A'), section('in', 'alarm')])).toEqual([0, 'abort']);
  });

  test('32. ignored or blocked signals do not refresh; handled ones do', () => {
    const memory = onePage();
    const task = registered(kernel, memory);
    const cpuIdAfter = (reception: SignalReception) => {
      memory.write32(page + 4n, 7);
      sendSignal(kernel, task, memory, reception);
      return memory.read32(page + 4n);
    };
    expect([cpuIdAfter('ignored'), cpuIdAfter('blocked'), cpuIdAfter('handled')]).toEqual([7, 7, 1]);
  });

  test('33. poked fields stay wrong until the next switch', () => {
    const quiet: Op[] = Array.from({ length: 1000 }, () => plain('nop'));
    const { results } = run('6.18', [r('A'), poke('A', 'cpu_id', 7), ...quiet, plain('yield'), sleep]);
    expect(results.at(-2)?.areas?.['A+0']?.[1]).toBe(7);
    expect(results.at(-1)?.areas?.['A+0']?.[1]).toBe(1);
  });

  test('34. calls that do not block refresh nothing; unmapping shared memory does', () => {
    const cpuIdAfter = (...ops: Op[]) => lastArea(run('6.18', [r('A'), poke('A', 'cpu_id', 7), ...ops]), 'A+0')?.[1];
    expect(cpuIdAfter({ op: 'munmap', slot: 'B' }, { op: 'remap', slot: 'B' }, { op: 'pin', cpu: 1 })).toBe(7);
    expect(cpuIdAfter(unmap('X'))).toBe(1);
    expect(cpuIdAfter(clone('fork', unmap('X'), poke('A', 'cpu_id', 7)))).toBe(1);
    const task = deferredWork(kernel, freshTask());
    expect(task.notify).toBe(false);
  });

  test("35. a filter's errno is the errno, and the registration stays live behind it", () => {
    const filter: Op = { op: 'seccomp', action: 'EACCES' };
    const { results } = run('6.18', [r('A'), filter, poke('A', 'cpu_id', 7), sleep, r('A', 32, 1), r('A')]);
    expect(results.map(word)).toEqual([0, 0, 0, 0, 'EACCES', 'EACCES']);
    expect(results[3]?.areas?.['A+0']?.[1]).toBe(1);
  });

  test('36. a tracer reads size 0 for an unregistered task, and always gets 24 back', () => {
    expect(rseqConfiguration(kernel, freshTask(), 0)).toEqual({
      ret: 24,
      copied: 0,
      configuration: { addr: 0n, len: 0, sig: 0, flags: 0 },
    });
    expect(rseqConfiguration(kernel, registered(kernel, onePage()), 24)).toMatchObject({
      ret: 24,
      copied: 24,
      configuration: { addr: page, len: 32, sig: S },
    });
    expect(rseqConfiguration(kernel, freshTask(), 24, false)).toEqual({ err: 'ESRCH' });
  });

  test('37. -2 in cpu_id is written by libc only; the kernel writes -1', () => {
    expect(lastArea(run('6.18', [r('G', 16)]), 'G+0')?.[1]).toBe('failed');
    expect(lastArea(run('6.18', [r('G'), r('G', 32, 1)]), 'G+0')?.[1]).toBe('uninit');
  });

  test('38. set_robust_list takes NULL and kernel addresses; a wrong size is EINVAL and there is no EFAULT', () => {
    const duties = clonedDuties(100, null);
    const outcomes = [0n, 0xffff_8880_0000_0000n, 1n].map((head) => setRobustList(duties, head, 24).outcome);
    expect(outcomes).toEqual([{ ret: 0 }, { ret: 0 }, { ret: 0 }]);
    expect([23, 0, 12].map((len) => setRobustList(duties, page, len).outcome)).toEqual(
      Array.from({ length: 3 }, () => ({ err: 'EINVAL' })),
    );
    expect(setRobustList(duties, page, 12, 12).outcome).toEqual({ ret: 0 });
  });

  test('39. get_robust_list of a fork child is NULL with length 24', () => {
    expect(getRobustList(clonedDuties(101, null))).toEqual({ head: 0n, len: 24 });
  });

  test('40. CLEARTID writes nothing when the address space has no other user', () => {
    const memory = onePage();
    memory.write32(page, 102);
    const duties = clonedDuties(102, page);
    expect(releaseMemory(duties, memory, false).wakes).toEqual([]);
    expect(memory.read32(page)).toBe(102);
    expect(releaseMemory(duties, memory, true).wakes).toEqual([page]);
    expect(memory.read32(page)).toBe(0);
  });

  test('41. the number is not the same on the generic table and on older ones; no base and constant', () => {
    const offsets = new Set(rseqNumbers.map((each) => each.number - (commonBases[each.architecture] ?? 0)));
    expect(offsets.size).toBeGreaterThan(10);
    expect(offsets.has(293)).toBe(true);
    expect(offsets.has(334)).toBe(true);
  });

  test('42. a number that is defined can still be ENOSYS', () => {
    expect(rseqNumbers.some((each) => each.architecture === 'alpha')).toBe(true);
    const call = { addr: page, len: 32, flags: 0, sig: S };
    const { outcome } = rseqSyscall(knownKernel('no-have-rseq'), freshTask(), onePage(), call);
    expect(outcome).toEqual({ err: 'ENOSYS' });
  });
});

describe('the errors of a registration, in their order', () => {
  test('no failed call writes to the area', () => {
    const memory = onePage();
    const before = areaWords(memory);
    for (const [len, flags] of [
      [16, 0],
      [32, 2],
      [28, 0],
    ] as const) {
      const { outcome } = rseqSyscall(kernel, freshTask(), memory, { addr: page, len, flags, sig: S });
      expect(outcome).toEqual({ err: 'EINVAL' });
    }
    expect(areaWords(memory)).toEqual(before);
  });

  test('a fork child refreshes before its first instruction, so a bad area kills it there', () => {
    const child = cloneTask(kernel, registered(kernel, onePage()), 'fork');
    expect(returnToUser(kernel, child, onePage('none')).outcome).toMatchObject({ kind: 'fails' });
    const { results, end } = run('6.18', [r('A'), unmap(), clone('fork', plain('nop')), plain('nop')]);
    expect(results[2]).toEqual({ killed: true, child: [null] });
    expect(end).toBe('signal SIGSEGV');
  });
});
