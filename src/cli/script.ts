/**
 * Loading a bundled script together with what V8 made of it when it was built. It stands for nothing in glibc or Linux: of a small
 * question most of the time went into compiling what answers it.
 *
 * What can go wrong: another V8, another machine or other flags of Node.js than at the build, or no such file. V8 then compiles the
 * script as if there had been none. Nothing is written while a command runs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { compileLater } from './patience.js';

type Bring = (specifier: string) => Promise<unknown>;
type Whole = (require: NodeJS.Require, module: { exports: object }, bring: Bring, place: string) => void;

/** Scripts loaded so far, by place. */
const loaded = new Map<string, { readonly script: Script; readonly exports: object }>();

/** Where what V8 makes of a script is kept. Other editions of V8 have other files, since none can read another's. */
function compiledPlace(place: string): URL {
  return new URL(`${place}.${process.versions.v8}-${process.platform}-${process.arch}`);
}

function compiledBefore(place: string): Buffer | undefined {
  try {
    return readFileSync(compiledPlace(place));
  } catch {
    return undefined;
  }
}

/**
 * What a script exports.
 *
 * @param place the address of its file, which holds one function of `require`, `module`, what stands for `import`, and the place
 */
export function exportsOf(place: string): object {
  const before = loaded.get(place);
  if (before !== undefined) return before.exports;
  // Before anything is compiled: V8 takes nothing that was compiled under other flags.
  compileLater();
  const filename = fileURLToPath(place);
  const cachedData = compiledBefore(place);
  const script = new Script(readFileSync(filename, 'utf8'), {
    filename,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = { exports: {} };
  (script.runInThisContext() as Whole)(createRequire(place), module, (specifier) => import(specifier), place);
  loaded.set(place, { script, exports: module.exports });
  return module.exports;
}

/** Keep what V8 has made of the scripts by now, what was run of them included: for the build. */
export function keepCompiled(): void {
  for (const [place, { script }] of loaded) writeFileSync(compiledPlace(place), script.createCachedData());
}
