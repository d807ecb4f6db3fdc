// A predicate watched event by event: what its words mean, on recorded runs and on small ones made here.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePredicate } from '../../src/scenario/predicate.js';
import { parseRecordings } from '../../src/scenario/recordings.js';
import type { Predicate, RecordedEvent, Recording } from '../../src/scenario/schema.js';
import { holds, holdsOf, observe, watch } from '../../src/scenario/watch.js';
import { arbitraryPredicate } from '../arbitraries/scenario.js';

function recorded(build: string, id: string): Recording {
  const text = gunzipSync(readFileSync(`test/fixtures/glibc/${build}.jsonl.gz`)).toString('utf8');
  const line = text.split('\n').find((one) => one.startsWith(`{"id":"${id}",`)) ?? '';
  const [recording] = parseRecordings(line).recordings;
  if (recording === undefined) throw new Error(`no recording ${id} of ${build}`);
  return recording;
}

function predicate(text: string): Predicate {
  const { predicate: read } = parsePredicate(text);
  if (read === undefined) throw new Error(`no predicate: ${text}`);
  return read;
}

const saysOf = (text: string, { events = [] }: Recording) => holdsOf(predicate(text), events);

describe('a recorded run', () => {
  const modern = recorded('2.36', 'seed-ctor-raw');
  const old = recorded('2.31', 'seed-ctor-raw');

  test.each([
    ['main is owned by libc', true, false],
    ['main is owned by a', false, true],
    ['main is owned by nobody', false, false],
    ['libc of main is registered', true, false],
    ['libc of main is untried', false, true],
    ["a's rseq gets EINVAL", true, false],
    ["a's rseq succeeds", false, true],
    ["libc's rseq succeeds before a's rseq gets EINVAL", true, false],
    ['a ran ctor before exe ran ctor', true, true],
    ['exe ran ctor before a ran ctor', false, false],
    ['a ran ctor 0 and not a ran ctor 1', true, true],
    ['exe ran main.ret giving 0 before ends with exit 0', true, true],
    ['ends with exit 1 or ends with signal SIGSEGV', false, false],
    ['not (exe ran main before a ran ctor)', true, true],
  ])('%s: %s of glibc 2.36, %s of glibc 2.31', (text, of236, of231) => {
    expect([saysOf(text, modern), saysOf(text, old)]).toEqual([of236, of231]);
  });
});

describe('threads', () => {
  const events: RecordedEvent[] = [
    { t: 1, obj: 'exe', kind: 'spawn', detail: 'w' },
    { t: 1, obj: 'libc', kind: 'clone', detail: 'clone3 thread', result: '2' },
    { t: 2, obj: 'libc', kind: 'rseq', detail: 'register libc len=32 sig=0x53053053', result: 'EINVAL' },
    { t: 2, obj: 'exe', kind: 'thread.begin', detail: 'w' },
    { t: 2, obj: 'a', kind: 'rseq', detail: 'register tls len=32 sig=0x53053053', result: '0' },
  ];

  test.each([
    ['libc of w is failed', true],
    ['libc of main is failed', false],
    ['libc of main is untried', true],
    ['w is owned by a', true],
    ['main is owned by nobody', true],
    ['w is owned by nobody', false],
    ['libc of w is failed before w is owned by a', true],
  ])('a thread has its name from the first call that libc makes in it: %s, %s', (text, truth) => {
    expect(holdsOf(predicate(text), events)).toBe(truth);
  });
});

describe('logic', () => {
  const run: RecordedEvent[] = ['ctor', 'main', 'dtor'].map((kind) => ({ t: 1, obj: 'a', kind }));

  test.each([
    ['a ran ctor before a ran ctor', false],
    ['(a ran ctor and a ran main) before a ran dtor', true],
    ['a ran ctor before (a ran main before a ran dtor)', true],
    ['(a ran main before a ran dtor) before a ran ctor', false],
    ['(a ran init or a ran main) before a ran dtor', true],
    ['a ran ctor before a ran init', false],
    ['not a ran init before a ran ctor', true],
    ['P-01 holds and not P-01 broken', true],
  ])('%s: %s', (text, truth) => {
    expect(holdsOf(predicate(text), run)).toBe(truth);
  });

  test('a violated property is broken and does not hold', () => {
    expect(holdsOf(predicate('P-01 broken and not P-01 holds'), run, ['P-01'])).toBe(true);
    expect(holdsOf(predicate('P-01 broken'), run, ['P-02'])).toBe(false);
  });

  test('watching is a value: JSON keeps it, and an event that nothing waits for changes nothing', () => {
    fc.assert(
      fc.property(arbitraryPredicate(['a', 'libc'], ['t']), (any) => {
        const begun = run.reduce(observe, watch(any));
        expect(JSON.parse(JSON.stringify(begun))).toEqual(begun);
        expect(observe(begun, { t: 1, obj: 'stranger', kind: 'mark' })).toEqual(
          observe(begun, { t: 9, obj: 'x', kind: 'spin' }),
        );
      }),
    );
  });

  test('not, and, or are those of logic, at every moment', () => {
    const any = arbitraryPredicate(['a', 'libc'], ['t']);
    fc.assert(
      fc.property(any, any, fc.nat({ max: 3 }), (left, right, length) => {
        const truth = (one: Predicate) => holds(run.slice(0, length).reduce(observe, watch(one)));
        expect(truth({ is: 'not', that: left })).toBe(!truth(left));
        expect(truth({ is: 'and', left, right })).toBe(truth(left) && truth(right));
        expect(truth({ is: 'or', left, right })).toBe(truth(left) || truth(right));
      }),
    );
  });
});
