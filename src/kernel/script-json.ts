/**
 * JSON with whole numbers kept exact: registers are 64 bits wide and a double holds 53. It stands for nothing in Linux.
 *
 * What can go wrong: 18446744073709551615 read as a double is 2^64, whose low 32 bits are 0 and not 0xffffffff.
 */

/** Marks a number that was too long for a double; no string of a script begins with it. */
const mark = '\u0000';

const stringOrLongInteger = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d{16,}(?![\d.eE])/g;

/** Parse JSON; null when it is none. Whole numbers of 16 digits and more are kept as marked strings for `exactInteger`. */
export function parseExactly(text: string): { readonly value: unknown } | null {
  try {
    const marked = text.replace(stringOrLongInteger, (token) => (token.startsWith('"') ? token : `"\\u0000${token}"`));
    return { value: JSON.parse(marked) as unknown };
  } catch {
    return null;
  }
}

/** The whole number behind a parsed value, exact; null when it is none. */
export function exactInteger(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  if (typeof value === 'string' && value.startsWith(mark) && /^-?\d+$/.test(value.slice(1)))
    return BigInt(value.slice(1));
  return null;
}

/** JSON text of a value whose long whole numbers are bigints; `parseExactly` reads it back. */
export function exactText(value: unknown): string {
  const marked = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${mark}${each}` : each));
  return marked.replace(/"\\u0000(-?\d+)"/g, '$1');
}

/** The lines on which the elements of a JSON array begin, counted from 1. */
export function elementLines(text: string): readonly number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let expecting = false;
  for (const token of text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|\n|[^\s]/g) ?? []) {
    if (token === '\n') line += 1;
    else if (depth === 1 && token === ',') expecting = true;
    else {
      if (expecting && token !== ']') lines.push(line);
      expecting = false;
      if (token === '[' || token === '{') depth += 1;
      if (token === ']' || token === '}') depth -= 1;
      if (depth === 1 && token === '[' && lines.length === 0) expecting = true;
    }
  }
  return lines;
}
