/** The explore floor: search, walk and replay any model that is given as a value. */
export type { Bound, Exploration, ExploreOptions, Reductions } from './exploration.js';
export { canonicalText, Interner, UninternableValue } from './intern.js';
export { BrokenInvariant, type Invariant } from './invariant.js';
export type { Actor, ComponentKey, Model, View } from './model.js';
export { searchNaively } from './naive.js';
export {
  type ParsedPath,
  type Path,
  type PathStep,
  type PathSyntaxError,
  parsePath,
  printPath,
  printStep,
} from './path.js';
export {
  type Change,
  explainReplayError,
  type Misstep,
  possibleSteps,
  type Replay,
  type ReplayError,
  type ReplayedStep,
  replay,
} from './replay.js';
export type { World } from './rich.js';
export { search } from './search.js';
export type { EventCount, MarkCount } from './tallies.js';
export { firstEnabled, type Policy, randomBelow, seededRandom, type Walk, type WalkOptions, walk } from './walk.js';
