import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { KeptFiles } from '../../src/real/kept-files.js';
import { trimmedPrelude } from '../../src/real/trim-prelude.js';

const folder = mkdtempSync(join(tmpdir(), 'rtldlab-kept-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file that was made before', () => {
  test('is made once, also when it is asked for twice at a time, and again where a part differs', async () => {
    const kept = new KeptFiles(join(folder, 'kept'));
    let made = 0;
    const place = (name: string, ...parts: string[]) => {
      const path = join(folder, name);
      return kept.place(parts, path, async () => {
        made++;
        writeFileSync(path, parts.join(' '));
      });
    };
    await Promise.all([place('one', 'a', 'b'), place('other', 'a', 'b')]);
    await place('third', 'a', 'c');
    expect(made).toBe(2);
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('a b');
    expect(readFileSync(join(folder, 'third'), 'utf8')).toBe('a c');
  });

  test('that could not be made is tried again', async () => {
    const kept = new KeptFiles(join(folder, 'kept-late'));
    const path = join(folder, 'late');
    await expect(kept.place(['x'], path, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
    await kept.place(['x'], path, async () => writeFileSync(path, 'now'));
    expect(readFileSync(path, 'utf8')).toBe('now');
  });
});

test('the prelude keeps what is named, and what that names in turn', () => {
  const prelude = [
    '#define SIX six',
    'static inline U int six (void) { return 6; }',
    'extern int far (int);',
    'static inline U int first (void) {',
    '  return far (1);',
    '}',
    'static inline U int second (void) { return 2; }',
  ].join('\n');
  const kept = trimmedPrelude(prelude, 'int main (void) { return first (); }');
  expect(kept).toContain('int six');
  expect(kept).toContain('return far (1);');
  expect(kept).toContain('extern int far');
  expect(kept).not.toContain('second');
});
