import { describe, expect, test } from '@jest/globals';
import { cSource, undefinedSymbols, worldSources } from '../../src/real/c-source.js';
import { linkArguments } from '../../src/real/link-commands.js';
import type { World } from '../../src/scenario/world-schema.js';

describe('the C source of a described object', () => {
  test('says its event before it does its actions', () => {
    const source = cSource('a', { funcs: { w_a_f: [{ op: 'mark', text: 'inside' }] } });
    const body = source.slice(source.indexOf('void w_a_f (void) {'));
    expect(body).toMatch(/ev \("func", "w_a_f", 0\);\n\s*ev \("mark", "inside", 0\);/);
  });

  test('puts the constructors of one priority into one array, in order', () => {
    const source = cSource('a', { ctors: [{}, { prio: 150 }, {}] });
    expect(source).toContain('section (".init_array"), used, aligned (8))) = { ctor_0, ctor_2 }');
    expect(source).toContain('section (".init_array.00150"), used, aligned (8))) = { ctor_1 }');
  });

  test('gives thread-local storage only to an object that uses it', () => {
    expect(cSource('a', { init: [{ op: 'claim', area: 'tls' }] })).toContain('#define NEED_TLS 1');
    expect(cSource('a', { init: [{ op: 'claim', area: 'static' }] })).toContain('#define NEED_TLS 0');
  });

  test('has no file for an object that is absent', () => {
    const world: World = { exe: { needed: ['ghost'], main: [] }, objects: { ghost: { absent: true }, a: {} } };
    expect(Object.keys(worldSources(world))).toEqual(['exe', 'a']);
  });

  test('knows which symbols of others it refers to', () => {
    const object = {
      funcs: { w_own: [{ op: 'call' as const, sym: 'w_other' }] },
      refs: [
        { sym: 'w_own', how: 'data' as const },
        { sym: 'w_third', how: 'call' as const },
      ],
    };
    expect(undefinedSymbols(object)).toEqual(['w_other', 'w_third']);
  });
});

describe('the link line', () => {
  test('names each needed object once, by its stand-in', () => {
    const line = linkArguments('a', { needed: ['b', 'c', 'b'] }, 'a.c', { standIns: 'standins' });
    expect(line.filter((word) => word.startsWith('standins/'))).toEqual(['standins/b.so', 'standins/c.so']);
  });

  test('leaves the start files out of an object without libc', () => {
    expect(linkArguments('a', { libc: false }, 'a.c', { standIns: 'standins' })).toContain('-nostdlib');
    expect(linkArguments('a', {}, 'a.c', { standIns: 'standins' })).not.toContain('-nostdlib');
  });
});
