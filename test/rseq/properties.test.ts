// The properties on what real machines did: each world of seven recorded builds is shown to each watcher, and what breaks is what
// the record of observations says.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNamed } from '../../src/process/builds.js';
import {
  breachOf,
  broken,
  pairProperties,
  properties,
  propertyNamed,
  type ThreadMemories,
  type WatchedEvent,
  type WorldFacts,
} from '../../src/rseq/properties.js';
import { actionsOf } from '../../src/scenario/names.js';
import { parseRecordings } from '../../src/scenario/recordings.js';
import type { RecordedEvent, Recording } from '../../src/scenario/schema.js';
import { recordingFile } from '../conformance/recordings.js';

const builds = {
  '2.28v4': 'patch-v4',
  '2.30v12': 'patch-v12',
  '2.31': 'debian-2.31',
  '2.32rseq': '2.32-dev',
  '2.36': 'debian-2.36',
  '2.41': 'debian-2.41',
  '2.43': 'debian-2.43',
} as const;

type Recorded = keyof typeof builds;

function watched(event: RecordedEvent): WatchedEvent {
  return event.kind === 'clone' ? { ...event, names: Number(event.result?.slice(1)) } : event;
}

function factsOf({ world }: Recording, libc: string): WorldFacts {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(libc);
  const actions = [world.exe, ...Object.values(world.objects)].flatMap((object) => actionsOf(object));
  return { semantics: build.rseq, world, rseqActions: new Set(actions.map(({ action }) => action.op)) };
}

/** Ids of the recorded worlds of a build in which each property breaks. */
const breaches = new Map<Recorded, Record<string, string[]>>();
const recordings = new Map<Recorded, readonly Recording[]>();

beforeAll(() => {
  for (const [name, libc] of Object.entries(builds) as [Recorded, string][]) {
    const worlds = parseRecordings(gunzipSync(readFileSync(recordingFile(name))).toString('utf8')).recordings;
    const found: Record<string, string[]> = {};
    for (const recording of worlds) {
      const events = (recording.events ?? []).map(watched);
      const facts = factsOf(recording, libc);
      for (const property of properties) {
        if (breachOf(property, events, facts) === null) continue;
        found[property.id] = [...(found[property.id] ?? []), recording.id];
      }
    }
    breaches.set(name, found);
    recordings.set(name, worlds);
  }
});

function breaking(name: Recorded, id: string): string[] {
  return breaches.get(name)?.[id] ?? [];
}

function worldOf(name: Recorded, id: string): Recording['world'] {
  const found = recordings.get(name)?.find((recording) => recording.id === id);
  if (found === undefined) throw new Error(`no world ${id}`);
  return found.world;
}

function isStaticWorld(name: Recorded, id: string): boolean {
  return worldOf(name, id).exe.kind?.startsWith('static') === true;
}

describe('P-01 on real machines', () => {
  test.each(['ctor', 'preload-ctor', 'initfirst', 'preinit', 'resolver', 'audit-ctor'])(
    'under v12 a private claim at %s takes main silently; one that reads the flag does so only where the flag is still 0',
    (place) => {
      const broke = breaking('2.30v12', 'P-01');
      expect(broke).toContain(`v12-${place}-naive`);
      expect(broke.includes(`v12-${place}-handled`)).toBe(place === 'resolver' || place === 'audit-ctor');
    },
  );

  test.each(['exe-ctor', 'dlopen', 'dlmopen', 'thread', 'audit-preinit'])('under v12 libc is before %s', (place) => {
    expect(breaking('2.30v12', 'P-01')).not.toContain(`v12-${place}-naive`);
  });

  test('nobody takes anything over from a libc that does not mean to own', () => {
    expect(breaking('2.31', 'P-01')).toEqual([]);
  });

  test.each(['2.36', '2.41', '2.43'] as const)(
    'in %s only a static resolver, or who first unregisters what libc has',
    (name) => {
      const dynamic = breaking(name, 'P-01').filter((id) => !isStaticWorld(name, id));
      const releases = dynamic.filter((id) =>
        JSON.stringify(worldOf(name, id)).includes('"cmd":"unregister","area":"libc"'),
      );
      expect(releases).toEqual(dynamic);
      expect(breaking(name, 'P-01')).toContain('v12-static-resolver-naive');
    },
  );
});

describe('P-05 on real machines', () => {
  test.each(['2.36', '2.41', '2.43'] as const)('in %s no user code is before libc but resolvers', (name) => {
    expect(breaking(name, 'P-05')).toEqual([]);
  });

  test('in 2.32-dev only the code of audit modules is', () => {
    const broke = breaking('2.32rseq', 'P-05');
    expect(broke.length).toBeGreaterThan(100);
    expect(
      broke.filter((id) => worldOf('2.32rseq', id).audit === undefined).filter((id) => id !== 'dl-in-resolver'),
    ).toEqual([]);
  });

  test('under v12 every constructor of a library is', () => {
    expect(breaking('2.30v12', 'P-05')).toEqual(
      expect.arrayContaining(['v12-gap', 'v12-ctor-handled', 'v12-preinit-naive']),
    );
  });
});

describe('P-09 on real machines', () => {
  test('a claimant that takes EBUSY for success and unregisters breaks it wherever libc was first', () => {
    for (const name of ['2.30v12', '2.32rseq'] as const) expect(breaking(name, 'P-09')).toContain('v12-thread-busy');
    expect(breaking('2.36', 'P-09')).not.toContain('v12-thread-busy');
  });

  test('a claimant that notes its success takes back only what it got', () => {
    for (const name of Object.keys(builds) as Recorded[]) {
      for (const id of ['v12-thread-note', 'v12-tsd-note', 'v12-ctor-note'])
        expect(breaking(name, 'P-09')).not.toContain(id);
    }
  });

  test('every abort of v12 at the end of a thread has a broken balance', () => {
    const aborted = (recordings.get('2.30v12') ?? []).filter(
      ({ events = [] }) => events.at(-1)?.result === 'signal SIGABRT',
    );
    const unregistering = aborted.filter(({ events = [] }) =>
      events.some(
        ({ obj, kind, detail, result }) =>
          obj === 'libc' && kind === 'rseq' && detail?.startsWith('unregister') && result !== '0',
      ),
    );
    expect(unregistering.length).toBeGreaterThan(10);
    for (const { id } of unregistering) expect(breaking('2.30v12', 'P-09')).toContain(id);
  });
});

describe('P-24 on real machines', () => {
  test('of the documented uses only claims of audit modules and of resolvers abort, and only in 2.32-dev', () => {
    for (const name of Object.keys(builds) as Recorded[]) {
      if (name !== '2.32rseq') expect([name, breaking(name, 'P-24')]).toEqual([name, []]);
    }
    const broke = breaking('2.32rseq', 'P-24');
    expect(broke).toHaveLength(16);
    for (const id of broke) {
      const world = worldOf('2.32rseq', id);
      const resolves = [world.exe, ...Object.values(world.objects)].some(({ ifuncs }) => ifuncs !== undefined);
      expect([id, world.audit !== undefined || resolves]).toEqual([id, true]);
    }
  });
});

describe('each property', () => {
  test('has a number, a sentence, somebody who said it, and where', () => {
    const numbers = Array.from({ length: 27 }, (_, i) => `P-${String(i + 1).padStart(2, '0')}`);
    const all = [...properties, ...pairProperties];
    expect(all.map(({ id }) => id).sort()).toEqual(numbers);
    expect(new Set(all.map(({ name }) => name)).size).toBe(27);
    for (const { statement, who, where, source, observed } of all) {
      for (const text of [statement, who, where, source, observed]) expect(text).not.toBe('');
    }
    expect(properties.filter(({ liveness }) => liveness !== undefined).map(({ id }) => id)).toEqual([
      'P-04',
      'P-22',
      'P-23',
    ]);
    expect(propertyNamed('P-09')?.name).toBe('balanced');
    expect(propertyNamed('P-99')).toBeUndefined();
  });

  test('blames the registration, where the takeover shows later', () => {
    const recording = recordings.get('2.30v12')?.find(({ id }) => id === 'v12-ctor-naive');
    const property = propertyNamed('P-01');
    if (recording === undefined || property === undefined) throw new Error('no recording');
    const events = (recording.events ?? []).map(watched);
    const breach = breachOf(property, events, factsOf(recording, 'patch-v12'));
    expect(breach).not.toBeNull();
    expect(events[breach?.at ?? 0]).toMatchObject({ obj: 'libc', kind: 'rseq', result: 'EINVAL' });
    expect(events[breach?.culprit ?? 0]).toMatchObject({ obj: 'a', kind: 'rseq', result: '0' });
  });

  test('remembers a JSON value that no other event changes, and never forgets that it broke', () => {
    const [recording] = recordings.get('2.30v12') ?? [];
    if (recording === undefined) throw new Error('no recording');
    const facts = factsOf(recording, 'patch-v12');
    const idle: WatchedEvent = { t: 1, obj: 'a', kind: 'mark', detail: 'x' };
    const threads: ThreadMemories = { of: () => null, keep: () => undefined, forgetAll: () => undefined };
    for (const { begin, observe } of properties) {
      const after = observe(begin, idle, facts, threads);
      expect(observe(after, idle, facts, threads)).toEqual(after);
      expect(after).not.toBe(broken);
      expect(JSON.parse(JSON.stringify(after))).toEqual(after);
    }
  });
});
