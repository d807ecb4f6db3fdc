/**
 * Questions about threads and tasks: their ends, their destructors, forks, filters and stacks.
 *
 * What can go wrong: an order taken for granted. Keys are destroyed in the order of their creation, whatever it means.
 */
import { type Question, trial, yesNo } from './questions-form.js';

const keyWorld = (body: string, more = '') => `
exe:
  needed: [a, b]
  main: start t body; join t
  bodies: {body: ${body}}
objects:
  a: {funcs: {w_a_use: claim_busy_ok abi}}
  b: {funcs: {w_b_use: tsd mine gone}, bodies: {gone: ${more}claim_abi}}`;

const lostKey = { 'later destructor goes without': "a's rseq succeeds before b ran claim_abi uninit" };

const keyOrder: Question = {
  id: 'Q-09',
  asks: 'For which orders of key creation does a claimant with a key destructor unregister while a later destructor still uses rseq; do a count, or the rounds of destructors, change it?',
  trials: [
    trial('claimant first', ['2.31', 'patch-v12', '2.36'], keyWorld('call w_a_use; call w_b_use'), lostKey),
    trial('user first', ['2.31', 'patch-v12', '2.36'], keyWorld('call w_b_use; call w_a_use'), lostKey),
    trial(
      'user first, and sets its key again',
      ['2.31', 'patch-v12', '2.36'],
      keyWorld('call w_b_use; call w_a_use', 'tsd mine; '),
      lostKey,
    ),
  ],
  answer: (seen) =>
    [
      `2.31: ${seen.trials('later destructor goes without', '2.31')}; patch-v12: ${seen.trials('later destructor goes without', 'patch-v12')}; 2.36: ${seen.trials('later destructor goes without', '2.36')}.`,
      'Keys are destroyed in the order in which they were created, so it is the claimant that was first used that takes it away from later ones.',
    ].join(' '),
};

const exitAborts: Question = {
  id: 'Q-10',
  asks: "Can libc's unregistration at the end of a thread fail under patch v12 with a rival present, and what is the smallest rival?",
  trials: (
    [
      ['one unregistration in the body', 'unregister abi'],
      ['and registered again', 'unregister abi; register abi'],
      ['private area instead', 'unregister abi; register tls'],
      ['EBUSY taken for success', 'claim_busy_ok abi'],
      ['success noted', 'claim_note abi'],
      ['private, noted', 'claim_note tls'],
    ] as const
  ).map(([name, body]) =>
    trial(name, ['patch-v12'], `exe: {main: start t body; join t, bodies: {body: ${body}}}`, {
      aborts: 'ends with signal SIGABRT',
    }),
  ),
  answer: (seen) =>
    `${yesNo(seen.outcome('one unregistration in the body', 'aborts'))}. The smallest is one unregistration of the shared area in the thread. It aborts with: ${seen.trials('aborts', 'patch-v12')}. It does not with: ${seen.trials('aborts', 'patch-v12', 'never')}.`,
};

const forked: Question = {
  id: 'Q-16',
  asks: 'A process with threads forks and the child creates threads: are all of them registered, or none; and what of a claimant whose note was copied?',
  trials: [
    trial(
      'child makes a thread',
      ['patch-v12', '2.32-dev', '2.36', '2.41'],
      `
exe:
  main:
    - start u other
    - {op: fork, child: [spawn t body, join t], then: _exit}
    - join u
  bodies: {other: mark other, body: mark ran}`,
      { registered: 'libc of t is registered', without: 'exe ran mark ran and not libc of t is registered' },
    ),
    trial(
      'claimant with a note',
      ['2.31', 'patch-v12', '2.36'],
      `
exe:
  main:
    - claim_busy_ok abi
    - {op: fork, child: [claim_busy_ok abi, spawn t body, join t], then: _exit}
  bodies: {body: claim_busy_ok abi}`,
      {
        'note believed': 'exe ran claim_busy_ok again',
        'thread claims': 'exe ran claim_busy_ok ok before exe ran claim_busy_ok again',
      },
    ),
  ],
  answer: (seen) =>
    [
      `The child's thread is registered by libc under: ${seen.builds('child makes a thread', 'registered')}; it runs without under: ${seen.builds('child makes a thread', 'without')}.`,
      `A copied note is believed under: ${seen.builds('claimant with a note', 'note believed')}; and rightly, since the child inherits the registration at the same address.`,
    ].join(' '),
};

const vforked: Question = {
  id: 'Q-17',
  asks: 'A child in the memory of its parent, before and after the fix of the kernel: whose registration does it have, and does any rule of libc help?',
  trials: [
    trial(
      'child asks for the same area',
      ['2.36', '2.41'],
      'exe: {main: [{op: vfork, child: [register libc]}]}',
      { 'has its parent’s registration': "exe's rseq gets EBUSY", 'begins unregistered': "exe's rseq succeeds" },
      ['4.18', '5.4', '5.4.18', '5.5', '6.18'],
    ),
    trial(
      'child asks for the shared area',
      ['patch-v12', '2.32-dev'],
      'exe: {main: [{op: vfork, child: [register abi]}]}',
      { 'has its parent’s registration': "exe's rseq gets EBUSY", 'begins unregistered': "exe's rseq succeeds" },
      ['4.18', '5.5'],
    ),
  ],
  answer: (seen) => {
    const kernels = ['4.18', '5.4', '5.4.18', '5.5', '6.18'];
    const kept = kernels.filter(
      (kernel) =>
        seen.outcome('child asks for the same area', 'has its parent’s registration', '2.36', kernel) !== 'never',
    );
    return [
      `On ${kept.join(', ')} the child keeps its parent's registration, so the kernel writes the parent's area for it; on the others (${kernels.filter((k) => !kept.includes(k)).join(', ')}) it begins unregistered, under every build that was run.`,
      `No rule of libc changes that: with 4.18 it is so under ${seen.builds('child asks for the shared area', 'has its parent’s registration', 'ever', '4.18')} too.`,
    ].join(' ');
  },
};

const filterAt = (where: string) =>
  ({
    'in a constructor': `
exe: {needed: [a], main: start t body; join t, bodies: {body: mark ran}}
objects:
  a: {ctors: [seccomp EPERM]}`,
    'in main, before the thread': 'exe: {main: seccomp EPERM; start t body; join t, bodies: {body: mark ran}}',
    'in the thread': 'exe: {main: start t body; join t, bodies: {body: seccomp EPERM; mark ran}}',
    'in an audit module': `
audit: [a]
exe: {main: start t body; join t, bodies: {body: mark ran}}
objects:
  a: {ctors: [seccomp EPERM], audit: {callbacks: {la_version: []}}}`,
    'in a resolver': `
exe: {needed: [a], main: start t body; join t, bodies: {body: mark ran}, refs: [{sym: w_a_i, how: data}]}
objects:
  a: {ifuncs: {w_a_i: {resolver: seccomp EPERM, impl: []}}}`,
  })[where] ?? '';

const filterPlaces = [
  'in an audit module',
  'in a resolver',
  'in a constructor',
  'in main, before the thread',
  'in the thread',
] as const;

const lateFilter: Question = {
  id: 'Q-18',
  asks: 'A filter that is installed late: where does it leave the main thread registered and a thread not, without a fatal error; and does inheritance avoid the fatal error?',
  trials: filterPlaces.map((name) =>
    trial(name, ['patch-v12', '2.32-dev', '2.36', '2.41'], filterAt(name), {
      'one and not the other': 'libc of main is registered and libc of t is failed and ends with exit 0',
      aborts: 'ends with signal SIGABRT',
    }),
  ),
  answer: (seen) =>
    ['patch-v12', '2.32-dev', '2.36', '2.41']
      .map(
        (libc) =>
          `${libc}: one and not the other ${seen.trials('one and not the other', libc)}; fatal ${seen.trials('aborts', libc)}.`,
      )
      .join(' ') +
    ' Inheritance avoids the fatal error only where the main thread itself was refused, that is where the filter came first.',
};

const cachedNo: Question = {
  id: 'Q-20',
  asks: 'Is there a reader that sees "unsupported" or nothing before registration and "supported" after it, so that a cached answer goes stale?',
  trials: [
    trial(
      'a constructor that looks, and main',
      ['patch-v12', 'register-early', '2.32-dev'],
      `
exe: {needed: [a], main: call w_a_look}
objects:
  a: {ctors: [handled], funcs: {w_a_look: handled}}`,
      { 'stale answer': 'a ran handled_info uninit before a ran handled_info registered' },
    ),
    trial(
      'a constructor that looks at the size, and main',
      ['2.36', '2.41'],
      `
exe: {needed: [a], main: call w_a_look}
objects:
  a: {ctors: [info], funcs: {w_a_look: info}}`,
      { 'stale answer': 'a ran rseq_info uninit before a ran rseq_info registered' },
    ),
    trial(
      'a resolver that looks',
      ['patch-v12', 'register-early', '2.32-dev'],
      `
exe: {needed: [a], main: call w_a_look, refs: [{sym: w_a_i, how: data}]}
objects:
  a: {ifuncs: {w_a_i: {resolver: handled, impl: []}}, funcs: {w_a_look: handled}}`,
      { 'stale answer': 'not a ran handled_info uninit and a ran handled_info registered' },
    ),
  ],
  answer: (seen) =>
    `A constructor that keeps what it saw goes stale under: ${seen.builds('a constructor that looks, and main', 'stale answer')}; not under: ${seen.builds('a constructor that looks, and main', 'stale answer', 'never')}, ${seen.builds('a constructor that looks at the size, and main', 'stale answer', 'never')}. ` +
    `libc's own reader keeps nothing; it looks at the area every time.`,
  notRun:
    'Readers outside libc that keep an answer (tcmalloc decides once for the process) are claimants; see C-09 to C-11.',
};

const reuseWorld = `
exe:
  main: dlopen a now h; start t first; join t; dlclose h; start u second; join u
  bodies: {first: dlsym h w_a_enter, second: mark alive}
objects:
  a: {funcs: {w_a_enter: section}}`;

const reuse: Question = {
  id: 'Q-19',
  asks: 'A stack is used again: what must be cleared so that no thread is registered with a pointer to dead memory; is rseq_cs alone enough?',
  trials: [
    trial(
      'stack used again',
      ['2.34', '2.35', '2.40', '2.41', '2.42'],
      reuseWorld,
      { dies: 'ends with signal SIGSEGV' },
      ['6.12', '6.15', '6.18'],
    ),
  ],
  answer: (seen) =>
    [
      `Without any clearing the next thread dies on 6.12 under: ${seen.builds('stack used again', 'dies', 'ever', '6.12')}.`,
      `Clearing the fields that the kernel reads (rseq_cs among them, 2.41) is enough: dies under 2.41 ${seen.outcome('stack used again', 'dies', '2.41', '6.12')}; clearing the whole area (2.42) adds nothing to that: ${seen.outcome('stack used again', 'dies', '2.42', '6.12')}.`,
      `A kernel that clears the pointer as it registers saves every build: dies on 6.15 under ${seen.builds('stack used again', 'dies', 'ever', '6.15')}.`,
      'cpu_id needs no clearing for this, since the kernel writes it before the thread runs; flags need it only on kernels that read them.',
    ].join(' '),
};

export const threadQuestions: readonly Question[] = [
  keyOrder,
  exitAborts,
  forked,
  vforked,
  lateFilter,
  reuse,
  cachedNo,
];
