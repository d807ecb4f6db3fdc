/**
 * Questions about start: who can be before libc, what the flag tells him, and whose libc registers.
 *
 * What can go wrong: a world that is larger than the question. Each has the fewest objects that can show the thing.
 */
import { type Question, trial, yesNo } from './questions-form.js';

const five = ['patch-v12', 'register-early', '2.32-dev', '2.36', '2.41'] as const;

const split: Question = {
  id: 'Q-01',
  asks: 'Is there a world of patch v12 in which a constructor that ignores the flag owns the main thread, libc is marked as failed, and libc owns another thread?',
  trials: [
    trial(
      'one library, one thread',
      five,
      `
exe:
  needed: [a]
  main: start t body; join t
  bodies: {body: mark ran}
objects:
  a: {ctors: [register static]}`,
      { split: 'main is owned by a and libc of main is failed and libc of t is registered' },
    ),
  ],
  answer: (seen) => {
    const outcome = seen.outcome('one library, one thread', 'split', 'patch-v12');
    const others = seen.builds('one library, one thread', 'split', 'never');
    return `${yesNo(outcome)}: with one library and one thread this is ${outcome} so under patch-v12. Never under: ${others}.`;
  },
};

const gapWorld = `
preload: [p]
exe:
  needed: [a, b]
  preinit: [handled]
  ctors: [handled]
  main: handled
objects:
  p: {ctors: [handled]}
  a: {init: handled, ctors: [handled]}
  b: {flags: [initfirst], ctors: [handled]}
vary:
  - {orders: exe.needed}`;

const saw = (obj: string) => `${obj} ran handled_info uninit giving 1 before libc of main is registered`;

const gap: Question = {
  id: 'Q-02',
  asks: 'Under patch v12, is there for every order of constructors a gap between flag and registration of the main thread, and which user code can see it?',
  trials: [
    trial('all places, both orders', ['patch-v12', 'register-early', '2.32-dev'], gapWorld, {
      'preloaded constructor': saw('p'),
      'library constructor': saw('a'),
      'initfirst constructor': saw('b'),
      'code of the executable': saw('exe'),
    }),
    trial('executable alone', ['patch-v12'], 'exe: {ctors: [handled], main: handled}', {
      'constructor of the executable': saw('exe'),
    }),
    trial(
      'resolver and audit callback',
      ['patch-v12'],
      `
audit: [m]
exe: {needed: [a], main: call w_a_i, refs: [{sym: w_a_i, how: data}]}
objects:
  a: {ifuncs: {w_a_i: {resolver: handled, impl: []}}}
  m: {audit: {callbacks: {la_version: [], la_activity: handled}}}`,
      {
        'resolver reads flag 0': 'a ran handled_info giving 0 before libc of main is registered',
        'audit callback reads flag 1': 'm ran handled_info uninit giving 1 before libc of main is registered',
      },
    ),
  ],
  answer: (seen) => {
    const at = (sight: string) => seen.outcome('all places, both orders', sight, 'patch-v12');
    const places = ['preloaded constructor', 'library constructor', 'initfirst constructor', 'code of the executable'];
    const always = places.filter((sight) => at(sight) === 'always');
    const own = seen.outcome('executable alone', 'constructor of the executable');
    const audit = seen.outcome('resolver and audit callback', 'audit callback reads flag 1');
    const resolver = seen.outcome('resolver and audit callback', 'resolver reads flag 0');
    return [
      `The gap is there in every order. Flag 1 and cpu_id -1 are seen, always, by: ${always.join(', ')} (of the executable that is its preinit array).`,
      `An audit callback sees it: ${audit}. A resolver of a start object sees flag 0: ${resolver}. Constructors of the executable itself see it: ${own}.`,
      `Without a flag there is nothing to see: ${seen.builds('all places, both orders', 'library constructor', 'never')}.`,
    ].join(' ');
  },
};

const innerAtStart: Question = {
  id: 'Q-03',
  asks: 'Does any inner libc claim at start under patch v12 with an audit module?',
  trials: [
    trial(
      'module that does nothing',
      ['patch-v4', 'patch-v12', 'unconditional', '2.32-dev', '2.36'],
      `
audit: [m]
exe: {main: mark reached}
objects:
  m: {ctors: [mark loaded], audit: {callbacks: {la_version: [], la_objopen: [], la_activity: []}}}`,
      { inner: 'P-02 broken' },
    ),
    trial(
      'module that makes a thread',
      ['patch-v4', 'patch-v12', '2.32-dev', '2.36'],
      `
audit: [m]
exe: {main: mark reached}
objects:
  m: {ctors: [spawn t body; join t], bodies: {body: mark ran}, audit: {callbacks: {la_version: []}}}`,
      {
        inner: 'P-02 broken',
        'thread first': 'libc of t is registered before libc of main is registered',
      },
    ),
    trial(
      'module that asks the flag',
      ['patch-v12', '2.32-dev', '2.36'],
      `
audit: [m]
exe: {main: mark reached}
objects:
  m: {ctors: [claim_handled static], audit: {callbacks: {la_version: []}}}`,
      { module: 'main is owned by m' },
    ),
  ],
  answer: (seen) =>
    [
      `${yesNo(seen.outcome('module that does nothing', 'inner', 'patch-v12'))}. Under patch-v12 an inner libc registers a thread of the program at start:`,
      `${seen.outcome('module that does nothing', 'inner', 'patch-v12')}; with a module that makes a thread: ${seen.outcome('module that makes a thread', 'inner', 'patch-v12')}.`,
      `The module's own thread is registered before the main thread: ${seen.outcome('module that makes a thread', 'thread first', 'patch-v12')}.`,
      `It does happen under: ${seen.builds('module that does nothing', 'inner')}; with a module that needs threads: ${seen.builds('module that makes a thread', 'inner')}.`,
      `The module itself takes the main thread, though it asks the flag, under: ${seen.builds('module that asks the flag', 'module')}.`,
    ].join(' '),
};

const enough: Question = {
  id: 'Q-05',
  asks: 'With early registration and no flag, does the failure of a second registration tell a library all it needs, in all worlds?',
  trials: [
    trial('private area', ['register-early'], 'exe: {main: register tls}', {
      EINVAL: "exe's rseq gets EINVAL",
      owned: 'libc of main is registered',
    }),
    trial('other signature', ['register-early'], 'exe: {main: register abi 0x1}', {
      EPERM: "exe's rseq gets EPERM",
      owned: 'libc of main is registered',
    }),
    trial(
      'late filter',
      ['register-early'],
      `
exe:
  main: seccomp EPERM; start t body; join t
  bodies: {body: register tls}`,
      { EPERM: "exe's rseq gets EPERM", 'nobody owns the thread': 't is owned by nobody' },
    ),
    trial(
      'inner libc first',
      ['unconditional'],
      `
audit: [m]
exe: {main: register tls}
objects:
  m: {audit: {callbacks: {la_version: []}}}`,
      { EINVAL: "exe's rseq gets EINVAL", 'base libc failed': 'libc of main is failed' },
    ),
    trial(
      'vfork child',
      ['register-early'],
      'exe: {main: [{op: vfork, child: [register abi]}]}',
      { EBUSY: "exe's rseq gets EBUSY" },
      ['5.4', '5.5'],
    ),
  ],
  answer: (seen) => {
    const late = seen.outcome('late filter', 'nobody owns the thread');
    return [
      `It tells the truth about the slot where somebody holds it: a private area gets EINVAL (${seen.outcome('private area', 'EINVAL')}), the same area with another signature EPERM (${seen.outcome('other signature', 'EPERM')}).`,
      `It lies in two worlds. A late filter answers EPERM too (${seen.outcome('late filter', 'EPERM')}), and then nobody owns the thread: ${late}.`,
      `In a vfork child EBUSY stands for the parent's registration before 5.5 (${seen.outcome('vfork child', 'EBUSY', 'register-early', '5.4')}; from 5.5 ${seen.outcome('vfork child', 'EBUSY', 'register-early', '5.5')}).`,
      `It also does not say whose libc was first: with an inner libc in front the answer is the same EINVAL (${seen.outcome('inner libc first', 'EINVAL')}) while the base libc has failed (${seen.outcome('inner libc first', 'base libc failed')}).`,
    ].join(' ');
  },
  notRun:
    'EINVAL for a misaligned area: an action cannot offer one; the kernel floor decides it so, whoever owns the slot.',
};

const places: readonly (readonly [string, string, string])[] = [
  ['constructor of a library', 'a', 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [register static]}'],
  ['preloaded constructor', 'a', 'preload: [a]\nexe: {}\nobjects:\n  a: {ctors: [register static]}'],
  ['initfirst object', 'a', 'exe: {needed: [a]}\nobjects:\n  a: {flags: [initfirst], ctors: [register static]}'],
  ['preinit array', 'exe', 'exe: {preinit: [register static]}'],
  [
    'resolver',
    'a',
    'exe: {needed: [a], refs: [{sym: w_a_i, how: data}]}\nobjects:\n  a: {ifuncs: {w_a_i: {resolver: register static, impl: []}}}',
  ],
  [
    'preloaded resolver',
    'a',
    'preload: [a]\nexe: {refs: [{sym: w_a_i, how: data}], needed: [a]}\nobjects:\n  a: {ifuncs: {w_a_i: {resolver: register static, impl: []}}}',
  ],
  [
    'audit constructor',
    'a',
    'audit: [a]\nexe: {}\nobjects:\n  a: {ctors: [register static], audit: {callbacks: {la_version: []}}}',
  ],
  [
    'static resolver',
    'exe',
    'exe: {kind: static, ifuncs: {w_i: {resolver: register static, impl: []}}, main: call w_i}',
  ],
  ['static preinit array', 'exe', 'exe: {kind: static, preinit: [register static]}'],
];

const precedes: Question = {
  id: 'Q-06',
  asks: 'Which user code can precede libc under early registration?',
  trials: places.map(([name, who, world]) =>
    trial(name, five, world.replace(/w_i\b/g, 'w_exe_i'), { first: `main is owned by ${who}` }),
  ),
  answer: (seen) => five.map((libc) => `${libc}: ${seen.trials('first', libc)}.`).join(' '),
  notRun: 'Signals from outside before libc is ready: no handler can be installed before user code has run.',
};

export const startQuestions: readonly Question[] = [split, gap, innerAtStart, enough, precedes];
