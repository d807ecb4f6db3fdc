/**
 * Everything that is fixed before the first instruction: the described program, the facts of its linked files, the libc build
 * it runs on and the rules of the kernel below. One value per member of a `vary` family; steps read it and never change it.
 *
 * What can go wrong: behaviour that depends on a release and is decided anywhere but in a flag of `release`.
 */
import type { KernelFeatures } from '../kernel/features.js';
import type { Cpu } from '../machine/cpu.js';
import type { RseqSemantics } from '../rseq/semantics.js';
import type { ElfFacts, World, WorldObject } from '../scenario/world-schema.js';
import type { Release } from './release.js';

/** A program ready to start. `elf` has an entry for the executable (`exe`) and each object on disk. */
export interface Program {
  readonly world: World;
  readonly elf: Readonly<Record<string, ElfFacts>>;
  readonly release: Release;
  readonly rseq: RseqSemantics;
  readonly kernel: KernelFeatures;
  /**
   * For a program that is known by the facts of its files: the file behind each name that a dynamic section can ask for. Objects
   * then go by the names of their files, and dependencies are such names.
   */
  readonly files?: Readonly<Record<string, string>>;
}

/** The program the acting thread belongs to. */
export function programOf(cpu: Cpu): Program {
  return cpu.program as Program;
}

/** The name by which a setting or an action asks for an object; of a program that is known by its files, that is a name already. */
export function nameFor({ files }: Program, object: string): string {
  return files === undefined ? `${object}.so` : object;
}

/** The described object behind a file name of the world, or undefined for a file of glibc. */
export function describedObject(program: Program, file: string): WorldObject | undefined {
  if (file === 'exe') return program.world.exe;
  return Object.hasOwn(program.world.objects, file) ? program.world.objects[file] : undefined;
}

/** A tunable's value; a program with AT_SECURE has none. */
export function tunable(program: Program, name: string): string | undefined {
  return program.world.secure === true ? undefined : program.world.tunables?.[name];
}

/** The program has no ld.so of its own. */
export function isStatic(program: Program): boolean {
  const { kind } = program.world.exe;
  return kind === 'static' || kind === 'static-pie';
}
