// Gathers what the command and the library load into few files, and lays them over what the compiler wrote: `npm run build` ends
// with it. Node.js opens and resolves a file a module, and of the half second that a small question took more than a third went
// into opening some 500 of them.
//
// What can go wrong: a module that looks for a file beside itself. In a bundle it finds itself where the compiler put it.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const dist = 'dist';
/** Where the shared pieces go: one folder deep, as every module is. */
const pieces = 'bundled';

/** `import.meta.url` of a module, said from a piece: the module's own file in dist/. */
const ownPlace: Plugin = {
  name: 'own place',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const compiled = relative('src', path).replaceAll('\\', '/').replace(/\.ts$/, '.js');
      const contents = text.replaceAll('import.meta.url', `new URL('../${compiled}', import.meta.url).href`);
      return { contents, loader: 'ts' };
    });
  },
};

/** commander can start programs; we have it start none, so Node.js need not bring what starts them before the first answer. */
const startsNothing: Plugin = {
  name: 'starts nothing',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]commander[\\/]lib[\\/]command\.js$/ }, ({ path }) => {
      const line = "const childProcess = require('node:child_process');";
      const text = readFileSync(path, 'utf8');
      if (!text.includes(line)) throw new Error('invariant: commander asks for child_process in a line of its own');
      return { contents: text.replace(line, 'const childProcess = {};') };
    });
  },
};

/** What is imported only when it is needed stays where it is. */
const laterApart: Plugin = {
  name: 'later apart',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
  },
};

/** The package a bundled file came from; undefined for one of ours. */
function packageOf(path: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

/** The licences of the packages whose text is in the bundle, as they ask. */
function licences(paths: readonly string[]): string {
  const folders = [...new Set(paths.flatMap((path) => packageOf(path) ?? []))].sort();
  const texts = folders.map((folder) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`invariant: ${folder} is bundled and brings no licence`);
    return `${folder.split('node_modules/').pop()}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

rmSync(join(dist, pieces), { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [
    'src/cli/main.ts',
    'src/cli/judging-worker.ts',
    'src/index.ts',
    'src/units/unit-thread.ts',
    'src/units/expanding-thread.ts',
  ],
  outdir: dist,
  chunkNames: `${pieces}/[name]-[hash]`,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'node20.6',
  // Of packages that bring a CommonJS and a module edition this takes the modules, from which what nobody uses falls away.
  platform: 'neutral',
  conditions: ['module'],
  external: ['node:*', '@swc/wasm-typescript'],
  // commander is CommonJS and asks for parts of Node.js by `require`.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  plugins: [ownPlace, startsNothing],
  logLevel: 'warning',
});

// What the command needs before it knows what is asked becomes one file: to open each of its pieces takes longer than to read it.
const main = join(dist, 'cli', 'main.js');
await build({
  entryPoints: [main],
  outfile: main,
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  target: 'node20.6',
  platform: 'neutral',
  external: ['node:*'],
  minifyWhitespace: true,
  plugins: [laterApart],
  logLevel: 'warning',
});

writeFileSync(join(dist, pieces, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));
