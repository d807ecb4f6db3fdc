import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canBeMerged, mergedSource, partedAssembly } from '../../src/real/batch.js';
import { fileWords, printedCommands } from '../../src/real/driver-plan.js';
import { closeWorkshop, openWorkshop, randomWorld, type Workshop } from '../../src/real/index.js';
import { buildWorld } from '../../src/real/record.js';
import { Turns } from '../../src/real/turns.js';

let shop: Workshop | string = 'not opened yet';
let plain: Workshop | string = 'not opened yet';
const folder = mkdtempSync(join(tmpdir(), 'rtldlab-standby-'));

beforeAll(async () => {
  const open = (standby: boolean) =>
    openWorkshop({ compiler: 'gcc', standby }).catch((error: unknown) => String(error));
  shop = await open(true);
  plain = await open(false);
});

afterAll(() => {
  for (const each of [shop, plain]) if (typeof each !== 'string') closeWorkshop(each);
  rmSync(folder, { recursive: true, force: true });
});

/** The workshop with its tools on standby; undefined, with the reason printed, without a compiler. */
function shopHere(): Workshop | undefined {
  if (typeof shop !== 'string') return shop;
  process.stdout.write(`No tool is kept on standby: ${shop}\n`);
  expect(shop).not.toBe('');
  return undefined;
}

function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/**
 * Sections and tags of a file, then its relocations and symbols with their versions. The order of strings and of libc's own symbols
 * is free: it follows from how many symbols the linked libc has.
 */
function contentsOf(path: string): string[] {
  const said = (...words: string[]) =>
    execFileSync('readelf', [...words, path], { encoding: 'utf8', maxBuffer: 1 << 26, stdio: 'pipe' }).split('\n');
  const relocations = said('-rW').map((line) => line.trim().split(/\s+/).slice(2).join(' '));
  const symbols = said('-sW').map((line) =>
    line
      .replace(/ \(\d+\)$/, '')
      .trim()
      .split(/\s+/)
      .slice(2)
      .join(' '),
  );
  const tags = said('-dW').map((line) => line.replace(/^ *0x\w+/, ''));
  return [...said('-SW'), ...tags, ...relocations.sort(), ...symbols.sort()];
}

describe('a workshop with tools on standby and a thin libc', () => {
  test('makes the same files as the compiler alone', async () => {
    const here = shopHere();
    if (here === undefined || typeof plain === 'string') return;
    for (const kind of ['ifunc', 'static', 'thread'] as const) {
      const world = randomWorld(kind, 2);
      const [one, other] = [place(`${kind}-standby`), place(`${kind}-started`)];
      expect(await buildWorld(here, world, one)).toEqual(await buildWorld(plain, world, other));
      const files = readdirSync(other).filter((file) => /^exe$|[.]so$/.test(file));
      expect(files).toContain('exe');
      for (const file of files) expect(contentsOf(join(one, file))).toEqual(contentsOf(join(other, file)));
    }
  });
});

describe('files that are compiled together', () => {
  const kinds = ['ifunc', 'thread', 'audit', 'rseq', 'dl', 'mix'] as const;

  test('are those that are compiled alone', async () => {
    const here = shopHere();
    if (here === undefined || typeof plain === 'string') return;
    const worlds = kinds.map((kind) => [kind, randomWorld(kind, 3)] as const);
    await Promise.all(worlds.map(([kind, world]) => buildWorld(here, world, place(`${kind}-together`))));
    expect(readdirSync(here.folder).filter((name) => /^together-\d+[.]s$/.test(name))).not.toEqual([]);
    for (const [kind, world] of worlds) {
      const [one, other] = [place(`${kind}-together`), place(`${kind}-alone`)];
      await buildWorld(plain, world, other);
      for (const file of readdirSync(other).filter((name) => /^exe$|[.]so$/.test(name)))
        expect(contentsOf(join(one, file))).toEqual(contentsOf(join(other, file)));
    }
  });

  test('have an error of their own', async () => {
    const here = shopHere();
    if (here === undefined) return;
    const at = place('one-wrong');
    const all = ['1', 'nothing', '2', '3'].map((value, i) =>
      here.toolbox.make(['-shared', '-fPIC', '-o', `${i}.so`, `${i}.c`], at, `int f (void) { return ${value}; }\n`),
    );
    const ends = await Promise.allSettled(all);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(String(ends[1]?.status === 'rejected' && ends[1].reason)).toMatch(/nothing/);
  });

  test('are not parted where a line belongs to nobody', () => {
    const text = '\t.file\t"x.c"\n\t.text\nf__of0_:\n\tret\ng__of1_:\n\tret\n';
    expect(partedAssembly(text, 2)).toEqual(['\t.text\nf:\n\tret\n', '\t.text\ng:\n\tret\n']);
    expect(partedAssembly(`\tnop\n${text}`, 2)).toBeUndefined();
    expect(canBeMerged('__asm__ (".data");\n')).toBe(false);
  });

  test('share strings, which each file has for itself', () => {
    const source = (name: string) => `void ev (const char *);\nvoid ${name} (void) { ev ("same"); }\n`;
    expect(mergedSource([source('f'), source('g')])).toBe(
      `void ev__of0_ (const char *);\nvoid f__of0_ (void) { ev__of0_ ("same"); }\n\nvoid ev__of1_ (const char *);\nvoid g__of1_ (void) { ev__of1_ ("same"); }\n`,
    );
    const strings = '\t.section\t.rodata.str1.1,"aMS",@progbits,1\n.LC0:\n\t.string\t"same"\n';
    const parted = partedAssembly(
      `${strings}\t.text\nf__of0_:\n\tlea .LC0(%rip), %rdi\ng__of1_:\n\tlea .LC0(%rip), %rdi\n`,
      2,
    );
    expect(parted).toEqual(['f', 'g'].map((name) => `${strings}\t.text\n${name}:\n\tlea .LC0(%rip), %rdi\n`));
  });
});

describe('turns', () => {
  test('let only so many work at a time, in their order, and come back after a failure', async () => {
    const turns = new Turns(2);
    const told: string[] = [];
    let atOnce = 0;
    const work = (name: string) =>
      turns.take(async () => {
        told.push(name);
        atOnce++;
        await new Promise((resolve) => setImmediate(resolve));
        expect(atOnce).toBeLessThanOrEqual(2);
        atOnce--;
        if (name === 'b') throw new Error('b fails');
      });
    const ends = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(work));
    expect(told).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(ends.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true]);
  });
});

describe('a tool on standby', () => {
  test('tells what it said when it fails', async () => {
    const here = shopHere();
    if (here === undefined) return;
    const at = place('wrong');
    const wrong = 'int main (void) { return nothing; }\n';
    await expect(here.toolbox.make(['-o', 'wrong', 'wrong.c'], at, wrong)).rejects.toThrow(
      /error: .nothing. undeclared/,
    );
    const nowhere = here.toolbox.make(['-o', 'none', 'none.c'], join(at, 'nowhere'), 'int main (void) { return 0; }\n');
    await expect(nowhere).rejects.toThrow(/nowhere/);
  });

  test('is started as usual when it cannot be held', async () => {
    const here = shopHere();
    if (here === undefined) return;
    const at = place('script');
    const script = join(at, 'script');
    writeFileSync(script, '#!/bin/sh\necho "$1" > said\n');
    chmodSync(script, 0o755);
    await here.toolbox.run(script, ['a word'], at);
    expect(readFileSync(join(at, 'said'), 'utf8')).toBe('a word\n');
    await expect(here.toolbox.run(join(at, 'missing'), [], at)).rejects.toThrow(/ENOENT/);
  });

  test('is killed when its time is over', async () => {
    const here = shopHere();
    if (here === undefined) return;
    await expect(here.toolbox.run('/bin/sleep', ['60'], folder, 1_000)).rejects.toThrow(/sleep 60/);
  });
});

describe('the words of a driver', () => {
  test('are parted by whom they are for, in their order', () => {
    expect(fileWords(['-O1', '-Wl,-z,now', '-o', 'a.so', 'a.c', 'b.so', '-ldl'])).toEqual({
      driver: ['-O1'],
      link: ['-z', 'now', undefined, 'b.so', '-ldl'],
      name: 'a',
      assembly: false,
      out: 'a.so',
    });
    expect(fileWords(['-x', 'c', '/dev/null', '-o', 'a.so'])).toBeUndefined();
    expect(fileWords(['-o', 'a.so', 'a.c', 'b.c'])).toBeUndefined();
  });

  test('are read as gcc and clang print them', () => {
    const gcc = 'COLLECT_GCC=gcc\n /lib/cc1 -quiet "-D X=\\"1\\"" a.c\nLIBRARY_PATH=/lib\n';
    expect(printedCommands(gcc)).toEqual([['/lib/cc1', '-quiet', '-D X="1"', 'a.c']]);
    expect(printedCommands('clang 14\n (in-process)\n "/bin/clang" "-cc1" "a.c"\n')).toEqual([
      ['/bin/clang', '-cc1', 'a.c'],
    ]);
  });
});
