// The printer is the parser's inverse: for scenarios, predicates, orders and short actions alike.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderDiagnostic } from '../../src/scenario/diagnostics.js';
import { parseOrder, printOrder } from '../../src/scenario/order.js';
import { parseScenario } from '../../src/scenario/parse.js';
import { parsePredicate, printPredicate } from '../../src/scenario/predicate.js';
import { printScenario } from '../../src/scenario/print.js';
import type { Scenario } from '../../src/scenario/schema.js';
import { printShortAction, readShortActions } from '../../src/scenario/short-actions.js';
import { arbitraryPredicate, arbitraryScenario, freeText } from '../arbitraries/scenario.js';

function parsed(text: string): Scenario {
  const outcome = parseScenario(text);
  if ('scenario' in outcome) return outcome.scenario;
  throw new Error(`${outcome.diagnostics.map(renderDiagnostic).join('\n')}\n${text}`);
}

describe('print and parse', () => {
  test('every scenario reads back as itself', () => {
    fc.assert(
      fc.property(arbitraryScenario, (scenario) => {
        expect(parsed(printScenario(scenario))).toEqual(scenario);
      }),
      { numRuns: 250, seed: 2 },
    );
  });

  test('a printed scenario prints the same again', () => {
    fc.assert(
      fc.property(arbitraryScenario, (scenario) => {
        const text = printScenario(parsed(printScenario(scenario)));
        expect(printScenario(parsed(text))).toBe(text);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  test('every scenario is JSON too', () => {
    fc.assert(
      fc.property(arbitraryScenario, ({ name, world }) => {
        const text = JSON.stringify({ scenario: name, world });
        expect(parsed(text)).toMatchObject({ name, world });
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  test('every predicate reads back as itself, grouping included', () => {
    fc.assert(
      fc.property(arbitraryPredicate(['a', 'ends', 'libc', 'ran', 'is'], ['t', 'is', 'ran']), (predicate) => {
        expect(parsePredicate(printPredicate(predicate))).toEqual({ predicate, problems: [] });
      }),
      { numRuns: 1000, seed: 5 },
    );
  });

  test('every order reads back as itself', () => {
    const token = fc.oneof(
      fc.record({ run: fc.constantFrom('ctor' as const, 'dtor' as const), obj: fc.constantFrom('a', 'exe', 'lib_1') }),
      fc.constant({ run: 'main' as const }),
    );
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        expect(parseOrder(printOrder(tokens))).toEqual({ tokens, problems: [] });
      }),
    );
  });

  test('a mark keeps any text in its short form', () => {
    fc.assert(
      fc.property(freeText, (text) => {
        const long = { op: 'mark', text };
        const { actions, problems } = readShortActions(printShortAction(long) ?? '');
        expect(problems).toEqual([]);
        expect(actions.map((action) => action.long)).toEqual([long]);
      }),
    );
  });
});
