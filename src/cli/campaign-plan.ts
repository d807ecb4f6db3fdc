/**
 * `rtldlab campaign plan KIND S... -o DIR`: from words to a plan that makes sense on another machine.
 *
 * What can go wrong: a plan half made. Whatever is wrong is told before the folder is touched.
 */
import { planOf, writePlan } from '../campaign/plan.js';
import { isKindName, kindNames } from '../units/kinds.js';
import { maker, planAnswer, shellWord } from './campaign-folder.js';
import { type KindWords, workOf } from './campaign-work.js';
import { unknown } from './complaint.js';
import type { ExploreWords } from './explore.js';
import { counted } from './layout.js';
import { seedOf } from './names.js';
import type { Session } from './session.js';

export interface PlanWords extends ExploreWords, KindWords {
  readonly output: string;
  readonly seed?: string;
}

/** Plan a campaign. */
export async function planCampaign(
  session: Session,
  kind: string,
  paths: readonly string[],
  words: PlanWords,
): Promise<void> {
  if (!isKindName(kind)) return session.complain(unknown('C077', 'kind of campaign', kind, kindNames));
  const seed = session.takeOption(words.seed, seedOf) ?? 1;
  const work = await workOf(session, kind, paths, words);
  if (work === undefined) return;
  const { units, parameters } = work;
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
