// Folders for what is kept: made with those above them, or an error of the system's, at once.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeFolder, tryFolder } from '../../src/campaign/folder.js';

const here = mkdtempSync(join(tmpdir(), 'rtldlab-folder-'));
afterAll(() => rmSync(here, { recursive: true }));

function codeOf(make: () => unknown): string {
  try {
    make();
    return 'made';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

describe('a folder', () => {
  test('is made with the folders above it, and is no trouble when it is there', () => {
    const path = join(here, 'a', 'b', 'c');
    expect(makeFolder(path)).toEqual([join(here, 'a'), join(here, 'a', 'b'), path]);
    expect(makeFolder(path)).toEqual([]);
    expect(makeFolder('/')).toEqual([]);
  });

  test('that is tried is gone again, with what was made for it and nothing else', () => {
    tryFolder(join(here, 'a', 'd', 'e'));
    expect(existsSync(join(here, 'a', 'd'))).toBe(false);
    expect(existsSync(join(here, 'a', 'b', 'c'))).toBe(true);
  });

  test('where a file is, below one, or below /proc, is refused at once', () => {
    const file = join(here, 'file');
    writeFileSync(file, '');
    expect(codeOf(() => makeFolder(file))).toBe('EEXIST');
    expect(codeOf(() => makeFolder(join(file, 'x', 'y')))).toBe('ENOTDIR');
    expect(codeOf(() => makeFolder('/proc/x/y'))).toBe('ENOENT');
  });
});
