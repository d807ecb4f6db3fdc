/**
 * From a text to worlds with names, and from a world to the events of one schedule. A scenario is one world or a family of
 * them; a recording file is one world a line. What `rtldlab run` and the library's `run` have in common.
 *
 * What can go wrong: a text taken for the wrong kind of file. A line that is by itself an object with a `world` makes it a
 * recording, whatever the file is called.
 */
import type { KernelFeatures } from '../kernel/index.js';
import type { Program } from '../libc/program.js';
import { type Build, programFor } from '../process/builds.js';
import { runProgram } from '../process/run.js';
import { unsupportedFeature } from '../process/unsupported.js';
import { weaveClaimants } from '../process/weave.js';
import { whyEvent } from '../process/why.js';
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
import { KNOWN_NAMES } from './catalogue.js';

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
  /** Why a claimant of the scenario cannot act in this world. */
  readonly unsupported?: string;
}

/** The worlds of a text, and what is wrong with the rest of it. */
export interface Worlds {
  readonly worlds: readonly NamedWorld[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What one schedule of a world came to. */
export type Traced =
  | { readonly id: string; readonly events: readonly RecordedEvent[]; readonly steps: number }
  /** The world needs what the model does not have; `bound` when that is more steps. */
  | { readonly id: string; readonly unsupported: string; readonly bound?: number };

/** Most steps of one schedule: twenty times as many as any recorded world takes. */
export const STEPS_MAX = 2_000;

/** How to run worlds. */
export interface Schedule {
  /** Draw it from this seed; without it the lowest-numbered thread goes first. */
  readonly seed?: number | undefined;
  /** Most steps; {@link STEPS_MAX} without it. */
  readonly maxSteps?: number | undefined;
}

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

/** The members of a scenario's families, its claimants woven in; one without families. */
export function worldsOfScenario(scenario: Scenario): NamedWorld[] {
  const { name, libc, kernel, claimants, vary } = scenario;
  const asRecorded = vary.length === 0 && claimants.length === 0 ? scenario.elf : undefined;
  return expandVary(scenario).map(({ label, world }) => {
    const woven = weaveClaimants(world, claimants);
    return {
      id: label === '' ? name : `${name}[${label}]`,
      ...('world' in woven ? { world: woven.world } : { world, unsupported: woven.reason }),
      ...(asRecorded === undefined ? {} : { elf: asRecorded }),
      libc,
      ...(kernel === undefined ? {} : { kernel }),
    };
  });
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
  const parsed = parseScenario(text, { file, ...KNOWN_NAMES });
  if ('diagnostics' in parsed) return { worlds: [], diagnostics: parsed.diagnostics };
  return { worlds: worldsOfScenario(parsed.scenario), diagnostics: parsed.warnings };
}

/** A world on a libc and a kernel, or why it cannot be run. */
function programOf({ world, elf, unsupported }: NamedWorld, libc: Build, kernel: KernelFeatures): Program | string {
  const program = programFor(libc, world, elf, kernel);
  return unsupported ?? unsupportedFeature(program) ?? program;
}

/** One schedule of a world. */
export function trace(named: NamedWorld, libc: Build, kernel: KernelFeatures, schedule: Schedule = {}): Traced {
  const { id } = named;
  const program = programOf(named, libc, kernel);
  if (typeof program === 'string') return { id, unsupported: program };
  const { seed, maxSteps = STEPS_MAX } = schedule;
  const { events, steps } = runProgram(program, { maxSteps: maxSteps + 1, ...(seed === undefined ? {} : { seed }) });
  if (steps > maxSteps) return { id, unsupported: `more than ${maxSteps} steps`, bound: maxSteps };
  return { id, events, steps };
}

/** The procedures behind an event of a world's schedule; how many events there are when it has none of that number. */
export function why(named: NamedWorld, libc: Build, kernel: KernelFeatures, event: number, schedule: Schedule = {}) {
  const program = programOf(named, libc, kernel);
  if (typeof program === 'string') return { unsupported: program };
  const { seed, maxSteps = STEPS_MAX } = schedule;
  return whyEvent(program, event, { maxSteps, ...(seed === undefined ? {} : { seed }) });
}
