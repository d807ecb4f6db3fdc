/**
 * What `npm start` shows, part by part: the cell it tells of, the recordings it counts, the shelf it reads.
 *
 * What can go wrong: a count that is kind. A world that differs in one field of one event differs, and a line that cannot be read
 * is not left out.
 */
import { describe, expect, test } from '@jest/globals';
import { shelved } from '../../src/cli/catalogue.js';
import { cellToTell, predictionsText } from '../../src/cli/first-light.js';
import { type Judged, judgeTrials, plainly, trialsOf } from '../../src/cli/judging.js';
import { seedBuilds } from '../../src/cli/names.js';
import { predict, recordedBuilds, sameEvents } from '../../src/cli/prediction.js';
import { recordingPath } from '../../src/cli/predictions.js';
import { Session } from '../../src/cli/session.js';
import { recordedBuilds as builds, recordingFile, recordings } from '../conformance/recordings.js';

const silent = () => new Session({ out: () => {}, err: () => {}, stdin: () => undefined, watched: false });

describe('recordings', () => {
  const some = recordings('2.36').slice(0, 6);
  const lines = (worlds: readonly unknown[]): string => worlds.map((world) => `${JSON.stringify(world)}\n`).join('');

  test('every recorded build is counted, from the files the tests use', () => {
    expect(recordedBuilds.map(({ file }) => recordingPath(file))).toEqual(builds.map(recordingFile));
  });

  test('the four counts add up to the worlds', () => {
    const { worlds, equal, different, unsupported, broken } = predict(lines(some), 'debian-2.36');
    const lacking = Object.values(unsupported).reduce((sum, n) => sum + n, 0);
    expect(worlds).toBe(6);
    expect(equal + different + lacking + broken).toBe(6);
    expect(equal).toBeGreaterThan(0);
  });

  test('one field of one event makes a world differ', () => {
    const [first] = some;
    const events = first!.events.map((event, i) => (i === 2 ? { ...event, result: 'ENOSYS' } : event));
    expect(predict(lines([{ ...first, events }]), 'debian-2.36')).toMatchObject({ equal: 0, different: 1 });
    expect(predict(lines([{ ...first, events: first!.events.slice(1) }]), 'debian-2.36')).toMatchObject({ equal: 0 });
  });

  test('a line that cannot be read counts as different', () => {
    expect(predict(`${lines(some.slice(0, 1))}{"id":\n`, 'debian-2.36')).toMatchObject({ worlds: 2, different: 1 });
  });

  test('of a signal all counts but its detail', () => {
    const died = { t: 1, obj: 'process', kind: 'signal', detail: 'addr=0x7f', result: 'SIGSEGV' };
    expect(sameEvents([died], [{ ...died, detail: 'addr=0x70' }])).toBe(true);
    expect(sameEvents([died], [{ ...died, result: 'SIGABRT' }])).toBe(false);
    expect(sameEvents([{ ...died, kind: 'stderr' }], [{ ...died, kind: 'stderr', detail: '' }])).toBe(false);
  });

  test('the table sums up', () => {
    const prediction = { worlds: 1000, equal: 501, different: 480, unsupported: { 'a feature': 9 }, broken: 10 };
    const text = predictionsText([
      { file: 'x', libc: 'debian-2.36', prediction },
      { file: 'y', libc: '2.32-dev', prediction: { ...prediction, equal: 990, different: 1, broken: 0 } },
    ]);
    expect(text.split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['real glibc', 'worlds', 'predicted', 'differ', 'unsupported'],
      ['debian-2.36', '1,000', '501', '490', '9', '50.1 %'],
      ['2.32-dev', '1,000', '990', '1', '9', '99.0 %'],
      ['all', '2,000', '1,491', '491', '18', '74.5 %'],
    ]);
  });
});

describe('the seed shelf', () => {
  const shelf = shelved('seed');

  test('five semantics in the order of the thread', () => {
    const names = ['patch-v12', 'register-early', 'unconditional', '2.32-dev', 'debian-2.36'];
    expect(seedBuilds.map(({ name }) => name)).toEqual(names);
    expect(seedBuilds.map(({ rseq }) => rseq.id)).toEqual(['L-08', 'L-10', 'L-11', 'L-14', 'L-16']);
  });

  test('at least twelve scenarios, each forbidden with its allowed, each a verdict for all five', () => {
    expect(shelf.length).toBeGreaterThanOrEqual(12);
    for (const { scenario } of shelf) expect(scenario.allowed.length).toBeGreaterThan(0);
  });

  test('the cell that is told is one that the fewest semantics break, by its shortest way', async () => {
    const trials = shelf.slice(0, 12).flatMap((file) => {
      const answer = trialsOf(file, { libc: seedBuilds });
      return 'value' in answer ? answer.value : [];
    });
    const judged: Judged[] = [];
    await judgeTrials(silent(), trials, plainly, (each) => void judged.push(each));
    expect(judged).toHaveLength(trials.length);
    const told = cellToTell(judged);
    const way = ({ judgement }: Judged) => judgement.verdicts.find(({ word }) => word === 'forbidden')?.witness?.steps;
    const broken = judged.filter((each) => way(each) !== undefined);
    const width = (one: Judged) => broken.filter(({ scenario }) => scenario.name === one.scenario.name).length;
    const least = Math.min(...broken.map(width));
    expect(width(told!)).toBe(least);
    expect(way(told!)).toBe(Math.min(...broken.filter((each) => width(each) === least).map((each) => way(each)!)));
    expect(cellToTell([])).toBeUndefined();
  });
});
