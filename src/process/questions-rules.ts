/**
 * Questions about the rules themselves: what a guard, a flag, a count, a tunable decide, and where two of them disagree
 * (Q-07, Q-11 to Q-14, Q-22).
 *
 * What can go wrong: a rule judged outside the world it was made for. Each answer names the builds it was run under.
 */
import { type Question, trial, yesNo } from './questions-form.js';

const redundant: Question = {
  id: 'Q-07',
  asks: 'Is the flag redundant with cpu_id once thread-local storage can be read: is there a world where the two give different decisions?',
  trials: [
    trial(
      'two constructors',
      ['patch-v12'],
      `
exe: {needed: [a, b], main: handled}
objects:
  a: {ctors: [claim_handled static]}
  b: {ctors: [claim_abi]}
vary:
  - {orders: exe.needed}`,
      { differ: 'a ran claim_handled defer and b ran claim_abi uninit' },
    ),
    trial(
      'a resolver',
      ['patch-v12'],
      `
exe: {needed: [a], refs: [{sym: w_a_i, how: data}]}
objects:
  a: {ifuncs: {w_a_i: {resolver: claim_abi; claim_handled static, impl: []}}}`,
      { differ: 'a ran claim_handled free and a ran claim_abi defer' },
    ),
    trial(
      'a library opened from main',
      ['patch-v12'],
      `
exe: {main: dlopen a now h}
objects:
  a: {ctors: [claim_abi; claim_handled static]}`,
      { differ: 'a ran claim_handled defer and a ran claim_abi uninit' },
    ),
    trial(
      'a second namespace',
      ['patch-v12'],
      `
exe: {main: dlmopen a new now h}
objects:
  a: {ctors: [claim_abi; claim_handled static]}`,
      { differ: 'a ran claim_handled defer and a ran claim_abi uninit' },
    ),
  ],
  answer: (seen) =>
    `They differ in: ${seen.trials('differ', 'patch-v12')}; not in: ${seen.trials('differ', 'patch-v12', 'never')}. ` +
    'So the flag is redundant only for code of the base namespace that runs after libc has registered.',
};

const cleared: Question = {
  id: 'Q-11',
  asks: 'A library clears the flag in its destructor and leaves its threads registered: does the next claimant register on a live area?',
  trials: [
    trial(
      'nobody else, shared area',
      ['2.31'],
      `
exe: {needed: [c], main: dlopen a now h; dlclose h; dlopen b now k}
objects:
  c: {handled: define, funcs: {w_c_use: claim_abi}}
  a: {ctors: [claim_handled abi], dtors: [release_handled]}
  b: {ctors: [claim_handled abi]}`,
      { 'sees 0': 'b ran claim_handled free', EBUSY: "b's rseq gets EBUSY", dies: 'ends with signal SIGSEGV' },
    ),
    trial(
      'nobody else, private area',
      ['2.31'],
      `
exe: {needed: [c], main: dlopen a now h; dlclose h; mark later}
objects:
  c: {handled: define}
  a: {ctors: [claim_handled static], dtors: [release_handled]}`,
      { 'sees 0': 'a ran claim_handled free', EBUSY: "a's rseq gets EBUSY", dies: 'ends with signal SIGSEGV' },
    ),
    trial(
      'patch v12, from a constructor',
      ['patch-v12'],
      `
exe: {main: dlopen a now h; dlclose h; dlopen b now k}
objects:
  a: {ctors: [claim_handled abi], dtors: [release_handled]}
  b: {ctors: [claim_handled abi]}`,
      { 'sees 0': 'b ran claim_handled free', EBUSY: "b's rseq gets EBUSY", dies: 'ends with signal SIGSEGV' },
    ),
    trial(
      'patch v12, from a resolver',
      ['patch-v12'],
      `
exe: {needed: [a], main: call w_a_i; call w_a_rel; dlopen b now h, refs: [{sym: w_a_i, how: data}]}
objects:
  a: {ifuncs: {w_a_i: {resolver: claim_handled static, impl: []}}, funcs: {w_a_rel: release_handled}}
  b: {ctors: [claim_handled static]}`,
      {
        'sees 0': 'b ran claim_handled free',
        EINVAL: "b's rseq gets EINVAL",
        dies: 'ends with signal SIGSEGV',
      },
    ),
  ],
  answer: (seen) => {
    const at = (name: string, sight: string, libc: string) => seen.outcome(name, sight, libc);
    return [
      `Without a libc that owns (2.31) yes: the next one sees 0 (${at('nobody else, shared area', 'sees 0', '2.31')}) and gets EBUSY on the live shared area (${at('nobody else, shared area', 'EBUSY', '2.31')});`,
      `with a private area the program dies, since the kernel writes to unmapped memory: ${at('nobody else, private area', 'dies', '2.31')}.`,
      `Under patch-v12 a constructor never sees 0 (${at('patch v12, from a constructor', 'sees 0', 'patch-v12')}), so there is nothing to clear;`,
      `through a resolver it can: the next one sees 0 (${at('patch v12, from a resolver', 'sees 0', 'patch-v12')}) and gets EINVAL on the live area (${at('patch v12, from a resolver', 'EINVAL', 'patch-v12')}).`,
    ].join(' ');
  },
};

const documented: readonly (readonly [string, string])[] = [
  ['cpu_id reader in a constructor', 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [claim_abi]}'],
  [
    'cpu_id reader in a resolver',
    'exe: {needed: [a], refs: [{sym: w_a_i, how: data}]}\nobjects:\n  a: {ifuncs: {w_a_i: {resolver: claim_abi, impl: []}}}',
  ],
  [
    'cpu_id reader in an audit module',
    'audit: [a]\nexe: {}\nobjects:\n  a: {ctors: [claim_abi], audit: {callbacks: {la_version: []}}}',
  ],
  ['cpu_id reader in a thread', 'exe: {main: start t body; join t, bodies: {body: claim_abi}}'],
  ['cpu_id reader in another namespace', 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {ctors: [claim_abi]}'],
  ['library that tries, in a constructor', 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [claim_note tls]}'],
  [
    'library that tries, in a resolver',
    'exe: {needed: [a], refs: [{sym: w_a_i, how: data}]}\nobjects:\n  a: {ifuncs: {w_a_i: {resolver: claim_note static, impl: []}}}',
  ],
  [
    'library that tries, in an audit module',
    'audit: [a]\nexe: {}\nobjects:\n  a: {ctors: [claim_note static], audit: {callbacks: {la_version: []}}}',
  ],
  ['library that tries, in a thread', 'exe: {main: start t body; join t, bodies: {body: claim_note tls}}'],
  ['filter that answers EPERM', 'exe: {main: seccomp EPERM; start t body; join t, bodies: {body: mark ran}}'],
];

const fatal: Question = {
  id: 'Q-12',
  asks: 'Which worlds of documented uses end in a fatal error of the tree of July 2020?',
  trials: documented.map(([name, world]) =>
    trial(name, ['2.32-dev', '2.36'], world, { aborts: 'P-24 broken or ends with signal SIGABRT' }),
  ),
  answer: (seen) =>
    `Under 2.32-dev: ${seen.trials('aborts', '2.32-dev')}. Not: ${seen.trials('aborts', '2.32-dev', 'never')}. ` +
    `Under 2.36: ${seen.trials('aborts', '2.36')}.`,
  notRun: 'Worlds with an errno that no kernel of the time line gives.',
};

const rivalPlaces: readonly (readonly [string, string])[] = [
  ['constructor', 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [register static]}'],
  [
    'audit module',
    'audit: [a]\nexe: {}\nobjects:\n  a: {ctors: [register static], audit: {callbacks: {la_version: []}}}',
  ],
  [
    'resolver',
    'exe: {needed: [a], refs: [{sym: w_a_i, how: data}]}\nobjects:\n  a: {ifuncs: {w_a_i: {resolver: register static, impl: []}}}',
  ],
  [
    'thread',
    'exe: {needed: [a], main: start t body; join t, bodies: {body: call w_a_use}}\nobjects:\n  a: {funcs: {w_a_use: register tls}}',
  ],
  ['other namespace', 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {ctors: [register static]}'],
];

const tunable: Question = {
  id: 'Q-13',
  asks: 'From 2.35 on: can a rival own any thread with the tunable at 1, and can libc own one with the tunable at 0?',
  trials: [
    ...rivalPlaces.map(([name, world]) => trial(name, ['2.35', '2.41'], world, { rival: "a's rseq succeeds" })),
    trial(
      'tunable 0',
      ['2.35', '2.41'],
      `
tunables: {glibc.pthread.rseq: '0'}
exe:
  main: start t body; join t
  bodies: {body: mark ran}`,
      { libc: 'libc of t is registered or libc of main is registered' },
    ),
    trial(
      "tunable 0, rival in libc's own area",
      ['2.35', '2.41'],
      `
tunables: {glibc.pthread.rseq: '0'}
exe:
  main: register libc; start t body; join t
  bodies: {body: mark ran}`,
      { libc: 'libc of t is registered' },
    ),
  ],
  answer: (seen) =>
    [
      `A rival with the tunable at 1, dynamic programs: ${seen.trials('rival', '2.35')}.`,
      `libc with the tunable at 0: ${seen.outcome('tunable 0', 'libc', '2.35')} in a program that leaves it alone;`,
      `but where a rival registers libc's own area, libc registers the next thread: ${seen.outcome("tunable 0, rival in libc's own area", 'libc', '2.35')}, because a thread follows its creator's cpu_id.`,
    ].join(' '),
};

const staticResolver: Question = {
  id: 'Q-14',
  asks: 'A static executable with a resolver that claims: what comes of it?',
  trials: [
    trial(
      'static resolver',
      ['patch-v12', '2.32-dev', '2.36', '2.41'],
      `
exe:
  kind: static
  ifuncs: {w_exe_i: {resolver: register static, impl: []}}
  main: call w_exe_i; start t body; join t
  bodies: {body: mark ran}`,
      {
        'rival owns main': 'main is owned by exe',
        'libc failed': 'libc of main is failed',
        aborts: 'ends with signal SIGABRT',
        'threads go without': 'exe ran mark ran and t is owned by nobody',
      },
    ),
  ],
  answer: (seen) => {
    const builds = (sight: string) => seen.builds('static resolver', sight);
    return `The resolver owns the main thread under: ${builds('rival owns main')}; libc is refused under: ${builds('libc failed')}; the program aborts under: ${builds('aborts')}; threads run without any registration under: ${builds('threads go without')}.`;
  },
};

const secure: Question = {
  id: 'Q-22',
  asks: 'With AT_SECURE, where tunables are ignored, can a rival ever own?',
  trials: [
    trial(
      'dynamic',
      ['2.36', '2.41'],
      `
secure: true
tunables: {glibc.pthread.rseq: '0'}
exe: {needed: [a], main: start t body; join t, bodies: {body: call w_a_use}}
objects:
  a: {ctors: [register static], funcs: {w_a_use: register tls}}`,
      { rival: "a's rseq succeeds" },
    ),
    trial(
      'static, in a resolver',
      ['2.36', '2.41'],
      `
secure: true
tunables: {glibc.pthread.rseq: '0'}
exe: {kind: static, ifuncs: {w_exe_i: {resolver: register static, impl: []}}, main: call w_exe_i}`,
      { rival: "exe's rseq succeeds" },
    ),
    trial(
      'not secure',
      ['2.36', '2.41'],
      `
tunables: {glibc.pthread.rseq: '0'}
exe: {needed: [a], main: start t body; join t, bodies: {body: call w_a_use}}
objects:
  a: {ctors: [register static], funcs: {w_a_use: register tls}}`,
      { rival: "a's rseq succeeds" },
    ),
  ],
  answer: (seen) =>
    `${yesNo(seen.outcome('dynamic', 'rival', '2.36'))} in a dynamic program (${seen.outcome('dynamic', 'rival', '2.36')}; without AT_SECURE the tunable is heard: ${seen.outcome('not secure', 'rival', '2.36')}). ` +
    `A static program's resolver is still before libc: ${seen.outcome('static, in a resolver', 'rival', '2.36')}.`,
};

export const ruleQuestions: readonly Question[] = [redundant, cleared, fatal, tunable, staticResolver, secure];
