/**
 * Text in columns, for people. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: text from a file that steers the terminal; every cell goes through `printable`.
 */
import { printable } from '../scenario/diagnostics.js';

/** A table: columns as wide as their widest cell, two blanks between, none at the end of a line. No newline at the end. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return cells
    .map((row) => `${indent}${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

/** A number and its thing: `1 world`, `6,144 worlds`. */
export function counted(n: number, thing: string): string {
  return `${grouped(n)} ${thing}${n === 1 ? '' : 's'}`;
}

/** A whole number with its thousands apart. */
export function grouped(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}
