/**
 * What is wrong with a command line or a file as such; what is wrong inside a scenario is told by the scenario floor (codes S...),
 * and inside a script of calls by the kernel floor (K...). Nearest of kin are a compiler driver's own errors.
 *
 * What can go wrong: an error that says what happened and leaves the reader there. Each brings the next move.
 */
import { nearest } from '../kernel/nearest.js';
import { nearestName, oneOf, printable } from '../scenario/diagnostics.js';

/** Stable codes: a code never changes its meaning, a meaning that goes away leaves its number unused. */
export const COMPLAINTS = {
  C001: 'unknown command',
  C002: 'unknown option',
  C003: 'an argument is missing, or there is one too many',
  C004: 'the value of an option cannot be read',
  C005: 'unknown libc',
  C006: 'unknown kernel',
  C010: 'no such file',
  C011: 'a directory where a file is wanted',
  C012: 'the file cannot be read',
  C013: 'the file is larger than any input',
  C014: 'the file holds no text',
  C015: 'the compressed file is damaged',
  C016: 'the file is empty',
  C017: 'no scenario in this directory',
  C018: 'the folder or file cannot be written',
  C020: 'the path cannot be read',
  C021: 'the path does not fit the scenario',
  C022: 'the scenario says nothing that could be judged',
  C023: 'no event of this number',
  C030: 'unknown id',
  C040: 'the file of a semantics cannot be loaded',
  C041: 'unknown switch in a semantics',
  C042: 'a switch of a semantics has a value that nobody knows',
  C043: 'the file exports no semantics, or one without a name of its own',
  C050: 'no unpacked libc in this folder',
  C051: 'no sysroot of this name',
  C052: 'the cache cannot be written',
  C060: 'the file is no ELF file',
  C061: 'the ELF file is for another machine',
  C062: 'the ELF file is damaged',
  C063: 'the ELF file is no program that a loader starts',
  C064: "the program's interpreter is not there, or is not glibc's",
  C065: 'the program loads more objects than are looked at',
  C066: 'the program runs on a libc that nobody knows',
  C067: 'unknown processor',
  C068: 'the file cannot be written',
  C070: 'no campaign in this folder',
  C071: 'the plan of a campaign is of another version',
  C072: 'the plan of a campaign is damaged',
  C073: 'another campaign is in this folder',
  C074: 'no unit of this number in the campaign',
  C075: 'it is not clear which unit is meant',
  C076: 'a result of another plan is in this folder',
  C077: 'unknown kind of campaign',
  C078: 'the folder of a campaign cannot be used',
  C079: 'the campaign has nothing to do, or too much',
  C080: 'the file of a kept search is of another search',
  C081: 'the file of a kept search is damaged',
} as const;
export type ComplaintCode = keyof typeof COMPLAINTS;

/** One thing that is wrong. */
export interface Complaint {
  readonly code: ComplaintCode;
  readonly message: string;
  /** What was expected, as a clause without a full stop. */
  readonly expected?: string;
  /** The good name nearest to the one that was written. */
  readonly nearest?: string;
  /** A command to type next. */
  readonly next?: string;
}

/** A value, or what is wrong instead. */
export type Answer<T> = { readonly value: T } | { readonly complaint: Complaint };

/** A word as an error may quote it: in quotes, cut where it is long. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}...` : word);
}

/** Lines for a terminal, no newline at the end. */
export function renderComplaint({ code, message, expected, nearest: near, next }: Complaint): string {
  const hints = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(near === undefined ? [] : [`did you mean ${near}?`]),
  ];
  const lines = [`rtldlab: error ${code}: ${message}`];
  if (hints.length > 0) lines.push(`  ${hints.join('; ')}`);
  if (next !== undefined) lines.push(`  try: ${next}`);
  return lines.map((line) => line.split('\n').map(printable).join(' ')).join('\n');
}

/** The complaint about a name that is not among the good ones. */
export function unknown(code: ComplaintCode, what: string, name: string, good: readonly string[]): Complaint {
  const near = nearestName(name, good) ?? good.find((each) => each.endsWith(`-${name}`)) ?? nearest(name, good)[0];
  return {
    code,
    message: `unknown ${what} ${quoted(name)}`,
    expected: oneOf(good),
    ...(near === undefined ? {} : { nearest: near }),
  };
}

/** The complaint about what the system says of a folder. @throws what the system did not say */
export function systemComplaint(folder: string, error: unknown, code: ComplaintCode): Complaint {
  const { code: said } = error as NodeJS.ErrnoException;
  if (said === undefined) throw error;
  const expected = 'a folder that you may write to, on a disk with room';
  return { code, message: `${quoted(folder)} cannot be used: ${said}`, expected };
}
