import { describe, expect, test } from '@jest/globals';
import {
  amendments,
  auxv,
  featureDifferences,
  featureFlags,
  freshTask,
  kernelFeatures,
  kernelNames,
  knownKernel,
  releases,
  rseqConfiguration,
  timeLine,
} from '../../src/kernel/index.js';

describe('features of kernels', () => {
  test('every mainline release from 4.18 to 7.1 has a name, in order', () => {
    expect(releases).toHaveLength(1 + 3 + 20 + 20 + 2);
    expect(releases.slice(0, 3)).toEqual(['4.17', '4.18', '4.19']);
    expect(releases.slice(-3)).toEqual(['6.19', '7.0', '7.1']);
    for (const name of kernelNames) expect(kernelFeatures(name).ok).toBe(true);
  });

  test('every flag says what it means and where that was read, and every flag separates some kernels', () => {
    const all = [...releases.map(knownKernel), knownKernel('emulated'), knownKernel('6.18+debug')];
    for (const flag of featureFlags) {
      expect(flag.meaning.length).toBeGreaterThan(10);
      expect(flag.source).toMatch(/\.[ch]|Kconfig/);
      expect(new Set(all.map((k) => k[flag.name])).size).toBeGreaterThan(1);
    }
  });

  test('every row of the time line and every amendment has a source', () => {
    for (const row of timeLine) expect(row.source).not.toBe('');
    for (const amendment of amendments) expect(amendment.source).not.toBe('');
  });

  test('a release that no row names equals the one before it', () => {
    const named = timeLine.map((row) => row.release);
    releases.forEach((release, i) => {
      const before = releases[i - 1];
      if (before === undefined || named.includes(release)) return;
      expect(featureDifferences(knownKernel(before), knownKernel(release))).toEqual([]);
    });
  });

  test('an unknown kernel is a value with the nearest names, not an exception', () => {
    const wrong = kernelFeatures('6.81');
    expect(wrong).toMatchObject({ ok: false, error: { code: 'K010' } });
    if (!wrong.ok) expect(wrong.error.nearest).toContain('6.8');
    const amended = kernelFeatures('6.18+no-rsek');
    if (!amended.ok) expect(amended.error.nearest[0]).toBe('no-rseq');
    expect(amended.ok).toBe(false);
    expect(kernelFeatures('').ok).toBe(false);
    expect(kernelFeatures('__proto__').ok).toBe(false);
  });

  test('a stable release carries the back-ports of its point release', () => {
    expect(knownKernel('6.1.145').registrationClearsSection).toBe('no');
    expect(knownKernel('6.1.146').registrationClearsSection).toBe('read-then-clear');
    expect(knownKernel('5.15.189').registrationClearsSection).toBe('read-then-clear');
    expect(knownKernel('5.10.240').registrationClearsSection).toBe('read-then-clear');
    expect(knownKernel('4.19.101').childDropsSlot).toBe('clone-thread');
    expect(knownKernel('4.19.102').childDropsSlot).toBe('clone-vm');
    expect(knownKernel('5.4.18').childDropsSlot).toBe('clone-vm');
    expect(featureDifferences(knownKernel('6.18'), knownKernel('6.18.44'))).toEqual([]);
  });

  test('amendments are put on top of a release', () => {
    const amended = knownKernel('5.4+clears-section+clone-vm-clears');
    expect(featureDifferences(knownKernel('5.4'), amended)).toEqual(['childDropsSlot', 'registrationClearsSection']);
    expect(knownKernel('5.4+debug').debug).toBe('syscalls');
    expect(knownKernel('6.14+debug').debug).toBe('syscalls-and-reports');
    expect(knownKernel('7.0+debug').debug).toBe('kills');
  });

  test('without the call there is no auxiliary vector and no query either', () => {
    for (const name of ['4.17', 'no-rseq', 'no-have-rseq', '7.0+no-rseq']) {
      const kernel = knownKernel(name);
      expect(kernel.call).toBe('absent');
      expect(auxv(kernel)).toEqual([]);
      expect(rseqConfiguration(kernel, freshTask())).toEqual({ err: 'EIO' });
    }
  });
});
