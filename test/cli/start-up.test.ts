/**
 * What is loaded before the first answer. A clock would only tell how busy the machine is; which packages and files a start
 * draws in is the same on every machine, and is what start-up is made of.
 *
 * What can go wrong: one import of a barrel in a file that `--help` needs, and half a second is back with nobody noticing.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { arrows, root, source } from '../house/reading.js';

/** Everything that loading a source loads with it: sources by path, packages by name. */
function loadedWith(entry: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    if (!path.startsWith('src/')) continue;
    for (const arrow of arrows(source(path))) {
      if (!arrow.typeOnly && arrow.lazy !== true)
        waiting.push(arrow.relative ? arrow.to.replace(/\.js$/, '.ts') : arrow.to);
    }
  }
  return loaded;
}

test('--help loads nothing but its text', () => {
  expect([...loadedWith('src/cli/main.ts')].filter((each) => !each.startsWith('node:')).sort()).toEqual([
    'src/cli/kept-help.ts',
    'src/cli/main.ts',
  ]);
});

test('an answer loads the words of the commands and nothing of the model', () => {
  const loaded = [...loadedWith('src/cli/command-line.ts')];
  const packages = loaded.filter((each) => !each.startsWith('src/') && !each.startsWith('node:'));
  expect(packages).toEqual(['commander']);
  const foreign = loaded.filter((each) => /^src\/(?!cli\/)/.test(each)).sort();
  expect(foreign).toEqual(['src/kernel/nearest.ts', 'src/scenario/diagnostics.ts', 'src/units/kinds.ts']);
});

test('the check sees what a command draws in once it runs', () => {
  expect([...loadedWith('src/cli/explore.ts')]).toEqual(expect.arrayContaining(['xstate', 'zod', 'yaml', 'immer']));
});

test('the built command answers from its bundle alone, with no package beside it', () => {
  const alone = mkdtempSync(join(tmpdir(), 'rtldlab-alone-'));
  try {
    for (const part of ['package.json', 'dist/cli/main.js', 'dist/bundled', 'scenarios/seed']) {
      cpSync(join(root, part), join(alone, part), { recursive: true });
    }
    const run = (argv: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(alone, 'dist/cli/main.js'), ...argv], {
        encoding: 'utf8',
        cwd: alone,
      });
      return { status, stdout, stderr };
    };
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(run(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    // The built help is a gain and no need either.
    const help = run(['--help']);
    const kept = readFileSync(join(root, 'dist/cli/help.txt'), 'utf8');
    expect(help).toEqual({ status: 0, stdout: kept, stderr: '' });
    writeFileSync(join(alone, 'dist/cli/help.txt'), 'the kept text\n');
    expect(run(['--help']).stdout).toBe('the kept text\n');
    const explored = run(['explore', 'scenarios/seed/constructor-takes-main-thread.yaml', '--libc', 'patch-v12']);
    expect(explored.stderr).toBe('');
    expect(explored.stdout).toContain('constructor-takes-main-thread');
    // What V8 made of the commands is a gain and no need: it may be another V8's, damaged, or gone.
    const compiled = readdirSync(join(alone, 'dist/bundled')).filter((name) => name.startsWith('waited-for.cjs.'));
    expect(compiled).toHaveLength(1);
    for (const name of compiled) {
      for (const spoil of [
        () => writeFileSync(join(alone, 'dist/bundled', name), 'nothing'),
        () => rmSync(join(alone, 'dist/bundled', name)),
      ]) {
        spoil();
        expect(run(['explore', 'scenarios/seed/constructor-takes-main-thread.yaml', '--libc', 'patch-v12'])).toEqual(
          explored,
        );
      }
    }
  } finally {
    rmSync(alone, { recursive: true });
  }
});
