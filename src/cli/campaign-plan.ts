/**
 * `rtldlab campaign plan KIND S... -o DIR`: from words to a plan that makes sense on another machine.
 *
 * What can go wrong: an option that means nothing to the kind and is taken in silence. Each kind says which it reads.
 */
import { planOf, UNITS_MAX, writePlan } from '../campaign/plan.js';
import type { JudgeParameters } from '../units/judge-unit.js';
import { isKindName, type KindName, kindNames } from '../units/kinds.js';
import { plannedTrials } from '../units/trials.js';
import type { WalkParameters } from '../units/walk-unit.js';
import { maker, planAnswer, shellWord } from './campaign-folder.js';
import { readScenarios, type ScenarioFile } from './catalogue.js';
import { expectedTrials } from './check.js';
import { quoted, unknown } from './complaint.js';
import { askedIn, type ExploreWords } from './explore.js';
import { type Trial, trialsOf } from './judging.js';
import { counted } from './layout.js';
import { seedOf, stepsOf, wholeNumber } from './names.js';
import type { Session } from './session.js';

export interface PlanWords extends ExploreWords {
  readonly output: string;
  readonly seed?: string;
  readonly units?: string;
  readonly schedules?: string;
  readonly maxSteps?: string;
}

/** What a kind makes of its words: parameters and the number of units. */
interface Work {
  readonly parameters: unknown;
  readonly units: number;
}

type Bounds = JudgeParameters['bounds'];
type KindWord = 'units' | 'schedules' | 'maxSteps' | 'maxStates';

/** The options that only some kinds read. */
const reads: Readonly<Record<KindName, readonly KindWord[]>> = {
  check: ['maxStates'],
  explore: ['maxStates'],
  split: ['units', 'maxStates'],
  walk: ['units', 'schedules', 'maxSteps'],
};

const spelled: Readonly<Record<KindWord, string>> = {
  units: '--units',
  schedules: '--schedules',
  maxSteps: '--max-steps',
  maxStates: '--max-states',
};

/** Complain about options that the kind does not read. */
function refuseOthers(session: Session, kind: KindName, words: PlanWords): void {
  for (const word of Object.keys(spelled) as KindWord[]) {
    if (words[word] === undefined || reads[kind].includes(word)) continue;
    const read = reads[kind].map((each) => spelled[each]).join(', ');
    session.complain({ code: 'C002', message: `${spelled[word]} means nothing to ${kind}`, expected: read });
  }
}

function takeCount(session: Session, word: KindWord, text: string | undefined, most: number): number | undefined {
  return session.takeOption(text, (each) => wholeNumber(spelled[word], each, 1, most));
}

function walkWork(session: Session, trials: readonly Trial[], words: PlanWords): Work {
  const parameters: WalkParameters = {
    ...plannedTrials(trials),
    schedules: takeCount(session, 'schedules', words.schedules, 1_000_000) ?? 100,
    maxSteps: session.takeOption(words.maxSteps, stepsOf) ?? 2_000,
  };
  return { parameters, units: takeCount(session, 'units', words.units, UNITS_MAX) ?? trials.length };
}

async function workOf(
  session: Session,
  kind: KindName,
  trials: readonly Trial[],
  words: PlanWords,
  bounds: Bounds,
): Promise<Work> {
  if (kind === 'walk') return walkWork(session, trials, words);
  if (kind === 'split') {
    const wanted = takeCount(session, 'units', words.units, UNITS_MAX) ?? 16;
    const { splitTrials } = await import('../units/split-unit.js');
    const parameters = splitTrials(trials, wanted, bounds);
    return { parameters, units: parameters.parts.length };
  }
  const parameters: JudgeParameters = { ...plannedTrials(trials), bounds };
  return { parameters, units: trials.length };
}

/** The trials that a kind is about: `check` those that the scenarios expect something of, all others those asked for. */
async function trialsFor(session: Session, kind: KindName, files: readonly ScenarioFile[], words: PlanWords) {
  const options = await askedIn(session, words);
  if (options === undefined) return undefined;
  const { asked, bounds } = options;
  const trials = files.flatMap((file) =>
    kind === 'check' ? expectedTrials(session, file, asked) : (session.take(trialsOf(file, asked)) ?? []),
  );
  return session.code === 0 ? { trials, bounds } : undefined;
}

/** Plan a campaign. */
export async function planCampaign(
  session: Session,
  kind: string,
  paths: readonly string[],
  words: PlanWords,
): Promise<void> {
  if (!isKindName(kind)) return session.complain(unknown('C077', 'kind of campaign', kind, kindNames));
  refuseOthers(session, kind, words);
  const seed = session.takeOption(words.seed, seedOf) ?? 1;
  const found = await trialsFor(session, kind, readScenarios(session, paths), words);
  if (found === undefined) return;
  if (found.trials.length === 0) {
    const message = `${kind} of nothing`;
    return session.complain({ code: 'C079', message, expected: 'scenario files, or folders of them' });
  }
  const { parameters, units } = await workOf(session, kind, found.trials, words, found.bounds);
  if (session.code !== 0) return;
  if (units > UNITS_MAX) {
    const message = `${quoted(kind)} comes to ${units} units`;
    return session.complain({ code: 'C079', message, expected: `at most ${UNITS_MAX}` });
  }
  const folder = words.output;
  const plan = session.take(planAnswer(writePlan(folder, planOf({ maker: maker(), kind, seed, units, parameters }))));
  if (plan === undefined) return;
  if (words.json === true) {
    const { id } = plan;
    return session.line(JSON.stringify({ schema: 'rtldlab.campaign-plan/1', campaign: id, kind, seed, units, folder }));
  }
  session.line(`${kind}, seed ${seed}: ${counted(units, 'unit')} in ${folder}`);
  session.line(`  next: rtldlab campaign run ${shellWord(folder)}`);
}
