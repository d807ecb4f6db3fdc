// The properties inside the model against the same properties on recorded worlds of real machines: what broke there breaks here.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { walk } from '../../src/explore/index.js';
import type { RawEvent } from '../../src/libc/trace.js';
import { modelOfScenario } from '../../src/process/judge.js';
import { membersOf } from '../../src/process/members.js';
import { worldFacts } from '../../src/process/watchers.js';
import { breachOf, broken, properties, type WatchedEvent } from '../../src/rseq/properties.js';
import { parseScenario, type RecordedEvent, type Scenario } from '../../src/scenario/index.js';
import { type RecordedBuild, recordingFile } from '../conformance/recordings.js';
import { build, linux } from './scenarios.js';

const ids = properties.map(({ id }) => id);

/** Recorded worlds of a build whose ids begin so. */
function recorded(name: RecordedBuild, prefix: string): Scenario[] {
  const lines = gunzipSync(readFileSync(recordingFile(name)))
    .toString('utf8')
    .split('\n');
  return lines
    .filter((line) => line.startsWith(`{"id":"${prefix}`))
    .flatMap((line) => {
      const parsed = parseScenario(line);
      return 'scenario' in parsed ? [parsed.scenario] : [];
    });
}

function watched(event: RecordedEvent): WatchedEvent {
  return event.kind === 'clone' ? { ...event, names: Number(event.result?.slice(1)) } : event;
}

/** Properties that break in the recorded run. */
function brokenThere(scenario: Scenario, libc: string): string[] {
  const [member] = membersOf(scenario, build(libc), linux).members;
  if (member === undefined) throw new Error(`${scenario.name} has no member`);
  const facts = worldFacts(member);
  const events = (scenario.events ?? []).map(watched);
  return properties.filter((property) => breachOf(property, events, facts) !== null).map(({ id }) => id);
}

/** Properties that break in the model's run of the same world. */
function brokenHere(scenario: Scenario, libc: string): string[] {
  const { model } = modelOfScenario(scenario, build(libc), linux, ids);
  const events = walk(model).steps.flatMap((step) => step.events as readonly RawEvent[]);
  return ids.filter((id) => events.some(({ obj, kind }) => kind === broken && obj === id));
}

/** What a recording cannot show: whose area a registration was for, and the state beside an event. */
const unrecorded = new Set(['P-02', ...properties.flatMap(({ id, looks }) => (looks === undefined ? [] : [id]))]);
const recordedOnly = (found: readonly string[]) => found.filter((id) => !unrecorded.has(id));

describe('properties in the model and on the recorded machine', () => {
  test.each([
    ['2.30v12', 'patch-v12'],
    ['2.32rseq', '2.32-dev'],
  ] as const)('agree on every world made for v12, on %s', (name, libc) => {
    const worlds = recorded(name, 'v12-');
    const differ = worlds.filter(
      (each) => recordedOnly(brokenThere(each, libc)).join() !== recordedOnly(brokenHere(each, libc)).join(),
    );
    expect(worlds.length).toBeGreaterThan(150);
    expect(differ.map((scenario) => scenario.name)).toEqual([]);
  });

  test('an inner libpthread of v4 takes the main thread of the program for its namespace', () => {
    const taken = ['v12-audit', 'v12-dlmopen', 'v12-thread']
      .flatMap((prefix) => recorded('2.28v4', prefix))
      .filter((each) => brokenHere(each, 'patch-v4').includes('P-02'));
    expect(taken.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['v12-audit-thread-naive', 'v12-audit-ctor-note', 'v12-dlmopen-thread-abi']),
    );
    for (const { world, name } of taken)
      expect([name, /audit|dlmopen/.test(JSON.stringify(world))]).toEqual([name, true]);
  });
});
