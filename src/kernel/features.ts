/**
 * What differs between kernels, as named flags: one value per release, so that no algorithm ever compares version numbers.
 * In Linux: kernel/rseq.c and its neighbours, 4.18 to 7.1.
 *
 * What can go wrong: a distribution kernel carries single changes without the rest; write it as a release and a `+back-port`.
 */

/** One kernel's answers. Names, meanings and sources of the flags: `featureFlags`. */
export interface KernelFeatures {
  readonly name: string;
  readonly call: 'present' | 'absent' | 'emulated';
  readonly unregisterOtherBits: 'ignored' | 'refused';
  readonly childDropsSlot: 'clone-thread' | 'clone-vm';
  readonly length: 'original-only' | 'feature-size';
  readonly featureSize: number;
  readonly areaAlign: number;
  readonly nodeAndCid: boolean;
  readonly registrationClearsSection: 'no' | 'read-then-clear' | 'clear';
  readonly registrationStores: 'refresh-only' | 'whole-area';
  readonly resetCpuIdStart: 'zero' | 'uninitialized';
  readonly failedResetSignals: boolean;
  readonly idStores: 'every-refresh' | 'on-change';
  readonly sectionChecks: 'all' | 'minimal';
  readonly sectionTrigger: 'every-return' | 'from-user';
  readonly sharedNotifyFlag: boolean;
  readonly noRestartFlags: 'honoured' | 'fatal';
  readonly sliceExtension: boolean;
  readonly modeByLength: boolean;
  readonly ptraceQuery: 'absent' | 'constant-length' | 'stored-length';
  readonly auxiliaryVector: boolean;
  readonly debug: 'absent' | 'syscalls' | 'syscalls-and-reports' | 'kills';
}

/** The name of a flag. */
export type FeatureName = Exclude<keyof KernelFeatures, 'name'>;

/** A flag explained: what it decides and where that was read. */
export interface FeatureFlag {
  readonly name: FeatureName;
  readonly meaning: string;
  readonly source: string;
}

const flags: { readonly [N in FeatureName]: readonly [meaning: string, source: string] } = {
  call: [
    'the call exists, answers ENOSYS, or is emulated: 0 for every call and nothing else',
    'kernel/sys_ni.c, init/Kconfig:RSEQ',
  ],
  unregisterOtherBits: ['what an unregistration does with flag bits beside bit 0', 'kernel/rseq.c:rseq, 5.5'],
  childDropsSlot: [
    'which clone flag makes the child start unregistered',
    'include/linux/sched.h:rseq_fork, commit 463f550fb47b',
  ],
  length: ['32 bytes only, or also longer registrations of at least the feature size', 'kernel/rseq.c:rseq, 6.3'],
  featureSize: [
    'bytes of the area whose meaning the kernel knows',
    'include/uapi/linux/rseq.h:struct rseq, offset of end',
  ],
  areaAlign: ['alignment of an area that is not 32 bytes long', 'kernel/rseq.c:rseq, 6.3; rseq_alloc_align, 7.0'],
  nodeAndCid: ['a refresh stores node_id and mm_cid as well', 'kernel/rseq.c:rseq_update_cpu_node_id, 6.3'],
  registrationClearsSection: [
    'registration leaves, reads and clears, or clears rseq_cs',
    'kernel/rseq.c:rseq, commit fd881d0a085f; 6.19',
  ],
  registrationStores: [
    'registration stores first values to the whole area before the refresh',
    'kernel/rseq.c:rseq_register, 7.0',
  ],
  resetCpuIdStart: [
    'what unregistration leaves in cpu_id_start',
    'kernel/rseq.c:rseq_reset_rseq_cpu_node_id; rseq_reset_ids, 6.19',
  ],
  failedResetSignals: [
    'an unregistration that cannot write the area forces SIGSEGV too',
    'kernel/rseq.c:rseq_reset_ids, 6.19',
  ],
  idStores: ['a refresh stores the ids always, or only those that changed', 'kernel/rseq.c:rseq_update_usr, 6.19'],
  sectionChecks: [
    'a descriptor is checked in full first, or only when the task is inside it',
    'kernel/rseq.c:rseq_update_user_cs, 6.19',
  ],
  sectionTrigger: [
    'rseq_cs is looked at on each refresh, or only after user mode was interrupted',
    'include/linux/rseq_entry.h:rseq_update_usr, 6.19',
  ],
  sharedNotifyFlag: [
    'other deferred work for the return to user mode causes a refresh',
    'include/linux/resume_user_mode.h:resume_user_mode_work',
  ],
  noRestartFlags: [
    'non-zero flags inside a section inhibit aborts, or kill',
    'kernel/rseq.c:rseq_need_restart, commits c17a6ff93213 and 0190e4198e47',
  ],
  sliceExtension: [
    'time slice extension: prctl 79, flag bit 1, slice bits in the area',
    'kernel/rseq.c:rseq_slice_extension_prctl, 7.0',
  ],
  modeByLength: ['32 bytes mean the legacy rules, more mean v2', 'kernel/rseq.c:rseq_length_valid, 7.1'],
  ptraceQuery: [
    'PTRACE_GET_RSEQ_CONFIGURATION, and the length it reports for an unregistered task',
    'kernel/ptrace.c:ptrace_get_rseq_configuration, 5.13 and 6.3',
  ],
  auxiliaryVector: [
    'AT_RSEQ_FEATURE_SIZE and AT_RSEQ_ALIGN are in the auxiliary vector',
    'fs/binfmt_elf.c:create_elf_tables, 6.3',
  ],
  debug: [
    'what the debug option does: nothing, checks after system calls, reports, or kills',
    'kernel/rseq.c:rseq_syscall, rseq_validate_ro_fields, 6.14; 6.19',
  ],
};

/** Every flag, in the order of the time line. */
export const featureFlags: readonly FeatureFlag[] = (Object.keys(flags) as FeatureName[]).map((name) => {
  const [meaning, source] = flags[name];
  return { name, meaning, source };
});
