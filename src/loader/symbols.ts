/**
 * Which file defines and which file refers to a symbol: the facts a link editor leaves in the dynamic symbol tables. Symbols of
 * the described programs are known from their functions; `__rseq_abi`, `__rseq_handled` and `__rseq_size` from what an object
 * does and from what the libc build exports.
 *
 * What can go wrong: an executable exports a symbol only when it was told to, or when a shared object on its link line refers
 * to it; one that is dlopened later does not count, and then binds elsewhere or nowhere.
 */
import { describedObject, type Program } from '../libc/program.js';
import { actionsOf as placedActionsOf } from '../scenario/names.js';
import type { WorldObject } from '../scenario/world-schema.js';
import { factsOf, ldso, libc, libpthread } from './linkmap.js';

export type Action = NonNullable<WorldObject['main']>[number];

/** Every action of an object, in any of its functions, children of a fork included. */
export function actionsOf(object: WorldObject): readonly Action[] {
  return placedActionsOf(object).map(({ action }) => action);
}

const memo = new WeakMap<WorldObject, { abi: boolean; abiRefs: boolean; handledRefs: boolean; sizeRefs: boolean }>();

/** What an object's code does with the names of rseq. */
export function rseqNamesOf(object: WorldObject) {
  let names = memo.get(object);
  if (names === undefined) {
    const actions = actionsOf(object);
    const ops = new Set(actions.map((a) => a.op));
    const abi = actions.some((a) => a.op === 'claim_abi' || ('area' in a && a.area === 'abi'));
    names = {
      abi,
      abiRefs: abi || ops.has('handled_info'),
      handledRefs: ops.has('handled_info') || ops.has('claim_handled') || ops.has('release_handled'),
      sizeRefs:
        ops.has('rseq_info') ||
        ops.has('section') ||
        ops.has('claim') ||
        ops.has('claimant') ||
        actions.some((a) => 'area' in a && a.area === 'libc'),
    };
    memo.set(object, names);
  }
  return names;
}

/**
 * The executable's dynamic symbol table: all of it when it was linked to export, otherwise what libraries of glibc on its link
 * line refer to. Described libraries do not count: the recorded programs were linked against empty stand-ins of the same name.
 */
function exportedByExecutable(program: Program, sym: string): boolean {
  if (program.world.exe.flags?.includes('rdynamic') === true) return true;
  return sym === '__rseq_abi' && libcDefinesAtLink(program);
}

/** The libc the program was linked against has a `__rseq_abi` of its own. */
function libcDefinesAtLink(program: Program): boolean {
  return program.rseq.area === 'rseq_abi' && program.world.link_with === undefined;
}

/**
 * Whether the file has a dynamic reference to a weak name of rseq. Shared objects always have. In an executable the link editor
 * resolves an undefined weak thread-local to nothing, and in one that is not position independent every undefined weak name.
 */
export function referenceKept(program: Program, file: string, sym: string): boolean {
  if (file !== 'exe') return true;
  const { exe } = program.world;
  if (ownDefinition(program, file, exe, sym) !== null) return true;
  if (sym === '__rseq_abi') return libcDefinesAtLink(program);
  return exe.kind !== 'nopie';
}

/** Kind of a definition in the dynamic symbol table of `file`, or null. */
export function definition(program: Program, file: string, sym: string): 'function' | 'ifunc' | 'object' | null {
  const object = describedObject(program, file);
  if (object === undefined) return definedByGlibc(program, file, sym) ? 'object' : null;
  const kind = ownDefinition(program, file, object, sym);
  if (kind === null || (file === 'exe' && !exeExports(program, object, sym))) return null;
  return kind;
}

function exeExports(program: Program, object: WorldObject, sym: string): boolean {
  if (sym === '__rseq_handled' && object.handled === 'copy') return true;
  return exportedByExecutable(program, sym);
}

/** A definition in the file, exported or not. */
export function ownDefinition(
  program: Program,
  file: string,
  object: WorldObject,
  sym: string,
): 'function' | 'ifunc' | 'object' | null {
  if (sym === '__rseq_abi') return rseqNamesOf(object).abi ? 'object' : null;
  if (sym === '__rseq_handled') {
    if (object.handled === 'define') return 'object';
    return hasCopy(program, file) ? 'object' : null;
  }
  if (object.hidden?.includes(sym) === true) return null;
  if (object.funcs !== undefined && Object.hasOwn(object.funcs, sym)) return 'function';
  const ifunc = object.ifuncs !== undefined && Object.hasOwn(object.ifuncs, sym) ? object.ifuncs[sym] : undefined;
  if (ifunc !== undefined && ifunc.hidden !== true) return 'ifunc';
  return null;
}

/** The executable has a COPY relocation for the flag. */
export function hasCopy(program: Program, file: string): boolean {
  return factsOf(program, file).relocs.some(([, type, sym]) => type === 'COPY' && sym === '__rseq_handled');
}

function definedByGlibc(program: Program, file: string, sym: string): boolean {
  const { ownerFlag, areaIn } = program.rseq;
  if (sym === '__rseq_handled')
    return (file === ldso && ownerFlag === 'ldso') || (file === libc && ownerFlag === 'libc');
  if (sym === '__rseq_size') return file === ldso && program.rseq.sizeSymbols;
  const areaFile = areaIn === 'libc' ? libc : libpthread;
  return sym === '__rseq_abi' && file === areaFile && program.rseq.area === 'rseq_abi';
}
