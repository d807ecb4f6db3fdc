/**
 * Programs that run in circles are refused by name instead of run for ever; circles that the real thing cuts are none.
 */
import { describe, expect, test } from '@jest/globals';
import { runsInCircles } from '../../src/process/endless.js';
import { parseScenario } from '../../src/scenario/index.js';
import { recordedBuilds, recordings } from '../conformance/recordings.js';

function circles(text: string): boolean {
  const parsed = parseScenario(text);
  if ('diagnostics' in parsed) throw new Error(parsed.diagnostics.map(({ message }) => message).join('; '));
  return runsInCircles(parsed.scenario.world);
}

describe('circles', () => {
  test.each([
    ['a function that calls itself', '{main: call w_f, funcs: {w_f: call w_f}}'],
    ['two that call each other', '{funcs: {w_f: call w_g, w_g: call w_f}}'],
    ['a resolver that calls what it resolves', '{ifuncs: {w_i: {resolver: call w_i, impl: []}}}'],
    ['a thread that starts itself', '{main: start t b, bodies: {b: start u b}}'],
    ['an exit handler that registers itself again', '{main: atexit b, bodies: {b: atexit b}}'],
    [
      'a thread-local destructor that a forked child runs again',
      '{bodies: {b: [tls_dtor b, {op: fork, child: info, then: exit}]}}',
    ],
  ])('%s', (_, exe) => {
    expect(circles(`exe: ${exe}\n`)).toBe(true);
  });

  test('a circle through two objects', () => {
    const text = 'exe: {main: call w_f, needed: [a], funcs: {w_g: call w_f}}\nobjects: {a: {funcs: {w_f: call w_g}}}\n';
    expect(circles(text)).toBe(true);
  });
});

describe('no circles', () => {
  test.each([
    ['a function called twice', '{main: call w_f; call w_f, funcs: {w_f: info}}'],
    ['a key destructor that sets its key again: four rounds', '{main: tsd k b, bodies: {b: tsd k b}}'],
    ['threads one after another', '{main: spawn t b; spawn u c, bodies: {b: info, c: info}}'],
  ])('%s', (_, exe) => {
    expect(circles(`exe: ${exe}\n`)).toBe(false);
  });

  test('no recorded world runs in circles', () => {
    const worlds = recordedBuilds.flatMap((build) => recordings(build).map(({ world }) => JSON.stringify(world)));
    expect([...new Set(worlds)].filter((world) => runsInCircles(JSON.parse(world) as never))).toEqual([]);
  });
});
