// Every claimant and every property of the record is run, or is listed with the reason; the reference pages are fresh.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { claimantNamed, isWoven } from '../../src/rseq/claimants.js';
import { pairProperties, propertyNamed } from '../../src/rseq/properties.js';
import { generatedRseqFiles } from '../../src/rseq/properties-page.js';

const text = (path: string) => readFileSync(join(__dirname, '..', '..', path), 'utf8');
const listed = new Map(
  [...text('docs/not-modelled.md').matchAll(/^\| ([CP]-\d\d) \| [^|]+ \| ([^|]+) \|$/gm)].map(([, id, reason]) => [
    id,
    reason ?? '',
  ]),
);

const numbers = (letter: string, last: number) =>
  Array.from({ length: last }, (_, i) => `${letter}-${String(i + 1).padStart(2, '0')}`);

describe('the record', () => {
  test.each(numbers('C', 23))('%s is woven into objects, is a kernel, or is listed with a reason', (id) => {
    const claimant = claimantNamed(id);
    expect(claimant?.id).toBe(id);
    const isRun = claimant !== undefined && (isWoven(claimant) || claimant.kernels !== undefined);
    expect([isRun, listed.has(id)]).toEqual([isRun, !isRun]);
    if (!isRun) expect(listed.get(id)?.length).toBeGreaterThan(30);
  });

  test.each(numbers('P', 27))('%s is watched in runs, compares two judgements, or is listed with a reason', (id) => {
    const isChecked = propertyNamed(id) !== undefined || pairProperties.some((each) => each.id === id);
    expect([isChecked, listed.has(id)]).toEqual([isChecked, !isChecked]);
  });
});

describe('reference pages', () => {
  test.each([...generatedRseqFiles()])('%s is fresh (else: npx tsx scripts/generate-rseq-docs.ts)', (path, content) => {
    expect(text(path)).toBe(content);
  });

  test('name every number, and show no cell that ends early', () => {
    const [claimants = '', properties = ''] = generatedRseqFiles().values();
    for (const id of numbers('C', 23)) expect(claimants).toContain(`| ${id} |`);
    for (const id of numbers('P', 27)) expect(properties).toContain(`### ${id} `);
    const widths = [...claimants.matchAll(/^\|.*\|$/gm)].map(([line]) => line.split(/(?<!\\)\|/).length - 2);
    expect(new Set(widths)).toEqual(new Set([2, 3, 4, 7]));
  });
});
