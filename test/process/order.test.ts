/** Constructor and destructor orders: what real programs of glibc 2.36 printed, and what differs between releases. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildNamed } from '../../src/process/builds.js';
import { type OrderOutcome, orderOutcome } from '../../src/process/order.js';
import { programOrder } from '../../src/process/order-program.js';
import { parseDsoTests } from '../../src/scenario/dso-test.js';
import { dsoRuns } from '../../src/scenario/dso-test-runs.js';

function outcomes(text: string, libc: string): OrderOutcome[] {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(`no libc build is called ${libc}`);
  const { tests, diagnostics } = parseDsoTests(text);
  expect(diagnostics).toEqual([]);
  return tests.flatMap(dsoRuns).map((run) => orderOutcome(run, build));
}

/** What a program prints under one algorithm. */
function printed(description: string, libc: string, sort: 1 | 2): string {
  const [outcome] = outcomes(`t: ${description}\noutput(glibc.rtld.dynamic_sort=${sort}): x`, libc);
  return outcome?.predicted ?? '';
}

describe('programs of real machines print what the model says', () => {
  test.each([
    ['notation-2.36.def', 54],
    ['drawn-2.36.def', 120],
  ] as const)('%s: all %i outputs', (file, count) => {
    const text = readFileSync(join(__dirname, '..', 'fixtures', 'dso-sort', file), 'utf8');
    const all = outcomes(text, 'debian-2.36');
    expect(all).toHaveLength(count);
    expect(all.filter(({ agrees }) => !agrees)).toEqual([]);
  });

  test('and would not under a release that sorts otherwise', () => {
    const text = readFileSync(join(__dirname, '..', 'fixtures', 'dso-sort', 'drawn-2.36.def'), 'utf8');
    const tunables = text.slice(0, text.indexOf('drawn1:'));
    const some = tunables + text.slice(text.indexOf('drawn36:'), text.indexOf('drawn49:'));
    for (const libc of ['2.34', '2.36', '2.42']) {
      expect(outcomes(some, libc).filter(({ agrees }) => !agrees).length).toBeGreaterThan(0);
    }
  });
});

describe('what a release changed', () => {
  /** d is opened, and part of a cycle below it. */
  const cycle = '{+d;-d};d->a;a->[cdb]';

  test.each([
    // Only the sort by moves is there; the tunable is not.
    ['2.34', 2, '{+d[b>c>a>d>];-d[<d<a<c<b];}'],
    // The depth-first sort does not know that d is to come first.
    ['2.35', 2, '{+d[b>c>d>a>];-d[<a<d<c<b];}'],
    ['2.36', 2, '{+d[b>c>d>a>];-d[<a<d<c<b];}'],
    // It does when opening (bug 28937).
    ['2.37', 2, '{+d[b>c>a>d>];-d[<a<d<c<b];}'],
    // And dlclose puts the closed object first (bug 30981).
    ['2.39', 2, '{+d[b>c>a>d>];-d[<d<a<c<b];}'],
    ['2.36', 1, '{+d[b>c>a>d>];-d[<d<a<c<b];}'],
    ['2.39', 1, '{+d[b>c>a>d>];-d[<d<a<c<b];}'],
  ] as const)('%s, algorithm %i: %s', (libc, sort, text) => {
    expect(printed(cycle, libc, sort)).toBe(text);
  });
});

describe('a program that does not get to its end', () => {
  test('says so in what it prints, and agrees with nothing', () => {
    const [missing] = outcomes('t: {+a};a->b;soname(b)=x\noutput: {+a[];}', '2.36');
    expect(missing).toMatchObject({ agrees: false });
    expect(missing?.predicted).toContain('x.so: cannot open shared object file');
    const [undefinedCall] = outcomes('t: {+a;%a};a=>b\noutput: {+a[a>];%a(', '2.36');
    expect(undefinedCall?.agrees).toBe(false);
    expect(undefinedCall?.predicted).toContain('undefined symbol');
  });
});

describe('a real program known by its files', () => {
  const file = (...needed: string[]) => ({ needed, flags_1: [], bind_now: false, finalised: true });
  const build = buildNamed('debian-2.36');
  if (build === undefined) throw new Error('debian-2.36 is missing');

  test('a file is found by its soname, and mapped once', () => {
    const files = { 'libx.so.2.1': file('libc.so.6'), 'liby.so': file('libx.so.2'), 'libc.so.6': file() };
    const byName = {
      ...Object.fromEntries(Object.keys(files).map((name) => [name, name])),
      'libx.so.2': 'libx.so.2.1',
    };
    const order = programOrder({ executable: file('liby.so', 'libx.so.2.1'), files, byName }, build, null);
    expect(order.init).toEqual(['libc.so.6', 'libx.so.2.1', 'liby.so']);
    expect(order.fini).toEqual(['(main)', 'liby.so', 'libx.so.2.1', 'libc.so.6']);
  });

  test('nobody calls finalisers where there is no libc to exit with', () => {
    const order = programOrder({ executable: file('x'), files: { x: file() }, byName: { x: 'x' } }, build, null);
    expect(order).toEqual({ init: ['x'], fini: [] });
  });

  test('a filtee stands before its filter; a missing auxiliary one is passed over', () => {
    const files = { f: { ...file(), filter: ['real'], auxiliary: ['gone'] }, real: file() };
    const byName = { f: 'f', real: 'real' };
    expect(programOrder({ executable: file('f'), files, byName }, build, null).init).toEqual(['real', 'f']);
  });

  test('a library may be called as the executable is called here', () => {
    const files = { exe: file('x'), x: file() };
    const byName = { exe: 'exe', x: 'x' };
    expect(programOrder({ executable: file('exe'), files, byName }, build, null).init).toEqual(['x', 'exe']);
  });

  test('a file that is not there ends the start', () => {
    const order = programOrder({ executable: file('gone'), files: {}, byName: {} }, build, 1);
    expect(order).toMatchObject({ init: [], fini: [] });
    expect(order.error).toContain('gone: cannot open shared object file');
  });
});
