// Gathers what the command and the library load into few files, and lays them over what the compiler wrote: `npm run build` ends
// with it. Node.js opens and resolves a file a module, and of the half second that a small question took more than a third went
// into opening some 500 of them.
//
// What can go wrong: a module that looks for a file beside itself. In a bundle it finds itself where the compiler put it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
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

/**
 * commander is CommonJS and asks for parts of Node.js by `require`, which modules must first make; here it gets them by import. It can start
 * programs; we have it start none, so Node.js need not bring what starts them before the first answer.
 */
const partsOfNode: Plugin = {
  name: 'parts of Node.js',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ kind, path }) =>
      kind === 'require-call' ? { path, namespace: 'required' } : undefined,
    );
    const special: Readonly<Record<string, string>> = {
      'node:child_process': 'module.exports = {};',
      'node:process': 'module.exports = globalThis.process;',
    };
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: special[path] ?? `export * from '${path}';`,
      resolveDir: '.',
    }));
  },
};

/** What a script imports from outside the bundle, by the function that it is handed for it. */
const handedImport: Plugin = {
  name: 'handed import',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(/\bimport\((?!"\.\/)/g, 'bring('),
    }));
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
rmSync(join(dist, 'cli', 'help.txt'), { force: true });
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
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  plugins: [ownPlace, partsOfNode],
  logLevel: 'warning',
});

/** The piece that a module of the command line became, loaded when it is needed. */
const pieceOf = (name: string): string => {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === `src/cli/${name}.ts`);
  if (found === undefined) throw new Error(`invariant: ${name} is a module with a piece of its own`);
  return basename(found[0]);
};

// What the command needs before it knows what is asked becomes one file: to open each of its pieces takes longer than to read it.
const commandLine = join(dist, pieces, pieceOf('command-line'));
await build({
  entryPoints: [commandLine],
  outfile: commandLine,
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

// The commands that people wait for become one script instead, because of a script V8 can be handed what it made of it before. What they
// load later is in it too, so that no module is there twice in one run.
const waitedFor = ['explore', 'check', 'compare', 'run', 'replay'];
const exported = waitedFor.map((name) => `export * from './${pieceOf(name)}';`);
await build({
  stdin: { contents: exported.join('\n'), resolveDir: join(dist, pieces) },
  outfile: join(dist, pieces, 'waited-for.cjs'),
  bundle: true,
  format: 'cjs',
  target: 'node20.6',
  platform: 'neutral',
  external: ['node:*', '@swc/wasm-typescript'],
  // A script has no import and no place of its own: it is a function that is handed both.
  plugins: [handedImport],
  define: { 'import.meta.url': 'place' },
  banner: { js: '(function(require,module,bring,place){"use strict";' },
  footer: { js: '})' },
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
});
await build({
  entryPoints: [join(dist, 'cli', 'script.js')],
  outfile: join(dist, pieces, 'script.js'),
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  external: ['node:*'],
  logLevel: 'warning',
});
for (const name of waitedFor) {
  const text = `import{exportsOf}from'./script.js';export const{${name}}=exportsOf(new URL('./waited-for.cjs',import.meta.url).href);\n`;
  writeFileSync(join(dist, pieces, pieceOf(name)), text);
}
// V8 keeps what it has compiled, so the script is run once: the functions that a small question needs are among them then.
const question = ['rtldlab', 'explore', 'scenarios/seed/constructor-takes-main-thread.yaml', '--libc', 'patch-v12'];
const asking = `await import('./dist/cli/main.js');(await import('./dist/bundled/script.js')).keepCompiled();`;
const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', asking, ...question], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (status !== 0) throw new Error('invariant: the built command answers a small question');

const help = spawnSync(process.execPath, [join(dist, 'cli', 'main.js'), '--help']);
if (help.status !== 0) throw new Error('invariant: the built command answers --help');
writeFileSync(join(dist, 'cli', 'help.txt'), help.stdout);

writeFileSync(join(dist, pieces, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));
