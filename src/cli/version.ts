/**
 * The version of this package, as its own package.json says it. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: a number written down twice. It is read where npm keeps it.
 */
import { readFileSync } from 'node:fs';

/** The package's version, as `0.1.0`. */
export function version(): string {
  const about = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return about.version;
}
