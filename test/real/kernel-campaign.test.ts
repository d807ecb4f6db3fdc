/**
 * The running kernel against the model: scripts recorded on Linux 6.18, and drawn ones. Where no script can be played, the reason
 * is printed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generatedScripts } from '../../src/arbitraries/kernel-scripts.js';
import { type KernelCase, readKernelScripts, scriptLine } from '../../src/kernel/index.js';
import { judgeScript, type KernelMachine, openKernelMachine } from '../../src/real/index.js';

let machine: KernelMachine | { readonly skipped: string } = { skipped: 'not asked yet' };

beforeAll(async () => {
  machine = await openKernelMachine();
});

afterAll(() => {
  if ('driver' in machine) machine.close();
});

/** The machine; undefined, with the reason printed, when it cannot be asked. */
function kernelHere(): KernelMachine | undefined {
  if ('driver' in machine) return machine;
  process.stdout.write(`The running kernel is not asked: ${machine.skipped}\n`);
  expect(machine.skipped).not.toBe('');
  return undefined;
}

/** The scripts on which kernel and model part, or whose runs do not agree. */
async function differences(scripts: readonly KernelCase[], { driver, running }: KernelMachine): Promise<string[]> {
  const found: string[] = [];
  for (const script of scripts) {
    const told = await judgeScript(driver, script, running.features);
    if (told.outcome !== 'equal') found.push(`${told.outcome}: ${scriptLine(script)}`);
  }
  return found;
}

const recorded = readKernelScripts(
  gunzipSync(readFileSync(join(__dirname, '..', 'fixtures', 'kernel-rseq', '6.18.jsonl.gz'))).toString('utf8'),
).scripts;

describe('the running kernel', () => {
  test('answers every question as one kernel of the model', () => {
    const here = kernelHere();
    if (here === undefined) return;
    expect(here.running.unlike).toEqual([]);
  });

  test('does with every 20th recorded script what the model says', async () => {
    const here = kernelHere();
    if (here === undefined) return;
    const some = recorded.filter((_, i) => i % 20 === 7);
    expect(some).toHaveLength(70);
    expect(await differences(some, here)).toEqual([]);
  });

  test('does with 200 scripts of seed 1 what the model says', async () => {
    const here = kernelHere();
    if (here === undefined) return;
    expect(await differences(generatedScripts(200, 1), here)).toEqual([]);
  });
});

describe('without a compiler', () => {
  test('the reason is said', async () => {
    const nobody = await openKernelMachine('no-such-compiler');
    expect('skipped' in nobody ? nobody.skipped : '').toContain('no-such-compiler');
  });
});
