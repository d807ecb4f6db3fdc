/**
 * The relocations that the link editor leaves to the loader, in file order, as far as they name the world's symbols or
 * `__rseq_handled`. Stands for binutils bfd/elf64-x86-64.c and the sort of `-z combreloc` in bfd/elflink.c.
 *
 * What can go wrong: resolvers run in this order. `.rela.dyn` is sorted by class and then by address, and gcc lays the static
 * variables of a file out backwards; the order of `.rela.plt` is that of the link editor's hash table and looks random.
 */
import type { ElfFacts } from '../scenario/world-schema.js';
import type { LinkedFile } from './link-file.js';
import { symbolBucket } from './link-hash.js';

type Relocation = ElfFacts['relocs'][number];

const flag = '__rseq_handled';
const flagOps = new Set(['handled_info', 'claim_handled', 'release_handled']);

/** Relocations of one linked file as `[table, type, symbol]`; IRELATIVE ones name the resolver. A static program has no others. */
export function relocationsOf(file: LinkedFile): Relocation[] {
  const all = [...dataRelocations(file), ...pltRelocations(file)];
  return file.isStatic ? all.filter(([, type]) => type === 'IRELATIVE') : all;
}

/** How a reference to a symbol is bound when the file is linked. */
function bindingOf(file: LinkedFile, sym: string): 'dynamic' | 'local' | 'local-ifunc' | 'own-ifunc' {
  const { funcs = {}, ifuncs = {} } = file.object;
  const ifunc = Object.hasOwn(ifuncs, sym) ? ifuncs[sym] : undefined;
  if (ifunc !== undefined) return file.shape === 'shared' && ifunc.hidden !== true ? 'own-ifunc' : 'local-ifunc';
  const { hidden = [], protected: own = [] } = file.object;
  const bound = file.shape !== 'shared' || hidden.includes(sym) || own.includes(sym);
  return bound && Object.hasOwn(funcs, sym) ? 'local' : 'dynamic';
}

const calledBy = (file: LinkedFile): string[] => [
  ...file.actions.flatMap((action) => (action.op === 'call' ? [action.sym] : [])),
  ...(file.object.refs ?? []).filter(({ how }) => how === 'call').map(({ sym }) => sym),
];

/** Classes in the order of `enum elf_reloc_type_class`, RELATIVE ones left out. */
const classes = ['normal', 'copy', 'ifunc'] as const;

/**
 * `.rela.dyn`: by class, then groups of one symbol in the order of their lowest address, then by address. The GOT lies below
 * the data. All IRELATIVE entries are of symbol 0 and so one group.
 *
 * @source binutils bfd/elflink.c:elf_link_sort_cmp1, elf_link_sort_cmp2
 */
function dataRelocations(file: LinkedFile): Relocation[] {
  const byAddress = [...flagRelocations(file), ...pointerRelocations(file)];
  return classes.flatMap((wanted) => {
    const entries = byAddress.filter((entry) => classOf(file, entry) === wanted);
    const groups = new Map<string, Relocation[]>();
    for (const entry of entries) {
      const [, type, sym] = entry;
      const group = type === 'IRELATIVE' ? '' : sym;
      groups.set(group, [...(groups.get(group) ?? []), entry]);
    }
    return [...groups.values()].flat();
  });
}

/** @source binutils bfd/elf64-x86-64.c:elf_x86_64_reloc_type_class */
function classOf(file: LinkedFile, [, type, sym]: Relocation): (typeof classes)[number] {
  if (type === 'COPY') return 'copy';
  return type === 'IRELATIVE' || bindingOf(file, sym) === 'own-ifunc' ? 'ifunc' : 'normal';
}

/** The flag's GOT slot, or the copy of it; none where the reference is bound, or set to null, at link time. */
function flagRelocations(file: LinkedFile): Relocation[] {
  const { object, shape } = file;
  if (object.handled === 'copy' && shape !== 'shared') return [['dyn', 'COPY', flag]];
  const referred = file.actions.some(({ op }) => flagOps.has(op)) || object.handled === 'copy';
  if (!referred || shape === 'nopie' || (shape === 'pie' && object.handled === 'define')) return [];
  return [['dyn', 'GLOB_DAT', flag]];
}

/** Pointers in static variables, lowest address first: those to the file's own names stand in a section (`.data.rel.local`) before. */
function pointerRelocations(file: LinkedFile): Relocation[] {
  const pointers = (file.object.refs ?? []).filter(({ how }) => how === 'data').reverse();
  const called = new Set(calledBy(file));
  // Others may take a protected function's address too, so that it stays a symbol here.
  const isLocal = (sym: string) =>
    bindingOf(file, sym).startsWith('local') && file.object.protected?.includes(sym) !== true;
  const placed = [...pointers.filter(({ sym }) => isLocal(sym)), ...pointers.filter(({ sym }) => !isLocal(sym))];
  return placed.flatMap(({ sym }): Relocation[] => {
    const binding = bindingOf(file, sym);
    if (isLocal(sym) && binding === 'local') return [];
    if (binding !== 'local-ifunc') return [['dyn', '64', sym]];
    // Without -pie a called ifunc has a PLT entry at a fixed address, and that is its address for everybody.
    return file.shape === 'nopie' && called.has(sym) ? [] : [['dyn', 'IRELATIVE', `res_${sym}`]];
  });
}

/**
 * `.rela.plt`: JUMP_SLOT entries in the order of the hash table, then IRELATIVE ones, filled in from the end. Position
 * independent output writes hidden symbols before the others.
 *
 * @source binutils bfd/elf64-x86-64.c:elf_x86_64_finish_dynamic_symbol
 */
function pltRelocations(file: LinkedFile): Relocation[] {
  const symbols = inHashOrder(calledBy(file));
  const hidden = (sym: string) => file.object.ifuncs?.[sym]?.hidden === true && file.shape !== 'nopie';
  const slots = symbols.filter((sym) => ['dynamic', 'own-ifunc'].includes(bindingOf(file, sym)));
  const local = symbols.filter((sym) => bindingOf(file, sym) === 'local-ifunc');
  const written = [...local.filter(hidden), ...local.filter((sym) => !hidden(sym))];
  return [
    ...slots.map((sym): Relocation => ['plt', 'JUMP_SLOT', sym]),
    ...written.reverse().map((sym): Relocation => ['plt', 'IRELATIVE', `res_${sym}`]),
  ];
}

/** Each symbol once; of two in one bucket the one that was entered later stands first. */
function inHashOrder(symbols: readonly string[]): string[] {
  return [...new Set(symbols)].reverse().sort((a, b) => symbolBucket(a) - symbolBucket(b));
}
