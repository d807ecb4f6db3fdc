// Releases as rows with sources: what each flag means, which change gave it its value, what lies between two builds.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { releaseFlags } from '../../src/libc/release-flags.js';
import { changeBehind, libcReleases, rowsOf } from '../../src/libc/releases.js';
import { oldest, releaseLine } from '../../src/libc/releases-line.js';
import { buildNamed, buildNames, builds, namesOf, nearestBuild } from '../../src/process/builds.js';
import { explainBuild, explainDiff } from '../../src/process/explain.js';
import { buildDifferenceText, buildExplanationText } from '../../src/report/explain.js';
import { generatedReleaseFiles } from '../../src/report/explain-page.js';
import { semanticsLine } from '../../src/rseq/libc-semantics-line.js';
import { librarySemantics } from '../../src/rseq/library-semantics.js';
import { semanticsSwitches } from '../../src/rseq/semantics-switches.js';

const releaseNames = releaseLine.map(({ release }) => release);
const releases = Object.values(libcReleases);

/** A commit of glibc, shortened. */
const commit = /\b[0-9a-f]{10}\b/;

function differencesOf(a: string, b: string) {
  const explained = explainDiff(a, b);
  if (explained === undefined) throw new Error(`no build is called ${a} or ${b}`);
  return explained.differences;
}

/** The releases in which a flag has a value other than in the row below it. */
function turns(flag: keyof typeof oldest): readonly string[] {
  return releaseLine.flatMap(({ release, from }) => {
    return from !== null && libcReleases[release]![flag] !== libcReleases[from]![flag] ? [release] : [];
  });
}

describe('the flags', () => {
  test('every flag of a release is explained, and nothing else is', () => {
    const { name: _, ...flags } = oldest;
    expect(releaseFlags.map(({ name }) => name).sort()).toEqual(Object.keys(flags).sort());
  });

  test.each(releaseFlags.map((flag) => [flag.name, flag] as const))('%s has a meaning and a place', (name, flag) => {
    expect(flag.meaning.length).toBeGreaterThan(10);
    expect(flag.source).toMatch(/^[\w/-]+\.[\w]+(:\w|; )|^[\w/.-]+:[\w]+/);
    const seen = new Set(releases.map((release) => release[name]));
    expect([...seen].sort()).toEqual([...flag.values].sort());
    expect(flag.values[0]).toBe(oldest[name]);
  });

  test('no flag is explained twice in the same words', () => {
    expect(new Set(releaseFlags.map(({ meaning }) => meaning)).size).toBe(releaseFlags.length);
  });
});

describe('the time line', () => {
  test('has every release from 2.28 to 2.43, the development tree with rseq, four distribution builds and what one change undoes', () => {
    const upstream = Array.from({ length: 16 }, (_, i) => `2.${28 + i}`);
    const others = ['2.32-dev', 'pre-2.22', 'debian-2.31', 'debian-2.36', 'debian-2.41', 'debian-2.43'];
    expect([...releaseNames].sort()).toEqual([...upstream, ...others].sort());
  });

  test('each row stands on one before it and says which tree it is', () => {
    for (const [at, { release, from, about }] of releaseLine.entries()) {
      expect(about.length).toBeGreaterThan(5);
      if (from === null) expect(release).toBe(oldest.name);
      else expect(releaseNames.slice(0, at)).toContain(from);
    }
  });

  /** Read from installations and recordings, not from a commit. */
  const observed = new Set(['hasLibgcc', 'libcTls', 'staticThreadsFindBlocks']);

  test('a row sets known flags only, each to another value than before, beside its commit', () => {
    const known = new Set<string>(releaseFlags.map(({ name }) => name));
    for (const { release, from, sets } of releaseLine) {
      for (const [flag, [value, source]] of Object.entries(sets)) {
        expect({ release, flag, known: known.has(flag) }).toEqual({ release, flag, known: true });
        const before: unknown = Object.entries(libcReleases[from ?? '']!).find(([name]) => name === flag)?.[1];
        expect({ release, flag, same: before === value }).toEqual({ release, flag, same: false });
        if (!observed.has(flag))
          expect({ release, flag, source }).toMatchObject({ source: expect.stringMatching(commit) });
      }
    }
  });

  test('what a distribution changes is a back-port, and later releases have it too', () => {
    const distributions = releaseLine.filter(({ release }) => release.startsWith('debian-'));
    for (const { sets } of distributions) {
      for (const [flag, [value, source]] of Object.entries(sets)) {
        expect(source).toContain('back-port');
        // Debian took the reckoning as it was for a day, before commit 07ed32f920 made libc's share smaller.
        if (flag !== 'tlsPerNamespace') expect(Object.entries(libcReleases['2.43']!)).toContainEqual([flag, value]);
      }
    }
  });

  test('a release is the sum of its rows', () => {
    expect(rowsOf('debian-2.31').map(({ release }) => release)).toEqual([
      '2.28',
      '2.29',
      '2.30',
      '2.31',
      'debian-2.31',
    ]);
    for (const release of releases) {
      for (const { name } of releaseFlags) expect(changeBehind(release.name, name).value).toBe(release[name]);
    }
  });

  test.each([
    ['nodeleteIsPending', ['2.31']],
    ['earlyInit', ['2.32-dev']],
    ['auditEmptyQuiet', ['2.32']],
    ['libcRootNotFirst', ['2.33']],
    ['refusesExecutableResolver', ['debian-2.31', '2.33']],
    ['earlyInitNeedsLibc', ['2.32-dev', '2.34']],
    ['separateLibpthread', ['2.34']],
    ['threadCall', ['2.34']],
    ['dlerrorKey', ['2.34']],
    ['sortDefault', ['2.35']],
    ['auditVdso', ['2.35']],
    ['auditIgnoresBindNow', ['2.35']],
    ['tlsLock', ['2.35']],
    ['dlNeedsActiveLoader', ['2.36']],
    ['dfsForceFirst', ['debian-2.36', '2.37']],
    ['finiMarksFirst', ['debian-2.36', '2.37']],
    ['proxyNotInitialised', ['debian-2.36', '2.39']],
    ['closedFirst', ['2.39']],
    ['exitLock', ['2.41']],
    ['auditConsistentLate', ['2.41']],
  ] as const)('%s turns in %j', (flag, where) => {
    expect([...turns(flag)].sort()).toEqual([...where].sort());
  });
});

describe('rseq by release', () => {
  test('every build says what it does about rseq, and every switch is explained', () => {
    expect(semanticsLine.map(({ build }) => build).sort()).toEqual([...builds.keys()].sort());
    const { id: _i, name: _n, statement: _s, source: _o, ...switches } = librarySemantics[0]!;
    expect(semanticsSwitches.map(({ name }) => name).sort()).toEqual(Object.keys(switches).sort());
    for (const { meaning, source } of semanticsSwitches)
      expect([meaning.length > 10, source.length > 10]).toEqual([true, true]);
  });

  test.each([
    ['none', ['2.28', '2.29', '2.30', '2.31', 'debian-2.31', '2.32', '2.33', '2.34']],
    [32, ['2.35', '2.36', '2.37', '2.38', '2.39']],
    [20, ['debian-2.36', '2.40']],
    ['feature-size', ['2.41', 'debian-2.41', '2.42', '2.43', 'debian-2.43']],
  ] as const)('__rseq_size says %s in %j', (size, names) => {
    expect(names.map((name) => buildNamed(name)?.rseq.sizeSays)).toEqual(names.map(() => size));
  });

  test('registration came in the development of 2.32, went before its release, and is back since 2.35', () => {
    const registers = ['2.31', '2.32-dev', '2.32', '2.34', '2.35'].map((name) => buildNamed(name)?.rseq.mainAt);
    expect(registers).toEqual(['never', 'early-init', 'never', 'never', 'thread-pointer']);
    expect(differencesOf('2.32-dev', '2.32').find(({ name }) => name === 'mainAt')?.changes).toEqual([
      { release: '2.32', value: 'never', source: expect.stringContaining('efedd1ed3d') },
    ]);
  });
});

describe('builds by name', () => {
  test('every name means a build, and a build lists the names that mean it', () => {
    for (const name of buildNames) expect(namesOf(buildNamed(name)!.name)).toContain(name);
    expect(new Set(buildNames).size).toBe(buildNames.length);
  });

  test.each([
    ['glibc-2.36', '2.36'],
    ['2.32-dev', '2.32-dev'],
    ['glibc-2.32-dev', '2.32-dev'],
    ['L-00', '2.31'],
    ['L-08', 'patch-v12'],
    ['L-16', '2.36'],
    ['L-18', '2.41'],
  ])('%s is %s', (name, build) => {
    expect(buildNamed(name)?.name).toBe(build);
  });

  test.each([
    ['debian-2.35', /^debian-2/],
    ['patch-12', /^patch-v12$/],
    ['register-earli', /^register-early$/],
  ])('%s is near a name somebody has', (word, near) => {
    expect(buildNamed(word)).toBeUndefined();
    expect(nearestBuild(word)).toMatch(near);
  });

  test('musl is near nobody', () => {
    expect([buildNamed('musl'), nearestBuild('musl'), explainBuild('musl'), explainDiff('2.36', 'musl')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what lies between two builds', () => {
  test('the 2.36 that was recorded differs from the tag in these seven ways', () => {
    const found = differencesOf('glibc-2.36', 'debian-2.36').map(({ name, a, b }) => [name, a, b]);
    expect(found.sort()).toEqual([
      ['dfsForceFirst', false, true],
      ['earlyInitAgain', false, true],
      ['finiMarksFirst', false, true],
      ['presets', 'nothing', 'fields'],
      ['proxyNotInitialised', false, true],
      ['sizeSays', 32, 20],
      ['tlsFrees', 'older-in-use', 'in-use'],
    ]);
  });

  test('Debian 13 differs from its tag in the stores before the call alone', () => {
    expect(differencesOf('2.41', 'debian-2.41').map(({ name }) => name)).toEqual(['presets']);
  });

  test('a build does not differ from itself, by any of its names', () => {
    for (const name of buildNames) expect(differencesOf(name, buildNamed(name)!.name)).toEqual([]);
  });

  test('the other way round the same things differ, with the values exchanged and the same changes', () => {
    const names = [...builds.keys()];
    for (const [i, a] of names.entries()) {
      const b = names[(i * 7 + 3) % names.length]!;
      const turned = differencesOf(b, a).map((each) => ({ ...each, a: each.b, b: each.a }));
      const plain = differencesOf(a, b);
      expect(turned.map(({ name, a, b }) => [name, a, b])).toEqual(plain.map(({ name, a, b }) => [name, a, b]));
      expect(turned.map(({ changes }) => new Set(changes))).toEqual(plain.map(({ changes }) => new Set(changes)));
    }
  });

  test('every difference of every two builds has the changes behind it', () => {
    const names = [...builds.keys()];
    const bare = names.flatMap((a) =>
      names.flatMap((b) =>
        differencesOf(a, b)
          .filter((d) => d.a === d.b || d.changes.length === 0 || d.changes.some(({ source }) => source === ''))
          .map(({ name }) => `${a} ${b} ${name}`),
      ),
    );
    expect(bare).toEqual([]);
  });
});

describe('explained to people', () => {
  test.each([...builds.keys()])('%s is explained with every flag and switch', (name) => {
    const explained = explainBuild(name)!;
    const text = buildExplanationText(explained);
    for (const { name: flag } of releaseFlags) expect(text).toMatch(new RegExp(`^ {2}${flag} `, 'm'));
    for (const { name: each } of semanticsSwitches) expect(text).toMatch(new RegExp(`^ {2}${each} `, 'm'));
    const values = Object.fromEntries(explained.flags.map(({ name: flag, value }) => [flag, value]));
    expect({ name: buildNamed(name)!.release.name, ...values }).toEqual(buildNamed(name)!.release);
    expect([...explained.flags, ...explained.rseq.switches].filter(({ source }) => source === '')).toEqual([]);
  });

  test('a difference is a paragraph with the values and the commit', () => {
    const text = buildDifferenceText(explainDiff('2.36', 'debian-2.36')!);
    expect(text.split('\n\n')).toHaveLength(8);
    expect(text).toContain('dfsForceFirst: no -> yes');
    expect(text).toContain('debian-2.36: bug 28937, back-port da5f134f6d on release/2.36/master');
  });

  test('where both builds changed, each change says to what', () => {
    const text = buildDifferenceText(explainDiff('debian-2.36', '2.41')!);
    expect(text).toMatch(
      /rseq sizeSays: 20 -> feature-size\n.*\n.*debian-2\.36 \(20\): .*\n.*2\.40 \(20\): .*\n.*2\.41 \(feature-size\)/,
    );
  });

  test.each([...generatedReleaseFiles()])(
    '%s is fresh (else: npx tsx scripts/generate-release-docs.ts)',
    (path, page) => {
      expect(readFileSync(path, 'utf8')).toBe(page);
      for (const release of releaseNames) expect(page).toContain(`### ${release}`);
    },
  );
});
