/**
 * A program named on the command line, with the words that say where it is started: a root, LD_LIBRARY_PATH, LD_PRELOAD, a
 * processor. It stands for the shell from which it would be run.
 *
 * What can go wrong: this shell's variables in another root. They are taken from the environment on this machine only.
 */
import type { Opening } from '../elf/closure.js';
import { type Processor, plainProcessor, thisProcessor } from '../elf/hwcaps.js';
import { type NoProgram, type RealProgram, readProgram } from '../elf/program.js';
import { Root } from '../elf/root.js';
import { type Build, buildNames } from '../process/builds.js';
import { oneOf } from '../scenario/diagnostics.js';
import { type Answer, type Complaint, quoted, unknown } from './complaint.js';
import { refusal } from './input.js';
import { libcNamed } from './names.js';

/** What `order` and `import` are told of a program's surroundings. */
export interface ProgramWords {
  readonly libc?: string;
  readonly root?: string;
  readonly libraryPath?: string;
  readonly preload?: string;
  readonly cpu?: string;
}

const LEVELS: Readonly<Record<string, Processor['level']>> = {
  'x86-64': 1,
  'x86-64-v2': 2,
  'x86-64-v3': 3,
  'x86-64-v4': 4,
};

function processorNamed(name: string): Answer<Processor> {
  const level = LEVELS[name];
  if (level === undefined) return { complaint: unknown('C067', 'processor', name, Object.keys(LEVELS)) };
  return { value: { ...plainProcessor, level } };
}

const FAULTS = { 'not ELF': 'C060', foreign: 'C061', malformed: 'C062' } as const;

/** What is wrong with a file that is no program to look at. */
function complaintAbout(path: string, no: NoProgram): Complaint {
  const name = quoted(path);
  if ('errno' in no) return refusal(path, { code: no.errno }).complaint;
  if ('fault' in no) {
    const { kind, message } = no.fault;
    const expected = 'a dynamically linked program for Linux on x86-64, 64-bit little-endian';
    return { code: FAULTS[kind], message: `${name}: ${message}`, expected };
  }
  if ('tooMany' in no) return { code: 'C065', message: `${name} loads more than ${no.tooMany} objects` };
  if ('noLoader' in no) {
    const what = no.noLoader === 'static' ? 'is linked statically' : 'is a library';
    return { code: 'C063', message: `${name} ${what}: no loader starts it`, expected: 'a program with PT_INTERP' };
  }
  return {
    code: 'C064',
    message: `${name} asks for the interpreter ${quoted(no.badInterpreter)}: ${no.because}`,
    expected: "glibc's ld-linux-x86-64.so.2",
  };
}

/** A program, and the libc build that is predicted for. */
export interface Started {
  readonly program: RealProgram;
  readonly libc: Build;
}

/**
 * Find a program and all it loads.
 *
 * @param openings what it is known to open while it runs; they take part in the order of its end
 */
export function startedProgram(path: string, words: ProgramWords, openings: readonly Opening[] = []): Answer<Started> {
  const root = new Root(words.root);
  const asked = words.libc === undefined ? undefined : libcNamed(words.libc);
  if (asked !== undefined && 'complaint' in asked) return asked;
  const processor = words.cpu === undefined ? undefined : processorNamed(words.cpu);
  if (processor !== undefined && 'complaint' in processor) return processor;
  const variable = (name: string) => (root.own ? (process.env[name] ?? '') : '');
  const program = readProgram(path, {
    root,
    processor: processor?.value ?? (root.own ? thisProcessor() : plainProcessor),
    libraryPath: words.libraryPath ?? variable('LD_LIBRARY_PATH'),
    preload: words.preload ?? variable('LD_PRELOAD'),
    libc: asked?.value,
    openings,
  });
  if (!('closure' in program)) return { complaint: complaintAbout(path, program) };
  const libc = asked?.value ?? program.libc;
  if (libc !== undefined) return { value: { program, libc } };
  const told = program.banner ?? 'a libc that does not say which it is';
  const expected = `--libc with one of ${oneOf(buildNames)}`;
  return { complaint: { code: 'C066', message: `${quoted(path)} runs on ${told}`, expected } };
}
