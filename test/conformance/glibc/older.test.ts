/** Recorded worlds of the older builds come out event for event. */
import { describe, expect, test } from '@jest/globals';
import { compareBuild, counts } from './predicted.js';

describe('glibc does what the model says, in the same order', () => {
  test.each(['2.28v4', '2.30v12', '2.31', '2.32rseq'] as const)('every recorded world of %s', (file) => {
    const { worlds, differing } = compareBuild(file);
    expect(differing).toEqual([]);
    expect(worlds).toBe(counts[file]);
  });
});
