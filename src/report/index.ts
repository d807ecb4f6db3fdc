/**
 * The report floor: from judgements and paths to what a person reads. Plain text without colour; the same things as data for JSON.
 *
 * From a scenario to a page, in order:
 *
 *   judge(scenario, build, kernel, options?): Judgement        src/process/judge.ts  every schedule, every member; verdicts
 *   exitCodeOf(judgements): 0 | 1 | 3 | 4                       src/process/verdict.ts  (2 is bad input, the command's own)
 *   judgementText(judgement, { file? }): string                 one scenario under one semantics, a line a verdict
 *   storyOf(scenario, build, kernel, path, options?): StoryResult   a path told step by step; `{ ok: false, error }` when it does not fit
 *   storyText(story): string                                    its last line is the replay command
 *   storyForJudgement(scenario, build, kernel, judgement, options?): Story | null   the most telling path of a judgement
 *   matrixOf(judgements): Matrix; matrixText(matrix): string; differencesText(matrix): string
 *
 * `build` is a Build (src/process/builds.ts:buildNamed), `kernel` KernelFeatures (src/kernel: kernelFeatures(name)), `path` a Path
 * (src/explore: parsePath). Everything returned is plain data with a `schema` field where it is meant for JSON.
 *
 * What can go wrong: reaching past this door; the files behind it move.
 */
export {
  type JudgeOptions,
  judge,
  judgedStates,
  modelOfScenario,
  replayScenario,
  type ScenarioModel,
} from '../process/judge.js';
export { exitCodeOf, exitCodes, type Judgement, type Part, type Verdict, type Way } from '../process/verdict.js';
export { culpritOf } from './culprit.js';
export { judgementText } from './judgement-text.js';
export { type Cell, differencesText, type Matrix, type MatrixRow, matrixOf, matrixText } from './matrix.js';
export type { Reason } from './reasons.js';
export {
  type Story,
  type StoryOptions,
  type StoryResult,
  storyForJudgement,
  storyOf,
  tellingVerdict,
} from './story.js';
export { storyText } from './story-text.js';
export type { StoryLine } from './telling.js';
