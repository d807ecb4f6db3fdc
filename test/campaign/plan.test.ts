/**
 * Plans in folders: the same again is no change, another is refused, and whatever is not a plan of ours says what it is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Planned, planOf, readPlan, UNITS_MAX, writePlan } from '../../src/campaign/plan.js';
import { freshFolder, maker, squares } from './folders.js';

const kindOf = (planned: Planned): string => ('fault' in planned ? planned.fault.kind : 'plan');

describe('a plan', () => {
  test('is read as it was written, and may be written again', () => {
    const { folder, plan } = squares(7);
    expect(readPlan(folder, maker)).toEqual({ plan });
    expect(writePlan(folder, plan)).toEqual({ plan });
  });

  test('is known by what it says', () => {
    const text = { maker, kind: 'squares', seed: 1, units: 7, parameters: { a: 1 } };
    expect(planOf(text).id).toBe(planOf({ ...text }).id);
    const others = [{ seed: 2 }, { units: 8 }, { kind: 'cubes' }, { maker: 'another' }, { parameters: { a: 2 } }];
    expect(new Set([text, ...others].map((other) => planOf({ ...text, ...other }).id)).size).toBe(6);
  });

  test('does not share its folder with another', () => {
    const { folder } = squares(7);
    const other = planOf({ maker, kind: 'squares', seed: 2, units: 7, parameters: {} });
    expect(kindOf(writePlan(folder, other))).toBe('another');
    expect(readPlan(folder, maker)).toMatchObject({ plan: { seed: 1 } });
  });

  test('has a unit, and not more than there may be files', () => {
    const text = { maker, kind: 'squares', seed: 1, parameters: {} };
    expect(() => planOf({ ...text, units: 0 })).toThrow('invariant: a plan of 0 units');
    expect(() => planOf({ ...text, units: UNITS_MAX + 1 })).toThrow('invariant: a plan of');
  });
});

describe('what is no plan', () => {
  test('is a folder without one, a file, a plan of another program', () => {
    expect(kindOf(readPlan(freshFolder(), maker))).toBe('none');
    expect(kindOf(readPlan(join(freshFolder(), 'nowhere'), maker))).toBe('none');
    const { folder } = squares(7);
    expect(kindOf(readPlan(folder, 'another test'))).toBe('version');
    const file = join(folder, 'plan.json');
    const plan = planOf({ maker, kind: 'squares', seed: 1, units: 1, parameters: {} });
    expect(kindOf(writePlan(file, plan))).toBe('system');
  });

  test('is a plan of another form, one changed by hand, one cut short', () => {
    const { folder } = squares(7);
    const path = join(folder, 'plan.json');
    const text = readFileSync(path, 'utf8');
    const with_ = (changed: string): string => {
      writeFileSync(path, changed);
      return kindOf(readPlan(folder, maker));
    };
    expect(with_(text.replace('campaign/1', 'campaign/2'))).toBe('version');
    expect(with_(text.replace('"seed": 1', '"seed": 2'))).toBe('damaged');
    expect(with_('[]')).toBe('version');
    expect(with_('null')).toBe('damaged');
    for (let length = 0; length < text.trimEnd().length; length += 7) {
      expect(with_(text.slice(0, length))).toBe('damaged');
    }
    expect(with_(JSON.stringify(JSON.parse(text)))).toBe('plan');
  });
});
