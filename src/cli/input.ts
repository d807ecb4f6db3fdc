/**
 * Files and standard input as text: gzip by its magic number, UTF-8 or nothing. It stands for the file system.
 *
 * What can go wrong: all of it is the outside's doing. A file may be missing, a directory, unreadable, endless, cut short,
 * or no text; each is an answer with a code and none throws.
 */
import { closeSync, existsSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { nearestName } from '../scenario/diagnostics.js';
import { readBounded } from './bounded.js';
import { type Answer, type Complaint, type ComplaintCode, quoted } from './complaint.js';
import type { Terminal } from './terminal.js';

/** Most bytes of an input, before and after decompression. */
export const INPUT_MAX = 1 << 28;

const refused = (code: ComplaintCode, message: string, hint: Partial<Complaint> = {}) => ({
  complaint: { code, message, ...hint },
});

const nameOf = (file: string): string => (file === '-' ? 'standard input' : quoted(file));

const megabytes = (bytes: number): string => `${Math.floor(bytes / (1 << 20))} MiB`;

function tooLarge(file: string, most: number) {
  return refused('C013', `${nameOf(file)} is larger than ${megabytes(most)}`, {
    expected: 'a scenario or a recording',
  });
}

/** What the system's refusal to open or read a file means. */
export function refusal(file: string, error: unknown) {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const near = neighbour(file);
    return refused('C010', `there is no file ${quoted(file)}`, {
      expected: 'the path of a file, or - for standard input',
      ...(near === undefined ? {} : { nearest: near }),
    });
  }
  if (code === 'EISDIR') return directory(file);
  return refused('C012', `${quoted(file)} cannot be read: ${code}`, { expected: 'a file that you may read' });
}

function directory(file: string) {
  return refused('C011', `${quoted(file)} is a directory`, { expected: 'a file; explore and check take directories' });
}

/** The file beside a missing one whose name comes nearest. */
function neighbour(file: string): string | undefined {
  const folder = dirname(file);
  if (!existsSync(folder)) return undefined;
  try {
    const near = nearestName(basename(file), readdirSync(folder).sort());
    return near === undefined ? undefined : join(folder, near);
  } catch {
    return undefined;
  }
}

function bytesOf(file: string, terminal: Terminal, most: number): Answer<Uint8Array> {
  let fd: number | undefined;
  try {
    if (file === '-') {
      const given = terminal.stdin(most);
      return given === undefined ? tooLarge(file, most) : { value: given };
    }
    if (file.includes('\0')) return refused('C010', `there is no file ${quoted(file)}`);
    fd = openSync(file, 'r');
    const about = fstatSync(fd);
    if (about.isDirectory()) return directory(file);
    const bytes = about.size > most ? undefined : readBounded(fd, most);
    return bytes === undefined ? tooLarge(file, most) : { value: bytes };
  } catch (error) {
    return refusal(file, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

function plain(file: string, bytes: Uint8Array, most: number): Answer<Uint8Array> {
  if (!isGzip(bytes)) return { value: bytes };
  // Asked for here, because most inputs are plain and Node.js takes its time to bring it.
  const { gunzipSync } = createRequire(import.meta.url)('node:zlib') as typeof import('node:zlib');
  try {
    return { value: gunzipSync(bytes, { maxOutputLength: most }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(file, most);
    const why = code === 'Z_BUF_ERROR' ? 'it ends too early' : 'its contents do not fit its checksum';
    return refused('C015', `${nameOf(file)} is damaged: ${why}`, { expected: 'a whole gzip file' });
  }
}

/**
 * The text of a file, decompressed where it begins as gzip does; `-` is standard input.
 *
 * @param most bytes, before and after decompression
 */
export function readText(file: string, terminal: Terminal, most = INPUT_MAX): Answer<string> {
  const raw = bytesOf(file, terminal, most);
  if ('complaint' in raw) return raw;
  const bytes = plain(file, raw.value, most);
  if ('complaint' in bytes) return bytes;
  const name = nameOf(file);
  if (bytes.value.length === 0) return refused('C016', `${name} is empty`, { expected: 'a scenario or a recording' });
  if (bytes.value.includes(0)) return notText(name);
  try {
    return { value: new TextDecoder('utf-8', { fatal: true }).decode(bytes.value) };
  } catch {
    return notText(name);
  }
}

function notText(name: string) {
  return refused('C014', `${name} holds no text`, {
    expected: 'UTF-8: a scenario (YAML or JSON) or JSON lines, gzip too',
  });
}
