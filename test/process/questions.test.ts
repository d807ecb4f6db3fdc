/**
 * The open questions of the record and its derived statements: each has an answer that was searched for, completely, and the pages
 * say what the searches say today.
 *
 * What can go wrong: a page that was true once. It is written anew here and compared.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { answerOf, answerTo, judgeFinding } from '../../src/process/answer.js';
import { questions } from '../../src/process/questions.js';
import { findings } from '../../src/process/questions-findings.js';
import { answerText, generatedAnswers, generatedFindings } from '../../src/report/answers.js';

const page = (path: string) => readFileSync(join(__dirname, '..', '..', path), 'utf8');
const answers = questions.map((question) => answerTo(question));
const judgedFindings = findings.map((finding) => ({ finding, ...judgeFinding(finding) }));
const numbers = Array.from({ length: 27 }, (_, i) => `Q-${String(i + 1).padStart(2, '0')}`);

describe('questions', () => {
  test('each number of the record is asked once', () => {
    expect(questions.map(({ id }) => id)).toEqual(numbers);
  });

  test.each(answers.map((answer) => [answer.id, answer] as const))(
    '%s is answered by complete searches',
    (_id, answer) => {
      expect(answer?.complete).toBe(true);
      expect(answer?.searches).toBeGreaterThan(0);
      expect(answer?.answer).not.toMatch(/undefined|\[object/);
      expect(answer?.sightings.filter(({ witness, outcome }) => witness === null && outcome !== 'never')).toEqual([]);
    },
  );

  test('what is looked for is seen somewhere, or nobody sees any of it', () => {
    const dull = answers.filter(({ sightings }) => sightings.every(({ outcome }) => outcome === 'never'));
    expect(dull.map(({ id }) => id)).toEqual([]);
  });

  test('an answer in the terminal ends with a scenario to change', () => {
    const answer = answerOf('q-03');
    expect(answer === undefined ? '' : answerText(answer)).toMatch(/to change:\n\s+audit: \[m\]/);
  });

  test('an unknown number has no answer', () => {
    expect(answerOf('Q-28')).toBeUndefined();
  });
});

describe('derived statements', () => {
  test('one that is not run says why, and the others were searched completely or computed', () => {
    for (const { finding, answer, verdict } of judgedFindings) {
      expect(answer.answer).not.toMatch(/undefined|\[object/);
      if (verdict !== 'not run' && finding.trials.length > 0) expect(answer.complete).toBe(true);
    }
  });

  test('what the model refutes is said to be refuted', () => {
    const inPart = judgedFindings.filter(({ verdict }) => verdict !== 'confirmed').map(({ finding }) => finding.id);
    expect(inPart).toEqual(['D-03', 'D-10', 'D-11', 'D-12', 'D-16', 'D-17']);
  });
});

describe('pages', () => {
  test.each([generatedAnswers(answers), generatedFindings(judgedFindings)])(
    '%s is current (npx tsx scripts/generate-answers.ts)',
    (path, text) => {
      expect(page(path)).toBe(text);
    },
  );
});
