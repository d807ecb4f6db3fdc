/** Recorded worlds of the newer builds come out event for event. */
import { describe, expect, test } from '@jest/globals';
import { compareBuild } from './predicted.js';

/** Worlds recorded for each build: none may go missing unnoticed. */
const counts = {
  '2.28v4': 869,
  '2.30v12': 877,
  '2.31': 883,
  '2.32rseq': 869,
  '2.36': 882,
  '2.41': 882,
  '2.43': 882,
} as const;

describe('glibc does what the model says, in the same order', () => {
  test.each(['2.36', '2.41', '2.43'] as const)('every recorded world of %s', (file) => {
    const { worlds, differing } = compareBuild(file);
    expect(differing).toEqual([]);
    expect(worlds).toBe(counts[file]);
  });
});
