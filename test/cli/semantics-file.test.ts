/**
 * A reader's own semantics as a file, and every way in which the file can be wrong: one diagnostic each, with code, place, what was
 * expected and the next move, and never a stack trace. Files of code are read by the built package in a process of its own.
 *
 * What can go wrong: a file that runs and says nothing, or says it of a switch that was renamed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rtldlab } from './streams.js';

const scenario = join(__dirname, '..', '..', 'scenarios', 'seed', 'constructor-takes-main-thread.yaml');
const main = join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtldlab-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of that name in the folder. */
function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The command as built, in the folder. */
function built(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...argv], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const own = '{"base": "patch-v12", "name": "mine", "mainAt": "early-init", "guard": "initial"}';

describe('JSON', () => {
  test('a semantics is explored, alone and beside one with a name', async () => {
    const path = written('mine.json', own);
    const { code, out } = await rtldlab(['explore', scenario, '--semantics', path]);
    expect(code).toBe(0);
    expect(out).toMatch(/under mine \(mine\), Linux 6\.18[\s\S]*forbidden {2}main is owned by a +never, complete/);
    const both = await rtldlab(['compare', 'patch-v12', scenario, '--semantics', path]);
    expect(both.out).toMatch(/scenario +word +patch-v12 +mine\n.*forbidden +always +never/);
  });

  test('the story’s own command replays it', async () => {
    const path = written('mine.json', own);
    const { out } = await rtldlab(['explore', scenario, '--semantics', path]);
    const line = /^replay +npx rtldlab (.*)$/m.exec(out)?.[1]?.split(' ') ?? [];
    const again = await rtldlab(line);
    expect([again.code, again.err]).toEqual([0, '']);
    expect(again.out).toContain('under mine (mine)');
  });

  test('two files make two columns, and `on` is the release', async () => {
    const a = written('a.json', '{"base": "patch-v18", "name": "a"}');
    const b = written('b.json', '{"base": "patch-v18", "name": "b", "on": "2.41"}');
    const { out } = await rtldlab(['compare', '--semantics', a, '--semantics', b, scenario]);
    expect(out).toMatch(/scenario +word +a +b\n/);
    const { out: events } = await rtldlab(['run', scenario, '--semantics', b]);
    expect(events).toMatch(/libc +set_robust_list[\s\S]*libc +rseq +0/);
  });
});

const wrong: readonly (readonly [what: string, name: string, text: string, said: RegExp])[] = [
  [
    'unknown switch',
    'w.json',
    '{\n  "base": "patch-v12",\n  "name": "w",\n  "handled": true\n}',
    /C041: .*w\.json:4:3: unknown switch "handled"\n.*expected one of mainAt/,
  ],
  [
    'nearest switch',
    'w.json',
    '{"base": "patch-v12", "name": "w", "onMainRefusl": "mark"}',
    /C041: .*w\.json:1:36: .*\n.*did you mean onMainRefusal\?/,
  ],
  [
    'unknown value',
    'w.json',
    '{"base": "patch-v12", "name": "w", "mainAt": "preint"}',
    /C042: .*w\.json:1:36: mainAt cannot be "preint"\n.*did you mean preinit\?/,
  ],
  [
    'value of another type',
    'w.json',
    '{"base": "patch-v12", "name": "w", "tunable": "yes"}',
    /C042: .*tunable cannot be "yes"\n.*one of false, true/,
  ],
  [
    'unknown base',
    'w.json',
    '{"base": "patch-v13", "name": "w"}',
    /C042: .*w\.json:1:2: there is no semantics "patch-v13" to start from\n.*did you mean patch-v1/,
  ],
  [
    'unknown release',
    'w.json',
    '{"base": "patch-v12", "name": "w", "on": "2.44"}',
    /C042: .*there is no release "2\.44"/,
  ],
  [
    'no name',
    'w.json',
    '{"base": "patch-v12"}',
    /C043: .*a proposal cannot be called "patch-v12"|C043: .*is the name of another/,
  ],
  [
    'a name that is taken',
    'w.json',
    '{"base": "patch-v12", "name": "L-08"}',
    /C043: .*"L-08" is the name of another semantics/,
  ],
  [
    'a name that steers a terminal',
    'w.json',
    '{"base": "patch-v12", "name": "\\u001b[2J"}',
    /C043: .*cannot be called "\\u001b\[2J"/,
  ],
  ['no base', 'w.json', '{"name": "w", "on": "2.30"}', /C043: .*the switch mainAt is missing/],
  ['a list', 'w.json', '[1]', /C043: .*this is no semantics: \[1\]/],
  ['nothing', 'w.json', 'null', /C043: .*this is no semantics: null/],
  ['no JSON', 'w.json', '{\n  "base": "patch-v12",\n  "name": \n', /C040: .*w\.json:\d:\d+: /],
  ['another ending', 'w.py', 'x = 1', /C040: .*w\.py" cannot hold a semantics\n.*\.ts, \.mts, \.js, \.mjs, \.json/],
];

describe('a file that is wrong', () => {
  test.each(wrong)('%s', async (_what, name, text, said) => {
    const { code, out, err } = await rtldlab(['explore', scenario, '--semantics', written(name, text)]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
    expect(err.match(/error C/g)).toHaveLength(1);
    expect(err).toContain('try: rtldlab explain patch-v12');
    expect(err).not.toMatch(/\n\s+at /);
  });

  test('that is not there', async () => {
    const { code, err } = await rtldlab(['explore', scenario, '--semantics', join(folder, 'nobody.ts')]);
    expect(code).toBe(2);
    expect(err).toContain('error C010');
  });
});

describe('code, in a process of its own', () => {
  test.each([
    [
      'mine.ts',
      "import { amend, semantics, type Proposal } from 'rtldlab';\nconst mine: Proposal = amend(semantics['2.36'], { name: 'mine' });\nexport default mine;\n",
    ],
    [
      'mine.mjs',
      "import { amend, semantics } from 'rtldlab';\nexport const mine = amend(semantics['2.36'], { name: 'mine' });\n",
    ],
    ['plain.mjs', "export default { base: '2.36', name: 'mine' };\n"],
  ])('%s, with the package nowhere near', (name, text) => {
    written(name, text);
    const { status, stdout, stderr } = built('explore', scenario, '--semantics', `./${name}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('under mine (mine), Linux 6.18');
  });

  test.each([
    ['syntax.ts', 'export default {\n  a: ,\n};\n', /C040: \.\/syntax\.ts:2:6: Expression expected/],
    ['throws.mjs', "throw new Error('not today');\n", /C040: \.\/throws\.mjs: not today/],
    ['empty.mjs', 'const nothing = 1;\n', /C043: \.\/empty\.mjs: this is no semantics: undefined/],
    ['import.mjs', "import 'no-such-package';\n", /C040: \.\/import\.mjs: Cannot find package/],
    [
      'switch.ts',
      "import { amend, semantics } from 'rtldlab';\nexport default amend(semantics['2.36'], {\n  name: 'x',\n  thread: 'never',\n});\n",
      /C041: \.\/switch\.ts:4:3: unknown switch "thread"\n.*did you mean threads\?/,
    ],
  ])('%s is told in one diagnostic', (name, text, said) => {
    written(name, text);
    const { status, stdout, stderr } = built('explore', scenario, '--semantics', `./${name}`);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
    expect(stderr.match(/error C/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
