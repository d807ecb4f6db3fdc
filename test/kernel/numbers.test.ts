import { describe, expect, test } from '@jest/globals';
import { commonBases, firstCommonNumber, rseqNumber, rseqNumbers } from '../../src/kernel/index.js';

describe('the number of the call', () => {
  test.each([
    ['x86-64', 334, '4.18'],
    ['x32', 0x4000_0000 + 334, '4.18'],
    ['i386', 386, '4.18'],
    ['arm', 398, '4.18'],
    ['powerpc', 387, '4.18'],
    ['mips-o32', 4367, '4.18'],
    ['mips-n64', 5327, '4.18'],
    ['mips-n32', 6331, '4.18'],
    ['microblaze', 400, '4.18'],
    ['arm64', 293, '4.19'],
    ['riscv', 293, '4.19'],
    ['loongarch', 293, '4.19'],
    ['s390', 383, '4.19'],
    ['xtensa', 352, '5.1'],
    ['parisc', 354, '5.1'],
    ['sparc', 365, '5.1'],
    ['m68k', 384, '5.1'],
    ['sh', 387, '5.1'],
    ['alpha', 527, '5.1'],
    ['ia64', 1357, '5.1'],
  ])('on %s it is %d, in headers from %s or its own first release', (architecture, number, firstHeaders) => {
    expect(rseqNumber(architecture)).toMatchObject({ ok: true, entry: { number, firstHeaders } });
  });

  test('each architecture stands in the table once, with the table it was read in', () => {
    const names = rseqNumbers.map((each) => each.architecture);
    expect(new Set(names).size).toBe(names.length);
    for (const each of rseqNumbers) expect(each.source).toContain('/');
  });

  test('it is older than the numbers that all architectures share', () => {
    for (const each of rseqNumbers) expect(each.number - each.base).toBeLessThan(firstCommonNumber + 110);
    expect(firstCommonNumber + (commonBases.alpha ?? 0)).toBe(534);
  });

  test('an unknown architecture is a value with the nearest names', () => {
    const wrong = rseqNumber('x86_64');
    expect(wrong).toMatchObject({ ok: false, error: { code: 'K011' } });
    if (!wrong.ok) expect(wrong.error.nearest[0]).toBe('x86-64');
  });
});
