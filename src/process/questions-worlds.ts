/**
 * Questions about worlds beyond the plain program: static ones, upgrades by steps, tools that save and restore, programs without
 * start files, numbers of the call, interposition, emulators (Q-15, Q-21, Q-23 to Q-27).
 *
 * What can go wrong: a table with one hole that nobody sees. Every cell is a search of its own.
 */
import { patchV12 } from '../rseq/libc-semantics.js';
import { numberResult, usualParameters } from './numbers.js';
import { type Question, type Seen, trial } from './questions-form.js';

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
const upgradeClaimants = ['C-03', 'C-04', 'C-05', 'C-06', 'C-07', 'C-10'] as const;

/** Served: it owns, or it found out by its own rule that somebody else does. */
const served: Readonly<Record<(typeof upgradeClaimants)[number], string>> = {
  'C-03': 'a ran claim_handled defer',
  'C-04': 'a ran claim_abi defer',
  'C-05': 'a ran claim defer',
  'C-06': 'a ran claimant "C-06 register" giving defers',
  'C-07': 'a ran claimant "C-07 register" giving defers',
  'C-10': 'a ran claimant "C-10 register" giving shares',
};

const cell = (seen: Seen, who: string, libc: string, kernel: string) =>
  seen.outcome(who, 'served', libc, kernel) !== 'never';

const upgrade: Question = {
  id: 'Q-21',
  asks: 'The table of upgrades by steps (kernel, libc, librseq): in which cells does the library go without rseq, though with an older libc it had it?',
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
      { served: `main is owned by a or ${served[who]} and main is owned by libc` },
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
    return `Cells that regress: ${lost.length === 0 ? 'none' : lost.join('; ')}. Served nowhere on: ${without.join(', ')}. A library is served when it owns, or finds out by its own rule that libc does.`;
  },
};

const goWorld = `
exe: {libc: false, needed: [a], main: mark running}
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
        'size and no cpu_id': 'exe ran rseq_info uninit and not exe ran rseq_info uninit giving 0',
        'takes itself for registered': 'exe ran rseq_info registered',
      },
      ['6.18+emulated'],
    ),
  ],
  answer: (seen) =>
    [
      `Told success, and none the wiser: ${seen.trials('is told success', '2.31')} (2.31); ${seen.trials('is told success', '2.41')} (2.41).`,
      `Only who looks at cpu_id afterwards notices: ${seen.outcome('a look at cpu_id afterwards', 'notices')}.`,
      `libc itself does not: its size is not 0 while cpu_id stays -1 under ${seen.builds("libc's size", 'size and no cpu_id')}; where libc stores nothing before the call the word reads 0, which looks like CPU 0, under ${seen.builds("libc's size", 'takes itself for registered')}.`,
    ].join(' '),
};

const restorer = (who: string) => `exe: {main: claimant ${who} restore static; mark restored}`;

const restore: Question = {
  id: 'Q-23',
  asks: 'Is there an order of the steps of a restorer that never leaves a filled slot over unmapped memory?',
  trials: [
    trial('unregister, unmap, register', ['2.31', '2.35', '2.39', '2.41'], restorer('C-19'), {
      dies: 'ends with signal SIGSEGV',
      'dead memory': 'P-10 broken',
      restored: 'exe ran mark restored',
    }),
    trial('unmap, register', ['2.31', '2.35', '2.39', '2.41'], restorer('C-19a'), {
      dies: 'ends with signal SIGSEGV',
      'dead memory': 'P-10 broken',
      restored: 'exe ran mark restored',
    }),
  ],
  answer: (seen) =>
    [
      `Yes: unregister, unmap, register. It dies under: ${seen.builds('unregister, unmap, register', 'dies')}; a slot over dead memory is seen under: ${seen.builds('unregister, unmap, register', 'dead memory')}; it ends restored under: ${seen.builds('unregister, unmap, register', 'restored')}.`,
      `Without the first step it dies under: ${seen.builds('unmap, register', 'dies')}, that is wherever its own libc had registered.`,
    ].join(' '),
  notRun:
    'rseq_cs is written last by the real tool, while all threads stand; here a restored thread is in no critical section.',
};

/** Who owns under patch v12 for one choice of N1, N2 and N5. */
function ownerFor(mode: 'headers' | 'list', buildHeaders: string, runKernel: string): 'libc' | 'rival' | 'nobody' {
  const { outcome, rivalMayOwn } = numberResult({ ...usualParameters, mode, buildHeaders, runKernel }, patchV12);
  if (outcome === 'SUPPORTED') return 'libc';
  return rivalMayOwn ? 'rival' : 'nobody';
}

const headers = ['4.14', '4.18', '5.4'] as const;

const numbers: Question = {
  id: 'Q-25',
  asks: 'The number of the call: for which origins of the number, headers of the build machine and kernels below does one release of libc give two different owners?',
  trials: [
    trial(
      'what a supported build does',
      ['patch-v12'],
      'exe: {needed: [a]}\nobjects:\n  a: {ctors: [claim_handled static]}',
      {
        'libc owns': 'libc of main is registered',
        'rival owns': 'main is owned by a',
      },
    ),
    trial(
      'what a build without the call leaves to others',
      ['2.31'],
      'exe: {needed: [a]}\nobjects:\n  a: {ctors: [claim_handled static]}',
      {
        'libc owns': 'libc of main is registered',
        'rival owns': 'main is owned by a',
      },
    ),
  ],
  answer: (seen) => {
    const kernels = ['4.14', '4.18', '6.18'] as const;
    const differing = kernels.filter((kernel) => new Set(headers.map((h) => ownerFor('headers', h, kernel))).size > 1);
    const row = (kernel: string) =>
      `on ${kernel} ${headers.map((h) => `headers ${h} give ${ownerFor('headers', h, kernel)}`).join(', ')}`;
    const listed = kernels.filter((kernel) => new Set(headers.map((h) => ownerFor('list', h, kernel))).size > 1);
    return [
      `With the number from kernel headers: ${differing.length === 0 ? 'none' : differing.map(row).join('; ')}.`,
      `With libc's own list: ${listed.length === 0 ? 'never' : listed.join(', ')}.`,
      `Run: a build with the number has libc own (${seen.outcome('what a supported build does', 'libc owns')}), one without leaves it to the rival (${seen.outcome('what a build without the call leaves to others', 'rival owns')}).`,
    ].join(' ');
  },
  notRun:
    'Builds themselves: the table of N1 to N10 says what a build knows, and the two worlds run what follows from it.',
};

export const worldQuestions: readonly Question[] = [
  staticOpen,
  upgrade,
  restore,
  goMain,
  numbers,
  oneStorage,
  emulated,
];
