/**
 * Questions, derived statements and incidents of the record, asked from the command line.
 *
 * What can go wrong: a number that is listed and cannot be asked. One of each kind is asked in every form.
 */
import { describe, expect, test } from '@jest/globals';
import { recordIds } from '../../src/cli/explain-record.js';
import { rtldlab } from './streams.js';

describe('explain', () => {
  test('a question gives the computed answer, its bounds, a way and a scenario to change', async () => {
    const { code, out } = await rtldlab(['explain', 'q-10']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Q-10 .*\n\nYes\. /);
    expect(out).toMatch(/\nBounds: \d+ searches, \d+ states; every schedule of every member was tried\./);
    expect(out).toMatch(/\nA way to "aborts" .*: main(\.\w+)+\n/);
    expect(out).toMatch(/to change:\n {2}exe: /);
  });

  test('a derived statement ends with its verdict', async () => {
    const { out } = await rtldlab(['explain', 'D-11']);
    expect(out).toMatch(/\nVerdict: confirmed in part \(derived in the record at L-14\)\n$/);
  });

  test('an incident names its scenarios and where it happens', async () => {
    const { out } = await rtldlab(['explain', 'I-17']);
    expect(out).toMatch(/happens: 2\.34 never, 2\.35 always, 2\.40 always, 2\.41 never/);
    expect(out).toMatch(/rtldlab explore .*I-17a-/);
  });

  test.each(['Q-25', 'D-20', 'I-23'])('%s as JSON has a schema and its number', async (id) => {
    const { out } = await rtldlab(['explain', id, '--json']);
    expect(JSON.parse(out)).toMatchObject({ schema: expect.stringMatching(/^rtldlab\.[a-z]+\/1$/), id });
  });

  test('a number that nobody gave is refused, and a near one is named', async () => {
    const { code, err } = await rtldlab(['explain', 'Q-99']);
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean/);
    expect(recordIds).toContain('Q-27');
  });
});
