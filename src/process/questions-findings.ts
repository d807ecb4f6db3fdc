/**
 * Every statement that the record derived by reading code and asked a simulator to confirm, with the worlds that decide it. What
 * is refuted is a finding, and is said so.
 *
 * What can go wrong: confirming by a world in which the statement cannot fail. Where it speaks of "only" or "never", a world where
 * the other thing would show stands beside.
 */
import { rseqSyscall } from '../kernel/call.js';
import { contextSwitch, returnToUser } from '../kernel/refresh.js';
import { knownKernel } from '../kernel/releases.js';
import { freshTask } from '../kernel/task.js';
import { architectures, numberOfBuild, usualParameters } from './numbers.js';
import { type Question, type Seen, trial } from './questions-form.js';

export type FindingVerdict = 'confirmed' | 'refuted' | 'confirmed in part' | 'not run';

/** A derived statement. `answer` says what was seen. */
export interface Finding extends Question {
  /** Where it stands in the record. */
  readonly where: string;
  readonly verdict: (seen: Seen) => FindingVerdict;
}

const all = (...held: readonly boolean[]): FindingVerdict => {
  if (held.every(Boolean)) return 'confirmed';
  return held.some(Boolean) ? 'confirmed in part' : 'refuted';
};

const busyOnly: Finding = {
  id: 'D-01',
  where: '0.1',
  asks: 'EBUSY is returned only for the identical area, length and signature; a rival with its own area gets EINVAL.',
  trials: [
    trial('own area', ['2.36', '2.32-dev'], 'exe: {main: register tls; register static}', {
      EINVAL: "exe's rseq gets EINVAL",
      EBUSY: "exe's rseq gets EBUSY",
    }),
    trial('same area', ['2.36'], 'exe: {main: register libc}', { EBUSY: "exe's rseq gets EBUSY" }),
    trial('same area, other signature', ['2.36'], 'exe: {main: register libc 0x1}', {
      EPERM: "exe's rseq gets EPERM",
      EBUSY: "exe's rseq gets EBUSY",
    }),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('own area', 'EINVAL', '2.36') === 'always',
      seen.outcome('own area', 'EBUSY', '2.36') === 'never',
      seen.outcome('same area', 'EBUSY') === 'always',
      seen.outcome('same area, other signature', 'EBUSY') === 'never',
    ),
  answer: (seen) =>
    `Own area: EINVAL ${seen.outcome('own area', 'EINVAL', '2.36')}, EBUSY ${seen.outcome('own area', 'EBUSY', '2.36')}; same area: EBUSY ${seen.outcome('same area', 'EBUSY')}; other signature: EPERM ${seen.outcome('same area, other signature', 'EPERM')}.`,
};

const gapMain: Finding = {
  id: 'D-02',
  where: 'L-08',
  asks: 'Constructors see flag 1 with cpu_id -1 under patch v12.',
  trials: [
    trial('constructor', ['patch-v12'], 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [handled]}', {
      gap: 'a ran handled_info uninit giving 1',
    }),
  ],
  verdict: (seen) => all(seen.outcome('constructor', 'gap') === 'always'),
  answer: (seen) => `Seen ${seen.outcome('constructor', 'gap')}.`,
};

const threadFirst: Finding = {
  id: 'D-03',
  where: 'L-08',
  asks: 'A thread that a constructor creates registers before the main thread does.',
  trials: [
    trial(
      'constructor that starts a thread',
      ['patch-v12'],
      'exe: {needed: [a]}\nobjects:\n  a: {ctors: [start t body], dtors: [join t], bodies: {body: mark ran}}',
      { first: 'libc of t is registered before libc of main is registered' },
    ),
    trial(
      'constructor that waits for it',
      ['patch-v12'],
      'exe: {needed: [a]}\nobjects:\n  a: {ctors: [spawn t body], dtors: [join t], bodies: {body: mark ran}}',
      { first: 'libc of t is registered before libc of main is registered' },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('constructor that waits for it', 'first') === 'always',
      seen.outcome('constructor that starts a thread', 'first') === 'always',
    ),
  answer: (seen) =>
    `Always so when the constructor waits for the thread (${seen.outcome('constructor that waits for it', 'first')}); side by side it is a race (${seen.outcome('constructor that starts a thread', 'first')}).`,
};

const auditQuiet: Finding = {
  id: 'D-04',
  where: 'L-08',
  asks: "An audit module's libc registers nothing at start; threads that it creates register its own inner area.",
  trials: [
    trial(
      'quiet module',
      ['patch-v12'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {audit: {callbacks: {la_version: []}}}',
      {
        inner: 'P-02 broken',
      },
    ),
    trial(
      'module with a thread',
      ['patch-v12'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {ctors: [spawn t body; join t], bodies: {body: claim_abi}, audit: {callbacks: {la_version: []}}}',
      { 'inner area': 'libc of t is registered and m ran claim_abi defer' },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('quiet module', 'inner') === 'never',
      seen.outcome('module with a thread', 'inner area') === 'always',
    ),
  answer: (seen) =>
    `Inner registration at start ${seen.outcome('quiet module', 'inner')}; a thread made there finds its own namespace's area registered: ${seen.outcome('module with a thread', 'inner area')}. The caveat of that time, that such threads do not work, was refuted by recorded runs.`,
};

const rtldActive: Finding = {
  id: 'D-05',
  where: 'L-08',
  asks: 'The guard rtld_active() separates static dlopen only: it is true for a libc that dlmopen brings later.',
  trials: [
    trial('namespace after start', ['patch-v12'], 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {}', {
      'inner tries': "libc's rseq gets EINVAL",
    }),
  ],
  verdict: () => 'not run',
  answer: (seen) =>
    `No inner libc reaches the line that asks, so no program can show the difference (inner calls seen: ${seen.outcome('namespace after start', 'inner tries')}).`,
};

const early: Finding = {
  id: 'D-06',
  where: 'L-08',
  asks: 'An early claimant with the shared area is adopted on EBUSY; with a private area libc gets EINVAL and marks the main thread only.',
  trials: [
    trial('shared', ['patch-v12'], 'exe: {needed: [a]}\nobjects:\n  a: {ctors: [claim_abi]}', {
      EBUSY: "libc's rseq gets EBUSY",
      'goes on': 'ends with exit 0',
    }),
    trial(
      'private',
      ['patch-v12'],
      'exe: {needed: [a], main: start t body; join t, bodies: {body: mark ran}}\nobjects:\n  a: {ctors: [register static]}',
      { 'main failed': 'libc of main is failed', 'thread registered': 'libc of t is registered' },
    ),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('shared', 'EBUSY') === 'always',
      seen.outcome('shared', 'goes on') === 'always',
      seen.outcome('private', 'main failed') === 'always',
      seen.outcome('private', 'thread registered') === 'always',
    ),
  answer: (seen) =>
    `Shared: EBUSY ${seen.outcome('shared', 'EBUSY')}, and the program goes on. Private: main failed ${seen.outcome('private', 'main failed')}, later threads libc's ${seen.outcome('private', 'thread registered')}.`,
};

const busyAborts: Finding = {
  id: 'D-07',
  where: 'L-08',
  asks: "A claimant that tolerates EBUSY and unregisters in a key destructor makes libc's own unregistration fail, and the program aborts.",
  trials: [
    trial('thread', ['patch-v12'], 'exe: {main: start t body; join t, bodies: {body: claim_busy_ok abi}}', {
      EINVAL: "libc's rseq gets EINVAL",
      aborts: 'ends with signal SIGABRT',
    }),
    trial('main thread', ['patch-v12'], 'exe: {main: claim_busy_ok abi; pthread_exit}', {
      aborts: 'ends with signal SIGABRT',
    }),
  ],
  verdict: (seen) => all(seen.outcome('thread', 'EINVAL') === 'always', seen.outcome('thread', 'aborts') === 'always'),
  answer: (seen) =>
    `In a thread ${seen.outcome('thread', 'aborts')}; in the main thread ${seen.outcome('main thread', 'aborts')}, since libc never unregisters that one.`,
};

const multipleCause: Finding = {
  id: 'D-08',
  where: 'L-09',
  asks: '`__libc_multiple_libcs` is 0 in every libc that ran its _init, inner or outer.',
  trials: [
    trial(
      'audit module',
      ['multiple-libcs'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {audit: {callbacks: {la_version: []}}}',
      {
        'inner takes itself for the only one': 'P-02 broken',
      },
    ),
    trial('namespace after start', ['multiple-libcs'], 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {}', {
      'inner takes itself for the only one': "libc's rseq gets EINVAL",
    }),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('audit module', 'inner takes itself for the only one') === 'always',
      seen.outcome('namespace after start', 'inner takes itself for the only one') === 'always',
    ),
  answer: (seen) =>
    `With the cause that was read (a symbol that Linux does not compile) as the rule, the inner libc registers: audit ${seen.outcome('audit module', 'inner takes itself for the only one')}, later namespace ${seen.outcome('namespace after start', 'inner takes itself for the only one')}. The cause itself was read, not observed.`,
};

const fedora: Finding = {
  id: 'D-09',
  where: 'L-09',
  asks: 'With the distribution’s patch: 0 in the base libc’s _init, 1 after dlmopen, 0 in an audit libc too, and 1 again when __libc_start_main recomputes it.',
  trials: [
    trial('program alone, read in _init', ['multiple-libcs-fedora'], 'exe: {main: mark x}', {
      registers: 'libc of main is registered',
    }),
    trial('namespace after start', ['multiple-libcs-fedora'], 'exe: {main: dlmopen a new now h}\nobjects:\n  a: {}', {
      'inner tries': "libc's rseq gets EINVAL",
    }),
    trial(
      'audit module',
      ['multiple-libcs-fedora'],
      'audit: [m]\nexe: {main: mark x}\nobjects:\n  m: {audit: {callbacks: {la_version: []}}}',
      {
        'inner registers': 'P-02 broken',
        'base stays away': "not libc's rseq gets EINVAL",
      },
    ),
    trial('program alone, read in __libc_start_main', ['multiple-libcs-start-fedora'], 'exe: {main: mark x}', {
      registers: 'libc of main is registered',
    }),
  ],
  verdict: (seen) =>
    all(
      seen.outcome('program alone, read in _init', 'registers') === 'always',
      seen.outcome('namespace after start', 'inner tries') === 'never',
      seen.outcome('audit module', 'inner registers') === 'always',
      seen.outcome('program alone, read in __libc_start_main', 'registers') === 'never',
    ),
  answer: (seen) =>
    `Base registers in _init ${seen.outcome('program alone, read in _init', 'registers')}; a later namespace tries ${seen.outcome('namespace after start', 'inner tries')}; an audit libc registers ${seen.outcome('audit module', 'inner registers')}; read in __libc_start_main nobody registers (${seen.outcome('program alone, read in __libc_start_main', 'registers')}). Beyond the statement: after an audit module the base libc stays away (${seen.outcome('audit module', 'base stays away')}), since the first run of constructors ends the start-up that the symbol speaks of.`,
};

const likeRobustList: Finding = {
  id: 'D-10',
  where: 'L-11',
  asks: '"Unconditional, in the manner of set_robust_list" means: call in every thread, ignore failure, export no state.',
  trials: [],
  verdict: () => 'not run',
  answer: () =>
    'A reading of a sentence, not a claim about behaviour. The semantics `unconditional` is that reading, and can be run.',
};

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

/** What cpu_id_start reads after a context switch, where its owner had stored something else. */
function afterSwitch(kernel: string): number {
  const features = knownKernel(kernel);
  const words = [0, 0, 0, 0, 0, 0, 0, 0];
  const at = (addr: bigint) => Number((addr & 0x1fn) >> 2n);
  const memory = {
    read32: (addr: bigint) => words[at(addr)] ?? 0,
    write32(addr: bigint, value: number) {
      words[at(addr)] = value;
      return true;
    },
    read64: (addr: bigint) => BigInt(words[at(addr)] ?? 0) | (BigInt(words[at(addr) + 1] ?? 0) << 32n),
    write64(addr: bigint, value: bigint) {
      words[at(addr)] = Number(value & 0xffff_ffffn);
      words[at(addr) + 1] = Number(value >> 32n);
      return true;
    },
  };
  const { task } = rseqSyscall(features, freshTask(), memory, { addr: 0x1000n, len: 32, flags: 0, sig: 1 });
  const settled = returnToUser(features, contextSwitch(features, task), memory).task;
  words[0] = slab;
  returnToUser(features, contextSwitch(features, settled), memory);
  return words[0] ?? 0;
}

const slab = 0xc000_0000;

const rewritten: Finding = {
  id: 'D-19',
  where: 'I-33',
  asks: 'From 6.19 on the kernel no longer rewrites cpu_id_start at each event, so an owner that stores its own word there is not told.',
  trials: [],
  verdict: () => all(afterSwitch('6.18') !== slab, afterSwitch('6.19') === slab),
  answer: () =>
    `After a context switch on the same CPU the owner's word is ${afterSwitch('6.18') === slab ? 'still there' : 'overwritten'} on 6.18 and ${afterSwitch('6.19') === slab ? 'still there' : 'overwritten'} on 6.19 (run on the kernel alone).`,
};

const baseScheme: Finding = {
  id: 'D-20',
  where: '5',
  asks: 'A base with one constant for all architectures yields no number for rseq anywhere; a list is required.',
  trials: [],
  verdict: () => (byScheme().length === 0 ? 'confirmed' : 'refuted'),
  answer: () => {
    const right = rightByBase();
    return `The scheme, which serves calls with a common number only, gives a number on: ${byScheme().length === 0 ? 'none' : byScheme().join(', ')}. Applied to rseq all the same, with the constant of x86-64, the sum is right on ${right.length} of ${architectures.length} architectures (${right.join(', ')}) and another system call on the others.`;
  },
};

const rightByBase = () =>
  architectures.filter((architecture) => {
    const sum = numberOfBuild({ ...usualParameters, architecture, mode: 'base-anyway' });
    return sum !== null && sum === numberOfBuild({ ...usualParameters, architecture, mode: 'list' });
  });

const byScheme = () =>
  architectures.filter((architecture) => numberOfBuild({ ...usualParameters, architecture, mode: 'base' }) !== null);

/** In the order of the record. */
export const findings: readonly Finding[] = [
  busyOnly,
  gapMain,
  threadFirst,
  auditQuiet,
  rtldActive,
  early,
  busyAborts,
  multipleCause,
  fedora,
  likeRobustList,
  developmentFatal,
  otherErrno,
  windowCloses,
  drift,
  staticSize,
  inherits,
  emulated,
  staleArea,
  rewritten,
  baseScheme,
];
