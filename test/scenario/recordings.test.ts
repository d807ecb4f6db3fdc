// Every recorded world of every build is a scenario as it stands, and comes through unchanged.
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { renderDiagnostic } from '../../src/scenario/diagnostics.js';
import { parseScenario } from '../../src/scenario/parse.js';
import { printScenario } from '../../src/scenario/print.js';
import { parseRecordings } from '../../src/scenario/recordings.js';

const FOLDER = 'test/fixtures/glibc';
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.jsonl.gz'))
  .sort();
const textOf = (name: string) => gunzipSync(readFileSync(`${FOLDER}/${name}`)).toString('utf8');
const linesOf = (name: string) =>
  textOf(name)
    .split('\n')
    .filter((line) => line !== '');

describe('recorded worlds', () => {
  test('there are 6,144 of them, from seven builds', () => {
    expect(files.map((name) => linesOf(name).length)).toEqual([869, 877, 883, 869, 882, 882, 882]);
  });

  test.each(files)('%s parses unchanged', (name) => {
    const { recordings, diagnostics } = parseRecordings(textOf(name), name);
    expect(diagnostics.map(renderDiagnostic)).toEqual([]);
    expect(recordings).toEqual(linesOf(name).map((line) => JSON.parse(line)));
  });

  test('every fifth world of one build is a scenario, bare or with its recording, and so is its printed form', () => {
    const some = linesOf('2.36.jsonl.gz').filter((_, i) => i % 5 === 0);
    expect(some.length).toBeGreaterThan(150);
    for (const line of some) {
      const { id, world, elf, events } = JSON.parse(line);
      const whole = parseScenario(line);
      const bare = parseScenario(JSON.stringify(world), { file: `worlds/${id}.yaml` });
      expect(whole).toMatchObject({ scenario: { name: id, world, elf, events } });
      expect(bare).toMatchObject({ scenario: { name: id, world } });
      if ('scenario' in bare) expect(parseScenario(printScenario(bare.scenario))).toEqual(bare);
    }
  });

  test('a bad line is told with its line number, and the others stay', () => {
    const good = '{"id":"x","world":{"exe":{},"objects":{}}}';
    const bad = '{"id":"y","world":{"exe":{"main":[{"op":"spim"}]},"objects":{}}}';
    const { recordings, diagnostics } = parseRecordings([good, bad, '', 'not JSON', good].join('\n'), 'r.jsonl');
    expect(recordings).toHaveLength(2);
    expect(diagnostics.map(renderDiagnostic)).toEqual([
      'r.jsonl:2:41: error S020: unknown action "spim"\n' +
        '  2 | {"id":"y","world":{"exe":{"main":[{"op":"spim"}]},"objects":{}}}\n' +
        '    |                                         ^^^^^^\n' +
        '  expected one of mark, call, dlopen, dlmopen, dlclose, dlsym_call, spawn, start, join, detach, pthread_exit, tsd and 25 more; did you mean spin?',
      'r.jsonl:4:1: error S070: the line is not JSON\n' +
        '  4 | not JSON\n' +
        '    | ^^^^^^^^\n' +
        '  expected {"id": ..., "world": ..., "events": [...]}',
    ]);
  });
});
