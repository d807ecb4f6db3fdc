/**
 * Why each object of a program was found where it was found, in words. It stands for LD_DEBUG=libs, which says what was tried and
 * leaves the reason to the reader.
 *
 * What can go wrong: saying "found in" of a file that was there under another name already; then the name is said.
 */
import { basename } from 'node:path';
import type { Closure, Loaded, Missing, Why } from '../elf/index.js';
import { EXECUTABLE } from '../process/order-program.js';

/** How an object is called in messages. */
export function objectWords({ path, why }: Loaded): string {
  return why.by === 'program' ? EXECUTABLE : basename(path);
}

/** Why a file was taken, as a clause. */
export function whyWords(why: Why): string {
  switch (why.by) {
    case 'program':
      return 'the program';
    case 'interpreter':
      return 'PT_INTERP of the program';
    case 'path':
      return 'asked for by its path';
    case 'cache':
      return 'ld.so.cache';
    case 'library path':
      return `LD_LIBRARY_PATH, ${why.folder === '' ? 'the working directory' : why.folder}`;
    case 'default':
      return `default folder ${why.folder}`;
    case 'rpath':
      return `DT_RPATH of ${objectWords(why.of)}, ${why.folder}`;
    case 'runpath':
      return `DT_RUNPATH of ${objectWords(why.of)}, ${why.folder}`;
  }
}

/** Who asked for an object first. */
export function askerWords({ loader, requested }: Loaded, { interpreter, preloads }: Closure): string {
  if (loader === undefined) return interpreter.requested === requested ? 'the kernel' : '';
  if (preloads.environment.includes(requested)) return 'LD_PRELOAD';
  return preloads.system.includes(requested) ? '/etc/ld.so.preload' : objectWords(loader);
}

/** What ld.so says of a name that no file answers to. */
export function missingWords({ name, neededBy, fatal, message }: Missing): string {
  return `${name}: ${message} (needed by ${objectWords(neededBy)}${fatal ? '' : ', passed over'})`;
}

/** What the order leaves out, a sentence each. */
export function closureNotes({ main, libraries, passedOver }: Closure): readonly string[] {
  const audit = [...(main.file.dynamic?.audit ?? []), ...(main.file.dynamic?.depaudit ?? [])];
  return [
    ...(audit.length === 0 ? [] : [`audit modules are not followed: ${audit.join(' ')}`]),
    ...libraries.flatMap((object) =>
      object.file.dynamic?.textRel === true ? [`${objectWords(object)} has relocations in its text`] : [],
    ),
    ...passedOver.map(({ path, because }) => `${path} was passed over: ${because}`),
  ];
}
