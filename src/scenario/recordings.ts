// Recording files: one JSON object a line, `{"id", "world", "elf", "events"}`, as a recorder of real machines writes
// them. What goes wrong here: one bad line among hundreds, which must not cost the others.
import type { Diagnostic } from './diagnostics.js';
import { check } from './issues.js';
import { checkWorldNames } from './names.js';
import { parseScenario } from './parse.js';
import { readSource } from './source.js';
import { type Recording, RecordingSchema } from './world-schema.js';

const COMPLAINTS_MAX = 100;

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The slow way, with places: what is wrong with a line. A line of good YAML that is no JSON gets its own code. */
function complaints(text: string, file: string, line: number): Diagnostic[] {
  const source = readSource(text, file, line);
  if (source.diagnostics.length > 0) return [...source.diagnostics];
  if (json(text) === undefined) {
    const fault = {
      code: 'S070',
      message: 'the line is not JSON',
      expected: '{"id": ..., "world": ..., "events": [...]}',
    } as const;
    return [source.show({ path: [], fault })];
  }
  const outcome = check(RecordingSchema, source.value);
  if ('faults' in outcome) return outcome.faults.map(source.show);
  const parsed = parseScenario(text, { file }, line);
  return 'diagnostics' in parsed ? [...parsed.diagnostics] : [];
}

/**
 * Parse a recording file. Blank lines count for nothing; a bad line is left out and told in `diagnostics`.
 * Worlds come back exactly as they are written.
 */
export function parseRecordings(
  text: string,
  file = 'recording.jsonl',
): { readonly recordings: readonly Recording[]; readonly diagnostics: readonly Diagnostic[] } {
  const recordings: Recording[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const outcome = line.includes('__proto__') ? undefined : check(RecordingSchema, json(line));
    const sound = outcome !== undefined && 'data' in outcome;
    if (sound && checkWorldNames(outcome.data.world).every(({ fault }) => fault.severity === 'warning')) {
      recordings.push(outcome.data);
    } else if (diagnostics.length < COMPLAINTS_MAX) diagnostics.push(...complaints(line, file, i + 1));
  }
  return { recordings, diagnostics };
}
