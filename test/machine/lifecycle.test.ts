/**
 * Configurations are read as XState runs them. The interpreter takes a phase's successor from the machine's own table of
 * transitions, which costs a hundredth of a `transition`; whether that is the same is asked here, of every lifecycle there is.
 */
import { describe, expect, test } from '@jest/globals';
import { initialTransition, transition } from 'xstate';
import { firstNode, isVisible, lifecycle, nextNode } from '../../src/machine/lifecycle.js';
import { lifecycles } from '../../src/process/lifecycles.js';

describe.each([...lifecycles.values()].map((each) => [each.name, each] as const))('%s', (_, l) => {
  const phases = Object.keys(l.machine.states);

  test('begins where XState begins', () => {
    const [snapshot] = initialTransition(l.machine);
    expect(firstNode(l)).toMatchObject({ phase: snapshot.value, visible: snapshot.hasTag('visible') });
  });

  test('goes from each phase, by each answer, where XState goes', () => {
    const events = phases.flatMap((phase) => [...(l.machine.states[phase]?.events ?? [])]) as string[];
    let compared = 0;
    for (const phase of phases) {
      const before = l.machine.resolveState({ value: phase, context: {} });
      expect(isVisible(l, phase)).toBe(before.hasTag('visible'));
      for (const event of new Set(events)) {
        if (!before.can({ type: event })) {
          expect(() => nextNode(l, phase, event)).toThrow(/^invariant: .* has no answer to/);
          continue;
        }
        const [after] = transition(l.machine, before, { type: event });
        const expected = { phase: after.value, visible: after.hasTag('visible'), final: after.status === 'done' };
        expect(nextNode(l, phase, event)).toEqual(expected);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});

test('an event that no phase knows is a broken promise, not ignored', () => {
  const l = lifecycle('small', { first: { source: 'nowhere', on: { ok: 'done' } } }, { first: () => 'ok' });
  expect(nextNode(l, 'first', 'ok')).toEqual({ phase: 'done', visible: false, final: true });
  expect(() => nextNode(l, 'first', 'toString')).toThrow(
    'invariant: small has no answer to "toString" in phase "first"',
  );
  expect(() => nextNode(l, 'nowhere', 'ok')).toThrow('invariant');
});
