/**
 * IFUNC symbols of a program: which object defines them, which relocations refer to them, and those that are local. Stands for the
 * resolvers that elf/do-rel.h calls while objects are relocated.
 *
 * What can go wrong: glibc's own resolvers (memcpy has one). They are no code of the program and are left to the model, and said.
 */
import type { ElfFacts, WorldObject } from '../scenario/world-schema.js';
import type { Closure } from './closure.js';
import type { OpenElf } from './file.js';
import type { Root } from './root.js';
import type { Loaded } from './search.js';

/** What was found of IFUNC symbols, by object. */
export interface ImportedIfuncs {
  readonly objects: ReadonlyMap<Loaded, Pick<WorldObject, 'ifuncs' | 'refs'>>;
  /** The relocations of these symbols, in file order. */
  readonly relocs: ReadonlyMap<Loaded, ElfFacts['relocs']>;
  readonly leftOut: readonly string[];
}

/** A reference that an object makes to a symbol by a name, or to a local resolver. */
interface Reference {
  readonly table: 'dyn' | 'plt';
  readonly type: string;
  readonly name: string;
}

/** Most IFUNC symbols of one object that are written out. */
const WRITTEN_MAX = 200;

const NAMED = new Set(['64', 'GLOB_DAT', 'JUMP_SLOT']);

/** All references of an object; undefined with what is wrong where its tables cannot be read. */
function referencesOf(elf: OpenElf): Reference[] {
  const { entries, symbolAt } = elf.relocations();
  let local = 0;
  return entries.flatMap(({ table, type, symbol }): Reference[] => {
    if (type === 'IRELATIVE') return [{ table, type, name: `${local++}` }];
    return NAMED.has(type) && symbol !== 0 ? [{ table, type, name: symbolAt(symbol).name }] : [];
  });
}

/** A symbol's name in a scenario. */
const symOf = (name: string): string => `w_${name.replace(/[^A-Za-z0-9_]/g, '_')}`;

class Symbols {
  readonly references = new Map<Loaded, readonly Reference[]>();
  /** The first definition of each name that is referred to, in the order of the search list. */
  readonly definers = new Map<string, { readonly by: Loaded; readonly ifunc: boolean }>();
  readonly leftOut: string[] = [];

  constructor(root: Root, closure: Closure) {
    const all = [closure.main, ...closure.libraries];
    for (const loaded of all) this.#read(root, loaded, (elf) => this.references.set(loaded, referencesOf(elf)));
    const wanted = new Set([...this.references.values()].flatMap((each) => each.map(({ name }) => name)));
    for (const loaded of all) {
      this.#read(root, loaded, (elf) =>
        elf.eachDefined(
          (name) => wanted.has(name) && !this.definers.has(name),
          ({ name, ifunc }) => this.definers.set(name, { by: loaded, ifunc }),
        ),
      );
    }
  }

  #read(root: Root, { path }: Loaded, use: (elf: OpenElf) => void): void {
    const answer = root.elf(path, use);
    if ('value' in answer) return;
    this.leftOut.push(`symbols of ${path} are left out: ${'errno' in answer ? answer.errno : answer.fault.message}`);
  }
}

/** Find the IFUNC symbols of a program; `names` are the objects that a scenario has. */
export function importedIfuncs(root: Root, closure: Closure, names: ReadonlyMap<Loaded, string>): ImportedIfuncs {
  const { references, definers, leftOut } = new Symbols(root, closure);
  const has = (loaded: Loaded) => loaded === closure.main || names.has(loaded);
  const ifuncs = new Map<Loaded, Record<string, { resolver: []; impl: []; hidden?: true }>>();
  const define = (loaded: Loaded, sym: string, hidden: boolean): boolean => {
    const known = ifuncs.get(loaded) ?? {};
    ifuncs.set(loaded, known);
    if (!Object.hasOwn(known, sym) && Object.keys(known).length >= WRITTEN_MAX) return false;
    known[sym] ??= { resolver: [], impl: [], ...(hidden ? { hidden } : {}) };
    return true;
  };
  const refs = new Map<Loaded, NonNullable<WorldObject['refs']>[number][]>();
  const relocs = new Map<Loaded, ElfFacts['relocs'][number][]>();
  const lost = { own: 0, beyond: 0 };
  for (const [loaded, made] of references) {
    for (const { table, type, name } of made) {
      const local = type === 'IRELATIVE';
      const definer = local ? { by: loaded, ifunc: true } : definers.get(name);
      if (definer?.ifunc !== true) continue;
      const sym = local ? `w_${names.get(loaded) ?? 'exe'}_local_${name}` : symOf(name);
      if (!has(loaded) || !has(definer.by)) lost.own++;
      else if (!define(definer.by, sym, local)) lost.beyond++;
      else {
        refs.set(loaded, [...(refs.get(loaded) ?? []), { sym, how: table === 'plt' ? 'call' : 'data' }]);
        relocs.set(loaded, [
          ...(relocs.get(loaded) ?? []),
          [table, local ? type : type === 'GLOB_DAT' ? '64' : type, local ? `res_${sym}` : sym],
        ]);
      }
    }
  }
  const objects = new Map<Loaded, Pick<WorldObject, 'ifuncs' | 'refs'>>();
  for (const loaded of new Set([...ifuncs.keys(), ...refs.keys()])) {
    const [own, made] = [ifuncs.get(loaded), refs.get(loaded)];
    objects.set(loaded, {
      ...(own === undefined ? {} : { ifuncs: own }),
      ...(made === undefined ? {} : { refs: made }),
    });
  }
  return {
    objects,
    relocs,
    leftOut: [
      ...leftOut,
      ...(lost.own === 0 ? [] : [`${lost.own} references to IFUNC symbols of glibc's own files are the model's`]),
      ...(lost.beyond === 0 ? [] : [`${lost.beyond} references to IFUNC symbols beyond ${WRITTEN_MAX} of an object`]),
    ],
  };
}
