/**
 * The sixteen incidents that a hunt must find without being told: under which broken libc it happens, what fails, and what cures it.
 * A finding is the incident when the same thing fails in it and the incident's own cure makes that impossible.
 *
 * What can go wrong: counting a finding that fails for another reason. The cure is the one that the world had; whatever it does not
 * cure was something else.
 */
import type { Action } from '../scenario/action-schema.js';
import { actionsOf } from '../scenario/names.js';
import type { Scenario } from '../scenario/schema.js';
import type { WorldObject } from '../scenario/world-schema.js';

/** What was done about it: another libc, another kernel, a tunable, another claimant, or a destructor in the library. */
export type Cure =
  | { readonly libc: string }
  | { readonly kernel: string }
  | { readonly tunable: 'glibc.pthread.rseq=0' }
  | { readonly claimant: string; readonly instead: readonly string[] }
  | { readonly destructor: 'deletes its keys' };

export interface Incident {
  readonly id: string;
  /** The file on the shelf that was written by hand, without its ending. */
  readonly scenario: string;
  /** The broken libc. */
  readonly libc: string;
  /** What fails: any of these ids. */
  readonly fails: readonly string[];
  readonly cure: Cure;
  /** Actions that belong to the mechanism, where the failure and the cure alone do not say it. */
  readonly by?: readonly Action['op'][];
}

export const incidents: readonly Incident[] = [
  {
    id: 'I-01',
    scenario: 'I-01-constructor-that-asks-flag-takes-main-thread',
    libc: 'patch-v10',
    fails: ['P-01'],
    cure: { libc: 'patch-v11' },
  },
  {
    id: 'I-02',
    scenario: 'I-02-constructor-reads-0-although-libc-owns',
    libc: 'patch-v11-draft',
    fails: ['P-01', 'P-06'],
    cure: { libc: 'patch-v11' },
  },
  {
    id: 'I-05',
    scenario: 'I-05-audit-modules-libc-takes-main-thread',
    libc: 'patch-v17',
    fails: ['P-02'],
    cure: { libc: 'patch-v18' },
  },
  {
    id: 'I-06',
    scenario: 'I-06a-inner-libc-takes-itself-for-only-one',
    libc: 'multiple-libcs',
    fails: ['P-02', 'P-03'],
    cure: { libc: 'namespace-check' },
  },
  {
    id: 'I-07',
    scenario: 'I-07-audit-modules-constructor-that-calls-dlsym-crashes',
    libc: '2.35',
    fails: ['SIGSEGV'],
    cure: { libc: '2.36' },
  },
  {
    id: 'I-09',
    scenario: 'I-09-signal-handler-is-before-libc-in-new-thread',
    libc: 'patch-v12',
    fails: ['P-17'],
    cure: { libc: '2.32-dev' },
    by: ['signal'],
  },
  {
    id: 'I-17',
    scenario: 'I-17a-area-of-dead-thread-kills-next-one-on-its-stack',
    libc: '2.35',
    fails: ['SIGSEGV'],
    cure: { libc: '2.41' },
    by: ['section'],
  },
  {
    id: 'I-19',
    scenario: 'I-19-libc-in-reused-namespace-is-never-told-whether-it-is-first',
    libc: '2.36',
    fails: ['P-15'],
    cure: { libc: '2.37' },
  },
  {
    id: 'I-22',
    scenario: 'I-22-preload-calls-resolver-of-libc-that-is-not-relocated',
    libc: '2.32',
    fails: ['early-resolver'],
    cure: { libc: '2.33' },
  },
  {
    id: 'I-23',
    scenario: 'I-23-library-that-must-stay-is-closed-after-its-thread-local-destructor',
    libc: 'pre-2.22',
    fails: ['unloaded'],
    cure: { libc: '2.28' },
  },
  {
    id: 'I-24',
    scenario: 'I-24a-key-destructor-of-closed-library-crashes-thread',
    libc: '2.41',
    fails: ['SIGSEGV', 'P-08'],
    cure: { destructor: 'deletes its keys' },
    by: ['tsd', 'dlclose'],
  },
  {
    id: 'I-27',
    scenario: 'I-27a-library-that-is-not-yet-constructed-says-that-libc-owns',
    libc: '2.31',
    fails: ['P-14'],
    cure: { claimant: 'C-06', instead: ['C-05a', 'C-14'] },
  },
  {
    id: 'I-29',
    scenario: 'I-29a-second-thread-that-sees-flag-too-early-goes-without',
    libc: '2.31',
    fails: ['P-14'],
    cure: { claimant: 'C-07', instead: ['C-06'] },
  },
  {
    id: 'I-35',
    scenario: 'I-35a-thread-of-process-with-late-filter-ends-program',
    libc: '2.35',
    fails: ['SIGABRT', 'P-24'],
    cure: { tunable: 'glibc.pthread.rseq=0' },
    by: ['seccomp'],
  },
  {
    id: 'I-39',
    scenario: 'I-39a-before-55-vfork-child-keeps-its-parents-registration',
    libc: '2.36',
    fails: ['P-10'],
    cure: { kernel: '5.5' },
    by: ['vfork'],
  },
  {
    id: 'I-43',
    scenario: 'I-43-closed-library-takes-registration-from-one-that-stays',
    libc: '2.31',
    fails: ['P-09'],
    cure: { libc: '2.35' },
  },
];

/** Another claimant in all places of some. */
function withClaimant(scenario: Scenario, claimant: string, instead: readonly string[]): Scenario {
  const swap = (text: string) => instead.reduce((so, who) => so.replaceAll(`"${who}"`, `"${claimant}"`), text);
  const { world, claimants } = JSON.parse(swap(JSON.stringify(scenario))) as Pick<Scenario, 'world' | 'claimants'>;
  return { ...scenario, world, claimants };
}

/** The object with a destructor, after all its others, that deletes every key it makes. */
function deletingKeys(object: WorldObject): WorldObject {
  const keys = new Set(actionsOf(object).flatMap(({ action }) => (action.op === 'tsd' ? [action.key] : [])));
  if (keys.size === 0) return object;
  const act = [...keys].map((key): Action => ({ op: 'key_delete', key }));
  return { ...object, dtors: [...(object.dtors ?? []), { do: act }] };
}

/** The scenario cured, and the libc to judge it under. */
export function cured(
  { cure, libc }: Incident,
  scenario: Scenario,
): { readonly scenario: Scenario; readonly libc: string } {
  if ('libc' in cure) return { scenario, libc: cure.libc };
  if ('kernel' in cure) return { scenario: { ...scenario, kernel: cure.kernel }, libc };
  if ('claimant' in cure) return { scenario: withClaimant(scenario, cure.claimant, cure.instead), libc };
  const { world } = scenario;
  if ('tunable' in cure) {
    return { scenario: { ...scenario, world: { ...world, tunables: { 'glibc.pthread.rseq': '0' } } }, libc };
  }
  const objects = Object.entries(world.objects).map(([name, object]) => [name, deletingKeys(object)] as const);
  return { scenario: { ...scenario, world: { ...world, objects: Object.fromEntries(objects) } }, libc };
}

/** Whether the mechanism's own actions are all in the scenario. */
export function hasMechanism({ by = [] }: Incident, { world }: Scenario): boolean {
  const ops = new Set(
    [world.exe, ...Object.values(world.objects)].flatMap((object) => actionsOf(object)).map(({ action }) => action.op),
  );
  return by.every((op) => ops.has(op));
}
