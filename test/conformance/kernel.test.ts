/**
 * The recordings of a real 6.18 kernel: 1,400 scripts of rseq calls and what each operation led to. The model is given the
 * scripts alone and must come to the same results, field for field.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { knownKernel, runKernelFile } from '../../src/kernel/index.js';

interface Recording {
  readonly id: string;
  readonly results: unknown;
  readonly end: string;
  readonly segv_handler_runs: number;
}

const fixture = join(__dirname, '..', 'fixtures', 'kernel-rseq', '6.18.jsonl.gz');
const text = gunzipSync(readFileSync(fixture)).toString('utf8');
const recordings = text
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recording);

/** A recording with its results taken out, so that the model cannot look. */
const question = (line: string): string => {
  const {
    results: _results,
    end: _end,
    segv_handler_runs: _runs,
    ...rest
  } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify(rest);
};

describe('the recordings of Linux 6.18', () => {
  const questions = text.trim().split('\n').map(question).join('\n');
  const answers = runKernelFile(questions, knownKernel('6.18'));

  test('every recorded script is well formed', () => {
    expect(answers.diagnostics).toEqual([]);
    expect(answers.results).toHaveLength(1400);
    expect(recordings).toHaveLength(1400);
  });

  test('every script comes to the recorded results, end and handler count', () => {
    const expected = recordings.map(({ id, results, end, segv_handler_runs }) => ({
      id,
      results,
      end,
      segv_handler_runs,
    }));
    const wrong = expected.filter((e, i) => JSON.stringify(e) !== JSON.stringify(answers.results[i])).map((e) => e.id);
    expect(wrong).toEqual([]);
  });

  test('the recordings do depend on the release: an older and a newer kernel disagree with them', () => {
    const disagreements = (kernel: string): number => {
      const { results } = runKernelFile(questions, knownKernel(kernel));
      return results.filter((r, i) => JSON.stringify(r.results) !== JSON.stringify(recordings[i]?.results)).length;
    };
    expect(disagreements('6.15')).toBe(0);
    expect(disagreements('6.14')).toBeGreaterThan(100);
    expect(disagreements('6.19')).toBeGreaterThan(100);
    expect(disagreements('no-rseq')).toBeGreaterThan(700);
  });
});
