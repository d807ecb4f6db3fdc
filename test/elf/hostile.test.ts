/**
 * Files that mean no good: spoilt copies of a file made here are read to the end, and each is a result or one clear fault. Lies
 * about sizes cost neither memory nor time. The long form is `npm run hostile-elf`.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { Dice } from '../../src/real/dice.js';
import { disk, foundIn, LDSO, library, program, readOn, removeDisks, started } from './disk.js';
import { buildElf, type ElfPlan } from './elf-builder.js';
import { anatomyOf, mutatedElf, readAll } from './mutate.js';

afterAll(removeDisks);

const SEED = 20261125;

const plans: readonly ElfPlan[] = (['gnu', 'sysv'] as const).map((hash) => ({
  hash,
  interp: LDSO,
  soname: 'a.so',
  needed: ['b.so', 'c.so'],
  runpath: '$ORIGIN/lib',
  initArray: 2,
  finiArray: 1,
  tls: 16,
  buildId: '0123456789abcdef',
  symbols: Array.from({ length: 20 }, (_, i) => ({
    name: `symbol_${i}`,
    defined: i % 2 === 0,
    ifunc: i === 4,
    version: i % 3 === 0 ? (i % 2 === 0 ? 'ME_1' : 'libc.so.6:GLIBC_2.2.5') : '',
  })).map(({ version, ...symbol }) => (version === '' ? symbol : { ...symbol, version })),
  relocations: Array.from({ length: 20 }, (_, i) => ({
    table: i % 2 === 0 ? ('dyn' as const) : ('plt' as const),
    type: i % 2 === 0 ? 6 : 7,
    symbol: i + 1,
  })),
}));

describe('spoilt files', () => {
  test.each(plans.map((plan) => [plan.hash, plan] as const))(
    `with a %s hash table: 400 of seed ${SEED}, each a result or one clear fault`,
    (_, plan) => {
      const { bytes } = buildElf(plan);
      const anatomy = anatomyOf(bytes);
      if (anatomy === undefined) throw new Error('the file to spoil is no good');
      const dice = new Dice(SEED);
      const outcomes = Array.from({ length: 400 }, () => readAll(mutatedElf(bytes, anatomy, dice)));
      expect(readAll(bytes)).toBe('result');
      expect(outcomes.filter((outcome) => outcome === 'fault').length).toBeGreaterThan(100);
      expect(outcomes.filter((outcome) => outcome === 'result').length).toBeGreaterThan(20);
    },
  );

  test(`as a program with its library: 60 of seed ${SEED} are put in order or refused`, () => {
    const good = buildElf(program({ needed: ['a.so'] })).bytes;
    const anatomy = anatomyOf(good);
    if (anatomy === undefined) throw new Error('the file to spoil is no good');
    const dice = new Dice(SEED);
    const kinds = Array.from({ length: 60 }, (_, i) => {
      const spoilt = mutatedElf(good, anatomy, dice);
      const files =
        i % 2 === 0 ? { '/bin/p': spoilt, '/lib/a.so': library('a.so') } : { '/bin/p': good, '/lib/a.so': spoilt };
      return 'closure' in readOn(files) ? 'order' : 'refusal';
    });
    expect(new Set(kinds)).toEqual(new Set(['order', 'refusal']));
  });
});

describe('files that would keep a reader waiting', () => {
  test('a library that needs itself under many names is loaded once', () => {
    const names = Array.from({ length: 300 }, (_, i) => `n${i}.so`);
    const links = Object.fromEntries(names.map((name) => [`/lib/${name}`, { symlink: 'a.so' }]));
    const files = {
      '/lib/a.so': library('a.so', { needed: names }),
      ...links,
      '/bin/p': program({ needed: ['a.so'] }),
    };
    expect(foundIn(started(files))).toEqual(['/lib/a.so: default folder /lib/']);
  });

  test('a folder in place of a library ends the search with an error', () => {
    const files = { '/lib/a.so/x': library('x'), '/bin/p': program({ needed: ['a.so'] }) };
    expect(started(files).closure.missing.map(({ message }) => message)).toEqual(['cannot read file data: EISDIR']);
  });

  test('a preload file of many megabytes is not taken for one', () => {
    const files = { '/etc/ld.so.preload': Buffer.alloc(1 << 20, 'a '), '/bin/p': program({}) };
    expect(started(files).closure.missing).toEqual([]);
    expect(disk({})).not.toBe('');
  });
});
