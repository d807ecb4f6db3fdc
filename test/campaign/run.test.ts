/**
 * Running, resuming and merging with units done in this process: what is there is not done again, what is damaged is, and the
 * merge is the same whoever did what.
 *
 * What can go wrong: an order of arrival that shows. Units end here in the order that a seed decides.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { seedOfUnit } from '../../src/campaign/kind.js';
import { mergeCampaign } from '../../src/campaign/merge.js';
import { type Plan, unitsFolder } from '../../src/campaign/plan.js';
import { rangesOf, unitPath } from '../../src/campaign/results.js';
import { type Progress, runUnits, type Trouble } from '../../src/campaign/run.js';
import { hands, square, squares } from './folders.js';

const all = ({ units }: Plan): number[] => Array.from({ length: units }, (_, unit) => unit);

describe('a run', () => {
  test('does what is missing, in order, and tells how far it is', async () => {
    const { folder, plan } = squares(5);
    const order: number[] = [];
    const { hand, told } = hands((unit) => {
      order.push(unit);
      return square(unit);
    });
    await runUnits(folder, plan, [1], { workers: 1, hand });
    const so: Progress[] = [];
    const report = await runUnits(folder, plan, all(plan), { workers: 1, hand, progress: (p) => void so.push(p) });
    expect(order).toEqual([1, 0, 2, 3, 4]);
    expect(report).toMatchObject({ done: 5, now: 4, of: 5, found: 1, lost: 0, stopped: false, troubles: [] });
    expect(so.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5]);
    expect(told).toEqual({ hired: 2, dismissed: 2 });
  });

  test('loses a unit whose hand fails, goes on with a new hand, and does it the next time', async () => {
    const { folder, plan } = squares(4);
    let weak = true;
    const { hand, told } = hands((unit) => {
      if (unit === 1 && weak) throw new RangeError('no memory');
      return square(unit);
    });
    const first = await runUnits(folder, plan, all(plan), { workers: 1, hand });
    expect(first).toMatchObject({ done: 3, lost: 1, troubles: [{ unit: 1, why: 'no memory' }] });
    expect(told).toEqual({ hired: 2, dismissed: 2 });
    expect(mergeCampaign(folder, plan).missing).toEqual([1]);
    weak = false;
    expect(await runUnits(folder, plan, all(plan), { workers: 1, hand })).toMatchObject({ done: 4, now: 1, lost: 0 });
  });

  test('is stopped with its unit in hand', async () => {
    const { folder, plan } = squares(4);
    const stopping = new AbortController();
    const never = new Promise<never>(() => undefined);
    const { hand, told } = hands((unit) => {
      if (unit !== 2) return square(unit);
      setImmediate(() => stopping.abort());
      return never;
    });
    const report = await runUnits(folder, plan, all(plan), { workers: 1, hand, stop: stopping.signal });
    expect(report).toMatchObject({ stopped: true, done: 2, of: 4, lost: 0 });
    expect(told).toEqual({ hired: 1, dismissed: 1 });
    const resumed = await runUnits(folder, plan, all(plan), { workers: 2, hand: hands().hand });
    expect(resumed).toMatchObject({ stopped: false, done: 4, now: 2 });
  });

  test('ends all workers when results cannot be kept', async () => {
    const { folder, plan } = squares(40);
    const { hand, told } = hands((unit) => {
      if (unit === 3) rmSync(unitsFolder(folder), { recursive: true });
      return square(unit);
    });
    await expect(runUnits(folder, plan, all(plan), { workers: 2, hand })).rejects.toThrow('ENOENT');
    expect(told).toEqual({ hired: 2, dismissed: 2 });
  });

  test('leaves what somebody else has done meanwhile', async () => {
    const { folder, plan } = squares(6);
    const done: number[] = [];
    const { hand } = hands(async (unit) => {
      done.push(unit);
      await new Promise((resolve) => setImmediate(resolve));
      return square(unit);
    });
    const run = () => runUnits(folder, plan, all(plan), { workers: 1, hand });
    const [one, other] = await Promise.all([run(), run()]);
    expect([one.done, other.done]).toEqual([6, 6]);
    expect(mergeCampaign(folder, plan).missing).toEqual([]);
  });
});

describe('results that are not as they were written', () => {
  test('are made again with a warning, wherever they were cut or changed', async () => {
    const { folder, plan } = squares(3);
    const { hand } = hands();
    await runUnits(folder, plan, all(plan), { workers: 1, hand });
    const whole = mergeCampaign(folder, plan);
    const path = unitPath(folder, plan, 1);
    const text = readFileSync(path);
    for (const harm of [() => truncateSync(path, 0), () => truncateSync(path, text.length - 1), () => spoil(text)]) {
      harm();
      expect(mergeCampaign(folder, plan)).toMatchObject({ missing: [1], damaged: [{ unit: 1 }] });
      const told: Trouble[] = [];
      const damaged = (trouble: Trouble) => void told.push(trouble);
      const report = await runUnits(folder, plan, all(plan), { workers: 1, hand, damaged });
      expect(report).toMatchObject({ done: 3, now: 1 });
      expect(told.map(({ unit }) => unit)).toEqual([1]);
      expect(mergeCampaign(folder, plan)).toEqual(whole);
    }
    function spoil(bytes: Buffer): void {
      const spoilt = Buffer.from(bytes);
      spoilt[bytes.length - 3] = 0x21;
      writeFileSync(path, spoilt);
    }
  });

  test('of another plan, or of another unit, stop everything', async () => {
    const { folder, plan } = squares(3);
    const other = squares(3, 2);
    const { hand, told } = hands();
    await runUnits(other.folder, other.plan, [0, 1], { workers: 1, hand });
    copyFileSync(unitPath(other.folder, other.plan, 0), unitPath(folder, plan, 0));
    const report = await runUnits(folder, plan, all(plan), { workers: 1, hand });
    expect(report).toMatchObject({ now: 0, foreign: [{ unit: 0 }] });
    expect(told.hired).toBe(1);
    copyFileSync(unitPath(other.folder, other.plan, 0), unitPath(other.folder, other.plan, 2));
    expect(mergeCampaign(other.folder, other.plan)).toMatchObject({
      missing: [2],
      foreign: [{ unit: 2, why: 'it is a result of unit 0' }],
    });
  });

  test('half-written by a dead process are swept, and never taken for results', async () => {
    const { folder, plan } = squares(2);
    const { pid } = spawnSync(process.execPath, ['--version']);
    const host = hostname().replace(/[^\w-]/g, '_');
    const name = `.0.jsonl.${host}.${pid}.00000000-0000-4000-8000-000000000000.unfinished`;
    writeFileSync(join(unitsFolder(folder), name), '{"sch');
    const report = await runUnits(folder, plan, all(plan), { workers: 1, hand: hands().hand });
    expect(report).toMatchObject({ done: 2, now: 2, swept: 1 });
    expect(readdirSync(unitsFolder(folder)).sort()).toEqual(['0.jsonl', '1.jsonl']);
  });
});

describe('a merge', () => {
  test('is the same whatever the order in which units were done', async () => {
    const merges = [];
    for (const seed of [1, 2, 3]) {
      const { folder, plan } = squares(30);
      const waiting = hands(async (unit) => {
        for (let i = seedOfUnit(seed, unit) % 5; i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
        return square(unit);
      });
      await runUnits(folder, plan, all(plan).reverse(), { workers: 1 + seed, hand: waiting.hand });
      merges.push(mergeCampaign(folder, plan));
    }
    expect(merges[0]?.finished.map(({ unit }) => unit)).toEqual(all({ units: 30 } as Plan));
    expect(merges[1]).toEqual(merges[0]);
    expect(merges[2]).toEqual(merges[0]);
  });

  test('says which units are missing', async () => {
    const { folder, plan } = squares(12);
    await runUnits(folder, plan, [0, 4, 5, 11], { workers: 1, hand: hands().hand });
    const { missing, finished } = mergeCampaign(folder, plan);
    expect(rangesOf(missing)).toEqual([
      [1, 3],
      [6, 10],
    ]);
    expect(finished.map(({ unit }) => unit)).toEqual([0, 4, 5, 11]);
    expect(rangesOf([])).toEqual([]);
  });
});

describe('the seed of a unit', () => {
  test('is 32 bits, and no two neighbours of a thousand campaigns share one', () => {
    const seeds = Array.from({ length: 1000 }, (_, seed) => [0, 1, 2, 3].map((unit) => seedOfUnit(seed, unit))).flat();
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
    expect(new Set(seeds).size).toBe(4000);
  });
});
