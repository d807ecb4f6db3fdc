/**
 * Every semantics by its number in the record. It stands for the record's table of contents.
 *
 * What can go wrong: a row that no build brings; a test holds the two lists against each other.
 */
import { firstSemantics } from './libc-semantics.js';
import { reviewSemantics } from './libc-semantics-review.js';
import { seriesSemantics } from './libc-semantics-series.js';
import type { RseqSemantics } from './semantics.js';

/** In the order of their numbers. */
export const librarySemantics: readonly RseqSemantics[] = [
  ...firstSemantics,
  ...seriesSemantics,
  ...reviewSemantics,
].sort((a, b) => (a.id < b.id ? -1 : Number(a.id !== b.id)));
