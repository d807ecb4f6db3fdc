/**
 * The time line: every mainline release from 4.18 to 7.1, the changes each brought, the stable releases that carry a change
 * early, and the kernels that have no call at all. In Linux: the history of kernel/rseq.c.
 *
 * What can go wrong: a row says what changed *in* a release; what it has is the sum of the rows up to it.
 */
import type { FeatureName, KernelFeatures } from './features.js';
import { nearest } from './nearest.js';

/** One row of the time line. */
export interface ReleaseRow {
  readonly release: string;
  readonly change: string;
  readonly sets: Partial<Omit<KernelFeatures, 'name'>>;
  readonly source: string;
}

const beforeTheCall: Omit<KernelFeatures, 'name'> = {
  call: 'absent',
  unregisterOtherBits: 'ignored',
  childDropsSlot: 'clone-thread',
  length: 'original-only',
  featureSize: 20,
  areaAlign: 32,
  nodeAndCid: false,
  registrationClearsSection: 'no',
  registrationStores: 'refresh-only',
  resetCpuIdStart: 'zero',
  failedResetSignals: false,
  idStores: 'every-refresh',
  sectionChecks: 'all',
  sectionTrigger: 'every-return',
  sharedNotifyFlag: true,
  noRestartFlags: 'honoured',
  sliceExtension: false,
  modeByLength: false,
  ptraceQuery: 'absent',
  auxiliaryVector: false,
  debug: 'absent',
};

/** The changes, oldest first. Releases that are not named changed nothing a model can see. */
export const timeLine: readonly ReleaseRow[] = [
  { release: '4.17', change: 'the last release without the call', sets: {}, source: 'kernel/sys_ni.c' },
  {
    release: '4.18',
    change: 'the call; exactly 32 bytes, 32-aligned; only CLONE_THREAD clears; other unregister bits ignored',
    sets: { call: 'present' },
    source: 'kernel/rseq.c:rseq, 4.18',
  },
  {
    release: '5.2',
    change: 'the length is no longer stored per task: nothing to see',
    sets: {},
    source: 'include/linux/sched.h, 5.2',
  },
  {
    release: '5.5',
    change: 'every CLONE_VM child starts unregistered; unregistration with other flag bits is EINVAL',
    sets: { childDropsSlot: 'clone-vm', unregisterOtherBits: 'refused' },
    source: 'include/linux/sched.h:rseq_fork, commit 463f550fb47b',
  },
  {
    release: '5.13',
    change: 'PTRACE_GET_RSEQ_CONFIGURATION',
    sets: { ptraceQuery: 'constant-length' },
    source: 'kernel/ptrace.c:ptrace_get_rseq_configuration',
  },
  {
    release: '6.0',
    change: 'no-restart and unknown flags kill instead of being honoured or ignored',
    sets: { noRestartFlags: 'fatal' },
    source: 'kernel/rseq.c:rseq_need_restart, 6.0',
  },
  {
    release: '6.3',
    change: 'node_id and mm_cid; longer areas; the length is stored again; auxiliary vector entries 28 and 32',
    sets: {
      nodeAndCid: true,
      length: 'feature-size',
      featureSize: 28,
      areaAlign: 32,
      auxiliaryVector: true,
      ptraceQuery: 'stored-length',
    },
    source: 'kernel/rseq.c:rseq, 6.3; fs/binfmt_elf.c:create_elf_tables',
  },
  {
    release: '6.14',
    change: 'the debug option also reports changed kernel-owned fields',
    sets: {},
    source: 'kernel/rseq.c:rseq_validate_ro_fields',
  },
  {
    release: '6.15',
    change: 'registration reads and clears rseq_cs: NULL and unmapped areas become EFAULT',
    sets: { registrationClearsSection: 'read-then-clear' },
    source: 'kernel/rseq.c:rseq, commit fd881d0a085f',
  },
  {
    release: '6.19',
    change: 'rewrite: fewer stores, fewer checks, run-time debug switch',
    sets: {
      registrationClearsSection: 'clear',
      resetCpuIdStart: 'uninitialized',
      failedResetSignals: true,
      idStores: 'on-change',
      sectionChecks: 'minimal',
      sectionTrigger: 'from-user',
      sharedNotifyFlag: false,
    },
    source: 'kernel/rseq.c:rseq_update_user_cs, rseq_reset_ids',
  },
  {
    release: '7.0',
    change: 'slice extension: feature size 33, alignment 64, flag bit 1, initial stores at registration',
    sets: { sliceExtension: true, featureSize: 33, areaAlign: 64, registrationStores: 'whole-area' },
    source: 'kernel/rseq.c:rseq_register, rseq_slice_extension_prctl',
  },
  {
    release: '7.1',
    change: 'length 32 means the legacy rules again, more means v2',
    sets: { modeByLength: true },
    source: 'kernel/rseq.c:rseq_length_valid, Documentation/userspace-api/rseq.rst',
  },
];

/** A change that can be put on top of a release by writing `+name` after it. */
export interface Amendment {
  readonly name: string;
  readonly meaning: string;
  readonly sets: Partial<Omit<KernelFeatures, 'name'>>;
  readonly source: string;
}

const noCall: Amendment['sets'] = { call: 'absent', ptraceQuery: 'absent', auxiliaryVector: false };

export const amendments: readonly Amendment[] = [
  { name: 'no-rseq', meaning: 'built with CONFIG_RSEQ=n', sets: noCall, source: 'init/Kconfig:RSEQ' },
  {
    name: 'no-have-rseq',
    meaning: 'an architecture without HAVE_RSEQ',
    sets: noCall,
    source: 'arch/Kconfig:HAVE_RSEQ',
  },
  {
    name: 'emulated',
    meaning: 'an emulation that answers 0 to every call and does nothing',
    sets: { ...noCall, call: 'emulated' },
    source: 'outside Linux: system call emulators',
  },
  {
    name: 'clears-section',
    meaning: 'back-port of the 6.15 registration that reads and clears rseq_cs',
    sets: { registrationClearsSection: 'read-then-clear' },
    source: 'commit fd881d0a085f in 6.1.146, 5.15.189, 5.10.240',
  },
  {
    name: 'clone-vm-clears',
    meaning: 'back-port of the 5.5 rule that a CLONE_VM child starts unregistered',
    sets: { childDropsSlot: 'clone-vm' },
    source: 'commit 463f550fb47b in 4.19.102, 5.4.18',
  },
  {
    name: 'debug',
    meaning: 'built with CONFIG_DEBUG_RSEQ, or from 6.19 switched on at run time',
    sets: { debug: 'syscalls' },
    source: 'kernel/rseq.c:rseq_syscall',
  },
];

/** What the debug option does, by the release that brought it. */
const debugSince: readonly (readonly [release: string, debug: KernelFeatures['debug']])[] = [
  ['4.18', 'syscalls'],
  ['6.14', 'syscalls-and-reports'],
  ['6.19', 'kills'],
];

/** Stable releases that took a change over: from this point release on, the series has the amendment. */
const stableBackPorts: readonly { readonly series: string; readonly from: number; readonly amendment: string }[] = [
  { series: '4.19', from: 102, amendment: 'clone-vm-clears' },
  { series: '5.4', from: 18, amendment: 'clone-vm-clears' },
  { series: '5.10', from: 240, amendment: 'clears-section' },
  { series: '5.15', from: 189, amendment: 'clears-section' },
  { series: '6.1', from: 146, amendment: 'clears-section' },
];

function series(major: number, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${major}.${from + i}`);
}

/** Every mainline release that has a name here, oldest first; `4.17` stands for all that came before the call. */
export const releases: readonly string[] = [
  ...series(4, 17, 20),
  ...series(5, 0, 19),
  ...series(6, 0, 19),
  ...series(7, 0, 1),
];

/** Every name that `kernelFeatures` takes without a `+`. */
export const kernelNames: readonly string[] = [...releases, 'no-rseq', 'no-have-rseq', 'emulated'];

/** An unknown kernel name, with the nearest good ones. */
export interface UnknownKernel {
  readonly code: 'K010';
  readonly message: string;
  readonly nearest: readonly string[];
}

export type FeaturesAnswer =
  | { readonly ok: true; readonly features: KernelFeatures }
  | { readonly ok: false; readonly error: UnknownKernel };

function ofRelease(release: string): KernelFeatures {
  const upTo = releases.indexOf(release);
  const rows = timeLine.filter((row) => releases.indexOf(row.release) <= upTo);
  return Object.freeze(
    Object.assign({ name: release }, beforeTheCall, ...rows.map((row) => row.sets)) as KernelFeatures,
  );
}

function debugOf(release: string): KernelFeatures['debug'] {
  const known = debugSince.filter(([since]) => releases.indexOf(since) <= releases.indexOf(release));
  return known.at(-1)?.[1] ?? 'absent';
}

function amend(features: KernelFeatures, release: string, amendment: Amendment): KernelFeatures {
  const sets = amendment.name === 'debug' ? { debug: debugOf(release) } : amendment.sets;
  return { ...features, ...sets };
}

/** `6.1.146` as its series and the amendments that its point release carries; null when it is not of that form. */
function stableRelease(name: string): { readonly release: string; readonly carries: readonly string[] } | null {
  const match = /^(\d+\.\d+)\.(\d+)$/.exec(name);
  const release = match?.[1];
  if (release === undefined || !releases.includes(release)) return null;
  const point = Number(match?.[2]);
  const carries = stableBackPorts.filter((b) => b.series === release && point >= b.from).map((b) => b.amendment);
  return { release, carries };
}

function unknown(name: string, word: string, known: readonly string[]): FeaturesAnswer {
  const near = nearest(word, known, 3);
  const message = `unknown kernel "${name.slice(0, 60)}": no ${known === kernelNames ? 'release' : 'amendment'} is called "${word.slice(0, 60)}"`;
  return { ok: false, error: { code: 'K010', message: `${message}; nearest: ${near.join(', ')}`, nearest: near } };
}

const alone = new Set(['no-rseq', 'no-have-rseq', 'emulated']);

/**
 * The flags of a kernel by name: a release (`6.18`), a stable release (`6.1.146`, with the back-ports it carries), either with
 * amendments (`5.4+clears-section`, `6.18+debug`), or `no-rseq`, `no-have-rseq`, `emulated` alone (6.18 otherwise).
 *
 * Errors: an unknown name is a value (K010) with the three nearest names.
 */
export function kernelFeatures(name: string): FeaturesAnswer {
  const [base = '', ...plus] = (alone.has(name) ? `6.18+${name}` : name).split('+');
  const stable = stableRelease(base);
  const release = stable?.release ?? base;
  if (!releases.includes(release)) return unknown(name, base, kernelNames);
  let features = ofRelease(release);
  for (const word of [...(stable?.carries ?? []), ...plus]) {
    const amendment = amendments.find((a) => a.name === word);
    if (amendment === undefined) {
      return unknown(
        name,
        word,
        amendments.map((a) => a.name),
      );
    }
    features = amend(features, release, amendment);
  }
  return { ok: true, features: Object.freeze({ ...features, name }) };
}

/**
 * The flags of a kernel that our own code names.
 *
 * @throws when the name is unknown, which is our own bug; for names that a user wrote, ask `kernelFeatures`
 */
export function knownKernel(name: string): KernelFeatures {
  const answer = kernelFeatures(name);
  if (!answer.ok) throw new Error(`invariant: ${answer.error.message}`);
  return answer.features;
}

/** The flags in which two kernels differ, in the order of the time line. */
export function featureDifferences(a: KernelFeatures, b: KernelFeatures): readonly FeatureName[] {
  return (Object.keys(beforeTheCall) as FeatureName[]).filter((flag) => a[flag] !== b[flag]);
}
