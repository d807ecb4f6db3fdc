/**
 * The nearest known word to a mistyped one, for diagnostics. It stands for nothing in Linux.
 *
 * What can go wrong: a tie answered differently on another day; ties go to the word listed first.
 */

/** Levenshtein distance of two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitute));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The `count` words closest to `word`, closest first, ties in the order given. Long words are compared by their first 40 letters. */
export function nearest(word: string, known: readonly string[], count = 1): readonly string[] {
  const short = word.slice(0, 40);
  return known
    .map((name, at) => ({ name, at, d: distance(short, name) }))
    .sort((x, y) => x.d - y.d || x.at - y.at)
    .slice(0, count)
    .map((x) => x.name);
}
