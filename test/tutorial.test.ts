/**
 * The tutorial, followed by somebody who has nothing but the built package: its files are written to a folder outside the project,
 * its commands are run there, and what they print must stand on the page. `RTLDLAB_WRITE=1` writes the page anew.
 *
 * What can go wrong: a page that works only inside the project. The folder is elsewhere, with the package in node_modules.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = join(__dirname, '..');
const path = join(root, 'docs', 'tutorial-your-own-proposal.md');
const page = readFileSync(path, 'utf8');

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtldlab-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'rtldlab'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function command(words: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  const said = `${stdout}${stderr}`.trimEnd();
  return status === 0 ? said : `${said}\n[exit ${status}]`;
}

function rtldlab(line: string): string {
  const words = line.split(' ').slice(2);
  expect(line.startsWith('npx rtldlab ')).toBe(true);
  return command([join(root, 'dist', 'cli', 'main.js'), ...words]);
}

interface Block {
  readonly kind: string;
  readonly file: string | undefined;
  readonly body: string;
}

const fence = /^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gm;
const blocks: readonly Block[] = [...page.matchAll(fence)].map(([, kind = '', file, body = '']) => ({
  kind,
  file,
  body,
}));

/** The block of a command with what it prints now. */
function played(body: string): string {
  const line = /^\$ (.*)$/m.exec(body)?.[1] ?? '';
  return `$ ${line}\n${rtldlab(line)}\n`;
}

test('a proposal takes less than thirty lines', () => {
  const proposals = blocks.filter(({ kind, file }) => ['ts', 'js', 'json'].includes(kind) && file !== undefined);
  expect(proposals.length).toBeGreaterThanOrEqual(4);
  for (const { body } of proposals) expect(body.split('\n').length).toBeLessThan(30);
});

describe('followed from top to bottom', () => {
  const printed: string[] = [];

  test.each(blocks.map((block, i): [string, Block] => [`${i + 1} ${block.file ?? block.body.split('\n')[0]}`, block]))(
    '%s',
    (_name, { file, body }) => {
      if (file !== undefined) writeFileSync(join(folder, file), body);
      const now = file === undefined ? played(body) : body;
      printed.push(now);
      if (process.env.RTLDLAB_WRITE !== '1') expect(now).toBe(body);
    },
  );

  test('its TypeScript is sound for an editor, and the mistake of its JavaScript would not be', () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext'];
    expect(command([tsc, ...options, '--types', '', 'mine.ts', 'second.ts'])).toBe('');
    writeFileSync(join(folder, 'wrong.ts'), blocks.find(({ file }) => file === 'wrong.js')?.body ?? '');
    expect(command([tsc, ...options, '--types', '', 'wrong.ts'])).toMatch(
      /^wrong\.ts\(5,3\): error TS\d+: .*'mainsAt'/,
    );
  });

  test('the page is what was printed', () => {
    if (process.env.RTLDLAB_WRITE !== '1') return;
    let i = 0;
    const fresh = page.replace(fence, (whole, _kind, _file, body: string) =>
      whole.replace(body, () => printed[i++] ?? ''),
    );
    writeFileSync(path, fresh);
    expect(printed).toHaveLength(blocks.length);
  });
});
