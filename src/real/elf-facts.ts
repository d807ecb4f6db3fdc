/**
 * Facts of a linked file as the recordings carry them: dynamic section, arrays, relocations of the world's symbols, PT_TLS. Stands
 * for what `readelf -lrd` prints of a file of our own making.
 *
 * What can go wrong: names of IRELATIVE relocations. They have no symbol; the resolver is found by its address.
 */
import { Bytes } from '../elf/bytes.js';
import { elfOf, type OpenElf } from '../elf/file.js';
import { fullSymbols } from '../elf/sections.js';
import type { ElfFacts } from '../scenario/world-schema.js';

/** Bits of DT_FLAGS_1 that the recordings name. */
const told = new Set(['NOW', 'NODELETE', 'INITFIRST', 'INTERPOSE', 'PIE']);

function relocationsOf({ bytes, header, relocations }: OpenElf): ElfFacts['relocs'] {
  const { entries, symbolAt } = relocations();
  const resolvers = new Map(
    fullSymbols(bytes, header, (name) => name.startsWith('res_w_')).map(({ name, value }) => [value, name]),
  );
  return entries
    .map(({ table, type, symbol, addend }): [string, string, string] => {
      const sym = type === 'IRELATIVE' ? (resolvers.get(addend) ?? '') : symbolAt(symbol).name;
      return [table, type, sym];
    })
    .filter(([, , sym]) => /^(res_)?w_/.test(sym) || sym === '__rseq_handled');
}

function factsOf(elf: OpenElf): ElfFacts {
  const { type, dynamic, tls } = elf.file;
  return {
    type,
    needed: (dynamic?.dependencies ?? []).filter(({ kind }) => kind === 'needed').map(({ name }) => name),
    init: dynamic?.init ?? false,
    fini: dynamic?.fini ?? false,
    init_array: dynamic?.initArray ?? 0,
    fini_array: dynamic?.finiArray ?? 0,
    preinit_array: dynamic?.preinitArray ?? 0,
    flags_1: (dynamic?.flags1 ?? []).filter((flag) => told.has(flag)),
    bind_now: dynamic?.bindNow ?? false,
    tls: tls !== undefined,
    relocs: dynamic === undefined ? [] : relocationsOf(elf),
  };
}

/** Facts of a linked file. A static program has only a type and thread-local storage. */
export function elfFacts(file: Buffer): ElfFacts {
  const answer = elfOf(Bytes.of(file), factsOf);
  if ('value' in answer) return answer.value;
  throw new Error(`invariant: the link editor made a file that cannot be read: ${answer.fault.message}`);
}
