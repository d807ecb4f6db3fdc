/**
 * `rtldlab check DIR...`: a catalogue judged as its scenarios expect, a line a verdict; for a build script.
 *
 * What can go wrong: a catalogue that expects nothing and therefore always passes; such a scenario is named.
 */

import { readScenarios, type ScenarioFile } from './catalogue.js';
import { exitCodeOfJudgements } from './exit.js';
import { askedIn, type ExploreWords } from './explore.js';
import { type Asked, judgeTrials, type Trial, trialsOf } from './judging.js';
import { columns, counted } from './layout.js';
import type { Session } from './session.js';

/** The trials of a scenario under all that it expects something of. */
export function expectedTrials(session: Session, file: ScenarioFile, asked: Asked): readonly Trial[] {
  const { expect, name } = file.scenario;
  if (asked.libc === undefined && Object.keys(expect).length === 0) {
    const expected = 'expect: with a verdict for each semantics';
    session.complain({ code: 'C022', message: `${name} says nothing that could be checked`, expected });
    return [];
  }
  const scenario = { ...file.scenario, libc: Object.keys(expect) };
  const trials = session.take(trialsOf({ ...file, scenario }, asked)) ?? [];
  return trials.map((trial) => ({ ...trial, scenario: file.scenario }));
}

const marks = {
  asExpected: 'ok',
  unexpected: 'UNEXPECTED',
  notProven: 'not proven',
  unsupported: 'unsupported',
} as const;

/** Judge every scenario under every semantics that it expects something of. */
export async function check(session: Session, paths: readonly string[], words: ExploreWords): Promise<void> {
  const options = await askedIn(session, words);
  if (options === undefined) return;
  const files = readScenarios(session, paths);
  const trials = files.flatMap((file) => expectedTrials(session, file, options.asked));
  const rows: string[][] = [];
  let asExpected = 0;
  await judgeTrials(session, trials, options, ({ judgement }) => {
    session.note(exitCodeOfJudgements([judgement]));
    if (judgement.outcome === 'asExpected') asExpected++;
    if (words.json === true) return session.line(JSON.stringify(judgement));
    const { scenario, libc, outcome, verdicts, unsupported } = judgement;
    const said = [...verdicts.map(({ word, printed }) => `${word}: ${printed}`), ...unsupported].join('; ');
    rows.push([marks[outcome], scenario, libc, said]);
  });
  if (words.json === true) return;
  if (rows.length > 0) session.line(columns(rows));
  session.line(`${asExpected} of ${counted(trials.length, 'judgement')} as expected`);
}
