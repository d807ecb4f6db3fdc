/**
 * Parties outside the program: tools that save and restore it, tools that run it, and policies that forbid the call. In CRIU:
 * criu/pie/parasite.c and restorer.c; the answers of emulators are kernels here.
 *
 * What can go wrong: taking a refusal for "somebody registered". A filter refuses too, and an emulator may accept everything and
 * do nothing.
 */
import { type ClaimantProtocol, plainRule } from './claimants-form.js';

export const dumper: ClaimantProtocol = {
  id: 'C-18',
  name: 'criu-dump',
  period: '2022 on',
  statement:
    'asks by ptrace what a task has registered; where it cannot ask, tries to register, and refuses to dump a user',
  source: 'criu f81e3062c, c5162cef5, bd9ee3255',
  when: 'from injected code, in each task',
  decides: 'the ptrace query; without it, the answer of a trial registration',
  undo: 'at once: the trial is unregistered when it worked',
  lives: 'injected code; the object it is woven into stands for it',
  area: 'static',
  rule: { ...plainRule, probes: 'query' },
  actions: { act: [{ op: 'claimant', who: 'C-18', step: 'probe', area: 'static' }], undo: [] },
};

export const restorer: ClaimantProtocol = {
  id: 'C-19',
  name: 'criu-restore',
  period: '3.17 on',
  statement: "unregisters what its own libc left, unmaps that libc's memory, then registers the recorded area",
  source: 'criu f70ddab24, cacddf19d, f7972a3f0, 1e0bed3d6, 2d3354e7b, f8da250bb',
  when: 'in the restorer, for each task',
  decides: "libc's symbols, later the ptrace query about itself",
  undo: 'none',
  lives: 'the restorer; the object it is woven into stands for what is restored',
  area: 'static',
  rule: { ...plainRule, undo: 'own' },
  actions: { act: [{ op: 'claimant', who: 'C-19', step: 'restore', area: 'static' }], undo: [] },
};

export const hastyRestorer: ClaimantProtocol = {
  ...restorer,
  id: 'C-19a',
  name: 'criu-restore-2021',
  period: 'before 3.17',
  statement: 'unmaps the memory of its own libc while the kernel still writes there; knows nothing of rseq',
  source: 'criu issue 1696 (2021); fixed by f70ddab24',
  decides: 'nothing',
  rule: plainRule,
  actions: { act: [{ op: 'claimant', who: 'C-19a', step: 'restore', area: 'static' }], undo: [] },
};

const nothing = { act: [], undo: [] } as const;

export const recorder: ClaimantProtocol = {
  id: 'C-20',
  name: 'rr',
  period: '2018 on',
  statement: 'the recorded program is told that there is no such call; later the call is emulated in full',
  source: 'rr issue 2277, PR 2839, PR 3226',
  when: 'at every call',
  decides: 'nothing',
  undo: 'none',
  lives: 'around the whole program',
  area: 'static',
  actions: nothing,
  kernels: ['no-rseq', '6.18'],
};

export const translator: ClaimantProtocol = {
  id: 'C-21',
  name: 'dynamorio',
  period: '2019 on',
  statement: 'a tool around the program that learns of a registration by watching the call, or by a trial of its own',
  source: 'DynamoRIO PR 3786, issue 5431, PR 5711, issue 5955',
  when: 'at attach, in each thread',
  decides: 'the answer of a trial registration',
  undo: 'at once: the trial is unregistered when it worked',
  lives: 'code of the tool; the object it is woven into stands for it',
  area: 'static',
  rule: plainRule,
  actions: { act: [{ op: 'claimant', who: 'C-21', step: 'probe', area: 'static' }], undo: [] },
};

export const emulators: ClaimantProtocol = {
  id: 'C-22',
  name: 'emulators',
  period: '2019 on',
  statement: 'an environment answers ENOSYS, or 0 without doing anything',
  source: 'syzkaller PR 3869; Quark issue 1078; gem5 issue 2391; qiling PR 1201; manticore PR 2552; shadow issue 2059',
  when: 'at every call',
  decides: 'nothing',
  undo: 'none',
  lives: 'around the whole program',
  area: 'static',
  actions: nothing,
  kernels: ['no-rseq', 'emulated'],
};

function policy(
  id: string,
  name: string,
  action: 'EPERM' | 'EACCES' | 'ENOSYS' | 'KILL',
  what: string,
): ClaimantProtocol {
  return {
    id,
    name,
    period: '2019 on',
    statement: `a seccomp policy ${what}, from where it is installed on; a registration made before stays`,
    source:
      'Mozilla bug 1651701, Chromium issue 1104160; systemd PR 12133, moby PR 41158, containerd PR 4347, snapd PR 11357',
    when: 'where the policy is installed: before the program, or after libc registered',
    decides: 'nothing',
    undo: 'a filter stays for ever',
    lives: 'the sandbox; the object it is woven into stands for it',
    area: 'static',
    actions: { act: [{ op: 'seccomp', action }], undo: [] },
  };
}

export const policies: readonly ClaimantProtocol[] = [
  policy('C-23', 'seccomp-eperm', 'EPERM', 'answers EPERM'),
  policy('C-23a', 'seccomp-eacces', 'EACCES', 'answers EACCES'),
  policy('C-23b', 'seccomp-enosys', 'ENOSYS', 'answers ENOSYS'),
  policy('C-23c', 'seccomp-kill', 'KILL', 'kills with SIGSYS'),
];

export const outsideRows: readonly ClaimantProtocol[] = [
  dumper,
  restorer,
  hastyRestorer,
  recorder,
  translator,
  emulators,
  ...policies,
];
