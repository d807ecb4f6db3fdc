/**
 * `rtldlab first-light`, which `npm start` runs: the question of the seed thread put to five semantics, one counterexample told
 * step by step, and how much of what real machines did the model predicts.
 *
 * What can go wrong: an order that depends on which thread was faster. Everything is gathered first and printed in one order.
 */
import { type Judgement, matrixOf, matrixText, storyForJudgement, storyText } from '../report/index.js';
import { shelved } from './catalogue.js';
import { exitCodeOfJudgements } from './exit.js';
import { type Judged, judgeTrials, plainly, trialsOf } from './judging.js';
import { columns, counted, grouped } from './layout.js';
import { seedBuilds } from './names.js';
import { type BuildPrediction, predictRecordings } from './predictions.js';
import type { Session } from './session.js';

const SHELF = 'seed';

/** Steps to where something forbidden is reached; undefined when it is not. */
function stepsToForbidden({ verdicts }: Judgement): number | undefined {
  return verdicts.find(({ word, witness }) => word === 'forbidden' && witness !== null)?.witness?.steps;
}

/** Semantics under which a scenario's forbidden things happen. */
function brokenUnder(judged: readonly Judged[], name: string): number {
  const own = judged.filter(({ scenario }) => scenario.name === name);
  return own.filter(({ judgement }) => stepsToForbidden(judgement) !== undefined).length;
}

/**
 * The broken cell to tell of: of those that the fewest semantics break (there the choice of a semantics matters most) the one
 * with the shortest way, and of equally short ones the first.
 */
export function cellToTell(judged: readonly Judged[]): Judged | undefined {
  const ranked = judged.flatMap((each) => {
    const steps = stepsToForbidden(each.judgement);
    return steps === undefined ? [] : [{ each, steps, broken: brokenUnder(judged, each.scenario.name) }];
  });
  return ranked.sort((a, b) => a.broken - b.broken || a.steps - b.steps)[0]?.each;
}

function storyOf(judged: Judged | undefined): string {
  if (judged === undefined) return 'No cell is broken.';
  const { scenario, libc, kernel, judgement, file } = judged;
  const told = storyForJudgement(scenario, libc, kernel, judgement, { file });
  return told === null ? `${scenario.name} has no story under ${libc.name}.` : storyText(told);
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '' : `${(Math.floor((1000 * part) / whole) / 10).toFixed(1)} %`;

/** The table of predicted recordings, with its sum. */
export function predictionsText(predictions: readonly BuildPrediction[]): string {
  const rows = predictions.map(({ libc, prediction: { worlds, equal, different, unsupported, broken } }) => {
    const lacking = Object.values(unsupported).reduce((sum, n) => sum + n, 0);
    return { libc, counts: [worlds, equal, different + broken, lacking] };
  });
  const sums = [0, 1, 2, 3].map((i) => rows.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0));
  const line = (name: string, counts: readonly number[]): string[] => [
    name,
    ...counts.map(grouped),
    percent(counts[1] ?? 0, counts[0] ?? 0),
  ];
  const head = ['real glibc', 'worlds', 'predicted', 'differ', 'unsupported', ''];
  return columns([head, ...rows.map(({ libc, counts }) => line(libc, counts)), line('all', sums)], '  ');
}

/** Put the seed's question, and say how true the model is. */
export async function firstLight(session: Session, { json }: { readonly json?: true }): Promise<void> {
  const trials = shelved(SHELF).flatMap((file) => session.take(trialsOf(file, { libc: seedBuilds })) ?? []);
  const total = trials.length;
  let waiting = 0;
  const predicting = predictRecordings(({ libc }) => session.progress(`${++waiting}: recordings of ${libc} compared`));
  const judged: Judged[] = [];
  await judgeTrials(session, trials, plainly, (each) => {
    judged.push(each);
    session.progress(`${judged.length} of ${counted(total, 'judgement')}`);
  });
  const predictions = await predicting;
  session.progress('');
  const judgements = judged.map(({ judgement }) => judgement);
  session.note(exitCodeOfJudgements(judgements));
  const matrix = matrixOf(judgements);
  const broken = cellToTell(judged);
  if (json === true) {
    const story = broken === undefined ? null : { scenario: broken.scenario.name, libc: broken.libc.name };
    session.line(JSON.stringify({ schema: 'rtldlab.first-light/1', matrix, story, predictions }));
    return;
  }
  session.line('1. The seed scenarios under five semantics: can what is forbidden happen?\n');
  session.line(`${matrixText(matrix)}\n`);
  session.line('2. The shortest way to one broken cell\n');
  session.line(`${storyOf(broken)}\n`);
  session.line('3. Worlds recorded on real glibc builds, predicted event for event\n');
  session.line(predictionsText(predictions));
}
