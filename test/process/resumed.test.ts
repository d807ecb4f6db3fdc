/**
 * A search that goes on from a snapshot: whatever was found before is found again, to the last count and witness.
 *
 * What can go wrong: a number that means something else after the snapshot than before.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { expect, test } from '@jest/globals';
import { type Exploration, type ExploreOptions, search } from '../../src/explore/index.js';
import type { Snapshot } from '../../src/explore/snapshot.js';
import { modelOfScenario } from '../../src/process/judge.js';
import { build, linux, scenario } from './scenarios.js';

const file = 'scenarios/threads/three-ways-to-claim-leave-one-owner-in-each-thread.yaml';

function model(libc: string) {
  const text = readFileSync(join(__dirname, '..', '..', file), 'utf8');
  return modelOfScenario(scenario(text), build(libc), linux).model;
}

/** All of an answer but how much was looked up. */
function answer({ steps: _steps, kept: _kept, ...found }: Exploration): unknown {
  return found;
}

const asked: ExploreOptions = {
  marks: (view) => [`processes ${JSON.stringify(view.get('process/1'))}`],
  judge: (event) => {
    const { kind, obj, result } = event as { kind: string; obj: string; result?: string };
    return kind === 'rseq' ? [`${obj} ${result}`] : [];
  },
};

test('each snapshot leads to the answer of the search that was left alone, also when it was written and read', () => {
  const snapshots: Uint8Array[] = [];
  const checkpoint = (snapshot: () => Snapshot) => void snapshots.push(serialize(snapshot()));
  const alone = search(model('patch-v12'), { ...asked, checkpoint });
  expect(alone.events.size).toBeGreaterThan(2);
  expect(snapshots.length).toBeGreaterThan(2);
  for (const kept of snapshots) {
    const resumed = search(model('patch-v12'), { ...asked, resume: deserialize(kept) as Snapshot });
    expect(answer(resumed)).toEqual(answer(alone));
    expect(resumed.steps.rich).toBeLessThan(alone.steps.rich);
  }
});

test('a snapshot of a search with reductions does not exist, and none is gone on with', () => {
  let kept: Snapshot | undefined;
  const take = (snapshot: () => Snapshot) => {
    kept ??= snapshot();
  };
  search(model('patch-v12'), { ...asked, reduce: { partialOrder: true }, checkpoint: take });
  expect(kept).toBeUndefined();
  search(model('patch-v12'), { ...asked, checkpoint: take });
  const resume = kept;
  expect(resume).toBeDefined();
  expect(() =>
    search(model('patch-v12'), { ...asked, reduce: { stretches: true }, ...(resume && { resume }) }),
  ).toThrow(/a-snapshot-is-of-this-search/);
});
