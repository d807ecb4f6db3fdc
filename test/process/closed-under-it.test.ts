// A library closed while a thread is in its code: ld.so takes the caller for the main program, and the return is a page fault.
import { describe, expect, test } from '@jest/globals';
import { search } from '../../src/explore/index.js';
import { modelOfScenario } from '../../src/process/judge.js';
import { build, judged, linux, scenario, verdict } from './scenarios.js';

const race = (actions: string, predicates = 'forbidden: exe ran mark end before a ran mark o') => `
exe: {main: dlopen a now h; start t body; dlclose h; join t; mark end, bodies: {body: dlsym h w_a_use}}
objects:
  a: {funcs: {w_a_use: ${actions}, w_a_other: mark o}, bodies: {gone: mark g}}
  b: {ctors: [{do: mark c}]}
${predicates}
allowed: ends with signal SIGSEGV
`;

/** What waits for another thread somewhere in libc or ld.so, and then goes on for a caller that may be gone. */
const waiting = [
  'tls_dtor gone',
  'dlopen b now h',
  'dlmopen b new now h',
  'dlsym default w_a_other',
  'dlsym next w_a_other',
  'pthread_exit',
  '[{op: fork, child: [], then: _exit}]',
];

describe.each(['pre-2.22', '2.31', '2.41'])('under %s', (libc) => {
  test.each(waiting)('a thread in %s of a library that is closed meanwhile can die by SIGSEGV', (actions) => {
    const judgement = judged(race(actions), libc);
    expect(judgement.complete).toBe(true);
    expect(verdict(judgement, 'allowed').outcome).toBe('sometimes');
  });

  test('dlopen goes on in the namespace of the main program', () => {
    const opened = judged(race('dlopen b now h', 'forbidden: b ran ctor'), libc);
    expect(verdict(opened, 'forbidden').outcome).toBe('sometimes');
  });

  test('the destructor that was registered for it is never run', () => {
    const judgement = judged(race('tls_dtor gone', 'forbidden: a ran tls_dtor and ends with signal SIGSEGV'), libc);
    expect(verdict(judgement, 'forbidden').outcome).toBe('never');
  });
});

test('whatever is watched beside it, no invariant breaks', () => {
  for (const actions of waiting) {
    const { model } = modelOfScenario(scenario(race(actions)), build('2.36'), linux, ['P-08', 'P-09', 'P-17']);
    expect(search(model, { maxStates: 20_000 }).complete).toBe(true);
  }
});
