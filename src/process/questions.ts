/**
 * The open questions of the record, Q-01 to Q-27, each with the worlds that answer it.
 *
 * What can go wrong: a number without a question, or with two. A test counts them.
 */

import type { Question } from './questions-form.js';
import { guardQuestions } from './questions-guards.js';
import { ruleQuestions } from './questions-rules.js';
import { startQuestions } from './questions-start.js';
import { threadQuestions } from './questions-threads.js';
import { worldQuestions } from './questions-worlds.js';

/** Every question, by number. */
export const questions: readonly Question[] = [
  ...startQuestions,
  ...guardQuestions,
  ...ruleQuestions,
  ...threadQuestions,
  ...worldQuestions,
].toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** The question of that number, in any case; undefined when there is none. */
export function questionNamed(id: string): Question | undefined {
  return questions.find((question) => question.id === id.toUpperCase());
}
