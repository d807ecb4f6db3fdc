// Constructor and destructor orders in the output notation of glibc's dso-sort tests (elf/dso-sort-tests-1.def):
// "b>a>{}<a<b" is the constructors of b and a, main, and the destructors of a and b. What goes wrong here: an
// order that names an object twice is legal (loaded again, or in two namespaces), one that names a stranger is not.
import { unknownName } from './diagnostics.js';
import type { OrderToken } from './schema.js';
import type { ShortProblem } from './short-actions.js';

/** Read an order. Blanks count for nothing. With `objects`, other names are problems. */
export function parseOrder(
  text: string,
  objects?: ReadonlySet<string>,
): { readonly tokens: readonly OrderToken[]; readonly problems: readonly ShortProblem[] } {
  const tokens: OrderToken[] = [];
  const problems: ShortProblem[] = [];
  const lexeme = /\s+|\{\s*\}|([A-Za-z_]\w*)\s*>|<\s*([A-Za-z_]\w*)|[^\s]/gy;
  for (let found = lexeme.exec(text); found !== null; found = lexeme.exec(text)) {
    const [raw, ctor, dtor] = found;
    const span = { at: found.index, length: raw.length };
    const obj = ctor ?? dtor;
    if (raw.trim() === '') continue;
    if (raw.startsWith('{') && raw.endsWith('}')) tokens.push({ run: 'main' });
    else if (obj === undefined) {
      const message = `${JSON.stringify(raw)} cannot be read in an order`;
      problems.push({ ...span, code: 'S042', message, expected: 'X> (constructor), <X (destructor) or {} (main)' });
      return { tokens, problems };
    } else {
      tokens.push({ run: ctor === undefined ? 'dtor' : 'ctor', obj });
      if (objects !== undefined && !objects.has(obj))
        problems.push({ ...unknownName('S030', 'object', obj, objects), ...span });
    }
  }
  return { tokens, problems };
}

/** The text of an order; {@link parseOrder} reads it back. A blank keeps `<a` and `b>` apart. */
export function printOrder(tokens: readonly OrderToken[]): string {
  return tokens
    .map((token, i) => {
      if (token.run === 'main') return '{}';
      if (token.run === 'dtor') return `<${token.obj}`;
      return `${tokens[i - 1]?.run === 'dtor' ? ' ' : ''}${token.obj}>`;
    })
    .join('');
}
