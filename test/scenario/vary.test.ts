// Families: which members, in which order, under which labels.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseScenario } from '../../src/scenario/parse.js';
import type { Scenario } from '../../src/scenario/schema.js';
import { expandVary, valueAt } from '../../src/scenario/vary.js';
import { arbitraryScenario } from '../arbitraries/scenario.js';

function scenario(...lines: string[]): Scenario {
  const outcome = parseScenario(lines.join('\n'));
  if ('scenario' in outcome) return outcome.scenario;
  throw new Error(outcome.diagnostics.map((one) => one.message).join('\n'));
}
const labels = (one: Scenario) => expandVary(one).map((member) => member.label);

describe('families', () => {
  test('a scenario without families has one member, its world', () => {
    const one = scenario('exe: {}');
    expect(expandVary(one)).toEqual([{ label: '', world: one.world }]);
  });

  test('all orders of a list, the written one first, equal ones once', () => {
    const one = scenario('exe: {needed: [b, a, b]}', 'objects: {a: {}, b: {}}', 'vary: [{orders: exe.needed}]');
    expect(labels(one)).toEqual(['exe.needed=b,a,b', 'exe.needed=b,b,a', 'exe.needed=a,b,b']);
    expect(expandVary(one).map(({ world }) => world.exe.needed?.join(''))).toEqual(['bab', 'bba', 'abb']);
  });

  test('a setting is off and on, whatever the world says', () => {
    const one = scenario('exe: {}', 'bind_now: true', 'vary: [{onoff: bind_now}]');
    expect(expandVary(one).map(({ world }) => world.bind_now)).toEqual([undefined, true]);
    expect('bind_now' in (expandVary(one)[0]?.world ?? {})).toBe(false);
  });

  test('a tunable is one name, dots and all', () => {
    const one = scenario('exe: {}', 'tunables: {}', 'vary: [{onoff: tunables.glibc.pthread.rseq, value: 0}]');
    expect(expandVary(one).map(({ world }) => world.tunables)).toEqual([{}, { 'glibc.pthread.rseq': '0' }]);
  });

  test('one of several values, short actions included; what is not varied stays', () => {
    const one = scenario(
      'exe: {needed: [a]}',
      'objects: {a: {ctors: [mark x, {prio: 101}]}}',
      'vary:',
      '  - oneof: objects.a.ctors.0.do',
      '    values: {naive: register static, handled: [claim_handled static]}',
    );
    expect(labels(one)).toEqual(['objects.a.ctors.0.do=naive', 'objects.a.ctors.0.do=handled']);
    expect(expandVary(one).map(({ world }) => world.objects.a?.ctors)).toEqual([
      [{ do: [{ op: 'rseq', cmd: 'register', area: 'static' }] }, { prio: 101 }],
      [{ do: [{ op: 'claim_handled', area: 'static' }] }, { prio: 101 }],
    ]);
  });

  test('families multiply, the first varying slowest', () => {
    const one = scenario('exe: {}', 'vary: [{onoff: bind_now}, {onoff: via_ldso}]');
    expect(labels(one)).toEqual([
      'bind_now=off via_ldso=off',
      'bind_now=off via_ldso=on',
      'bind_now=on via_ldso=off',
      'bind_now=on via_ldso=on',
    ]);
  });

  test('families that meet are refused', () => {
    const text = 'exe: {needed: [a]}\nobjects: {a: {}}\nvary: [{orders: exe.needed}, {onoff: exe, value: {}}]';
    const outcome = parseScenario(text);
    expect('diagnostics' in outcome && outcome.diagnostics.map((one) => one.code)).toContain('S050');
  });

  test('labels are distinct, worlds parse, and expanding twice gives the same', () => {
    fc.assert(
      fc.property(arbitraryScenario, (one) => {
        const members = expandVary(one);
        expect(new Set(members.map(({ label }) => label)).size).toBe(members.length);
        for (const { world } of members)
          expect(parseScenario(JSON.stringify(world))).toMatchObject({ scenario: { world } });
        expect(expandVary(one)).toEqual(members);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  test('a path leads to what stands there, and to nothing inherited', () => {
    const { world } = scenario('exe: {main: info}');
    expect(valueAt(world, 'exe.main.0.op')).toBe('rseq_info');
    expect(valueAt(world, 'objects.constructor')).toBeUndefined();
    expect(valueAt(world, 'exe.main.7')).toBeUndefined();
  });
});
