/**
 * The part of the prelude that an object uses: functions and declarations that nothing names are left out. The compiler would drop
 * them too, after reading them, which took half of the time of a build.
 *
 * What can go wrong: leaving out what a macro names. Lines of the preprocessor always stay, and what they name counts as named.
 */

/** A function from its first line to its closing brace, or a declaration on one line; its name is the word before the first parameter. */
const item =
  /^(?:static inline U (?:__attribute__ \(\(noinline\)\) )?|extern )[\w *]*?(\w+) \([^\n]*(?:\{\n(?:[^}\n][^\n]*\n|\n)*\}|\}|;)$/gm;

/**
 * The prelude without the functions that neither `body` nor a kept function names. C defines a function before its use, so one pass
 * from the end is enough.
 */
export function trimmedPrelude(prelude: string, body: string): string {
  const named = new Set<string>();
  const read = (text: string): void => {
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) named.add(word);
  };
  const items = [...prelude.matchAll(item)];
  read(body);
  read(prelude.replace(item, ''));
  const kept: string[] = [];
  let end = prelude.length;
  for (const found of items.toReversed()) {
    const [text, name = ''] = found;
    const after = found.index + text.length;
    kept.push(prelude.slice(after, end));
    end = found.index;
    if (!named.has(name)) continue;
    read(text);
    kept.push(text);
  }
  kept.push(prelude.slice(0, end));
  return kept.toReversed().join('');
}
