/**
 * A file that is there whole or not at all, whatever kills its writer: written beside, forced to disk, renamed. Its first line says
 * what it is, how long its parts are and what they hash to. It stands for what POSIX promises of rename(2) and fsync(2).
 *
 * What can go wrong: a disk that lied, a copy that was cut short, a file of another version. Reading says which, and never hands
 * out a part that is not as it was written. An unfinished file of a dead writer is swept by whoever comes by.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** What the first line says, as JSON. */
interface Header {
  /** What the file holds, with the version of its form: `rtldlab.unit/1`. */
  readonly schema: string;
  /** Bytes of each part. */
  readonly parts: readonly number[];
  /** Of all parts, one after another, in hexadecimal. */
  readonly sha256: string;
}

/** What reading came to. */
export type DurableFile =
  | { readonly state: 'whole'; readonly parts: readonly Uint8Array[] }
  | { readonly state: 'absent' }
  /** Not as it was written; `why` is a clause. */
  | { readonly state: 'damaged'; readonly why: string }
  /** Whole or not, it holds something else, or the same in the form of another version. */
  | { readonly state: 'foreign'; readonly schema: string };

/** Longest first line that is looked at. */
const HEADER_MAX = 1 << 16;
/** Bytes handed to the system at once: one read(2) or write(2) moves less than 2 GiB. */
const CHUNK = 1 << 26;

const UNFINISHED = '.unfinished';
/** Older than this, in milliseconds, an unfinished file is nobody's, wherever its writer ran. */
const ABANDONED = 3_600_000;

/** The host as part of a file's name. */
function host(): string {
  return hostname()
    .replace(/[^\w-]/g, '_')
    .slice(0, 64);
}

/** Where a file is written before it is one: beside it, under a name that no other writer has, on whatever machine. */
function unfinishedName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${host()}.${process.pid}.${randomUUID()}${UNFINISHED}`);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, Math.min(CHUNK, bytes.length - at));
}

/** Force a folder's entries to disk, so that a rename outlives a power cut. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeBeside(path: string, pieces: readonly Uint8Array[]): string {
  const beside = unfinishedName(path);
  const fd = openSync(beside, 'wx');
  try {
    for (const piece of pieces) writeAll(fd, piece);
    fsyncSync(fd);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  return beside;
}

/**
 * Put a file in place whole: written beside, forced to disk, renamed over what was there. Two writers do no harm; one of them wins.
 *
 * @throws what the system says: a full disk, a folder that is not there or not ours
 */
export function replaceFile(path: string, pieces: readonly Uint8Array[]): void {
  for (let again = true; ; again = false) {
    const beside = writeBeside(path, pieces);
    try {
      renameSync(beside, path);
      break;
    } catch (error) {
      rmSync(beside, { force: true });
      // Somebody who took us for dead has swept our file: once more.
      if (!again || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  syncFolder(dirname(path));
}

function hashOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (let at = 0; at < part.length; at += CHUNK) hash.update(part.subarray(at, at + CHUNK));
  }
  return hash.digest('hex');
}

/**
 * Write a durable file.
 *
 * @param schema what it holds, with the version of its form: `rtldlab.unit/1`
 * @param parts its contents; reading gives back as many, each in a buffer of its own, aligned for any typed array
 * @throws what the system says
 */
export function writeDurable(path: string, schema: string, parts: readonly (Uint8Array | string)[]): void {
  const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const header: Header = { schema, parts: bytes.map(({ length }) => length), sha256: hashOf(bytes) };
  replaceFile(path, [Buffer.from(`${JSON.stringify(header)}\n`), ...bytes]);
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, parts, sha256 } = value as Partial<Record<keyof Header, unknown>>;
  const isLength = (n: unknown): boolean => Number.isSafeInteger(n) && Number(n) >= 0;
  return typeof schema === 'string' && typeof sha256 === 'string' && Array.isArray(parts) && parts.every(isLength);
}

/** The header that a text begins with, and where its parts begin; undefined when it does not begin with one. */
function headerIn(start: Buffer): { readonly header: Header; readonly length: number } | undefined {
  const end = start.indexOf(0x0a);
  if (end < 0) return undefined;
  try {
    const header: unknown = JSON.parse(start.toString('utf8', 0, end));
    return isHeader(header) ? { header, length: end + 1 } : undefined;
  } catch {
    return undefined;
  }
}

/** Read from a place until a buffer is full; the number of bytes there were. */
function readAt(fd: number, into: Uint8Array, from: number): number {
  let at = 0;
  while (at < into.length) {
    const length = readSync(fd, into, at, Math.min(CHUNK, into.length - at), from + at);
    if (length === 0) break;
    at += length;
  }
  return at;
}

function contents(fd: number, schema: string): DurableFile {
  const start = Buffer.alloc(HEADER_MAX);
  const found = headerIn(start.subarray(0, readAt(fd, start, 0)));
  if (found === undefined) return { state: 'damaged', why: 'its first line is not that of a durable file' };
  const { header, length } = found;
  if (header.schema !== schema) return { state: 'foreign', schema: header.schema };
  const wanted = header.parts.reduce((sum, bytes) => sum + bytes, length);
  const { size } = fstatSync(fd);
  if (size !== wanted) return { state: 'damaged', why: `it has ${size} bytes of ${wanted}` };
  let at = length;
  const parts = header.parts.map((bytes) => {
    const part = new Uint8Array(bytes);
    at += readAt(fd, part, at);
    return part;
  });
  if (hashOf(parts) !== header.sha256) return { state: 'damaged', why: 'its contents do not fit its checksum' };
  return { state: 'whole', parts };
}

/**
 * Read a durable file of this schema.
 *
 * @throws what the system says, when it is there and cannot be read
 */
export function readDurable(path: string, schema: string): DurableFile {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: 'absent' };
    throw error;
  }
  try {
    return contents(fd, schema);
  } finally {
    closeSync(fd);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether an unfinished file has lost its writer: dead on this host, or silent for an hour. */
function isAbandoned(path: string): boolean {
  const [, where, pid] = /\.([\w-]+)\.(\d+)\.[\da-f-]{36}\.unfinished$/.exec(path) ?? [];
  if (where === host() && pid !== undefined && !isAlive(Number(pid))) return true;
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return Date.now() - mtimeMs > ABANDONED;
}

/**
 * Remove the unfinished files of writers that are no more, in one folder.
 *
 * A writer that lives after all, on another machine with a slow disk, notices and writes once more.
 *
 * @returns how many there were
 */
export function sweepUnfinished(folder: string): number {
  const abandoned = readdirSync(folder)
    .filter((name) => name.startsWith('.') && name.endsWith(UNFINISHED))
    .map((name) => join(folder, name))
    .filter(isAbandoned);
  for (const path of abandoned) rmSync(path, { force: true });
  return abandoned.length;
}
