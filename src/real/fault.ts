/**
 * What a command that failed said, in one line: the compiler's own words rather than the command that we gave it.
 *
 * What can go wrong: a reason that names our command line and not the fault; the first line that says `error` counts.
 */

/** The telling line of a command that failed. */
export function firstFault(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  return (lines.find((line) => / error: /.test(line)) ?? lines[1] ?? lines[0] ?? 'unknown').trim();
}
