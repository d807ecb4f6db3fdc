/**
 * What Node.js is taught before it loads a reader's file: that `rtldlab` is this package, wherever the file lies, and that the
 * types of a .ts file are no code. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: a second copy of the package beside the file. Both would know the same names, but the one that runs decides.
 */
import { readFile } from 'node:fs/promises';
import type { LoadHookContext, ResolveHookContext } from 'node:module';
import { fileURLToPath } from 'node:url';

type Next<C, R> = (what: string, context?: C) => R | Promise<R>;

interface Resolved {
  url: string;
  shortCircuit?: boolean;
}

interface Loaded {
  format: string;
  source?: string | ArrayBuffer | NodeJS.TypedArray;
  shortCircuit?: boolean;
}

const entry = new URL('../index.js', import.meta.url).href;

/** Whether a file holds types that are no code. */
export const hasTypes = (file: string): boolean => /\.m?ts$/.test(file);

/**
 * The code of a .ts file: its types as blanks, so that lines and columns stay. The parser is large and is loaded only for that.
 *
 * @throws what the parser found wrong, with `startLine` and `startColumn`
 */
export async function withoutTypes(text: string): Promise<string> {
  const { transformSync } = await import('@swc/wasm-typescript');
  return transformSync(text, { mode: 'strip-only', module: true }).code;
}

export function resolve(specifier: string, context: ResolveHookContext, next: Next<ResolveHookContext, Resolved>) {
  return specifier === 'rtldlab' ? { url: entry, shortCircuit: true } : next(specifier, context);
}

export async function load(url: string, context: LoadHookContext, next: Next<LoadHookContext, Loaded>) {
  if (!url.startsWith('file:') || !hasTypes(new URL(url).pathname)) return next(url, context);
  const source = await withoutTypes(await readFile(fileURLToPath(url), 'utf8'));
  return { format: 'module', source, shortCircuit: true };
}
