/**
 * From a text to worlds with names, and from a world to the events of one schedule. A scenario is one world or a family of
 * them; a recording file is one world a line. What `rtldlab run` and the library's `run` have in common.
 *
 * What can go wrong: a text taken for the wrong kind of file. A line that is by itself an object with a `world` makes it a
 * recording, whatever the file is called.
 */
import type { KernelFeatures } from '../kernel/index.js';
import { type Build, programFor } from '../process/builds.js';
import { runProgram } from '../process/run.js';
import { unsupportedFeature } from '../process/unsupported.js';
import {
  type Diagnostic,
  type ElfFacts,
  expandVary,
  parseRecordings,
  parseScenario,
  type RecordedEvent,
  type Scenario,
  type World,
} from '../scenario/index.js';

/** A world ready to be put on a libc and a kernel. */
export interface NamedWorld {
  /** Its scenario's name, with the member of the family where there is one: `name[bind_now=on]`. */
  readonly id: string;
  readonly world: World;
  /** Facts of its linked files, where a recording has them. */
  readonly elf?: Readonly<Record<string, ElfFacts>>;
  /** What its scenario asks to be judged under. */
  readonly libc: readonly string[];
  readonly kernel?: string;
}

/** The worlds of a text, and what is wrong with the rest of it. */
export interface Worlds {
  readonly worlds: readonly NamedWorld[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What one schedule of a world came to. */
export type Traced =
  | { readonly id: string; readonly events: readonly RecordedEvent[]; readonly steps: number }
  /** The world needs what the model does not have. */
  | { readonly id: string; readonly unsupported: string };

function isRecordingLine(line: string): boolean {
  if (!line.trimStart().startsWith('{') || !line.includes('"world"')) return false;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'world' in value;
  } catch {
    return false;
  }
}

/** Whether a text is a recording, one world a line: by its name, or by its lines. */
export function isRecording(text: string, file: string): boolean {
  return /\.jsonl(\.gz)?$/.test(file) || text.split('\n', 50).some(isRecordingLine);
}

/** The members of a scenario's families; one without families. */
export function worldsOfScenario(scenario: Scenario): NamedWorld[] {
  const { name, libc, kernel, elf } = scenario;
  return expandVary(scenario).map(({ label, world }) => ({
    id: label === '' ? name : `${name}[${label}]`,
    world,
    ...(elf === undefined || label !== '' ? {} : { elf }),
    libc,
    ...(kernel === undefined ? {} : { kernel }),
  }));
}

/** The worlds of a text; `file` is its name in diagnostics. Never throws. */
export function worldsOf(text: string, file: string): Worlds {
  if (isRecording(text, file)) {
    const { recordings, diagnostics } = parseRecordings(text, file);
    const worlds = recordings.map(({ id, world, elf }) => ({
      id,
      world,
      ...(elf === undefined ? {} : { elf }),
      libc: [],
    }));
    return { worlds, diagnostics };
  }
  const parsed = parseScenario(text, { file });
  if ('diagnostics' in parsed) return { worlds: [], diagnostics: parsed.diagnostics };
  return { worlds: worldsOfScenario(parsed.scenario), diagnostics: parsed.warnings };
}

/** One schedule of a world: the lowest-numbered thread first, or drawn from a seed. */
export function trace(named: NamedWorld, libc: Build, kernel: KernelFeatures, seed?: number): Traced {
  const { id, world, elf } = named;
  const program = programFor(libc, world, elf, kernel);
  const unsupported = unsupportedFeature(program);
  if (unsupported !== null) return { id, unsupported };
  return { id, ...runProgram(program, seed === undefined ? {} : { seed }) };
}
