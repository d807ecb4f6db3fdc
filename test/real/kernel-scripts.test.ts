/** What a script may be before it is played on a real kernel, what a settled answer is, and how a divergence gets smaller. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generatedScripts, kernelScripts } from '../../src/arbitraries/kernel-scripts.js';
import {
  type KernelCase,
  knownKernel,
  type Op,
  readKernelScripts,
  runKernelCase,
  scriptLine,
} from '../../src/kernel/index.js';
import { driverRoom } from '../../src/real/kernel-c-memory.js';
import type { Played } from '../../src/real/kernel-driver.js';
import { encodeScript, everyOp, whyNotPlayed } from '../../src/real/kernel-encode.js';
import { judgeScript, type ScriptPlayer } from '../../src/real/kernel-judge.js';
import { releaseOf, runningKernel } from '../../src/real/kernel-machine.js';
import { shrinkScript, smallerScripts } from '../../src/real/kernel-shrink.js';

const kernel = knownKernel('6.18');
const scriptOf = (...ops: readonly Op[]): KernelCase => ({ id: 's', glibcRseq: false, ops });
const register: Op = { op: 'rseq', slot: 'A', off: 0, len: 32n, flags: 0n, sig: 0x53053053n };

/** A machine that answers as a kernel of the model does, except where `lies` says otherwise. */
function answering(name: string, lies: (script: KernelCase, run: number) => Played | undefined = () => undefined) {
  let runs = 0;
  const player: ScriptPlayer = {
    facts: { libcArea: true },
    play: async (script) => lies(script, runs++) ?? { saw: runKernelCase(script, knownKernel(name)), disturbed: false },
  };
  return player;
}

describe('drawn scripts', () => {
  test('are well formed, playable, and read back as they were written', () => {
    fc.assert(
      fc.property(kernelScripts(), (script) => {
        expect(whyNotPlayed(script, true)).toBeUndefined();
        const { scripts, diagnostics } = readKernelScripts(scriptLine(script));
        expect(diagnostics).toEqual([]);
        expect(scripts).toEqual([script]);
      }),
      { seed: 618, numRuns: 300 },
    );
  });

  test('are the same for the same seed, and the first ones of more', () => {
    const few = generatedScripts(20, 7).map(scriptLine);
    expect(generatedScripts(40, 7).slice(0, 20).map(scriptLine)).toEqual(few);
    expect(generatedScripts(20, 8).map(scriptLine)).not.toEqual(few);
  });

  test('use every operation, and most calls of a registered task come from them', () => {
    const scripts = generatedScripts(500, 1);
    const names = new Set(scripts.flatMap(({ ops }) => everyOp(ops).map(({ op }) => op.op)));
    expect([...names].sort().join(' ')).toBe(
      'clone cs exec execfail getcpu mprotect munmap nop pin poke query remap rseq seccomp segvh signal sleep yield',
    );
    const text = JSON.stringify(scripts.map((script) => runKernelCase(script, kernel)));
    for (const word of ['EBUSY', 'EINVAL', 'EPERM', 'EFAULT', 'abort', 'SIGSEGV', 'SIGSYS', 'handler_runs":1'])
      expect(text).toContain(word);
  });
});

describe('what is not played', () => {
  const why = (...ops: readonly Op[]) => whyNotPlayed(scriptOf(...ops), true);

  test("a store beside libc's own area", () => {
    expect(why({ op: 'poke', slot: 'G', off: 32, field: 'cpu_id', value: 1n })).toContain("libc's own area");
    expect(why({ op: 'cs', slot: 'G', off: 64, desc: 'in', event: 'none' })).toContain("libc's own area");
    expect(why({ op: 'rseq', slot: 'G', off: 32, len: 32n, flags: 0n, sig: 1n })).toContain("libc's own area");
    expect(why({ op: 'rseq', slot: 'G', off: 4, len: 32n, flags: 0n, sig: 1n })).toBeUndefined();
  });

  test('a script that is longer, deeper or wider than the driver holds', () => {
    expect(why(...Array.from({ length: driverRoom.ops + 1 }, (): Op => ({ op: 'nop' })))).toContain('operations');
    const areas = Array.from({ length: driverRoom.areas + 1 }, (_, i): Op => ({ ...register, off: i * 32 }) as Op);
    expect(why(...areas)).toContain('areas');
    const deep = (levels: number): Op =>
      levels === 0 ? { op: 'nop' } : { op: 'clone', kind: 'fork', ops: [deep(levels - 1)] };
    expect(why(deep(driverRoom.depth))).toContain('nested');
    expect(why(deep(driverRoom.depth - 1))).toBeUndefined();
  });

  test('what needs an area of libc, where libc has none', () => {
    expect(whyNotPlayed({ ...scriptOf(register), glibcRseq: true }, false)).toContain('no area of its own');
    expect(whyNotPlayed(scriptOf({ op: 'clone', kind: 'pthread', ops: [] }), false)).toContain('no area of its own');
    expect(whyNotPlayed(scriptOf(register), false)).toBeUndefined();
  });

  test('the line of a script is numbers and nothing else', () => {
    fc.assert(
      fc.property(kernelScripts(), (script) => expect(encodeScript(script)).toMatch(/^\d+( \d+)*$/)),
      {
        numRuns: 200,
      },
    );
  });
});

describe('a settled answer', () => {
  const script = scriptOf(register, { op: 'poke', slot: 'A', off: 0, field: 'cpu_id', value: 7n }, { op: 'nop' });
  const refreshed = runKernelCase(scriptOf(register, { op: 'nop' }, { op: 'nop' }), kernel);

  test('is equal at once where the first run is', async () => {
    expect(await judgeScript(answering('6.18'), script, kernel)).toEqual({ outcome: 'equal', runs: 1 });
  });

  test('is not a single run in which another task came between', async () => {
    const once = answering('6.18', (_, run) => (run === 0 ? { saw: refreshed, disturbed: false } : undefined));
    expect(await judgeScript(once, script, kernel)).toEqual({ outcome: 'equal', runs: 4 });
  });

  test('is different where the runs agree on something else', async () => {
    const always = answering('6.18', () => ({ saw: refreshed, disturbed: false }));
    expect(await judgeScript(always, script, kernel)).toMatchObject({ outcome: 'different', runs: 3, real: refreshed });
  });

  test('is none where every run is disturbed, or hangs, or says something else', async () => {
    const disturbed = answering('6.18', () => ({ saw: refreshed, disturbed: true }));
    expect(await judgeScript(disturbed, script, kernel)).toMatchObject({ outcome: 'unsettled', runs: 15 });
    const hangs = answering('6.18', () => ({ broken: 'it did not end within 5 seconds' }));
    expect(await judgeScript(hangs, script, kernel)).toEqual({
      outcome: 'unsettled',
      runs: 3,
      reason: 'it did not end within 5 seconds',
    });
    const fickle = answering('6.18', (_, run) => ({
      saw: { ...refreshed, end: `exit ${run}` },
      disturbed: false,
    }));
    expect(await judgeScript(fickle, script, kernel)).toMatchObject({
      outcome: 'unsettled',
      reason: '15 different answers',
    });
  });
});

describe('the running kernel is found by how it answers', () => {
  const found = async (name: string, release: string) => {
    const answer = await runningKernel(answering(name), { release, version: '#1 SMP' });
    return 'skipped' in answer ? answer.skipped : answer.features.name;
  };

  test('as what it calls itself, where it answers so', async () => {
    expect(await found('6.18', '6.18.44-fc')).toBe('6.18.44');
    expect(await found('7.0', '7.0.1')).toBe('7.0.1');
  });

  test('with the changes that its number does not tell', async () => {
    expect(await found('6.12+clears-section', '6.12.63-custom')).toBe('6.12.63+clears-section');
    expect(await found('6.18+debug', '6.18.2')).toBe('6.18.2+debug');
  });

  test('as the release it resembles, where its own number is another', async () => {
    expect(await found('6.18', '5.14.0-vendor')).toBe('6.18');
    expect(await found('7.1', '9.3.0')).toBe('7.1');
  });

  test('or not at all, where the call is refused', async () => {
    expect(await found('no-rseq', '6.18.1')).toContain('no rseq(2)');
  });

  test('Debian tells its stable release in the version', () => {
    const version = '#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)';
    expect(releaseOf({ release: '6.1.0-37-amd64', version })).toBe('6.1.140');
  });
});

describe('a divergence', () => {
  const blocking: Op = { op: 'cs', slot: 'A', off: 0, desc: 'in', event: 'sleep' };
  const long = scriptOf(
    { op: 'getcpu' },
    { ...register, len: 64n } as Op,
    {
      op: 'clone',
      kind: 'vm',
      ops: [{ op: 'signal' }, { ...register, slot: 'B' } as Op, { ...blocking, slot: 'B' } as Op],
    },
    { op: 'query' },
  );

  test('shrinks to the operations that it needs', async () => {
    const machine = answering('6.19');
    const told = await judgeScript(machine, long, kernel);
    if (told.outcome !== 'different') throw new Error('6.18 and 6.19 part on this script');
    const smallest = await shrinkScript(machine, long, told, kernel);
    expect(everyOp(smallest.script.ops).length).toBeLessThanOrEqual(3);
    expect(smallest.told.real).toEqual(runKernelCase(smallest.script, knownKernel('6.19')));
    expect(smallest.told.real).not.toEqual(smallest.told.predicted);
  });

  test('every smaller script is well formed and no larger', () => {
    fc.assert(
      fc.property(kernelScripts({ maxLength: 6 }), (script) => {
        const size = everyOp(script.ops).length;
        for (const each of smallerScripts(script)) {
          expect(readKernelScripts(scriptLine(each)).diagnostics).toEqual([]);
          expect(everyOp(each.ops).length).toBeLessThanOrEqual(size);
        }
      }),
      { seed: 6, numRuns: 40 },
    );
  });
});
