/** What must hold of every call and every script, on every kernel. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  contextSwitch,
  freshTask,
  kernelNames,
  knownKernel,
  type Op,
  type RseqArguments,
  type RseqTask,
  refresh,
  rseqSyscall,
  runKernelCase,
} from '../../src/kernel/index.js';
import { cloneKinds, descriptorNames, protections, sectionEvents, segvModes } from '../../src/kernel/script-format.js';
import { areaWords, onePage, page, registered, S } from './bench.js';

fc.configureGlobal({ seed: 20250704 });

const kernels = fc.constantFrom(...kernelNames);

const args = fc.record({
  addr: fc.constantFrom(page, page, page + 32n, page + 1n, 0n, page + 0x1000n, 0xffff_8880_0000_0000n),
  len: fc.oneof(fc.constantFrom(32, 64, 33, 16), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
  flags: fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
  sig: fc.constantFrom(S, S + 1),
});

const low = (x: number | bigint) => Number(BigInt.asUintN(32, BigInt(x)));

describe('every call', () => {
  test('an errno leaves the slot as it was', () => {
    fc.assert(
      fc.property(kernels, fc.array(args, { maxLength: 8 }), (name, script) => {
        const kernel = knownKernel(name);
        const memory = onePage();
        let task: RseqTask = freshTask();
        for (const call of script) {
          const { task: after, outcome } = rseqSyscall(kernel, task, memory, call);
          if ('err' in outcome) expect(after.slot).toEqual(task.slot);
          task = after;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('EINVAL, EPERM, EBUSY and ENOSYS leave memory as it was', () => {
    fc.assert(
      fc.property(kernels, fc.array(args, { maxLength: 6 }), args, (name, before, call) => {
        const kernel = knownKernel(name);
        const memory = onePage();
        const task = before.reduce<RseqTask>((t, each) => rseqSyscall(kernel, t, memory, each).task, freshTask());
        const words = areaWords(memory);
        const { outcome } = rseqSyscall(kernel, task, memory, call);
        if ('err' in outcome && outcome.err !== 'EFAULT') expect(areaWords(memory)).toEqual(words);
      }),
      { numRuns: 500 },
    );
  });

  test('a registration can be undone by repeating it with bit 0, and only so', () => {
    fc.assert(
      fc.property(kernels, args, args, (name, call, other) => {
        const kernel = knownKernel(name);
        const memory = onePage();
        const { task, outcome } = rseqSyscall(kernel, freshTask(), memory, { ...call, flags: 0 });
        if (task.slot === null || !('ret' in outcome)) return;
        expect(rseqSyscall(kernel, task, memory, { ...call, flags: 1 }).task.slot).toBeNull();
        const same = other.addr === call.addr && low(other.len) === low(call.len) && other.sig === call.sig;
        const undone = rseqSyscall(kernel, task, memory, { ...other, flags: 1 }).task.slot === null;
        expect(undone).toBe(same);
      }),
      { numRuns: 500 },
    );
  });

  test('the upper halves of the registers do not matter', () => {
    const upper = fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((x) => x << 32n);
    fc.assert(
      fc.property(kernels, args, upper, upper, (name, call, a, b) => {
        const kernel = knownKernel(name);
        const cut = { ...call, len: low(call.len), flags: low(call.flags) };
        const wide = { ...cut, len: BigInt(cut.len) | a, flags: BigInt(cut.flags) | b };
        const answer = (x: RseqArguments) => rseqSyscall(kernel, freshTask(), onePage(), x);
        expect(answer(wide)).toEqual(answer(cut));
      }),
      { numRuns: 300 },
    );
  });
});

describe('every refresh', () => {
  test('afterwards the area names the CPU the task runs on, whatever was there', () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(
        fc.constantFrom('4.18', '6.0', '6.3', '6.18'),
        word,
        word,
        fc.integer({ min: 0, max: 7 }),
        (name, a, b, cpu) => {
          const kernel = knownKernel(name);
          const memory = onePage();
          const task = registered(kernel, memory);
          memory.write32(page, a);
          memory.write32(page + 4n, b);
          const moved = contextSwitch(kernel, task, { cpu, node: 0, cid: 0 });
          expect(refresh(kernel, moved, memory).outcome.kind).toBe('resumes');
          expect(areaWords(memory).slice(0, 2)).toEqual([cpu, cpu]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a refresh of an unregistered task touches nothing and never fails', () => {
    fc.assert(
      fc.property(kernels, (name) => {
        const memory = onePage();
        const words = areaWords(memory);
        const { task, outcome } = refresh(knownKernel(name), { ...freshTask(), notify: true }, memory);
        expect(outcome.kind).toBe('resumes');
        expect(task.notify).toBe(false);
        expect(areaWords(memory)).toEqual(words);
      }),
    );
  });
});

const place = {
  slot: fc.constantFrom('A' as const, 'X' as const, 'G' as const, 'R' as const),
  off: fc.constantFrom(0, 32),
};
const number64 = fc.constantFrom(0n, 1n, 2n, 32n, 64n, BigInt(S));

const leaf: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    op: fc.constant('rseq' as const),
    ...place,
    len: fc.constantFrom(32n, 64n),
    flags: fc.constantFrom(0n, 1n),
    sig: fc.constant(BigInt(S)),
  }),
  fc.record({
    op: fc.constant('poke' as const),
    ...place,
    field: fc.constantFrom('cpu_id' as const, 'flags' as const),
    value: number64,
  }),
  fc.record({
    op: fc.constant('poke' as const),
    ...place,
    field: fc.constant('rseq_cs' as const),
    value: fc.constantFrom('kernel' as const, 'null' as const),
  }),
  fc.record({
    op: fc.constant('cs' as const),
    ...place,
    desc: fc.constantFrom(...descriptorNames),
    event: fc.constantFrom(...sectionEvents),
  }),
  fc.record({
    op: fc.constantFrom('munmap' as const, 'remap' as const),
    slot: fc.constantFrom('A' as const, 'X' as const),
  }),
  fc.record({
    op: fc.constant('mprotect' as const),
    slot: fc.constantFrom('A' as const, 'X' as const),
    prot: fc.constantFrom(...protections),
  }),
  fc.record({ op: fc.constant('pin' as const), cpu: fc.constantFrom(0, 1) }),
  fc.record({ op: fc.constant('segvh' as const), mode: fc.constantFrom(...segvModes) }),
  fc.record({
    op: fc.constant('seccomp' as const),
    action: fc.constantFrom('ENOSYS' as const, 'EPERM' as const, 'KILL' as const),
  }),
  fc.record({
    op: fc.constantFrom('sleep', 'yield', 'signal', 'getcpu', 'query', 'execfail', 'nop'),
  }) as fc.Arbitrary<Op>,
);

const script: fc.Arbitrary<Op[]> = fc.letrec<{ ops: Op[]; op: Op }>((tie) => ({
  ops: fc.array(tie('op'), { maxLength: 6, depthIdentifier: 'ops' }),
  op: fc.oneof(
    { depthIdentifier: 'ops', maxDepth: 3 },
    { weight: 6, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant('clone' as const),
        kind: fc.constantFrom(...cloneKinds),
        ops: tie('ops'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('exec' as const), ops: tie('ops') }) },
  ),
})).ops;

describe('every script', () => {
  test('comes to an end, with one result an operation, the same twice', () => {
    fc.assert(
      fc.property(kernels, fc.boolean(), script, (name, glibcRseq, ops) => {
        const once = runKernelCase({ id: 'any', glibcRseq, ops }, knownKernel(name));
        expect(once.results).toHaveLength(ops.length);
        expect(once.end).toMatch(/^(exit (0|77|78)|signal SIG(SEGV|SYS|ABRT))$/);
        expect(runKernelCase({ id: 'any', glibcRseq, ops }, knownKernel(name))).toEqual(once);
      }),
      { numRuns: 1500 },
    );
  });

  test('after an operation that was not survived, nothing of that list is reached', () => {
    fc.assert(
      fc.property(kernels, script, (name, ops) => {
        const { results } = runKernelCase({ id: 'any', glibcRseq: true, ops }, knownKernel(name));
        const dead = results.findIndex((each) => each === null || each.killed === true);
        if (dead !== -1) expect(results.slice(dead + 1).every((each) => each === null)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
