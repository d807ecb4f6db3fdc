// The JSON Schema and the reference page are what the definitions say today, and what they show is true.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { actionSchema } from '../../src/scenario/action-schema.js';
import { CODES } from '../../src/scenario/diagnostics.js';
import { EVENT_KINDS } from '../../src/scenario/event-kinds.js';
import { parseScenario } from '../../src/scenario/parse.js';
import { ATOM_FORMS, parsePredicate } from '../../src/scenario/predicate.js';
import { parseRecordings } from '../../src/scenario/recordings.js';
import { generatedFiles, scenarioReference } from '../../src/scenario/reference.js';

describe('generated files', () => {
  test.each([...generatedFiles()])('%s is fresh (else: npx tsx scripts/generate-scenario-docs.ts)', (path, content) => {
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  test('the page names every action, every event kind and every code', () => {
    const page = scenarioReference();
    const names = [...actionSchema().options.map((one) => one.shape.op.value), ...EVENT_KINDS, ...Object.keys(CODES)];
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });

  test('the example on the page is a scenario', () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(scenarioReference()) ?? [];
    expect(parseScenario(example)).toMatchObject({
      scenario: { name: 'ctor-claims-first', libc: ['patch-v12', 'glibc-2.36'] },
    });
  });

  test('every sentence form on the page is a predicate', () => {
    const fill: readonly (readonly [RegExp, string])[] = [
      [/\[DETAIL\] \[giving RESULT\]/, 'x giving y'],
      [/OBJ\|libc/, 'libc'],
      [/registered\|failed/, 'failed'],
      [/OBJ/g, 'a'],
      [/THREAD/, 'main'],
      [/KIND/, 'ctor'],
      [/ERRNO/, 'EPERM'],
      [/exit N/, 'exit 1'],
      [/NAME/, 'SIGSEGV'],
      [/NN/, '01'],
    ];
    for (const [form] of ATOM_FORMS) {
      const sentence = fill.reduce((text, [from, to]) => text.replace(from, to), form);
      expect({ sentence, ...parsePredicate(sentence) }).toMatchObject({ sentence, problems: [] });
    }
  });

  test('every kind of event that was ever recorded is known', () => {
    const text = gunzipSync(readFileSync('test/fixtures/glibc/2.36.jsonl.gz')).toString('utf8');
    const kinds = new Set(
      parseRecordings(text).recordings.flatMap(({ events = [] }) => events.map((event) => event.kind)),
    );
    expect([...kinds].filter((kind) => !EVENT_KINDS.includes(kind))).toEqual([]);
    expect(kinds.size).toBeGreaterThan(50);
  });
});
