/**
 * The dynamic string tokens of search paths and names: $ORIGIN, $LIB, $PLATFORM, with braces or without. In glibc:
 * elf/dl-load.c:is_dst and _dl_dst_substitute.
 *
 * What can go wrong: a token that only begins like one. `$ORIGINAL` is text, and stays.
 */

/** What the tokens stand for, for one object. */
export interface Tokens {
  /** The folder of the object; null where nobody knows it. */
  readonly ORIGIN: string | null;
  readonly LIB: string;
  readonly PLATFORM: string;
}

const TOKEN = /\$(?:\{(ORIGIN|PLATFORM|LIB)\}|(ORIGIN|PLATFORM|LIB)(?![A-Za-z0-9_]))/g;

/** A path with its tokens replaced; undefined where one has no value, and then the path is not used. */
export function substitute(text: string, tokens: Tokens): string | undefined {
  let known = true;
  const out = text.replace(TOKEN, (_, braced?: keyof Tokens, bare?: keyof Tokens) => {
    const value = tokens[braced ?? bare ?? 'LIB'];
    if (value === null) known = false;
    return value ?? '';
  });
  return known ? out : undefined;
}

/** Whether a text has a token in it. */
export function hasToken(text: string): boolean {
  return text.search(TOKEN) >= 0;
}

/**
 * A search path as its folders, each ending with a slash (the empty element is the working directory), each once.
 *
 * @param separators `:` of a path in a file, `:;` of LD_LIBRARY_PATH
 * @source elf/dl-load.c:fillin_rpath
 */
export function foldersOf(path: string, separators: ':' | ':;', tokens: Tokens): readonly string[] {
  if (path === '') return [];
  const parts = path.split(separators === ':' ? ':' : /[:;]/);
  const folders = parts.flatMap((part) => {
    if (part === '') return [''];
    const folder = substitute(part, tokens);
    return folder === undefined || folder === '' ? [] : [`${folder.replace(/\/+$/, '')}/`];
  });
  return [...new Set(folders)];
}
