/**
 * `rtldlab compare A B ... [S...]`: the same scenarios under several semantics; the matrix, then only the differences. The main
 * act of a reviewer: a proposal moves some answers, and these are the ones to talk about.
 *
 * What can go wrong: a mistyped semantics taken for a file that is not there, or the other way round; a word with a slash or an
 * ending, and a word that exists on disk, is a file, and everything else is a semantics.
 */
import { existsSync } from 'node:fs';
import { differencesText, matrixOf, matrixText } from '../report/index.js';
import { readScenarios, shelf } from './catalogue.js';
import { exitCodeOfJudgements } from './exit.js';
import { askedIn, type ExploreWords } from './explore.js';
import { type Judged, judgeTrials, trialsOf } from './judging.js';
import { libcNamed } from './names.js';
import type { Session } from './session.js';

function isPath(word: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/.test(word) || word === '-' || (!('value' in libcNamed(word)) && existsSync(word));
}

/** Compare semantics over scenarios; without scenarios, over the seed shelf. */
export async function compare(session: Session, words: readonly string[], options: ExploreWords): Promise<void> {
  const paths = words.filter(isPath);
  const names = words.filter((word) => !isPath(word));
  const count = names.length + (options.semantics?.length ?? 0);
  if (count < 2) {
    const message = `compare needs two semantics, and got ${count}`;
    session.complain({
      code: 'C003',
      message,
      expected: 'names as patch-v12 glibc-2.36',
      next: 'rtldlab compare --help',
    });
    return;
  }
  const asked = await askedIn(session, { ...options, ...(names.length === 0 ? {} : { libc: names.join(',') }) });
  if (asked === undefined) return;
  const files = readScenarios(session, paths.length > 0 ? paths : [shelf('seed')]);
  const trials = files.flatMap((file) => session.take(trialsOf(file, asked.asked)) ?? []);
  const judged: Judged[] = [];
  await judgeTrials(session, trials, asked, (each) => void judged.push(each));
  const judgements = judged.map(({ judgement }) => judgement);
  session.note(exitCodeOfJudgements(judgements));
  if (judgements.length === 0) return;
  const matrix = matrixOf(judgements);
  if (options.json === true) session.line(JSON.stringify(matrix));
  else session.line(`${matrixText(matrix)}\n\n${differencesText(matrix)}`);
}
