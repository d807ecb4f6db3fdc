/**
 * The recordings of real machines, as typed values: worlds played on seven glibc builds, and the initialisation order of
 * real programs. What the fields mean is written beside the files, in `test/fixtures/glibc/README.md` and
 * `test/fixtures/real-programs/README.md`.
 *
 * What can go wrong: a recording is evidence, not a specification. One build's habit can look like a rule; compare builds
 * before a rule is written down, and never let `src/` see an id.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The recorded builds, oldest first, by the names of their files. */
export const recordedBuilds = ['2.28v4', '2.30v12', '2.31', '2.32rseq', '2.36', '2.41', '2.43'] as const;

export type RecordedBuild = (typeof recordedBuilds)[number];

/** One thing that happened. `t` counts tasks by first appearance, `inst` the loaded copies of `obj`; absent means empty. */
export interface RecordedEvent {
  readonly t: number;
  readonly obj: string;
  readonly inst?: number;
  readonly kind: string;
  readonly detail?: string;
  readonly result?: string;
}

/** A relocation against one of the world's own symbols: table, type without the `R_X86_64_` prefix, symbol. */
export type RecordedRelocation = readonly [table: string, type: string, symbol: string];

/** What the static linker made of one object. A static executable has only `type` and `tls` that mean anything. */
export interface RecordedElf {
  readonly type: 'dyn' | 'exec';
  readonly needed: readonly string[];
  readonly init: boolean;
  readonly fini: boolean;
  readonly init_array: number;
  readonly fini_array: number;
  readonly preinit_array: number;
  readonly flags_1: readonly string[];
  readonly bind_now: boolean;
  readonly tls: boolean;
  readonly relocs: readonly RecordedRelocation[];
}

/** A world and what one build did with it. `world` is a scenario body as it stands; its type belongs to the scenario floor. */
export interface Recording {
  readonly id: string;
  readonly world: Readonly<Record<string, unknown>>;
  readonly elf: Readonly<Record<string, RecordedElf>>;
  readonly events: readonly RecordedEvent[];
}

/** Static facts of one file of a real program. */
export interface RealObject {
  readonly type: 'dyn' | 'exec';
  readonly soname?: string;
  readonly needed: readonly string[];
  readonly init: boolean;
  readonly fini: boolean;
  readonly init_array: number;
  readonly fini_array: number;
  readonly preinit_array: number;
  readonly flags_1: readonly string[];
  readonly bind_now: boolean;
  readonly requested?: string;
}

/** A real program: its objects in load order and the order they were initialised and finalised in. */
export interface RealProgram {
  readonly program: string;
  readonly link_map: readonly string[];
  readonly objects: Readonly<Record<string, RealObject>>;
  readonly init: readonly string[];
  readonly init_after_start: readonly string[];
  readonly fini: readonly string[];
  readonly exit: number | null;
  readonly sort1: { readonly init: readonly string[]; readonly fini: readonly string[] };
}

const fixtures = join(__dirname, '..', 'fixtures');
const read = new Map<string, readonly unknown[]>();

/** Where a build's recording lies, for tests that hand the file itself to the command line. */
export function recordingFile(build: RecordedBuild): string {
  return join(fixtures, 'glibc', `${build}.jsonl.gz`);
}

/** Every world of one build, in file order. A file is read once per test process. */
export function recordings(build: RecordedBuild): readonly Recording[] {
  return lines(recordingFile(build)) as readonly Recording[];
}

/** One world of one build, by id. An unknown id is a mistake in the test. */
export function recording(build: RecordedBuild, id: string): Recording {
  const found = recordings(build).find((each) => each.id === id);
  if (found === undefined) throw new Error(`${build} has no recorded world ${id}`);
  return found;
}

/** The real programs, in file order. */
export function realPrograms(): readonly RealProgram[] {
  return lines(join(fixtures, 'real-programs', 'programs.jsonl.gz')) as readonly RealProgram[];
}

/** The values of a gzipped file of JSON lines. */
function lines(file: string): readonly unknown[] {
  const known = read.get(file);
  if (known !== undefined) return known;
  const values = gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
  read.set(file, values);
  return values;
}
