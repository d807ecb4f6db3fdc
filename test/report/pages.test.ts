// Judgements and matrices as pages: words in columns, nothing that a pipe would have to strip, and the same as data.
import { describe, expect, test } from '@jest/globals';
import { differencesText, judgementText, matrixOf, matrixText } from '../../src/report/index.js';
import { bareConstructor, judged, twoThreads } from '../process/scenarios.js';

const reader = bareConstructor.replace('a-constructor-claims-first', 'reads-the-flag').replace('C-15', 'C-03');

describe('a judgement', () => {
  test('is a line for each expectation, and how much was searched', () => {
    const text = judgementText(judged(bareConstructor, 'debian-2.36'), { file: 'first.yaml' });
    expect(text.replace(/\d+ states/g, 'N states')).toBe(
      `
a-constructor-claims-first (first.yaml)  under debian-2.36 (L-16), Linux 6.18: as expected
  A constructor that asks nobody takes the main thread before libc.
  forbidden  main is owned by a  never, complete (N states)  as expected
  allowed    a ran ctor          always                      as expected
  N states; 1 final world (exit 0: 1); complete
`.trim(),
    );
  });

  test('says what was expected instead', () => {
    expect(judgementText(judged(bareConstructor, 'patch-v12'))).toMatch(/forbidden .* always +EXPECTED never/);
  });

  test('never calls a bound a proof', () => {
    const text = judgementText(judged(bareConstructor, 'debian-2.36', { maxStates: 4 }));
    expect(text).toMatch(/never, within 4 states +not proven \(expected never\)/);
    expect(text).toContain('NOT complete: within 4 states');
    expect(text).not.toMatch(/never, complete/);
  });

  test('shows the parts of an expectation', () => {
    const text = twoThreads.replace(
      'required: ends with exit 0',
      'required: [ends with exit 0, main is owned by libc]',
    );
    const lines = judgementText(judged(text, 'debian-2.36')).split('\n');
    expect(lines.filter((line) => /^ {13}\w/.test(line)).map((line) => line.trim().replace(/ {2,}/, ': '))).toEqual([
      'ends with exit 0: always',
      'main is owned by libc: always',
    ]);
  });

  test('names what the model lacks', () => {
    const text = bareConstructor.replace('C-15', 'C-99');
    expect(judgementText(judged(text, 'patch-v12'))).toMatch(/unsupported\n.*\n {2}unsupported: claimant C-99$/);
  });
});

describe('a matrix', () => {
  const judgements = [bareConstructor, reader].flatMap((text) =>
    ['patch-v12', 'debian-2.36'].map((libc) => judged(text, libc)),
  );

  test('has a row for each scenario and a column for each semantics, unexpected cells marked', () => {
    expect(matrixText(matrixOf(judgements))).toBe(
      `
scenario                    word       patch-v12  debian-2.36
a-constructor-claims-first  forbidden  always !   never
reads-the-flag              forbidden  never      never
! not as expected
`.trim(),
    );
  });

  test('shows the differences alone, and counts the rest', () => {
    expect(differencesText(matrixOf(judgements)).split('\n').at(-1)).toBe('1 scenario agrees');
    expect(differencesText(matrixOf(judgements))).not.toContain('reads-the-flag');
    expect(differencesText(matrixOf(judgements.slice(2)))).toBe('1 scenario agrees');
  });

  test('leaves a cell empty that was not judged, and marks one that is no proof', () => {
    const some = [judged(bareConstructor, 'patch-v12'), judged(reader, 'debian-2.36', { maxStates: 4 })];
    const matrix = matrixOf(some);
    expect(matrix.rows.map(({ cells }) => cells.map((cell) => cell?.outcome ?? null))).toEqual([
      ['always', null],
      [null, 'never'],
    ]);
    expect(matrixText(matrix)).toContain('? a bound was hit: not a proof');
    expect(matrix.exitCode).toBe(1);
  });

  test('is data that survives JSON, and text without control characters', () => {
    const matrix = matrixOf(judgements);
    expect(JSON.parse(JSON.stringify(matrix))).toEqual(matrix);
    const named = matrixOf([{ ...judged(bareConstructor, 'patch-v12'), scenario: '\u001b[31mred' }]);
    expect(matrixText(named)).not.toContain('\u001b');
  });
});
