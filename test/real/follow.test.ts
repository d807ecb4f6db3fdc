/**
 * A recorded stream of a program with races is accepted exactly when some schedule gives it. Streams of the model's own walks must
 * be found again, also when another thread's events are put between those of one step; streams that no schedule gives must not.
 */
import { describe, expect, test } from '@jest/globals';
import { knownKernel } from '../../src/kernel/releases.js';
import type { Program } from '../../src/libc/program.js';
import { buildNamed, programFor } from '../../src/process/builds.js';
import { runProgram } from '../../src/process/run.js';
import { followStream } from '../../src/real/follow.js';
import { parseScenario, type RecordedEvent } from '../../src/scenario/index.js';

function program(text: string): Program {
  const parsed = parseScenario(text);
  const build = buildNamed('debian-2.36');
  if (!('scenario' in parsed) || build === undefined) throw new Error('the scenario of the test is wrong');
  return programFor(build, parsed.scenario.world, undefined, knownKernel('6.18'));
}

const twoThreads = program(`
exe:
  main: start a one; start b two; join a; join b
  bodies: {one: mark a1; mark a2, two: mark b1; mark b2}
`);

const places = (events: readonly RecordedEvent[], kind: string, detail?: string) =>
  events.flatMap((event, i) => (event.kind === kind && (detail === undefined || event.detail === detail) ? [i] : []));

/** The stream with the event at `from` moved to `to`. */
function moved(events: readonly RecordedEvent[], from: number, to: number): RecordedEvent[] {
  const rest = events.filter((_, i) => i !== from);
  const event = events[from];
  if (event === undefined) throw new Error('the stream of the test is shorter than that');
  return [...rest.slice(0, to), event, ...rest.slice(to)];
}

describe('the stream of a program whose threads run side by side', () => {
  test.each([1, 2, 3, 4, 5, 6])('of a schedule drawn from seed %i is found', (seed) => {
    const { events } = runProgram(twoThreads, { seed });
    expect(followStream(twoThreads, events, 100_000)).toEqual({ found: true });
  });

  test('is found where another thread speaks between two events of one step', () => {
    const { events } = runProgram(twoThreads);
    const own = (t: number) => events.filter((event) => event.t === t);
    const [main, a, b] = [own(1), own(2), own(3)];
    const joining = main.findIndex(({ kind }) => kind === 'join') + 1;
    expect([a.length, b.length]).toEqual([7, 7]);
    // Both begin, then their events alternate up to the end of their bodies; the first ends, and is joined, before the second.
    const bodies = a.slice(0, -1).flatMap((event, i) => [event, b[i] ?? event]);
    const tail = [...a.slice(-1), ...main.slice(joining, joining + 2), ...b.slice(-1), ...main.slice(joining + 2)];
    const stream = [...main.slice(0, joining), ...bodies, ...tail];
    expect(stream).toHaveLength(events.length);
    expect(followStream(twoThreads, stream, 100_000)).toEqual({ found: true });
  });

  test('is not found where a thread is joined before it has ended, and the place is told', () => {
    const { events } = runProgram(twoThreads);
    const [ended = 0] = places(events, 'exit_thread');
    const [joined = 0] = places(events, 'join.ret');
    expect(ended).toBeLessThan(joined);
    const early = moved(events, joined, ended);
    expect(followStream(twoThreads, early, 100_000)).toMatchObject({ found: false, at: ended });
  });

  test('is not found where a thread says its events in another order, and what it would say is offered', () => {
    const { events } = runProgram(twoThreads);
    const [a1 = 0] = places(events, 'mark', 'a1');
    const swapped = moved(events, a1 + 1, a1);
    const followed = followStream(twoThreads, swapped, 100_000);
    if (followed.found) throw new Error('a stream that no schedule gives was found');
    expect(followed.at).toBe(a1);
    expect(followed.offers.map(({ event }) => event.detail)).toEqual(['a1']);
    expect(followed.offers[0]?.via.length).toBeGreaterThan(0);
  });

  test('that ends otherwise is not found', () => {
    const { events } = runProgram(twoThreads);
    const killed = [...events.slice(0, -1), { t: 1, obj: 'process', kind: 'end', result: 'signal SIGSEGV' }];
    expect(followStream(twoThreads, killed, 100_000)).toMatchObject({ found: false, at: events.length - 1 });
  });

  test('is left unproven where the bound is met', () => {
    const { events } = runProgram(twoThreads);
    expect(followStream(twoThreads, events, 3)).toMatchObject({ found: false, bound: 3 });
  });
});

describe('a signal', () => {
  const signalled = program(`
exe:
  main: start t body; signal t handler; join t
  bodies: {body: mark ran, handler: register tls}
`);

  test('that waits for a new thread comes before the first event of its body', () => {
    const { events } = runProgram(signalled);
    const [begun = 0] = places(events, 'thread.begin');
    const handled = places(events, 'rseq').find((at) => events[at]?.obj === 'exe');
    expect(events[begun]).toBeDefined();
    if (handled === undefined) throw new Error('the handler of the test has not run');
    const before = handled < begun ? events : moved(events, handled, begun);
    expect(followStream(signalled, before, 100_000)).toEqual({ found: true });
  });
});
