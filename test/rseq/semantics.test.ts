/**
 * Every semantics of the record: runnable or listed with its reason, and each one known by what it alone does in a small world.
 *
 * What can go wrong: a row that runs and differs from its neighbour in nothing. The last part asks for the difference.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../../src/index.js';
import { buildNamed, builds, writtenFor } from '../../src/process/builds.js';
import { releaseNames, semantics } from '../../src/process/proposals.js';
import { librarySemantics } from '../../src/rseq/library-semantics.js';
import { amend, type RseqSemantics } from '../../src/rseq/semantics.js';
import { semanticsSwitches } from '../../src/rseq/semantics-switches.js';

const listed = readFileSync(join(__dirname, '..', '..', 'docs', 'not-modelled.md'), 'utf8');
const rows = [...listed.matchAll(/^\| (L-\d\d[a-z]?) \| ([^|]+) \| ([^|]+) \|$/gm)];

const record = [
  ...Array.from({ length: 19 }, (_, i) => `L-${String(i + 1).padStart(2, '0')}`),
  ...[...'abcdefghij'].map((letter) => `L-07${letter}`),
  ...[...'abcde'].map((letter) => `L-15${letter}`),
];

describe('the record', () => {
  test.each(record.filter((id) => id !== 'L-07'))('%s is run as a build, or is listed with a reason', (id) => {
    const reason = rows.find(([, number]) => number === id)?.[3];
    const build = buildNamed(id);
    expect([build !== undefined, reason !== undefined]).toContain(true);
    expect(build !== undefined && reason !== undefined).toBe(false);
    if (reason !== undefined) expect(reason.length).toBeGreaterThan(30);
    else expect(build?.rseq.id).toBe(id);
  });

  test('no number and no name stands for two', () => {
    const words = librarySemantics.flatMap(({ id, name }) => [id, name]);
    expect(new Set(words).size).toBe(words.length);
  });

  test.each(librarySemantics.map((each): [string, RseqSemantics] => [each.id, each]))(
    '%s has a statement, a source, and known values of known switches',
    (_id, each) => {
      expect(each.statement.length).toBeGreaterThan(30);
      expect(each.source).toMatch(/glibc|linux|libc-alpha|seed thread/);
      for (const { name, values } of semanticsSwitches) expect(values).toContain(each[name]);
    },
  );

  test('every value of every switch that decides something new stands in a row, or is for a reader to use', () => {
    const unused = semanticsSwitches.flatMap(({ name, values }) =>
      values
        .filter((value) => !librarySemantics.some((each) => each[name] === value))
        .map((value) => `${name} ${value}`),
    );
    expect(unused.sort()).toEqual([
      'atThreadEnd unregister',
      'mainAt main',
      'mainAt preinit',
      'onMainRefusal fatal',
      'onMainRefusal ignore',
      'onThreadRefusal ignore',
      'presets whole-area',
      'threadGuard initial',
      'threadGuard multiple-libcs',
      'threadGuard multiple-libcs-fedora',
      'threadGuard rtld-active',
    ]);
  });

  test('what a reader can start from is every build by its name', () => {
    expect(Object.keys(semantics).sort()).toEqual([...builds.keys()].sort());
    expect([...Object.keys(writtenFor), ...releaseNames].sort()).toEqual([...builds.keys()].sort());
    for (const [name, { on }] of Object.entries(semantics)) expect(buildNamed(name)?.release.name).toBe(on);
  });
});

test('an amended semantics is its base but for what it says, under a name of its own', () => {
  const base = semantics['patch-v12'];
  const mine = amend(base, { name: 'mine', threads: 'never' });
  expect(mine).toEqual({ ...base, id: 'mine', name: 'mine', source: 'patch-v12, amended', threads: 'never' });
  expect(base.threads).toBe('always');
});

const worlds = {
  plain: 'exe: {main: info}',
  thread: 'exe: {bodies: {b: []}, main: start t b; join t}',
  constructor: 'exe: {needed: [a]}\nobjects: {a: {ctors: [{do: [handled_info]}]}}',
  resolver:
    'exe: {needed: [a], refs: [{sym: w_f, how: data}]}\nobjects: {a: {ifuncs: {w_f: {resolver: register static, impl: []}}}}',
  askingResolver:
    'exe: {needed: [a], refs: [{sym: w_f, how: data}]}\nobjects: {a: {ifuncs: {w_f: {resolver: claim_handled static, impl: []}}}}',
  preload: 'preload: [p]\nexe: {main: info}\nobjects: {p: {ctors: [{do: [claim_handled static]}]}}',
  initfirstPreload:
    'preload: [p]\nexe: {main: info}\nobjects: {p: {flags: [initfirst], ctors: [{do: [claim_handled static]}]}}',
  initfirst:
    'exe: {needed: [p], main: info}\nobjects: {p: {flags: [initfirst], ctors: [{do: [claim_handled static]}]}}',
  auditor: 'audit: [m]\nexe: {main: info}\nobjects: {m: {audit: {callbacks: {la_version: []}}, ctors: [{do: []}]}}',
  auditorsThread:
    'audit: [m]\nexe: {main: info}\nobjects: {m: {bodies: {b: []}, audit: {callbacks: {la_version: []}}, ctors: [{do: [start t b, join t]}]}}',
  namespace: 'exe: {main: dlmopen a new now h}\nobjects: {a: {ctors: [{do: []}]}}',
  preinit: 'exe: {preinit: [register static], main: info}',
  staticPreinit: 'exe: {kind: static, preinit: [register static], main: info}',
  staticConstructor: 'exe: {kind: static, ctors: [{do: [register static]}], main: info}',
  shared: 'exe: {main: register abi}',
} as const;

/** What one schedule of a world shows of rseq: calls and answers, and who ran in between. */
function shows(world: keyof typeof worlds, libc: string, kernel = '6.18'): string {
  const ran = run(`claim: A world.\n${worlds[world]}\n`, { libc, kernel });
  if ('problems' in ran) throw new Error(JSON.stringify(ran.problems));
  const [first] = ran.runs;
  if (first === undefined || !('events' in first)) throw new Error(JSON.stringify(first));
  return first.events
    .flatMap(({ t, obj, kind, detail = '', result = '' }) => {
      if (kind === 'rseq') return [`${obj}${t === 1 ? '' : ` T${t}`} ${detail.split(' ')[0]} ${result}`];
      if (kind === 'handled_info') return [`${obj} sees ${detail} ${result}`];
      if (kind === 'signal') return [result];
      return kind === 'ctor' || kind === 'main' ? [kind] : [];
    })
    .join(', ');
}

describe('what each is known by', () => {
  test('L-01 to L-03: without libpthread in the program nobody registers, with it its initialiser does', () => {
    for (const libc of ['patch-v1', 'patch-v2', 'patch-v4']) {
      expect(shows('plain', libc)).toBe('main');
      expect(shows('thread', libc)).toMatch(/^libc register 0, main, libc T2 register 0/);
    }
  });

  test('L-01, L-02, L-04, L-05: the last user of a thread takes its registration back; L-03 calls the wrong routine', () => {
    for (const libc of ['patch-v1', 'patch-v2', 'patch-v5', 'patch-v7'])
      expect(shows('thread', libc)).toMatch(/libc T2 register 0, libc T2 unregister 0$/);
    expect(shows('thread', 'patch-v4')).toMatch(/libc T2 register 0$/);
  });

  test('L-04, L-06: a constructor runs before the main thread is registered, and before v10 sets its flag', () => {
    expect(shows('constructor', 'patch-v5')).toBe('ctor, a sees uninit nosym, libc register 0, main');
    expect(shows('constructor', 'patch-v10')).toBe('ctor, a sees uninit 0, libc register 0, main');
  });

  test('L-08: the flag is up by then, and the area still says that nobody registered it', () => {
    expect(shows('constructor', 'patch-v12')).toBe('ctor, a sees uninit 1, libc register 0, main');
  });

  test('L-07a: ld.so has no thread-local storage to register', () => {
    expect(shows('plain', 'init-tls')).toBe('SIGFPE');
  });

  test("L-07b, L-07c: constructors come after, the executable's preinit array before", () => {
    for (const libc of ['libc-constructor', 'libc-init']) {
      expect(shows('constructor', libc)).toBe('libc register 0, ctor, a sees registered 1, main');
      expect(shows('preinit', libc)).toMatch(/^exe register 0, libc register EINVAL/);
    }
  });

  test('L-07b: in a static program the preinit array comes before a constructor of libc, not before its init', () => {
    expect(shows('staticPreinit', 'libc-constructor')).toBe('exe register 0, libc register EINVAL, main');
    expect(shows('staticPreinit', 'libc-init')).toBe('libc register 0, exe register EINVAL, main');
    expect(shows('staticConstructor', 'libc-constructor')).toBe('libc register 0, ctor, exe register EINVAL, main');
  });

  test('L-07d: the preinit array comes after, resolvers before', () => {
    expect(shows('preinit', 'init-entry')).toMatch(/^libc register 0, exe register EINVAL/);
    expect(shows('resolver', 'init-entry')).toMatch(/^a register 0, libc register EINVAL/);
  });

  test('L-07e: resolvers come after', () => {
    expect(shows('resolver', 'address-first')).toMatch(/^libc register 0, a register EINVAL/);
  });

  test('L-07f: libc leaves the program to a library that took the flag before ld.so set it, threads and all', () => {
    expect(shows('constructor', 'four-states')).toBe('libc register 0, ctor, a sees registered 2, main');
    expect(shows('askingResolver', 'libc-init')).toMatch(/^a register 0, libc register EINVAL/);
    expect(shows('askingResolver', 'four-states')).toBe('a register 0, main');
  });

  test('L-07f: a preloaded library may take the flag from libc as long as libc has not registered, which is no sharp edge', () => {
    expect(shows('preload', 'four-states')).toBe('libc register 0, ctor, main');
    expect(shows('initfirstPreload', 'four-states')).toBe('ctor, p register 0, main');
    expect(shows('initfirst', 'four-states')).toBe('ctor, libc register 0, main');
    expect(shows('initfirstPreload', 'patch-v12')).toBe('ctor, libc register 0, main');
  });

  test('L-07g is L-08 under another name', () => {
    const { id: _a, name: _b, statement: _c, source: _d, ...eleven } = buildNamed('L-07g')!.rseq;
    expect(buildNamed('L-08')!.rseq).toMatchObject(eleven);
  });

  test('L-07h: the cpu_id that an inner libc reads is its own, so it comes first all the same', () => {
    expect(shows('auditor', 'cpu-id-check')).toBe('libc register 0, ctor, libc register EINVAL, main');
  });

  test('L-07i: no inner libc registers, neither the main thread nor one of its own', () => {
    expect(shows('auditor', 'namespace-check')).toBe('ctor, libc register 0, main');
    expect(shows('namespace', 'namespace-check')).toBe('libc register 0, main, ctor');
    expect(shows('auditorsThread', 'libc-init')).toContain('libc T2 register 0');
    expect(shows('auditorsThread', 'namespace-check')).not.toContain('T2');
  });

  test('L-07j: in __libc_start_main the guard holds nobody back, and with the distribution’s patch everybody', () => {
    expect(shows('plain', 'multiple-libcs-start')).toBe(shows('plain', 'patch-v10'));
    expect(shows('auditor', 'multiple-libcs-start')).toBe(shows('auditor', 'patch-v10'));
    expect(shows('plain', 'multiple-libcs-start-fedora')).toBe('main');
  });

  test('L-09: the flag of an inner libc says what that of the outer one says', () => {
    expect(shows('auditor', 'multiple-libcs')).toBe(shows('auditor', 'libc-init'));
    expect(shows('namespace', 'multiple-libcs')).toBe(shows('namespace', 'libc-init'));
    expect(shows('namespace', 'multiple-libcs')).toBe('libc register 0, main, libc register EINVAL, ctor');
  });

  test("L-09 with the patch: a later namespace is told apart, and an auditor turns the two round: its libc registers, the program's does not", () => {
    expect(shows('namespace', 'multiple-libcs-fedora')).toBe('libc register 0, main, ctor');
    expect(shows('auditor', 'multiple-libcs-fedora')).toBe('libc register 0, ctor, main');
  });

  test('L-12: the inner libc of an auditor takes the main thread from the program (I-05); L-13: it does not', () => {
    expect(shows('auditor', 'patch-v17')).toBe('libc register 0, ctor, libc register EINVAL, main');
    expect(shows('namespace', 'patch-v17')).toBe('libc register 0, main, libc register EINVAL, ctor');
    expect(shows('auditor', 'patch-v18')).toBe('ctor, libc register 0, main');
    expect(shows('namespace', 'patch-v18')).toBe('libc register 0, main, ctor');
  });

  test('L-12 to L-14: nobody unregisters', () => {
    for (const libc of ['patch-v17', 'patch-v18', '2.32-dev'])
      expect(shows('thread', libc)).toBe('libc register 0, main, libc T2 register 0');
  });

  test('L-15b: nobody can share an area without a name, so that a second registration is EINVAL and never EBUSY', () => {
    expect(shows('shared', '2.32-dev')).toBe('libc register 0, main, exe register EBUSY');
    expect(shows('shared', 'accessor')).toBe('libc register 0, main, exe register EINVAL');
  });

  test('a kernel without the call: the flag of v12 says handled, and nobody ever is (N5)', () => {
    expect(shows('constructor', 'patch-v12', 'no-rseq')).toBe('ctor, a sees uninit 1, libc register ENOSYS, main');
  });
});
