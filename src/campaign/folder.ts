/**
 * A folder for what is kept, and the folders above it. It stands for `mkdir -p`.
 *
 * What can go wrong: below /proc nothing can be made and nothing says so but ENOENT, for which Node.js's own recursive mkdir tries for
 * ever. And two processes may make one folder at a time: then it is there, which is all that was wanted.
 */
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Folders on the way to a path that are not there, outermost first. */
function missingOf(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = resolve(path); at !== dirname(at) && !isThere(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

/**
 * Make a folder, unless it is there. Returns the folders that were made, outermost first.
 *
 * @throws what the system says: ENOENT below /proc, ENOTDIR below a file, EEXIST where a file has the name, EACCES, EROFS
 */
export function makeFolder(path: string): readonly string[] {
  const made: string[] = [];
  const missing = missingOf(path);
  for (const each of missing.length > 0 ? missing : [path]) {
    try {
      mkdirSync(each);
      made.push(each);
    } catch (error) {
      if (statSync(each, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
  }
  return made;
}

/**
 * See whether a folder could be made, and leave nothing behind.
 *
 * @throws as `makeFolder` does
 */
export function tryFolder(path: string): void {
  for (const each of makeFolder(path).toReversed()) rmdirSync(each);
}
