/**
 * Names of a scenario for the files of a program: identifiers, each once. It stands for the difference between `libz.so.1` and the
 * `libz` of a scenario.
 *
 * What can go wrong: two files that come to one name, or a name that a scenario keeps for something else.
 */
import { basename } from 'node:path';
import { ldso, libc, libdl, libpthread } from '../loader/linkmap.js';
import { isName } from '../scenario/action-schema.js';
import type { Closure } from './closure.js';
import type { Loaded } from './search.js';

/** Files that the model brings itself, by their sonames. */
const brought: ReadonlySet<string> = new Set([ldso, libc, libpthread, libdl]);
const taken: ReadonlySet<string> = new Set(['exe', 'libc', 'process', 'nobody', 'null', 'not']);

/** A name for each library that the model does not bring. */
export function objectNames({ libraries }: Closure): {
  readonly names: ReadonlyMap<Loaded, string>;
  /** What each name stands for, a sentence. */
  readonly renamed: readonly string[];
} {
  const names = new Map<Loaded, string>();
  const used = new Set<string>(taken);
  for (const loaded of libraries) {
    if (brought.has(loaded.file.dynamic?.soname ?? '')) continue;
    const plain = basename(loaded.path)
      .replace(/\.so\b.*$/, '')
      .replace(/[^A-Za-z0-9_]/g, '_');
    const base = isName(plain) && plain.length < 100 ? plain : `lib_${plain.slice(0, 100)}`;
    let name = base;
    for (let i = 2; used.has(name); i++) name = `${base}_${i}`;
    used.add(name);
    names.set(loaded, name);
  }
  return { names, renamed: [...names].map(([{ path }, name]) => `${name} is ${path}`) };
}
