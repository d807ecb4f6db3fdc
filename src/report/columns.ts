/**
 * Text in columns, for terminals and for files alike: no colour, nothing that a pipe would have to strip. Stands for nothing in
 * glibc or Linux.
 *
 * What can go wrong: text of a scenario that steers the terminal; every cell goes through `printable`.
 */
import { printable } from '../scenario/diagnostics.js';

/** Columns as wide as their widest cell, two blanks apart, none at the end of a line; no newline at the end. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return cells
    .map((row) => `${indent}${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

/** A number and its thing: `1 state`, `12 states`. */
export function counted(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`;
}

/** A word as a shell takes it literally. */
export function shellWord(text: string): string {
  return /^[\w./:,%=+@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
