/**
 * What `rtldlab explain` says of the numbers that are answered by running something: questions, derived statements (D-11) and
 * incidents (I-17) of the record.
 *
 * What can go wrong: an answer that is printed from memory. Questions and statements are searched for when they are asked.
 */
import { answerOf, judgeFinding } from '../process/answer.js';
import { questions } from '../process/questions.js';
import { findings } from '../process/questions-findings.js';
import { answerText } from '../report/answers.js';
import { shelved } from './catalogue.js';

/** Text for people, and the same as data. */
export interface Told {
  readonly text: string;
  readonly data: object;
}

/** Every number that has an answer here. */
export const recordIds: readonly string[] = [...questions.map(({ id }) => id), ...findings.map(({ id }) => id)];

function finding(id: string): Told | undefined {
  const found = findings.find((each) => each.id === id);
  if (found === undefined) return undefined;
  const { answer, verdict } = judgeFinding(found);
  return {
    text: `${answerText(answer)}\n\nVerdict: ${verdict} (derived in the record at ${found.where})`,
    data: { ...answer, verdict },
  };
}

function incident(id: string): Told | undefined {
  if (!/^I-\d\d$/.test(id)) return undefined;
  const files = shelved('incidents').filter(({ file }) => new RegExp(`/${id}[a-z]?-[^/]*$`).test(`/${file}`));
  if (files.length === 0) return undefined;
  const told = files.map(({ file, scenario: { claim = '', source = '', expect } }) => {
    const verdicts = Object.entries(expect).map(([libc, { forbidden }]) => `${libc} ${forbidden ?? ''}`);
    return [claim, `  ${source}`, `  happens: ${verdicts.join(', ')}`, `  rtldlab explore ${file}`].join('\n');
  });
  const data = {
    schema: 'rtldlab.incident/1',
    id,
    scenarios: files.map(({ file, scenario }) => ({ file, ...scenario })),
  };
  return { text: [`${id} (incident)`, ...told].join('\n\n'), data };
}

/** What is known of a question, a derived statement or an incident, by its number in any case; undefined when it is none. */
export function toldOfRecord(word: string): Told | undefined {
  const id = word.toUpperCase();
  const answer = answerOf(id);
  if (answer !== undefined) return { text: answerText(answer), data: answer };
  return finding(id) ?? incident(id);
}
