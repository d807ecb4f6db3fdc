/**
 * The hunting floor: worlds drawn by `arbitraries`, run under one libc, and whatever breaks made into a scenario to keep.
 *
 *   hunt(options): HuntReport                      src/hunt/hunt.ts        units one after another
 *   huntUnit(options, seed, index): HuntUnit      src/hunt/unit.ts        one unit of a hunt or of a campaign, as plain data
 *   suspicions, suspicionIds                      src/hunt/suspicions.ts  what is watched
 *   shrunk(scenario, fails): Scenario             src/hunt/shrink.ts      the smallest scenario that still fails
 *
 * What can go wrong: see `unit.ts`; what a unit gives depends on its options, seed and index alone.
 */
export type { Finding } from './finding.js';
export { type HuntReport, hunt, type WholeHuntOptions } from './hunt.js';
export { shrunk, sizeOf, smallerScenarios } from './shrink.js';
export { type Suspicion, suspicionIds, suspicions } from './suspicions.js';
export { type HuntOptions, type HuntUnit, huntUnit, UNIT_RUNS } from './unit.js';
