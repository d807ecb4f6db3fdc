/** Recorded worlds of the newer builds come out event for event. */
import { describe, expect, test } from '@jest/globals';
import { compareBuild, counts } from './predicted.js';

describe('glibc does what the model says, in the same order', () => {
  test.each(['2.36', '2.41', '2.43'] as const)('every recorded world of %s', (file) => {
    const { worlds, differing } = compareBuild(file);
    expect(differing).toEqual([]);
    expect(worlds).toBe(counts[file]);
  });
});
