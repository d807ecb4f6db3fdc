/**
 * The bench asks everybody the same question: our search, SPIN where it is installed, and XState's own tools must count the same states
 * of the reference problem, or no time of theirs means anything.
 */
import { describe, expect, test } from '@jest/globals';
import { visitByGraph, visitByTransition, visitChart } from '../../src/bench/as-xstate.js';
import { cold, median, shellWord } from '../../src/bench/cold.js';
import { promelaOf } from '../../src/bench/promela.js';
import { counts, problemOf } from '../../src/bench/reference.js';
import { libraries, referenceProblem } from '../../src/bench/reference-problem.js';
import { askSpin, spinIsHere } from '../../src/bench/spin.js';
import { search } from '../../src/explore/index.js';

const small = { threads: 2, libraries: libraries('LT') };
const [counted] = counts().full;

describe('the smallest size', () => {
  test('is counted as others have counted it, by our search', () => {
    const { states, transitions } = search(referenceProblem(small));
    expect({ threads: 2, libraries: 'LT', states, transitions }).toEqual(counted);
  });

  test('and by XState, by its transition and by its graph package', () => {
    const all = { states: counted?.states, transitions: counted?.transitions };
    expect(visitByTransition(referenceProblem(small), 10_000)).toEqual(all);
    expect(visitByGraph(referenceProblem(small))).toEqual(all);
  });

  test('and as a statechart, whether each state is offered what its regions name or every event', () => {
    const byDefault = visitChart(small, false);
    const listed = visitChart(small, true);
    expect([byDefault.states, listed.states]).toEqual([counted?.states, counted?.states]);
    expect(listed.transitions).toBe(20 * listed.states);
    expect(byDefault.transitions).toBeLessThan(listed.transitions);
  });

  test('and as a statechart where libraries wait for libc, or act in constructors', () => {
    const safe = { threads: 2, libraries: libraries('LTC'), safe: true };
    expect(visitChart(safe, false).states).toBe(search(referenceProblem(safe)).states);
  });

  test('and by SPIN, in both forms of the model; the property holds where it is safe', () => {
    if (!spinIsHere()) {
      process.stdout.write('SPIN is not asked: spin or cc is not installed\n');
      expect(cold('command -v spin && command -v cc').status).not.toBe(0);
      return;
    }
    const all = askSpin({ problem: small, reduced: false, asserts: false, expected: 1000 });
    const transitions = (counted?.transitions ?? 0) + 1;
    expect(all).toMatchObject({ states: counted?.states, transitions, errors: 0 });
    expect(askSpin({ problem: small, reduced: true, asserts: true, expected: 1000 }).errors).toBe(1);
    const safe = { ...small, safe: true };
    expect(askSpin({ problem: safe, reduced: true, asserts: true, expected: 1000 }).errors).toBe(0);
  });
});

describe('the model in Promela', () => {
  test('says the property only when asked', () => {
    const of = (asserts: boolean) => promelaOf(problemOf({ threads: 3, letters: 'LTC' }), { form: 'split', asserts });
    expect(of(true)).toContain('assert(lc!=2)');
    expect(of(false)).not.toContain('assert');
  });

  test('a constructor library is absent from other threads', () => {
    const text = promelaOf(problemOf({ threads: 2, letters: 'C' }), { form: 'flat', asserts: false });
    const [main = '', other = ''] = text.split('proctype Other');
    expect(main).toContain('ag[0]==0 ->');
    expect(other).not.toContain('ag[0]==0 ->');
  });
});

describe('a command from a cold shell', () => {
  test('brings its output, its status, and the time of its children', () => {
    const words = ['-e', 'let n = 0; while (process.cpuUsage().user < 60000) n++; console.log("it\'s " + typeof n)'];
    const { out, status, seconds } = cold([process.execPath, ...words].map(shellWord).join(' '));
    expect({ out: out.trim(), status }).toEqual({ out: "it's number", status: 0 });
    expect(seconds).toBeGreaterThanOrEqual(0.05);
    expect(cold('exit 3')).toMatchObject({ status: 3, out: '' });
  });

  test('the median is the middle one', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2);
  });
});
