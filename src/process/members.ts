/**
 * The members of a scenario as one model: an actor `vary` chooses which program is run, and from then on that program's threads
 * are the actors. Stands for the reviewer who tries every order of a list and every setting before he believes a claim.
 *
 * What can go wrong: a step that knows its program in another way than through the component `member`. A search that remembers
 * steps would then answer for one member from another.
 */
import type { Actor, ComponentKey, Model, View } from '../explore/model.js';
import type { KernelFeatures } from '../kernel/features.js';
import type { Program } from '../libc/program.js';
import type { Scenario } from '../scenario/schema.js';
import { expandVary } from '../scenario/vary.js';
import { type Build, programFor } from './builds.js';
import { initialWorld, stepProgram, threadActors } from './model.js';
import { unsupportedFeature } from './unsupported.js';
import { weaveClaimants } from './weave.js';

/** One world of a scenario, ready to run. */
export interface ProgramMember {
  /** The choices of the families, `PATH=value` each; empty without families. */
  readonly label: string;
  readonly program: Program;
}

/** Which member is run; absent until `vary` has chosen. */
export const memberKey: ComponentKey = 'member';

const vary: Actor = { name: 'vary', cls: 'family' };

/** The programs of a scenario on a build, and what the model lacks for some of them. */
export function membersOf(
  scenario: Scenario,
  build: Build,
  kernel: KernelFeatures,
): { readonly members: readonly ProgramMember[]; readonly unsupported: readonly string[] } {
  const members: ProgramMember[] = [];
  const lacking = new Set<string>();
  const asRecorded = scenario.vary.length === 0 && scenario.claimants.length === 0 ? scenario.elf : undefined;
  for (const { label, world } of expandVary(scenario)) {
    const woven = weaveClaimants(world, scenario.claimants);
    if ('reason' in woven) {
      lacking.add(woven.reason);
      continue;
    }
    const program = programFor(build, woven.world, asRecorded, kernel);
    const lack = unsupportedFeature(program);
    if (lack !== null) lacking.add(lack);
    members.push({ label, program });
  }
  return { members, unsupported: [...lacking] };
}

/** The member that a state belongs to; undefined before the choice. */
export function memberOf(members: readonly ProgramMember[], view: Pick<View, 'get'>): ProgramMember | undefined {
  const index = view.get(memberKey);
  return typeof index === 'number' ? members[index] : undefined;
}

/** The model of all members; with a single one there is nothing to choose, and no actor `vary`. */
export function familyModel(members: readonly ProgramMember[]): Model {
  const [only] = members;
  const initial =
    members.length === 1 && only !== undefined
      ? new Map<ComponentKey, unknown>([[memberKey, 0], ...initialWorld(only.program)])
      : new Map<ComponentKey, unknown>();
  return {
    initial,
    actors: (view) => (view.get(memberKey) === undefined ? [vary] : threadActors(view)),
    step(actor, view) {
      const member = memberOf(members, view);
      if (actor.name === vary.name) return member === undefined && choose(members, view);
      return member !== undefined && stepProgram(member.program, actor, view);
    },
  };
}

function choose(members: readonly ProgramMember[], view: View): boolean {
  if (members.length === 0) return false;
  const index = view.choose(members.length);
  const member = members[index];
  if (member === undefined) throw new Error(`invariant: no member ${index}`);
  view.set(memberKey, index);
  for (const [key, value] of initialWorld(member.program)) view.set(key, value);
  return true;
}
