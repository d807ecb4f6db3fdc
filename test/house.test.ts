/**
 * The rules of the house, kept by a test: which floor may import which, what the sources may not contain, and that a
 * stranger's clone installs. The floors themselves are a table in `test/house/floors.ts`; why they stand so is told in
 * `docs/architecture.md`.
 *
 * Where one of these fails the message names the file and the next move. A rule that turns out wrong is changed here, in the
 * open, never worked around.
 */
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { recordedBuilds, recordings } from './conformance/recordings.js';
import { arrowsUp, floorOf, floors, modelFloors } from './house/floors.js';
import { arrows, files, type Node, nodes, root, type Source, source } from './house/reading.js';

const everything = files();
const sources = everything.filter((path) => /^src\/.*\.ts$/.test(path)).map(source);

/** The sources a check refuses, with its sentence. */
function refused(check: (file: Source) => string | undefined, among: readonly Source[] = sources): string[] {
  return among.flatMap((file) => {
    const why = check(file);
    return why === undefined ? [] : [`${file.path}: ${why}`];
  });
}

describe('arrows point down', () => {
  const judged = (path: string, text: string): string[] => arrowsUp({ path, text });

  test('every import of src/ stays on its floor or goes to one below', () => {
    expect(sources.flatMap(arrowsUp)).toEqual([]);
  });

  test('an arrow up is caught in every form an import can take', () => {
    const up = [
      "import { mapObject } from '../loader/map.js';",
      "import '../loader/map.js';",
      "export { mapObject } from '../loader/map.js';",
      "export * from '../loader/map.js';",
      "type Map = import('../loader/map.js').LinkMap;",
      "const map = await import('../loader/map.js');",
      "const map = require('../loader/map.js');",
    ];
    for (const text of up) expect(judged('src/kernel/task.ts', text)).toHaveLength(1);
  });

  test('arrows down and to the side pass', () => {
    expect(judged('src/loader/map.ts', "import { task } from '../kernel/task.js';")).toEqual([]);
    expect(judged('src/loader/map.ts', "import { sortMaps } from './sort.js';")).toEqual([]);
    expect(judged('src/index.ts', "export { explore } from './explore/explore.js';")).toEqual([]);
  });

  test('explore and scenario import no floor', () => {
    for (const leaf of ['explore', 'scenario']) {
      expect(judged(`src/${leaf}/a.ts`, "import { step } from '../machine/step.js';")).toHaveLength(1);
      expect(floors.get(leaf)?.uses).toEqual([]);
    }
  });

  test('any floor may name the types of explore, not all may run it', () => {
    expect(judged('src/libc/exit.ts', "import type { View } from '../explore/model.js';")).toEqual([]);
    expect(judged('src/libc/exit.ts', "import { explore } from '../explore/explore.js';")).toHaveLength(1);
  });

  test('rseq is data: it names types of the floors below and runs none of them', () => {
    expect(judged('src/rseq/librseq.ts', "import type { Errno } from '../kernel/errno.js';")).toEqual([]);
    expect(judged('src/rseq/librseq.ts', "import { rseq } from '../kernel/rseq.js';")).toHaveLength(1);
  });

  test('src/ imports nothing of test/, and a folder that is no floor is refused', () => {
    expect(
      judged('src/cli/main.ts', "import { recordings } from '../../test/conformance/recordings.js';"),
    ).toHaveLength(1);
    expect(judged('src/helpers/a.ts', '')).toHaveLength(1);
  });

  test('each floor uses only floors listed before it', () => {
    const order = [...floors.keys()];
    for (const [name, { uses, names = [] }] of floors)
      for (const lower of [...uses, ...names])
        expect(order.indexOf(lower)).toBeLessThan(order.indexOf(name) + Number(lower === name));
  });

  test('a package imported by src/ is installed without the development dependencies', () => {
    const { dependencies } = JSON.parse(source('package.json').text) as { dependencies: Record<string, string> };
    const packageOf = (name: string): string =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');
    const missing = (file: Source): string | undefined =>
      arrows(file).find(({ to, relative }) => !relative && !to.startsWith('node:') && !(packageOf(to) in dependencies))
        ?.to;
    expect(refused(missing)).toEqual([]);
  });
});

describe('the model is pure', () => {
  const members = (tree: readonly Node[], object: string): string[] =>
    tree
      .filter((node) => node.type === 'MemberExpression' && (node.object as Node).value === object)
      .map((node) => String((node.property as Node).value));

  /** A clock, chance, the environment or a file that a model file reaches for. */
  const impurity = (file: Source): string | undefined => {
    const tree = nodes(file);
    const node = arrows(file).find(({ to }) => to.startsWith('node:'));
    if (node !== undefined) return `imports ${node.to}`;
    if (members(tree, 'Math').includes('random')) return 'draws Math.random';
    const globals = ['Date', 'performance', 'setTimeout', 'setInterval', 'globalThis'];
    const global = tree.find((each) => each.type === 'Identifier' && globals.includes(String(each.value)));
    if (global !== undefined && !declares(tree, String(global.value))) return `reaches for ${String(global.value)}`;
    const asked = members(tree, 'process').filter((name) =>
      ['env', 'argv', 'cwd', 'hrtime', 'platform'].includes(name),
    );
    return asked.length > 0 && !declares(tree, 'process') ? `reads process.${asked[0]}` : undefined;
  };

  /** A binding of this name; swc gives only binding identifiers a place for a type. A simulated process may be called one. */
  const declares = (tree: readonly Node[], name: string): boolean =>
    tree.some((node) => node.type === 'Identifier' && node.value === name && 'typeAnnotation' in node);

  test('no floor up to process reads a clock, chance, the environment or a file', () => {
    const model = sources.filter(({ path }) => modelFloors.has(floorOf(path) ?? ''));
    expect(refused(impurity, model)).toEqual([]);
  });

  test('the check itself sees them', () => {
    const seen = (text: string): string | undefined => impurity({ path: 'src/kernel/a.ts', text });
    expect(seen('const now = Date.now();')).toBe('reaches for Date');
    expect(seen('const n = Math.random();')).toBe('draws Math.random');
    expect(seen('const home = process.env.HOME;')).toBe('reads process.env');
    expect(seen("import { readFileSync } from 'node:fs';")).toBe('imports node:fs');
    expect(seen('function run(process: Process) { return process.env; }')).toBeUndefined();
    expect(seen('const most = Math.max(1, 2); // as Date and Math.random do not')).toBeUndefined();
  });
});

describe('sources a reviewer can judge', () => {
  /** The ways out of the type checker. */
  const wayOut = (file: Source): string | undefined => {
    const tree = nodes(file);
    if (tree.some((node) => node.type === 'TsKeywordType' && node.kind === 'any')) return 'says any';
    if (tree.some((node) => node.type === 'TsNonNullExpression' || node.definite === true))
      return 'asserts non-null with !';
    return /@ts-(ignore|nocheck|expect-error)/.exec(file.text)?.[0];
  };

  test('no any, no non-null assertion, no silenced type error in src/', () => {
    expect(refused(wayOut)).toEqual([]);
    expect(wayOut({ path: 'a.ts', text: 'let a: Map<string, any>;' })).toBe('says any');
    expect(wayOut({ path: 'a.ts', text: 'const b = list[0]!.name;' })).toBe('asserts non-null with !');
    expect(wayOut({ path: 'a.ts', text: 'const c = any(list) ?? !list; // any of them!' })).toBeUndefined();
  });

  test('every file opens by saying what real thing it stands for', () => {
    const opening = /^(?:#!.*\n)?(?:\/\*([\s\S]*?)\*\/|((?:\/\/.*\n)+))/;
    const mute = (file: Source): string | undefined => {
      const [, block = '', run = ''] = opening.exec(file.text) ?? [];
      return (block + run).length < 80 ? 'its first lines do not say what it stands for' : undefined;
    };
    expect(refused(mute)).toEqual([]);
  });

  test('no file holds more than 350 lines', () => {
    const long = (file: Source): string | undefined => {
      const lines = file.text.split('\n').length - 1;
      return lines > 350 ? `${lines} lines: which second idea does it hold?` : undefined;
    };
    expect(refused(long)).toEqual([]);
  });

  test('no recorded world is known by name', () => {
    const ids = new Set(recordedBuilds.flatMap((build) => recordings(build).map(({ id }) => id)));
    const recognised = (file: Source): string | undefined =>
      file.text.match(/(?<![\w-])(seed|random|v12)-[\w-]+/g)?.find((word) => ids.has(word));
    expect(refused(recognised)).toEqual([]);
    expect(recognised({ path: 'a.ts', text: `if (id === '${[...ids][0]}') return` })).toBe([...ids][0]);
  });

  test('no test is skipped, left for later or run alone', () => {
    const left = (file: Source): string | undefined =>
      nodes(file).some(
        (node) =>
          node.type === 'MemberExpression' &&
          ['test', 'it', 'describe'].includes(String((node.object as Node).value)) &&
          ['skip', 'only', 'todo', 'failing'].includes(String((node.property as Node).value)),
      )
        ? 'skips, postpones or singles out a test'
        : undefined;
    const tests = everything.filter((path) => /^test\/.*\.ts$/.test(path)).map(source);
    expect(refused(left, tests)).toEqual([]);
    expect(left({ path: 'a.ts', text: "test.skip('later', () => {});" })).toBeDefined();
  });
});

describe("a stranger's clone", () => {
  const texts = everything.filter((path) => !/\.(gz|png|tgz)$/.test(path)).map(source);

  test('no file names a path of the machine it was written on, or a registry', () => {
    const machine = /(?<![\w.)\]*])\/(work|farm|root|tmp)\//;
    const registry = /registry\.(npmjs|yarnpkg|npmmirror)|deb\.debian|pypi\.org/;
    const named = (file: Source): string | undefined => (machine.exec(file.text) ?? registry.exec(file.text))?.[0];
    expect(refused(named, texts)).toEqual([]);
    expect(named({ path: 'a.md', text: `see /${'work'}/notes` })).toBeDefined();
  });

  test('every relative link of a page leads somewhere', () => {
    const broken = (file: Source): string | undefined =>
      [...file.text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
        .map((link) => link[1] ?? '')
        .find((to) => !existsSync(join(root, posix.join(dirname(file.path), to))));
    expect(
      refused(
        broken,
        texts.filter(({ path }) => path.endsWith('.md')),
      ),
    ).toEqual([]);
  });

  test('the README names the two commands that do everything', () => {
    const { text } = source('README.md');
    expect(text).toContain('npm install && npm start');
    expect(text).toContain('npm install-test');
  });

  type Locked = Readonly<Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>>;
  const lock = JSON.parse(source('package-lock.json').text) as { packages: Record<string, Partial<Locked>> };

  test('the lockfile holds no download address', () => {
    expect(Object.entries(lock.packages).filter(([, each]) => 'resolved' in each)).toEqual([]);
  });

  test('the lockfile locks what package.json asks for', () => {
    const asked = JSON.parse(source('package.json').text) as Locked;
    expect(lock.packages['']?.dependencies).toEqual(asked.dependencies);
    expect(lock.packages['']?.devDependencies).toEqual(asked.devDependencies);
  });

  test('the lockfile locks the packages of every platform, so that npm ci accepts it on each', () => {
    /** Where node looks for `name` from the package at `from`: there, then in every folder above. */
    const found = (from: string, name: string): boolean => {
      if (posix.join(from, 'node_modules', name) in lock.packages) return true;
      const above = from.lastIndexOf('node_modules/');
      return from !== '' && found(from.slice(0, Math.max(0, above - 1)), name);
    };
    const missing = Object.entries(lock.packages).flatMap(([from, each]) =>
      Object.keys({ ...each.dependencies, ...each.optionalDependencies })
        .filter((name) => !found(from, name))
        .map((name) => `${from} needs ${name}`),
    );
    expect(missing).toEqual([]);
    const empty = Object.entries(lock.packages).filter(([, each]) => !('version' in each));
    expect(empty).toEqual([]);
  });
});
