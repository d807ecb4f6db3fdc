/**
 * N1 to N10: what a build knows of the number of the call, and what comes of it.
 *
 * What can go wrong: a table that agrees with itself. Numbers are held against glibc's own lists, by hand.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rseqNumber } from '../../src/kernel/numbers.js';
import { buildNamed } from '../../src/process/builds.js';
import { architectures, numberOfBuild, numberResult, usualParameters } from '../../src/process/numbers.js';
import { generatedNumberFiles } from '../../src/report/numbers-page.js';
import { type NumberParameters, numberOutcomes, numberRows } from '../../src/rseq/numbers.js';

const [v12, v17, tls] = ['patch-v12', 'patch-v17', '2.36'].map((name) => buildNamed(name)!.rseq);

const versions = fc.constantFrom('4.15', '4.17', '4.18', '4.19', '5.1', '5.4', '6.18');
const parameters: fc.Arbitrary<NumberParameters> = fc.record({
  mode: fc.constantFrom('headers', 'list', 'base', 'base-anyway'),
  buildHeaders: versions,
  listVersion: versions,
  architecture: fc.constantFrom(...architectures, 'vax'),
  runKernel: versions,
  configured: fc.boolean(),
  backport: fc.boolean(),
  signature: fc.boolean(),
  minKernel: fc.constantFrom('3.2', '4.18'),
  symbols: fc.constantFrom('always', 'if-built'),
  filter: fc.constantFrom('none', 'EPERM', 'EACCES', 'ENOSYS', 'kill'),
  rivalNumber: fc.boolean(),
});

test('the ten parameters of the record are here, each with the choices that say it', () => {
  expect(numberRows.map(({ id }) => id)).toEqual(['N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8', 'N9', 'N10']);
  expect(numberRows.flatMap((row) => row.parameters).sort()).toEqual(Object.keys(usualParameters).sort());
});

describe('the number of a build', () => {
  test.each([
    ['x86-64', 334],
    ['i386', 386],
    ['arm', 398],
    ['arm64', 293],
    ['powerpc', 387],
    ['s390', 383],
    ['sparc', 365],
    ['m68k', 384],
    ['alpha', 527],
    ['mips-n64', 5327],
  ])('from a list is, on %s, %d', (architecture, number) => {
    expect(numberOfBuild({ ...usualParameters, mode: 'list', architecture })).toBe(number);
  });

  test('from a base and a constant there is none on any architecture', () => {
    for (const architecture of architectures)
      expect(numberOfBuild({ ...usualParameters, mode: 'base', architecture })).toBeNull();
  });

  test('from a base and the constant of x86-64 it is right there and nowhere else', () => {
    const right = architectures.filter((architecture) => {
      const answer = rseqNumber(architecture);
      return (
        answer.ok && numberOfBuild({ ...usualParameters, mode: 'base-anyway', architecture }) === answer.entry.number
      );
    });
    expect(right).toEqual(['x86-64', 'x32']);
  });
});

describe('what comes of it', () => {
  test('a wrong number is out of reach of headers, list and base', () => {
    fc.assert(
      fc.property(parameters, (p) => {
        fc.pre(p.mode !== 'base-anyway');
        expect(numberResult(p, v12!).outcome).not.toBe('WRONG-NUMBER');
      }),
    );
    const anyway = { ...usualParameters, mode: 'base-anyway', architecture: 'arm64' } as const;
    expect(numberResult(anyway, v12!).outcome).toBe('WRONG-NUMBER');
  });

  test('every outcome is reached by some choice', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(parameters, (p) => {
        for (const semantics of [v12!, v17!]) seen.add(numberResult(p, semantics).outcome);
      }),
      { numRuns: 3_000, seed: 20190811 },
    );
    expect([...seen].sort()).toEqual(Object.keys(numberOutcomes).sort());
  });

  test('one release, two builds: under v12 the headers of the building machine decide between owner and stub', () => {
    const on = (buildHeaders: string) => numberResult({ ...usualParameters, buildHeaders }, v12!);
    expect(on('4.17')).toEqual({ outcome: 'STUB', number: null, rivalMayOwn: true });
    expect(on('4.18')).toEqual({ outcome: 'SUPPORTED', number: 334, rivalMayOwn: false });
  });

  test('a kernel without the call leaves the flag of v12 up and no thread registered; without a flag everybody knows', () => {
    const old = { ...usualParameters, runKernel: '4.17' };
    expect(numberResult(old, v12!).outcome).toBe('EXPORTED-BUT-NOT-HANDLED');
    expect(numberResult(old, v17!).outcome).toBe('REFUSED');
    expect(numberResult(old, tls!).outcome).toBe('REFUSED');
  });

  test('libc and a rival never both hold the call', () => {
    fc.assert(
      fc.property(parameters, (p) => {
        const { outcome, rivalMayOwn } = numberResult(p, v12!);
        expect(outcome === 'SUPPORTED' && rivalMayOwn).toBe(false);
      }),
    );
  });
});

test.each([...generatedNumberFiles()])('%s is fresh (else: npx tsx scripts/generate-numbers-docs.ts)', (path, page) => {
  expect(readFileSync(join(__dirname, '..', '..', path), 'utf8')).toBe(page);
});
