/**
 * Questions about guards and flags that were proposed in review and not adopted.
 *
 * What can go wrong: a flag judged by its name. What it says depends on when it is read, and in which copy of libc.
 */
import { type Question, trial } from './questions-form.js';

const guarded = [
  'multiple-libcs',
  'multiple-libcs-fedora',
  'multiple-libcs-start',
  'multiple-libcs-start-fedora',
] as const;

const sameFlag: Question = {
  id: 'Q-04',
  asks: 'With `__libc_multiple_libcs` as the guard, upstream and as patched by a distribution: in which worlds do inner and outer libc get the same answer; is there one with an audit module?',
  trials: [
    trial(
      'audit module',
      [...guarded, 'namespace-check'],
      `
audit: [m]
exe: {main: mark reached}
objects:
  m: {audit: {callbacks: {la_version: []}}}`,
      { 'inner registers': 'P-02 broken', 'nobody registers': 'exe ran main and main is owned by nobody' },
    ),
    trial(
      'namespace after start',
      [...guarded, 'namespace-check'],
      `
exe: {main: dlmopen a new now h}
objects:
  a: {}`,
      {
        'inner tries': "libc's rseq gets EINVAL or libc's rseq gets EBUSY",
        'nobody registers': 'main is owned by nobody and ends with exit 0',
      },
    ),
    trial('program alone', [...guarded, 'namespace-check'], 'exe: {main: mark reached}', {
      'nobody registers': 'main is owned by nobody and ends with exit 0',
    }),
  ],
  answer: (seen) =>
    [
      `With an audit module both answer "I am the only one", and the inner one registers first, under: ${seen.builds('audit module', 'inner registers')}; not under: ${seen.builds('audit module', 'inner registers', 'never')}.`,
      `After start both do under: ${seen.builds('namespace after start', 'inner tries')}.`,
      `Both answer "I am not" and nobody registers, even in a program alone, under: ${seen.builds('program alone', 'nobody registers')}.`,
    ].join(' '),
};

const fourStates: Question = {
  id: 'Q-08',
  asks: 'With the flag of four values, is there a world in which a preload that overrides and a library that takes the unset flag both own, depending on order?',
  trials: [
    trial(
      'a preload and a resolver',
      ['four-states'],
      `
preload: [p]
exe: {needed: [a], refs: [{sym: w_a_i, how: data}], main: mark reached}
objects:
  p: {ctors: [claim_handled static]}
  a: {ifuncs: {w_a_i: {resolver: claim_handled static, impl: []}}}`,
      {
        'both believe': 'p ran claim_handled free and a ran claim_handled free',
        resolver: 'main is owned by a',
        preload: 'main is owned by p',
      },
    ),
    trial(
      'two preloads, both orders',
      ['four-states'],
      `
preload: [p, q]
exe: {main: mark reached}
objects:
  p: {ctors: [claim_handled static]}
  q: {ctors: [claim_handled static]}
vary:
  - {orders: preload}`,
      { 'both believe': 'p ran claim_handled free and q ran claim_handled free', libc: 'libc of main is registered' },
    ),
    trial(
      'an audit module and a preload',
      ['four-states'],
      `
audit: [m]
preload: [p]
exe: {main: mark reached}
objects:
  m: {ctors: [claim_handled static], audit: {callbacks: {la_version: []}}}
  p: {ctors: [claim_handled static]}`,
      { 'both believe': 'm ran claim_handled free and p ran claim_handled free', module: 'main is owned by m' },
    ),
  ],
  answer: (seen) =>
    [
      `Among those that take only the unset flag two never believe it at once: ${seen.trials('both believe', 'four-states')} of the worlds tried show it, ${seen.trials('both believe', 'four-states', 'never')} do not.`,
      `Who comes before ld.so has said PREINIT takes the flag: a resolver ${seen.outcome('a preload and a resolver', 'resolver')}, an audit module ${seen.outcome('an audit module and a preload', 'module')}.`,
    ].join(' '),
  notRun:
    'A claimant that writes OVERRIDE over PREINIT: no claimant of the record does, and the phase in which it may has no edge that a program could see, which is why the proposal fell.',
};

export const guardQuestions: readonly Question[] = [sameFlag, fourStates];
