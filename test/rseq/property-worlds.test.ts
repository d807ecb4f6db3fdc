// Each property in the model: one smallest world breaks it, one keeps it, and the story blames an event.
import { describe, expect, test } from '@jest/globals';
import { search, searchNaively, walk } from '../../src/explore/index.js';
import { knownKernel } from '../../src/kernel/releases.js';
import type { RawEvent } from '../../src/libc/trace.js';
import { judge, modelOfScenario } from '../../src/process/judge.js';
import { broken, properties } from '../../src/rseq/properties.js';
import { build, linux, scenario } from '../process/scenarios.js';
import { type PropertyWorld, propertyWorlds } from './property-worlds.js';

const scenarioOf = (id: string, { text }: PropertyWorld) =>
  scenario(`scenario: smallest\n${text}\nforbidden: ${id} broken\nallowed: exe ran main\n`);

const kernelOf = ({ kernel }: PropertyWorld) => (kernel === undefined ? linux : knownKernel(kernel));

/** These break on some schedules only. */
const racing: ReadonlySet<string> = new Set(['P-07', 'P-14']);

const cases = Object.entries(propertyWorlds);

describe('every property of single runs', () => {
  test('has a world that breaks it and one that keeps it', () => {
    expect(cases.map(([id]) => id)).toEqual(properties.map(({ id }) => id));
  });

  test.each(cases)('%s: broken in the one, never in the other, both searched to the end', (id, { breaks, keeps }) => {
    const outcomes = [breaks, keeps].map((each) => {
      const judgement = judge(scenarioOf(id, each), build(each.libc), kernelOf(each));
      const found = judgement.verdicts.find(({ word }) => word === 'forbidden');
      return [judgement.unsupported, judgement.complete, found?.outcome === 'never'];
    });
    expect(outcomes).toEqual([
      [[], true, false],
      [[], true, true],
    ]);
  });

  test.each(cases.filter(([id]) => !racing.has(id)))(
    '%s: the run that breaks it says so at an event',
    (id, { breaks }) => {
      const { model } = modelOfScenario(scenarioOf(id, breaks), build(breaks.libc), kernelOf(breaks));
      const events = walk(model).steps.flatMap((step) => step.events as readonly RawEvent[]);
      const at = events.findIndex(({ kind, obj }) => kind === broken && obj === id);
      expect(at).toBeGreaterThan(0);
      expect(events[at - 1]).toMatchObject({ t: events[at]?.t });
    },
  );

  test.each(cases)('%s: a search that remembers no step sees the same', (id, pair) => {
    for (const each of [pair.breaks, pair.keeps]) {
      const judgements = [search, searchNaively].map((searching) =>
        judge(scenarioOf(id, each), build(each.libc), kernelOf(each), { search: searching, maxStates: 2000 }),
      );
      const [remembering, naive] = judgements.map(({ states, finals, ends, verdicts }) => ({
        states,
        finals,
        ends,
        outcomes: verdicts.map(({ outcome }) => outcome),
      }));
      expect(remembering).toEqual(naive);
    }
  });
});

describe('P-10 and a vfork child', () => {
  test.each([
    ['5.4', 'always'],
    ['5.5', 'never'],
  ] as const)('on %s: %s broken, by whether the child keeps the registration of its parent', (kernel, outcome) => {
    const text =
      'scenario: v\nexe: {main: [{op: vfork, child: register static}]}\nforbidden: P-10 broken\nallowed: exe ran vfork.child\n';
    const judgement = judge(scenario(text), build('debian-2.36'), knownKernel(kernel));
    expect(judgement.verdicts.map((each) => each.outcome)).toEqual([outcome, 'always']);
  });
});
