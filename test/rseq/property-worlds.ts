// For each property of single runs a smallest world that breaks it and one that keeps it. The two differ in one thing: the libc,
// the kernel, or one word of the program.

/** A world under a libc and a kernel. */
export interface PropertyWorld {
  readonly text: string;
  readonly libc: string;
  readonly kernel?: string;
}

export interface PropertyPair {
  readonly breaks: PropertyWorld;
  readonly keeps: PropertyWorld;
}

const world = (text: string, libc: string, kernel?: string): PropertyWorld => ({
  text,
  libc,
  ...(kernel === undefined ? {} : { kernel }),
});

const onTwo = (text: string, breaks: string, keeps: string): PropertyPair => ({
  breaks: world(text, breaks),
  keeps: world(text, keeps),
});

const taker = 'exe: {needed: [a], main: mark m}\nobjects: {a: {}}\nclaimants: {a: {who: C-15, area: static}}';
const auditor = 'exe: {main: mark m}\nobjects: {m: {audit: {callbacks: {la_version: []}}}}\naudit: [m]';
const spawning = (main: string) => `exe: {main: ${main}spawn t b; join t, bodies: {b: mark b}}`;
const claiming = (claim: string) => `exe: {needed: [a], main: mark m}\nobjects: {a: {ctors: [${claim}]}}`;
const interrupted = (who: string) =>
  `exe: {main: claimant ${who} register abi; start t b; signal t h; join t, ` +
  `bodies: {b: claimant ${who} register abi, h: claimant ${who} register abi}}`;
const twoThreads = (who: string) =>
  `exe: {needed: [a], main: start one b; start two b; join one; join two, bodies: {b: call w_use}}\n` +
  `objects: {a: {funcs: {w_use: claimant ${who} register tls}}}`;

export const propertyWorlds: Readonly<Record<string, PropertyPair>> = {
  'P-01': onTwo(taker, 'patch-v12', 'debian-2.36'),
  'P-02': onTwo(auditor, 'unconditional', 'register-early'),
  'P-03': onTwo(auditor, 'unconditional', '2.32-dev'),
  'P-04': onTwo(claiming('handled'), 'patch-v12', 'debian-2.36'),
  'P-05': onTwo(claiming('mark c'), 'patch-v12', 'debian-2.36'),
  'P-06': {
    breaks: world('exe: {needed: [a], handled: define, main: handled}\nobjects: {a: {ctors: [handled]}}', 'patch-v12'),
    keeps: world(
      'exe: {needed: [a], handled: define, flags: [rdynamic], main: handled}\nobjects: {a: {ctors: [handled]}}',
      'patch-v12',
    ),
  },
  'P-07': {
    breaks: world(interrupted('C-10'), '2.31'),
    keeps: world(interrupted('C-11'), '2.31'),
  },
  'P-08': {
    breaks: world('exe: {main: spawn t b; join t, bodies: {b: claim_note tls; tsd k d, d: info}}', '2.31'),
    keeps: world('exe: {main: spawn t b; join t, bodies: {b: tsd k d; claim_note tls, d: info}}', '2.31'),
  },
  'P-09': onTwo(
    'exe: {main: spawn t b; join t, bodies: {b: mark b}}\nclaimants: {exe: {who: C-13, at: thread}}',
    'patch-v12',
    'debian-2.36',
  ),
  'P-10': onTwo(
    'exe: {main: dlopen a now h; dlclose h; mark m}\nobjects: {a: {}}\nclaimants: {a: {who: C-15, area: static}}',
    '2.31',
    'debian-2.36',
  ),
  'P-12': {
    breaks: world('exe: {main: info}', '2.36', '5.10'),
    keeps: world('exe: {main: info}', 'debian-2.36', '5.10'),
  },
  'P-14': { breaks: world(twoThreads('C-06'), '2.31'), keeps: world(twoThreads('C-07'), '2.31') },
  'P-15': onTwo(
    'exe: {main: dlmopen a new now h; dlclose h; dlmopen a new now i}\nobjects: {a: {ctors: [mark c]}}',
    '2.35',
    'debian-2.36',
  ),
  'P-16': onTwo('exe: {main: dlmopen a new now h}\nobjects: {a: {ctors: [handled; info]}}', 'patch-v12', 'debian-2.36'),
  'P-17': onTwo(spawning('seccomp EPERM; '), 'patch-v12', 'debian-2.36'),
  'P-18': {
    breaks: world('exe: {main: mark m}\nclaimants: {exe: {who: C-11, at: main}}', '2.31'),
    keeps: world('exe: {main: mark m}\nclaimants: {exe: {who: C-10, at: main}}', '2.31'),
  },
  'P-19': { breaks: world(taker, '2.31', '5.10'), keeps: world(taker, '2.31', '5.13') },
  'P-20': {
    breaks: world(claiming('unregister libc; register tls'), 'debian-2.36'),
    keeps: world(claiming('unregister libc; mark c'), 'debian-2.36'),
  },
  'P-21': {
    breaks: world(claiming('register tls; register static'), 'debian-2.36'),
    keeps: world(claiming('register tls; mark c'), 'debian-2.36'),
  },
  'P-22': onTwo(
    'exe: {needed: [a], main: spawn t b; join t, bodies: {b: mark b}}\nobjects: {a: {}}\n' +
      'claimants: {a: {who: C-15, area: static}, exe: {who: C-10, at: main}}',
    'patch-v12',
    '2.31',
  ),
  'P-23': onTwo(spawning(''), '2.31', 'patch-v12'),
  'P-24': onTwo(
    'exe: {main: mark m}\nobjects: {m: {audit: {callbacks: {la_version: []}}, ctors: [claim_abi]}}\naudit: [m]',
    '2.32-dev',
    'patch-v12',
  ),
  'P-25': onTwo(`${spawning('')}\ntunables: {glibc.pthread.rseq: 0}`, 'patch-v12', 'debian-2.36'),
};
