/**
 * Derived statements about what was merged or released: L-14 and L-16 of the record, environments, reused stacks.
 *
 * What can go wrong: a statement that is true of one half and false of the other. The answer says which half.
 */
import { all, type Finding } from './questions-finding-form.js';
import { trial } from './questions-form.js';

const developmentFatal: Finding = {
  id: 'D-11',
  where: 'L-14',
  asks: 'A claim before libc in an audit constructor or a resolver is fatal: EINVAL with a private area, "already initialized" with the shared one.',
  trials: [
    trial(
      'audit constructor, private',
      ['2.32-dev'],
      'audit: [m]\nexe: {}\nobjects:\n  m: {ctors: [register static], audit: {callbacks: {la_version: []}}}',
      {
        EINVAL: "libc's rseq gets EINVAL",
        fatal: 'ends with signal SIGABRT',
      },
    ),
    trial(
      'resolver, private',
      ['2.32-dev'],
      'exe: {needed: [a], refs: [{sym: w_a_i, how: data}]}\nobjects:\n  a: {ifuncs: {w_a_i: {resolver: register static, impl: []}}}',
      {
        EINVAL: "libc's rseq gets EINVAL",
        fatal: 'ends with signal SIGABRT',
      },
    ),
    trial(
      'resolver, shared',
      ['2.32-dev'],
      'exe: {needed: [a], refs: [{sym: w_a_i, how: data}]}\nobjects:\n  a: {ifuncs: {w_a_i: {resolver: register abi, impl: []}}}',
      {
        'fatal without a call': 'libc of main is untried and ends with signal SIGABRT',
        'fatal after EBUSY': "libc's rseq gets EBUSY and ends with signal SIGABRT",
      },
    ),
    trial(
      'audit constructor, shared',
      ['2.32-dev'],
      'audit: [m]\nexe: {}\nobjects:\n  m: {ctors: [register abi], audit: {callbacks: {la_version: []}}}',
      {
        'fatal without a call': 'libc of main is untried and ends with signal SIGABRT',
        'fatal after EINVAL': "libc's rseq gets EINVAL and ends with signal SIGABRT",
      },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('audit constructor, private', 'fatal') === 'always',
      seen.outcome('resolver, private', 'fatal') === 'always',
      seen.outcome('resolver, shared', 'fatal without a call') === 'always',
    ),
  answer: (seen) =>
    `Private: fatal on EINVAL (${seen.outcome('audit constructor, private', 'fatal')}, ${seen.outcome('resolver, private', 'fatal')}). Shared: fatal too, but never as "already initialized" (${seen.outcome('resolver, shared', 'fatal without a call')}): the thread-local images are copied after the resolvers and put cpu_id back to -1, so the call is made and gets EBUSY (${seen.outcome('resolver, shared', 'fatal after EBUSY')}); and what an audit module calls the shared area is its own namespace's, which gives EINVAL (${seen.outcome('audit constructor, shared', 'fatal after EINVAL')}). That half of the statement is refuted.`,
};

const otherErrno: Finding = {
  id: 'D-12',
  where: 'L-14',
  asks: 'A filter that answers anything but ENOSYS, EPERM or EACCES is fatal on every thread.',
  trials: [
    trial('EPERM', ['2.32-dev'], 'exe: {main: seccomp EPERM; start t body; join t, bodies: {body: mark ran}}', {
      dies: 'ends with signal SIGABRT',
    }),
    trial('EACCES', ['2.32-dev'], 'exe: {main: seccomp EACCES; start t body; join t, bodies: {body: mark ran}}', {
      dies: 'ends with signal SIGABRT',
    }),
    trial('ENOSYS', ['2.32-dev'], 'exe: {main: seccomp ENOSYS; start t body; join t, bodies: {body: mark ran}}', {
      dies: 'ends with signal SIGABRT',
    }),
  ],
  verdict: () => 'not run',
  answer: (seen) =>
    `Scenarios know filters that answer EPERM, EACCES, ENOSYS or kill. The three that are forgiven are: ${seen.trials('dies', '2.32-dev', 'never')}; that every other errno is fatal is read from the switch \`fatal-unless-absent\`, which EINVAL and EBUSY were seen to take.`,
};

const windowCloses: Finding = {
  id: 'D-13',
  where: 'L-16',
  asks: 'From 2.35 on the dynamic window is closed completely; static resolvers still precede; a private claimant always gets EINVAL, never EBUSY.',
  trials: [
    trial(
      'audit constructor',
      ['2.35', '2.41'],
      'audit: [m]\nexe: {}\nobjects:\n  m: {ctors: [register static], audit: {callbacks: {la_version: []}}}',
      {
        owns: "m's rseq succeeds",
        EBUSY: "m's rseq gets EBUSY",
      },
    ),
    trial(
      'resolver',
      ['2.35', '2.41'],
      'exe: {needed: [m], refs: [{sym: w_m_i, how: data}]}\nobjects:\n  m: {ifuncs: {w_m_i: {resolver: register static, impl: []}}}',
      {
        owns: "m's rseq succeeds",
        EBUSY: "m's rseq gets EBUSY",
      },
    ),
    trial(
      'static resolver',
      ['2.35', '2.41'],
      'exe: {kind: static, ifuncs: {w_exe_i: {resolver: register static, impl: []}}, main: call w_exe_i}',
      {
        owns: "exe's rseq succeeds",
      },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.trials('owns', '2.35') === 'static resolver',
      seen.trials('owns', '2.41') === 'static resolver',
      seen.trials('EBUSY', '2.35') === 'none',
    ),
  answer: (seen) =>
    `Somebody before libc: ${seen.trials('owns', '2.35')}. EBUSY for a private area: ${seen.trials('EBUSY', '2.35')}.`,
};

const drift: Finding = {
  id: 'D-14',
  where: 'L-16',
  asks: "With the tunable at 0, an application that registers libc's own area makes every child register itself.",
  trials: [
    trial(
      'own area of libc',
      ['2.35', '2.41'],
      "tunables: {glibc.pthread.rseq: '0'}\nexe: {main: register libc; start t body; join t, bodies: {body: mark ran}}",
      {
        drifts: 'libc of t is registered',
      },
    ),
    trial(
      'private area',
      ['2.35', '2.41'],
      "tunables: {glibc.pthread.rseq: '0'}\nexe: {main: register tls; start t body; join t, bodies: {body: mark ran}}",
      {
        drifts: 'libc of t is registered',
      },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('own area of libc', 'drifts', '2.35') === 'always',
      seen.outcome('private area', 'drifts', '2.35') === 'never',
    ),
  answer: (seen) =>
    `libc's area: ${seen.outcome('own area of libc', 'drifts', '2.35')}; a private one: ${seen.outcome('private area', 'drifts', '2.35')}.`,
};

const staticSize: Finding = {
  id: 'D-15',
  where: 'L-16',
  asks: "In a static program's dlopen the second ld.so's size reads 0 while the slot is taken, and librseq mistakes that for a free one.",
  trials: [
    trial(
      'static dlopen',
      ['2.35', '2.41'],
      'exe: {kind: static, main: dlopen a now h}\nobjects:\n  a: {ctors: [claim tls]}',
      {
        mistaken: "a ran claim size=0 before a's rseq gets EINVAL",
      },
    ),
  ],
  verdict: (seen) => all(seen.outcome('static dlopen', 'mistaken', '2.35') === 'always'),
  answer: (seen) =>
    `Seen ${seen.outcome('static dlopen', 'mistaken', '2.35')}, and on a real machine with Debian's 2.36.`,
};

const inherits: Finding = {
  id: 'D-16',
  where: 'L-16',
  asks: 'A thread whose slot was dropped by other means still makes children that register.',
  trials: [
    trial(
      'dropped by unregistration',
      ['2.35', '2.41'],
      'exe: {main: unregister libc; start t body; join t, bodies: {body: mark ran}}',
      {
        'child registers': 'libc of t is registered',
      },
    ),
    trial('dropped by vfork', ['2.35', '2.41'], 'exe: {main: [{op: vfork, child: [register libc]}]}', {
      'area still says registered': "exe's rseq succeeds",
    }),
  ],
  verdict: (seen) =>
    seen.outcome('dropped by unregistration', 'child registers', '2.35') === 'never'
      ? 'confirmed in part'
      : 'confirmed',
  answer: (seen) =>
    `Not after an unregistration (child registers: ${seen.outcome('dropped by unregistration', 'child registers', '2.35')}): the kernel writes cpu_id -1 there, and that is what a new thread is told by. It remains for a child in shared memory, whose slot is empty while the area says otherwise (a new registration there: ${seen.outcome('dropped by vfork', 'area still says registered', '2.35')}).`,
};

const emulated: Finding = {
  id: 'D-17',
  where: '2, environments',
  asks: 'Under an environment that answers success without effect, cpu_id stays -1, and from 2.35 on the size is not 0 although no cpu_id is ever valid.',
  trials: [
    trial(
      'main thread',
      ['2.35', '2.36', '2.40', '2.41', '2.42'],
      'exe: {main: info}',
      {
        'size and cpu_id -1': 'exe ran rseq_info uninit and not exe ran rseq_info uninit giving 0',
        'cpu_id looks valid': 'exe ran rseq_info registered',
      },
      ['6.18+emulated'],
    ),
    trial(
      'shared area',
      ['2.31'],
      'exe: {main: claim_abi; claim_abi}',
      { 'cpu_id -1': 'not exe ran claim_abi defer' },
      ['6.18+emulated'],
    ),
  ],
  verdict: (seen) => (seen.builds('main thread', 'cpu_id looks valid') === 'none' ? 'confirmed' : 'confirmed in part'),
  answer: (seen) =>
    `cpu_id stays -1 in a shared area (${seen.outcome('shared area', 'cpu_id -1')}) and under: ${seen.builds('main thread', 'size and cpu_id -1')}. Under ${seen.builds('main thread', 'cpu_id looks valid')} it does not: nothing is stored before the call, so the word reads 0 and every thread seems to be on CPU 0. That half is refuted.`,
};

const staleArea: Finding = {
  id: 'D-18',
  where: 'I-17',
  asks: 'A thread that dies with rseq_cs set, and a second one that gets its stack and registers: the stale pointer kills.',
  trials: [
    trial(
      'stack used again',
      ['2.35', '2.40', '2.41'],
      `
exe:
  main: dlopen a now h; start t first; join t; dlclose h; start u second; join u
  bodies: {first: dlsym h w_a_enter, second: mark alive}
objects:
  a: {funcs: {w_a_enter: section}}`,
      { dies: 'ends with signal SIGSEGV' },
      ['6.12', '6.15'],
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('stack used again', 'dies', '2.35', '6.12') === 'always',
      seen.outcome('stack used again', 'dies', '2.41', '6.12') === 'never',
    ),
  answer: (seen) =>
    `On 6.12 under: ${seen.builds('stack used again', 'dies', 'ever', '6.12')}. It needs a library that was closed in between, and a kernel before 6.15: there under ${seen.builds('stack used again', 'dies', 'ever', '6.15')}.`,
};

/** In the order of the record. */
export const releasedFindings: readonly Finding[] = [
  developmentFatal,
  otherErrno,
  windowCloses,
  drift,
  staticSize,
  inherits,
  emulated,
  staleArea,
];
