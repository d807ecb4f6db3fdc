/** A reader can ask of any event which procedures put it there, and where each stands in glibc. */
import { describe, expect, test } from '@jest/globals';
import { buildNamed, programFor } from '../../src/process/builds.js';
import { lifecycles } from '../../src/process/lifecycles.js';
import { whyEvent } from '../../src/process/why.js';

const build = buildNamed('debian-2.36');
if (build === undefined) throw new Error('debian-2.36 is gone');
const world = { exe: { needed: ['a'] }, objects: { a: { ctors: [{}] } } };
const program = programFor(build, world, undefined);

describe('why an event stands where it does', () => {
  test('a library’s constructor: called by the loader before it enters the executable', () => {
    const why = whyEvent(program, 4);
    if ('events' in why) throw new Error('there are fewer events than that');
    expect(why.event).toMatchObject({ obj: 'a', kind: 'ctor' });
    expect(why.rules.map(({ source }) => source)).toEqual([
      'elf/dl-init.c:_dl_init',
      'elf/dl-init.c:_dl_init',
      'elf/dl-init.c:call_init',
      'test/fixtures/glibc/README.md',
    ]);
  });

  test('libc’s own registration: made while the thread pointer is set', () => {
    const why = whyEvent(program, 3);
    if ('events' in why) throw new Error('there are fewer events than that');
    expect(why.event).toMatchObject({ obj: 'libc', kind: 'rseq' });
    expect(why.rules.map(({ lifecycle, phase }) => `${lifecycle}.${phase}`)).toEqual(['rtld.threadPointer']);
  });

  test('a number beyond the last event is answered with their count', () => {
    expect(whyEvent(program, 99)).toEqual({ events: 8 });
    expect(whyEvent(program, 0)).toEqual({ events: 8 });
  });

  test('every phase of every lifecycle names its source', () => {
    for (const { name, machine } of lifecycles.values()) {
      for (const [phase, { meta, type }] of Object.entries(machine.states)) {
        if (type !== 'final')
          expect({ name, phase, meta }).toMatchObject({ meta: { source: expect.stringMatching(/\S/) } });
      }
    }
  });
});
