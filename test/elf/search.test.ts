/**
 * Where ld.so finds a library: each rule of the search in the smallest root that shows it. Nothing of the machine takes part.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { processorOf, processorOfHelp, subfolders } from '../../src/elf/hwcaps.js';
import { compareNames } from '../../src/elf/ld-cache.js';
import { filesOf } from '../../src/elf/program.js';
import { foldersOf, substitute } from '../../src/elf/tokens.js';
import { buildNamed } from '../../src/process/builds.js';
import { missingWords } from '../../src/report/found.js';
import { cacheFile, disk, foundIn, library, oldCacheFile, program, readOn, removeDisks, started } from './disk.js';
import { buildElf } from './elf-builder.js';

afterAll(removeDisks);

const a = library('a.so');

describe('the order of the search', () => {
  test('DT_RPATH comes before LD_LIBRARY_PATH, and that before the default folders', () => {
    const files = { '/r/a.so': a, '/l/a.so': a, '/lib/a.so': a, '/bin/p': program({ needed: ['a.so'], rpath: '/r' }) };
    expect(foundIn(started(files, { libraryPath: '/l' }))).toEqual(['/r/a.so: DT_RPATH of (main), /r/']);
  });

  test('LD_LIBRARY_PATH comes before DT_RUNPATH', () => {
    const files = { '/r/a.so': a, '/l/a.so': a, '/bin/p': program({ needed: ['a.so'], runpath: '/r' }) };
    expect(foundIn(started(files, { libraryPath: '/none:/l/' }))).toEqual(['/l/a.so: LD_LIBRARY_PATH, /l/']);
    expect(foundIn(started(files))).toEqual(['/r/a.so: DT_RUNPATH of (main), /r/']);
  });

  test('DT_RPATH does not count in an object that has DT_RUNPATH', () => {
    const files = { '/r/a.so': a, '/lib/a.so': a, '/bin/p': program({ needed: ['a.so'], rpath: '/r', runpath: '/x' }) };
    expect(foundIn(started(files))).toEqual(['/lib/a.so: default folder /lib/']);
  });

  test('DT_RPATH reaches down to what libraries need, DT_RUNPATH does not', () => {
    const files = {
      '/r/a.so': library('a.so', { needed: ['b.so'] }),
      '/r/b.so': library('b.so'),
      '/lib/b.so': library('b.so'),
    };
    const by = (path: object) => foundIn(started({ ...files, '/bin/p': program({ needed: ['a.so'], ...path }) }))[1];
    expect(by({ rpath: '/r' })).toBe('/r/b.so: DT_RPATH of (main), /r/');
    expect(by({ runpath: '/r' })).toBe('/lib/b.so: default folder /lib/');
  });

  test('an object with DT_RUNPATH asks no DT_RPATH at all', () => {
    const files = {
      '/r/a.so': library('a.so', { needed: ['b.so'], runpath: '/none' }),
      '/r/b.so': library('b.so'),
      '/lib/b.so': library('b.so'),
      '/bin/p': program({ needed: ['a.so'], rpath: '/r' }),
    };
    expect(foundIn(started(files))[1]).toBe('/lib/b.so: default folder /lib/');
  });

  test('the default folders are those that stand in ld.so, in their order', () => {
    const files = { '/usr/lib/x86_64-linux-gnu/a.so': a, '/lib/a.so': a, '/bin/p': program({ needed: ['a.so'] }) };
    expect(foundIn(started(files))).toEqual([
      '/usr/lib/x86_64-linux-gnu/a.so: default folder /usr/lib/x86_64-linux-gnu/',
    ]);
  });

  test('a name with a slash is a path, and is searched nowhere', () => {
    const files = { '/x/a.so': a, '/lib/a.so': a, '/bin/p': program({ needed: ['/x/a.so'] }) };
    expect(foundIn(started(files))).toEqual(['/x/a.so: asked for by its path']);
  });
});

describe('ld.so.cache', () => {
  const files = { '/opt/a.so': a, '/lib/a.so': a, '/bin/p': program({ needed: ['a.so'] }) };
  const plain = cacheFile([{ key: 'a.so', path: '/opt/a.so' }]);

  test('comes before the default folders', () => {
    expect(foundIn(started({ ...files, '/etc/ld.so.cache': plain }))).toEqual(['/opt/a.so: ld.so.cache']);
  });

  test('is found within the old format too', () => {
    expect(foundIn(started({ ...files, '/etc/ld.so.cache': oldCacheFile(plain) }))).toEqual(['/opt/a.so: ld.so.cache']);
  });

  test('has no entry that is for other libraries or for a missing file', () => {
    const of32 = cacheFile([{ key: 'a.so', path: '/opt/a.so', flags: 0x003 }]);
    const gone = cacheFile([{ key: 'a.so', path: '/opt/gone.so' }]);
    for (const cache of [of32, gone]) {
      expect(foundIn(started({ ...files, '/etc/ld.so.cache': cache }))).toEqual(['/lib/a.so: default folder /lib/']);
    }
  });

  test('prefers the best entry that the processor can use', () => {
    const named = (name: bigint, level: bigint) => (1n << 62n) | (level << 32n) | name;
    const cache = cacheFile(
      [
        { key: 'a.so', path: '/opt/v3.so', hwcap: named(1n, 2n) },
        { key: 'a.so', path: '/opt/v2.so', hwcap: named(0n, 1n) },
        { key: 'a.so', path: '/opt/a.so' },
      ],
      ['x86-64-v2', 'x86-64-v3'],
    );
    const all = { ...files, '/opt/v2.so': a, '/opt/v3.so': a, '/etc/ld.so.cache': cache };
    const at = (level: 1 | 2 | 3 | 4) =>
      foundIn(started(all, { processor: { level, platform: 'x86_64', avx512: false } }))[0];
    expect([at(1), at(2), at(3), at(4)]).toEqual([
      '/opt/a.so: ld.so.cache',
      '/opt/v2.so: ld.so.cache',
      '/opt/v3.so: ld.so.cache',
      '/opt/v3.so: ld.so.cache',
    ]);
  });

  test.each([
    ['cut short', plain.subarray(0, 60)],
    ['empty', Buffer.alloc(0)],
    ['for another byte order', Buffer.concat([plain.subarray(0, 28), Buffer.from([3]), plain.subarray(29)])],
    [
      'of two thousand million entries',
      Buffer.concat([plain.subarray(0, 20), Buffer.alloc(4, 0x7f), plain.subarray(24)]),
    ],
    ['whose strings lie outside', Buffer.concat([plain.subarray(0, 52), Buffer.alloc(4, 0xff), plain.subarray(56)])],
  ])('%s is as good as none', (_, cache) => {
    expect(foundIn(started({ ...files, '/etc/ld.so.cache': cache }))).toEqual(['/lib/a.so: default folder /lib/']);
  });

  test('does not answer an object that wants no default folders', () => {
    const cache = cacheFile([{ key: 'a.so', path: '/lib/a.so' }]);
    const { closure } = started({
      ...files,
      '/etc/ld.so.cache': cache,
      '/bin/p': program({ needed: ['a.so'], flags1: 0x08000800, rpath: '/lib/x86_64-linux-gnu' }),
    });
    expect(closure.missing.map(missingWords)).toEqual([
      'a.so: cannot open shared object file: No such file or directory (needed by (main))',
    ]);
  });

  test('compares names as ldconfig does, numbers by their value', () => {
    expect(compareNames('liba.so.10', 'liba.so.9')).toBeGreaterThan(0);
    expect(compareNames('liba.so', 'liba.so.1')).toBeLessThan(0);
    expect(compareNames('liba1.so', 'libab.so')).toBeGreaterThan(0);
    expect(compareNames('liba.so', 'liba.so')).toBe(0);
  });
});

describe('what is passed over, and what ends a search', () => {
  const other = buildElf(a).bytes;
  other[4] = 1;
  const arm = buildElf(a).bytes;
  arm[18] = 183;

  test('a library of another class or machine is passed over, and said', () => {
    const files = { '/l/a.so': other, '/m/a.so': arm, '/lib/a.so': a, '/bin/p': program({ needed: ['a.so'] }) };
    const read = started(files, { libraryPath: '/l:/m' });
    expect(foundIn(read)).toEqual(['/lib/a.so: default folder /lib/']);
    expect(read.closure.passedOver.map(({ path }) => path)).toEqual(['/l/a.so', '/m/a.so']);
  });

  test('a file that is no library ends it', () => {
    const files = { '/l/a.so': Buffer.from('INPUT(a.so.1)'), '/lib/a.so': a, '/bin/p': program({ needed: ['a.so'] }) };
    expect(started(files, { libraryPath: '/l' }).closure.missing.map(({ message }) => message)).toEqual([
      'file too short',
    ]);
  });

  test('an executable is no library', () => {
    const files = { '/lib/a.so': { type: 'exec' as const }, '/bin/p': program({ needed: ['a.so'] }) };
    expect(started(files).closure.missing[0]?.message).toBe('cannot dynamically load executable');
  });
});

describe('one file is one object', () => {
  test('by the soname it has', () => {
    const files = {
      '/lib/x.so': library('a.so'),
      '/bin/p': program({ needed: ['x.so', 'a.so'] }),
    };
    expect(foundIn(started(files))).toEqual(['/lib/x.so: default folder /lib/']);
  });

  test('by what it is on the disk', () => {
    const files = {
      '/lib/a.so': {},
      '/lib/b.so': { hard: '/lib/a.so' },
      '/lib/c.so': { symlink: 'a.so' },
      '/bin/p': program({ needed: ['a.so', 'b.so', 'c.so'] }),
    };
    const read = started(files);
    expect(foundIn(read)).toEqual(['/lib/a.so: default folder /lib/']);
    expect(filesOf(read.closure).byName).toMatchObject({ 'a.so': 'a.so', 'b.so': 'a.so', 'c.so': 'a.so' });
  });

  test('two files of one name are two', () => {
    const files = {
      '/x/a.so': {},
      '/y/a.so': {},
      '/bin/p': program({ needed: ['/x/a.so', '/y/a.so'] }),
    };
    expect(Object.keys(filesOf(started(files).closure).files)).toEqual(expect.arrayContaining(['a.so', '/y/a.so']));
  });

  test('cycles come to an end', () => {
    const files = {
      '/lib/a.so': library('a.so', { needed: ['b.so'] }),
      '/lib/b.so': library('b.so', { needed: ['a.so', 'b.so'] }),
      '/lib/loop.so': { symlink: 'pool.so' },
      '/lib/pool.so': { symlink: 'loop.so' },
      '/bin/p': program({ needed: ['a.so', 'loop.so'] }),
    };
    const { closure } = started(files);
    expect(closure.libraries.map(({ requested }) => requested)).toEqual([
      'a.so',
      'libc.so.6',
      'b.so',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
    expect(closure.missing.map(({ name }) => name)).toEqual(['loop.so']);
  });
});

describe('a root', () => {
  test('keeps absolute links and .. within itself', () => {
    const files = {
      '/real/a.so': a,
      '/lib/a.so': { symlink: '/real/a.so' },
      '/lib/b.so': { symlink: '../../../../real/a.so' },
      '/bin/p': program({ needed: ['a.so', 'b.so'] }),
    };
    expect(foundIn(started(files))).toEqual(['/lib/a.so: default folder /lib/']);
  });

  test('has folders behind links', () => {
    const files = {
      '/usr/lib/x/a.so': a,
      '/lib/x': { symlink: '/usr/lib/x' },
      '/bin/p': program({ needed: ['a.so'], runpath: '/lib/x' }),
    };
    expect(foundIn(started(files))).toEqual(['/lib/x/a.so: DT_RUNPATH of (main), /lib/x/']);
  });
});

describe('preloads', () => {
  test('come before what the program needs, and a missing one is passed over', () => {
    const files = {
      '/lib/a.so': a,
      '/lib/pre.so': library('pre.so'),
      '/lib/sys.so': library('sys.so'),
      '/etc/ld.so.preload': Buffer.from('# every program\nsys.so\n'),
      '/bin/p': program({ needed: ['a.so'] }),
    };
    const { closure } = started(files, { preload: 'pre.so:gone.so' });
    expect(closure.libraries.map(({ requested }) => requested).slice(0, 3)).toEqual(['pre.so', 'sys.so', 'a.so']);
    expect(closure.missing.map(({ name, fatal }) => [name, fatal])).toEqual([['gone.so', false]]);
  });
});

describe('tokens', () => {
  const tokens = { ORIGIN: '/o', LIB: 'lib64', PLATFORM: 'haswell' };

  test.each([
    ['$ORIGIN/../$LIB', '/o/../lib64'],
    ['$' + '{ORIGIN}x/$' + '{PLATFORM}', '/ox/haswell'],
    ['$ORIGINAL', '$ORIGINAL'],
    ['$LIB_', '$LIB_'],
    ['a$b', 'a$b'],
  ])('%s is %s', (text, expected) => {
    expect(substitute(text, tokens)).toBe(expected);
  });

  test('without a value make a path that is not used', () => {
    expect(substitute('$ORIGIN/x', { ...tokens, ORIGIN: null })).toBeUndefined();
  });

  test('a search path is its folders, each once; the empty one is the working folder', () => {
    expect(foldersOf('/a//::/b:/a', ':', tokens)).toEqual(['/a/', '', '/b/']);
    expect(foldersOf('/a;/b', ':;', tokens)).toEqual(['/a/', '/b/']);
    expect(foldersOf('/a;/b', ':', tokens)).toEqual(['/a;/b/']);
    expect(foldersOf('/', ':', tokens)).toEqual(['/']);
  });

  test('$ORIGIN is the folder of the object that says it', () => {
    const files = {
      '/opt/lib/a.so': library('a.so', { needed: ['b.so'], runpath: '$ORIGIN/deep' }),
      '/opt/lib/deep/b.so': library('b.so'),
      '/bin/p': program({ needed: ['a.so'], runpath: '$ORIGIN/../opt/lib' }),
    };
    expect(foundIn(started(files))).toEqual([
      '/bin/../opt/lib/a.so: DT_RUNPATH of (main), /bin/../opt/lib/',
      '/bin/../opt/lib/deep/b.so: DT_RUNPATH of a.so, /bin/../opt/lib/deep/',
    ]);
  });
});

describe('subfolders for better processors', () => {
  const best = { level: 4, platform: 'haswell', avx512: true } as const;
  const foldersUnder = (release: string, processor: Parameters<typeof subfolders>[0] = best) => {
    const build = buildNamed(release);
    if (build === undefined) throw new Error(`no build ${release}`);
    return subfolders(processor, build.release);
  };

  test('before 2.33 every combination of tls, platform and capabilities', () => {
    expect(foldersUnder('2.31', { level: 4, platform: 'haswell', avx512: false })).toEqual([
      'tls/haswell/x86_64/',
      'tls/haswell/',
      'tls/x86_64/',
      'tls/',
      'haswell/x86_64/',
      'haswell/',
      'x86_64/',
      '',
    ]);
    expect(foldersUnder('2.31')).toHaveLength(16);
  });

  test('from 2.33 named levels before them, from 2.37 named levels alone', () => {
    expect(foldersUnder('2.36').slice(0, 4)).toEqual([
      'glibc-hwcaps/x86-64-v4/',
      'glibc-hwcaps/x86-64-v3/',
      'glibc-hwcaps/x86-64-v2/',
      'tls/haswell/avx512_1/x86_64/',
    ]);
    expect(foldersUnder('2.41', { ...best, level: 2 })).toEqual(['glibc-hwcaps/x86-64-v2/', '']);
  });

  test('are looked into before the folder itself', () => {
    const files = {
      '/l/a.so': a,
      '/l/glibc-hwcaps/x86-64-v3/a.so': a,
      '/l/tls/a.so': a,
      '/bin/p': program({ needed: ['a.so'] }),
    };
    const at = (libc: string, level: 1 | 3) =>
      foundIn(
        started(files, {
          libraryPath: '/l',
          processor: { level, platform: 'x86_64', avx512: false },
          libc: buildNamed(libc),
        }),
      )[0]?.replace(/:.*/, '');
    expect([at('debian-2.36', 3), at('debian-2.36', 1), at('2.31', 3), at('2.41', 1)]).toEqual([
      '/l/glibc-hwcaps/x86-64-v3/a.so',
      '/l/tls/a.so',
      '/l/tls/a.so',
      '/l/a.so',
    ]);
  });

  test('follow from what the kernel or ld.so says of the processor', () => {
    const v2 = 'vendor_id : GenuineIntel\nflags : cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3';
    expect(processorOf(v2)).toEqual({ level: 2, platform: 'x86_64', avx512: false });
    expect(processorOf(`${v2} avx avx2 bmi1 bmi2 f16c fma abm movbe`)).toMatchObject({ level: 3, platform: 'haswell' });
    expect(processorOf('nothing')).toEqual({ level: 1, platform: 'x86_64', avx512: false });
    const help = [
      'Subdirectories of glibc-hwcaps directories, in priority order:',
      '  x86-64-v4',
      '  x86-64-v3 (supported, searched)',
      '  x86-64-v2 (supported, searched)',
      '  haswell (AT_PLATFORM; supported, searched)',
    ].join('\n');
    expect(processorOfHelp(help)).toEqual({ level: 3, platform: 'haswell', avx512: false });
    expect(processorOfHelp('Usage: ld.so')).toBeUndefined();
  });
});

describe('what is no program', () => {
  test.each([
    ['a static one', { type: 'exec', isStatic: true } as const, { noLoader: 'static' }],
    ['a library', library('p.so'), { noLoader: 'library' }],
    [
      'one for another libc',
      program({ interp: '/lib/ld-musl-x86_64.so.1' }),
      { badInterpreter: '/lib/ld-musl-x86_64.so.1', because: 'ENOENT' },
    ],
    [
      'one whose interpreter is no loader',
      program({ interp: '/lib/x86_64-linux-gnu/libc.so.6' }),
      { because: 'its soname is not ld-linux-x86-64.so.2' },
    ],
    ['one whose interpreter is itself', program({ interp: '/bin/p' }), { badInterpreter: '/bin/p' }],
  ])('%s', (_, plan, answer) => {
    expect(readOn({ '/bin/p': plan })).toMatchObject(answer);
  });

  test('one that needs more libraries than are looked at', () => {
    const names = Array.from({ length: 2100 }, (_, i) => `l${i}.so`);
    const files = Object.fromEntries(names.map((name) => [`/lib/${name}`, library(name)]));
    expect(readOn({ ...files, '/bin/p': program({ needed: names }) })).toEqual({ tooMany: 2000 });
  });

  test('the libc it finds says which build it meets', () => {
    const { libc, banner } = started({ '/bin/p': program({}) });
    expect([libc?.name, banner]).toEqual(['debian-2.36', 'Debian glibc 2.36-9+deb12u14']);
    expect(disk({})).toContain('rtldlab-disk-');
  });
});
