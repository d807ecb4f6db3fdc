/**
 * A file as a reader of formats sees it: little-endian numbers, short strings and tables at offsets, never the file as a whole.
 * Stands for pread on a descriptor, as ld.so reads headers before it maps anything (elf/dl-load.c:open_verify).
 *
 * What can go wrong: every offset and every count comes from the file and may be a lie. A read beyond the end leaves by the one
 * exception of this floor, {@link Malformed}; each entrance (`readElf`, `readCache`) turns it into a value.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A file that is not what it says. It never leaves the floor. */
export class Malformed extends Error {}

/** Bytes of one block, and most blocks of a file that are kept. */
const BLOCK = 1 << 14;
const BLOCKS_MAX = 256;

/** Most bytes of one string: longer than any path or symbol that a compiler has written. */
const STRING_MAX = 1 << 16;

/** The bytes of a file. */
export class Bytes {
  readonly #blocks = new Map<number, Buffer>();
  readonly #read: (offset: number, into: Buffer) => number;

  private constructor(
    /** Size of the file in bytes. */
    readonly size: number,
    read: (offset: number, into: Buffer) => number,
  ) {
    this.#read = read;
  }

  /** Bytes that are in memory already. */
  static of(bytes: Uint8Array): Bytes {
    return new Bytes(bytes.length, (offset, into) => {
      into.set(bytes.subarray(offset, offset + into.length));
      return Math.min(into.length, bytes.length - offset);
    });
  }

  /** Bytes of an open regular file; they can be read until it is closed. */
  static ofDescriptor(fd: number, size: number): Bytes {
    return new Bytes(size, (offset, into) => readSync(fd, into, 0, into.length, offset));
  }

  /** `length` bytes at `offset`. `what` names them where the file is shorter. */
  slice(offset: number, length: number, what: string): Buffer {
    this.#within(offset, length, what);
    const first = Math.floor(offset / BLOCK);
    if (offset + length <= (first + 1) * BLOCK) {
      return this.#block(first).subarray(offset - first * BLOCK, offset - first * BLOCK + length);
    }
    const out = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const got = this.#read(offset + done, out.subarray(done));
      if (got <= 0) throw new Malformed(`${what} cannot be read: the file shrank`);
      done += got;
    }
    return out;
  }

  u8(offset: number, what: string): number {
    return this.slice(offset, 1, what).readUInt8();
  }

  u16(offset: number, what: string): number {
    return this.slice(offset, 2, what).readUInt16LE();
  }

  u32(offset: number, what: string): number {
    return this.slice(offset, 4, what).readUInt32LE();
  }

  u64(offset: number, what: string): number {
    return wordAt(this.slice(offset, 8, what), 0);
  }

  /** A string that ends with a zero byte. */
  cString(offset: number, what: string): string {
    this.#within(offset, 1, what);
    let text = '';
    for (let at = offset; at < this.size && text.length < STRING_MAX; ) {
      const number = Math.floor(at / BLOCK);
      const rest = this.#block(number).subarray(at - number * BLOCK);
      const end = rest.indexOf(0);
      if (end >= 0) return text + rest.toString('latin1', 0, end);
      text += rest.toString('latin1');
      at += rest.length;
    }
    throw new Malformed(`${what} has no end`);
  }

  /** The records of a table, one after the other; a record is good until the next is taken. */
  *records(offset: number, count: number, size: number, what: string): Generator<Buffer, void, undefined> {
    this.#within(offset, count * size, what);
    const chunk = Math.max(1, Math.floor(BLOCK / size));
    for (let i = 0; i < count; i += chunk) {
      const many = Math.min(chunk, count - i);
      const part = this.slice(offset + i * size, many * size, what);
      for (let k = 0; k < many; k++) yield part.subarray(k * size, (k + 1) * size);
    }
  }

  #within(offset: number, length: number, what: string): void {
    if (offset >= 0 && length >= 0 && offset + length <= this.size) return;
    throw new Malformed(`${what} lies beyond the end of the file (${this.size} bytes)`);
  }

  #block(number: number): Buffer {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const length = Math.min(BLOCK, this.size - number * BLOCK);
    const block = Buffer.alloc(length);
    const got = this.#read(number * BLOCK, block);
    if (got !== length) throw new Malformed('the file shrank while it was read');
    const [oldest] = this.#blocks.keys();
    if (oldest !== undefined && this.#blocks.size >= BLOCKS_MAX) this.#blocks.delete(oldest);
    this.#blocks.set(number, block);
    return block;
  }
}

/**
 * An unsigned 64-bit number. What does not fit 53 bits is rounded: as an offset or an address it lies beyond any file, and as
 * flags it is read by its lower half.
 */
export function wordAt(record: Buffer, offset: number): number {
  return record.readUInt32LE(offset + 4) * 2 ** 32 + record.readUInt32LE(offset);
}

/** What the system says instead of opening a file: an errno name, or that it is no regular file. */
export interface Unopened {
  readonly errno: string;
}

/**
 * Do something with the bytes of a regular file, and close it.
 *
 * @returns what `use` made of them, or the name of the errno; a folder gives EISDIR, other things that are no file ENXIO
 */
export function withFile<T>(path: string, use: (bytes: Bytes) => T): T | Unopened {
  let fd: number | undefined;
  try {
    // A pipe with nobody at its other end must not keep us waiting.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const about = fstatSync(fd);
    if (!about.isFile()) return { errno: about.isDirectory() ? 'EISDIR' : 'ENXIO' };
    return use(Bytes.ofDescriptor(fd, about.size));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof Malformed) throw error;
    return { errno: code };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
