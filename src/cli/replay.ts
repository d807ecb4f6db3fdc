/**
 * `rtldlab replay S --libc NAME --path P`: a saved or printed path, told step by step.
 *
 * What can go wrong: a path that outlived its model. The step that no longer exists is named, with everything that could be done
 * there instead.
 */

import { type Path, parsePath } from '../explore/index.js';
import { storyOf, storyText } from '../report/index.js';
import { readScenarios } from './catalogue.js';
import { type Answer, quoted } from './complaint.js';
import { trialsOf } from './judging.js';
import { kernelNamed, libcsNamed } from './names.js';
import { semanticsOfFiles } from './semantics-file.js';
import type { Session } from './session.js';

export interface ReplayWords {
  readonly libc?: string;
  readonly semantics?: readonly string[];
  readonly kernel?: string;
  readonly path: string;
  readonly json?: true;
}

const reasons = {
  'no-actor': 'it names nobody',
  'choice-is-not-a-number': 'a choice is not a number',
  'bad-escape': 'its escape cannot be read',
} as const;

/** The path that a text stands for. */
function pathOf(text: string): Answer<Path> {
  const parsed = parsePath(text);
  if (parsed.ok) return { value: parsed.path };
  const { step, text: part, reason } = parsed.error;
  return {
    complaint: {
      code: 'C020',
      message: `--path cannot be read: step ${step + 1}, ${quoted(part)}: ${reasons[reason]}`,
      expected: 'steps with dots between them, as vary:1.main.t2:0',
    },
  };
}

/** Follow a path through a scenario. */
export async function replay(session: Session, file: string, words: ReplayWords): Promise<void> {
  const own = await semanticsOfFiles(session, words.semantics);
  const libc = own.length > 0 ? own : session.takeOption(words.libc, libcsNamed);
  const kernel = session.takeOption(words.kernel, kernelNamed);
  const path = session.take(pathOf(words.path));
  if (session.code !== 0 || path === undefined) return;
  const [found] = readScenarios(session, [file]);
  if (found === undefined) return;
  const [trial] = session.take(trialsOf(found, { libc, kernel })) ?? [];
  if (trial === undefined) return;
  const told = storyOf(trial.scenario, trial.libc, trial.kernel, path, { file });
  if (told.ok) session.line(words.json === true ? JSON.stringify(told.story) : storyText(told.story));
  else
    session.complain({ code: 'C021', message: told.error, next: `rtldlab explore ${file} --libc ${trial.libc.name}` });
}
