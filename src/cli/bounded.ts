/**
 * Reading a descriptor to its end: a file, a pipe, a terminal. It stands for the system's `read`.
 *
 * What can go wrong: a descriptor that never ends, or one that has nothing yet and does not wait by itself.
 */
import { readSync } from 'node:fs';

/** How long to wait for a terminal or pipe that has nothing yet, in milliseconds. */
const WAIT = 10;

/** Read a descriptor to its end; undefined when there is more than `most`. */
export function readBounded(fd: number, most: number): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const part = new Uint8Array(1 << 16);
    const length = readOrWait(fd, part);
    if (length === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, length));
    size += length;
    if (size > most) return undefined;
  }
}

function readOrWait(fd: number, into: Uint8Array): number {
  for (;;) {
    try {
      return readSync(fd, into);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EOF') return 0;
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT);
    }
  }
}
