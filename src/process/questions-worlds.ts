/**
 * Questions about worlds beyond the plain program: static ones, upgrades by steps, tools that save and restore, programs without
 * start files, numbers of the call, interposition, emulators.
 *
 * What can go wrong: a table with one hole that nobody sees. Every cell is a search of its own.
 */
import { type Question, type Seen, trial, yesNo } from './questions-form.js';

const staticOpen: Question = {
  id: 'Q-15',
  asks: 'A static program that dlopens a library which reads the size: does it claim where the base owns, and is the damage limited to an error?',
  trials: [
    trial(
      'static dlopen',
      ['2.35', '2.36', '2.41'],
      `
exe: {kind: static, main: dlopen a now h; start t body; join t, bodies: {body: mark ran}}
objects:
  a: {ctors: [claim tls]}`,
      {
        'reads size 0': 'a ran claim size=0',
        refused: "a's rseq gets EINVAL",
        owns: "a's rseq succeeds",
        'ends well': 'ends with exit 0',
      },
    ),
    trial(
      'dynamic program',
      ['2.35', '2.36', '2.41'],
      `
exe: {main: dlopen a now h}
objects:
  a: {ctors: [claim tls]}`,
      { defers: 'a ran claim defer' },
    ),
  ],
  answer: (seen) =>
    `It claims under: ${seen.builds('static dlopen', 'reads size 0')}, since the second ld.so's size is 0 while the base has registered; the call gets EINVAL under: ${seen.builds('static dlopen', 'refused')}, it takes the thread under: ${seen.builds('static dlopen', 'owns')}; the program goes on under: ${seen.builds('static dlopen', 'ends well')}. In a dynamic program it defers under: ${seen.builds('dynamic program', 'defers')}.`,
};

const upgradeBuilds = ['2.31', '2.32-dev', '2.35', '2.41'] as const;
const upgradeKernels = ['4.17', '4.18', '6.18'] as const;
const upgradeClaimants = ['C-03', 'C-04', 'C-05', 'C-06', 'C-07'] as const;

const cell = (seen: Seen, who: string, libc: string, kernel: string) =>
  seen.outcome(who, 'somebody owns', libc, kernel) !== 'never';

const upgrade: Question = {
  id: 'Q-21',
  asks: 'The table of upgrades by steps (kernel, libc, librseq): which cells have nobody that owns rseq in main, though an older libc in the same row had somebody?',
  trials: upgradeClaimants.map((who) =>
    trial(
      who,
      upgradeBuilds,
      `
exe: {needed: [a], main: mark reached}
objects:
  a: {}
claimants:
  a: ${who}`,
      { 'somebody owns': 'main is owned by a or main is owned by libc' },
      upgradeKernels,
    ),
  ),
  answer: (seen) => {
    const lost = upgradeClaimants.flatMap((who) =>
      upgradeKernels.flatMap((kernel) =>
        upgradeBuilds
          .filter(
            (libc, i) =>
              i > 0 && !cell(seen, who, libc, kernel) && cell(seen, who, upgradeBuilds[i - 1] ?? libc, kernel),
          )
          .map((libc) => `${who} on ${kernel} with ${libc}`),
      ),
    );
    const without = upgradeKernels.filter((kernel) =>
      upgradeClaimants.every((who) => upgradeBuilds.every((libc) => !cell(seen, who, libc, kernel))),
    );
    return `Cells that regress: ${lost.length === 0 ? 'none' : lost.join('; ')}. Nobody owns anywhere on: ${without.join(', ')}. So the feature is never lost by a newer libc; who owns changes from the library to libc with 2.32-dev and 2.35.`;
  },
};

const goWorld = `
exe: {libc: false, needed: [a]}
objects:
  a: {ctors: [mark constructed]}`;

const goMain: Question = {
  id: 'Q-24',
  asks: 'A main program that does not enter __libc_start_main (Go): which proposals register its first thread?',
  trials: [
    trial(
      'program without start files',
      ['patch-v4', 'patch-v12', 'register-early', '2.32-dev', '2.36', '2.41'],
      goWorld,
      {
        registered: 'libc of main is registered',
      },
    ),
  ],
  answer: (seen) =>
    `Registered under: ${seen.builds('program without start files', 'registered')}. Not under: ${seen.builds('program without start files', 'registered', 'never')}.`,
  notRun:
    'Threads that the runtime makes with a raw clone: libc never sees them, and no rule of the record has a place where it could.',
};

const interposition: readonly (readonly [string, string])[] = [
  ['nobody defines it', 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [claim_handled static]}'],
  [
    'executable defines and exports it',
    'exe: {needed: [a], handled: define, flags: [rdynamic], ctors: [handled]}\nobjects:\n  a: {ctors: [claim_handled static]}',
  ],
  [
    'executable defines it, not exported',
    'exe: {needed: [a], handled: define, ctors: [claim_handled static]}\nobjects:\n  a: {ctors: [handled]}',
  ],
  [
    'preload defines it',
    'preload: [p]\nexe: {needed: [a]}\nobjects:\n  p: {handled: define}\n  a: {ctors: [claim_handled static]}',
  ],
  [
    'library defines it',
    'exe: {needed: [a, b]}\nobjects:\n  a: {handled: define}\n  b: {ctors: [claim_handled static]}',
  ],
  [
    'copy relocation',
    'exe: {kind: nopie, handled: copy, needed: [a], ctors: [handled]}\nobjects:\n  a: {ctors: [claim_handled static]}',
  ],
  ['static program', 'exe: {kind: static, ctors: [claim_handled static]}'],
  [
    'RTLD_DEEPBIND past an exported definition',
    'exe: {handled: define, flags: [rdynamic], main: dlopen a now deepbind h}\nobjects:\n  a: {ctors: [claim_handled static]}',
  ],
  [
    'other namespace, base one interposed',
    'exe: {handled: define, flags: [rdynamic], main: dlmopen a new now h}\nobjects:\n  a: {ctors: [claim_handled static]}',
  ],
  [
    'static program dlopens',
    'exe: {kind: static, main: dlopen a now h}\nobjects:\n  a: {ctors: [claim_handled static]}',
  ],
];

const oneStorage: Question = {
  id: 'Q-26',
  asks: 'Interposition: which definitions of the flag keep one storage for all, so that whoever asks reads what libc wrote?',
  trials: interposition.map(([name, world]) =>
    trial(name, ['patch-v12'], world, {
      split: 'exe ran claim_handled free or a ran claim_handled free or b ran claim_handled free'
        .split(' or ')
        .filter((atom) => atom.startsWith('exe') || new RegExp(`\\b${atom[0] ?? ''}: \\{`).test(world))
        .join(' or '),
    }),
  ),
  answer: (seen) =>
    `One storage: ${seen.trials('split', 'patch-v12', 'never')}. Two, so that a claimant reads 0 although libc owns: ${seen.trials('split', 'patch-v12')}.`,
  notRun: 'Hidden visibility of the flag in a library: a scenario can hide functions only.',
};

const emulated: Question = {
  id: 'Q-27',
  asks: 'An environment that answers success and does nothing: which claimants notice?',
  trials: [
    ...(['C-03', 'C-04', 'C-05', 'C-10', 'C-13', 'C-15'] as const).map((who) =>
      trial(
        who,
        ['2.31', '2.41'],
        `
exe: {needed: [a], main: call w_a_again}
objects:
  a: {funcs: {w_a_again: handled}}
claimants:
  a: ${who}`,
        { 'is told success': "a's rseq succeeds" },
        ['6.18+emulated'],
      ),
    ),
    trial(
      'a look at cpu_id afterwards',
      ['2.31'],
      `
exe: {needed: [a], main: call w_a_again}
objects:
  a: {ctors: [claim_abi], funcs: {w_a_again: claim_abi}}`,
      { notices: 'a ran claim_abi uninit and not a ran claim_abi defer' },
      ['6.18+emulated'],
    ),
    trial(
      "libc's size",
      ['2.36', '2.41'],
      'exe: {main: info}',
      {
        'size without cpu_id':
          'exe ran rseq_info uninit and not exe ran rseq_info registered and not exe ran rseq_info uninit giving 0',
      },
      ['6.18+emulated'],
    ),
  ],
  answer: (seen) =>
    [
      `Told success, and none the wiser: ${seen.trials('is told success', '2.31')} (2.31); ${seen.trials('is told success', '2.41')} (2.41).`,
      `Only who looks at cpu_id afterwards notices: ${seen.outcome('a look at cpu_id afterwards', 'notices')}.`,
      `libc itself does not: its size is not 0 with no valid cpu_id under ${seen.builds("libc's size", 'size without cpu_id')}.`,
    ].join(' '),
};

export const worldQuestions: readonly Question[] = [staticOpen, upgrade, goMain, oneStorage, emulated];
