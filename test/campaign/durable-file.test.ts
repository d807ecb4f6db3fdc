/**
 * Durable files: whole or absent, and what is wrong with one that is neither.
 *
 * What can go wrong: a test that only reads what it wrote. Here every byte is cut off, and every byte is changed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readDurable, replaceFile, sweepUnfinished, writeDurable } from '../../src/campaign/durable-file.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtldlab-durable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SCHEMA = 'rtldlab.test/1';
const text = (file: ReturnType<typeof readDurable>): readonly string[] =>
  file.state === 'whole' ? file.parts.map((part) => Buffer.from(part).toString()) : [file.state];

describe('a durable file', () => {
  test('gives back its parts, each aligned for any typed array', () => {
    const path = join(folder, 'a');
    const words = new Float64Array([1, Math.PI, -0]);
    writeDurable(path, SCHEMA, ['one\ntwo', new Uint8Array(), new Uint8Array(words.buffer)]);
    const read = readDurable(path, SCHEMA);
    if (read.state !== 'whole') throw new Error(read.state);
    expect(text(read).slice(0, 2)).toEqual(['one\ntwo', '']);
    expect(new Float64Array(read.parts[2]!.buffer)).toEqual(words);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('replaces an older one', () => {
    const path = join(folder, 'a');
    writeDurable(path, SCHEMA, ['old']);
    writeDurable(path, SCHEMA, ['new']);
    expect(text(readDurable(path, SCHEMA))).toEqual(['new']);
  });

  test('is absent, or of another version, and says so', () => {
    const path = join(folder, 'a');
    expect(readDurable(path, SCHEMA)).toEqual({ state: 'absent' });
    writeDurable(path, 'rtldlab.test/2', ['x']);
    expect(readDurable(path, SCHEMA)).toEqual({ state: 'foreign', schema: 'rtldlab.test/2' });
  });

  test('is never whole when it was cut anywhere, or one byte is another, or something was added', () => {
    const path = join(folder, 'a');
    writeDurable(path, SCHEMA, ['some', 'contents']);
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      expect({ length, state: readDurable(path, SCHEMA).state }).toEqual({ length, state: 'damaged' });
    }
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ 1;
      writeFileSync(path, changed);
      const read = readDurable(path, SCHEMA);
      expect({ at, whole: read.state === 'whole' }).toEqual({ at, whole: false });
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from('\n')]));
    expect(readDurable(path, SCHEMA)).toMatchObject({ state: 'damaged' });
  });

  test('cannot be written where there is no folder, and leaves nothing behind', () => {
    expect(() => writeDurable(join(folder, 'no', 'a'), SCHEMA, ['x'])).toThrow('ENOENT');
    expect(() => replaceFile(folder, [Buffer.from('x')])).toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('unfinished files', () => {
  /** The name an unfinished file of this writer has. */
  const unfinished = (host: string, pid: number): string =>
    join(folder, `.a.${host.replace(/[^\w-]/g, '_')}.${pid}.00000000-0000-4000-8000-000000000000.unfinished`);
  const dead = (): number => spawnSync(process.execPath, ['--version']).pid;

  test('of a dead writer on this host are swept, those of a living one stay', () => {
    writeFileSync(unfinished(hostname(), dead()), '{"schema"');
    writeFileSync(unfinished(hostname(), process.pid), '{"schema"');
    writeDurable(join(folder, 'b'), SCHEMA, ['x']);
    expect(sweepUnfinished(folder)).toBe(1);
    expect(readdirSync(folder).sort()).toEqual([expect.stringContaining(`.${process.pid}.`), 'b']);
  });

  test('of another host stay until they have been silent for an hour', () => {
    const path = unfinished('elsewhere', 1);
    writeFileSync(path, '{"schema"');
    expect(sweepUnfinished(folder)).toBe(0);
    utimesSync(path, 0, 0);
    expect(sweepUnfinished(folder)).toBe(1);
  });
});
