/**
 * Files of facts: one real program a line, with what the dynamic sections of its files say, as a recorder of real machines writes
 * them (test/fixtures/real-programs/README.md). Stands for what ld.so reads of each file (elf/dl-load.c, elf/get-dynamic-info.h).
 *
 * What can go wrong: the name by which a file is asked for. It is the soname in the files that need it, while the file itself may
 * be called otherwise, and the executable has a name of its own here.
 */
import * as z from 'zod';
import { EXECUTABLE, type FileOfProgram, type FilesOfProgram } from '../process/order-program.js';
import type { Diagnostic } from '../scenario/diagnostics.js';
import { check } from '../scenario/issues.js';

const names = z.array(z.string());
const count = z.int().min(0);

const FileFactsSchema = z.object({
  type: z.enum(['dyn', 'exec']).exactOptional(),
  soname: z.string().exactOptional(),
  needed: names,
  init: z.boolean().default(false),
  fini: z.boolean().default(false),
  init_array: count.default(0),
  fini_array: count.default(0),
  preinit_array: count.default(0),
  flags_1: names.default([]),
  bind_now: z.boolean().default(false),
  requested: z.string().exactOptional(),
  filter: z.union([names, z.string().transform((name) => [name])]).exactOptional(),
  auxiliary: z.union([names, z.string().transform((name) => [name])]).exactOptional(),
});

const ProgramFactsSchema = z.object({
  program: z.string(),
  objects: z.record(z.string(), FileFactsSchema),
});

/** What the dynamic section of one file says. */
export type FileFacts = z.output<typeof FileFactsSchema>;

/** A program and its files by name; the executable is {@link EXECUTABLE}. */
export type ProgramFacts = z.output<typeof ProgramFactsSchema>;

/** Most faults that are told of one file. */
const FAULTS_MAX = 100;

/** One line, or the sentence that says what is wrong with it. */
function readLine(text: string): ProgramFacts | { readonly wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { wrong: 'the line is not JSON' };
  }
  const outcome = check(ProgramFactsSchema, value);
  if ('data' in outcome) {
    return Object.hasOwn(outcome.data.objects, EXECUTABLE)
      ? outcome.data
      : { wrong: `objects: there is no ${EXECUTABLE}` };
  }
  const [first] = outcome.faults;
  const place = first === undefined || first.path.length === 0 ? '' : `${first.path.join('.')}: `;
  return { wrong: `${place}${first?.fault.message ?? 'no facts of a program'}` };
}

/** Read a file of facts. Blank lines count for nothing; a bad line is left out and told of. Never throws. */
export function parseFacts(
  text: string,
  file = 'facts.jsonl',
): { readonly programs: readonly ProgramFacts[]; readonly diagnostics: readonly Diagnostic[] } {
  const programs: ProgramFacts[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line);
    if (!('wrong' in read)) programs.push(read);
    else if (diagnostics.length < FAULTS_MAX) {
      const place = { file, line: i + 1, column: 1, length: 1, text: line };
      const expected = '{"program": ..., "objects": {"(main)": {"needed": [...]}, ...}}';
      diagnostics.push({ code: 'S084', severity: 'error', ...place, message: read.wrong, expected });
    }
  }
  return { programs, diagnostics };
}

/** The file behind each name that can be asked for: its own before the name it was found by, and that before its soname. */
function filesByName({ objects }: ProgramFacts): Readonly<Record<string, string>> {
  const entries = Object.entries(objects).filter(([file]) => file !== EXECUTABLE);
  const names = [
    ...entries.map(([file, { soname }]) => [soname, file] as const),
    ...entries.map(([file, { requested }]) => [requested, file] as const),
    ...entries.map(([file]) => [file, file] as const),
  ];
  return Object.fromEntries(names.flatMap(([name, file]) => (name === undefined ? [] : [[name, file]])));
}

/** A program as the model takes it. */
export function filesOfProgram(program: ProgramFacts): FilesOfProgram {
  const files = Object.entries(program.objects).map(([file, facts]): [string, FileOfProgram] => {
    const { needed, flags_1, bind_now, filter, auxiliary } = facts;
    const finalised = facts.fini || facts.fini_array > 0;
    const filtees = { ...(filter === undefined ? {} : { filter }), ...(auxiliary === undefined ? {} : { auxiliary }) };
    return [file, { needed, flags_1, bind_now, finalised, ...filtees }];
  });
  const executable = files.find(([file]) => file === EXECUTABLE)?.[1];
  if (executable === undefined) throw new Error('invariant: a program without an executable was read');
  return {
    executable,
    files: Object.fromEntries(files.filter(([file]) => file !== EXECUTABLE)),
    byName: filesByName(program),
  };
}
