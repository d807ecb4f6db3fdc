/**
 * Why a described program cannot be built and run on a machine: what its description asks for and no C source, no link line or no
 * unprivileged process can give. Stands for nothing in glibc; it is the list of what a comparison leaves out.
 *
 * What can go wrong: a feature that the C source silently leaves away. The machine would then answer another question; every field
 * and every action is either translated or named here.
 */
import { claimantNamed } from '../rseq/claimants.js';
import { actionsOf, checkWorldNames } from '../scenario/names.js';
import type { World, WorldObject } from '../scenario/world-schema.js';
import { undefinedSymbols } from './c-source.js';
import type { Sysroot } from './sysroot.js';

const untranslated: Readonly<Record<string, string>> = {
  section: 'nobody can keep the kernel from interrupting a critical section',
};

const fields = ['versions', 'wants'] as const satisfies readonly (keyof WorldObject)[];

function objectReason(object: WorldObject): string | undefined {
  const field = fields.find((name) => object[name] !== undefined);
  if (field !== undefined) return `${field} has no C source`;
  if (object.handled === 'copy') return 'it needs an ld.so that defines __rseq_handled';
  if (object.soname === 'libc') return 'an executable in place of libc.so.6 has no C source';
  for (const { action } of actionsOf(object)) {
    const why = untranslated[action.op];
    if (why !== undefined) return why;
    if (action.op !== 'claimant') continue;
    if (action.step === 'probe') return 'a probe comes from another process';
    if (claimantNamed(action.who)?.rule === undefined) return `claimant ${action.who} is described in words only`;
  }
  return undefined;
}

/** Whether an executable calls other objects and has no needed one among them: there is no file to take the symbols from. */
function callsIntoNothing(exe: WorldObject): boolean {
  return (exe.needed ?? []).length === 0 && undefinedSymbols(exe).length > 0;
}

/** Why a world cannot be run on the installed glibc, or on that of a sysroot; undefined when it can. */
export function whyNotReal(world: World, sysroot?: Pick<Sysroot, 'archive' | 'unwinds'>): string | undefined {
  if (world.link_with !== undefined) return `it is linked against glibc ${world.link_with}, which is not here`;
  if (world.ld_so_preload !== undefined) return "it needs its own /etc/ld.so.preload, which is the system's";
  if (world.secure === true) return 'it needs to be set-user-ID, which takes privileges';
  const isStatic = world.exe.kind === 'static' || world.exe.kind === 'static-pie';
  if (isStatic && sysroot?.archive === false) return 'it is static, and the sysroot has no libc.a';
  if (isStatic && sysroot?.unwinds === false && actionsOf(world.exe).some(({ action }) => action.op === 'pthread_exit'))
    return "it is static and ends a thread early, for which the compiler's libgcc_eh.a asks for a newer libc.a";
  if (callsIntoNothing(world.exe)) return 'its executable needs no object and calls one: the symbol has no place';
  for (const object of [world.exe, ...Object.values(world.objects)]) {
    const why = objectReason(object);
    if (why !== undefined) return why;
  }
  const nameless = checkWorldNames(world).find(({ fault }) => fault.severity !== 'warning');
  return nameless === undefined ? undefined : `its description has no meaning: ${nameless.fault.message}`;
}
