/**
 * The arbitraries that a reader's own property tests draw from: worlds and scenarios by features, claimants, schedules; and
 * scripts of rseq calls. They are those of `rtldlab hunt` and of `rtldlab kernel --real`, so that what these can find a test can
 * find, and shrink.
 *
 * What can go wrong: a test that draws worlds which cannot break its property. Ask for the features that it is about.
 */

export { worlds as runnableWorlds } from '../real/arbitrary-worlds.js';
export { type Feature, featureMeanings, features, type Swarm, type SwarmConstraints, swarms } from './features.js';
export { generatedScripts, type KernelScriptConstraints, kernelScripts } from './kernel-scripts.js';
export { type Judgeable, type Matched, matchers, type Under } from './matchers.js';
export { pruned } from './prune.js';
export { type FunctionDraw, LIBRARIES_MAX, type ObjectDraw, type Recipe, recipes } from './recipe.js';
export { choices, oldestFirst, pct, policyOf, type Schedule, schedules } from './schedule.js';
export { type GeneratedWorld, scenarioOf, scenarios, worldOf, worlds } from './world.js';
