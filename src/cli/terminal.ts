/**
 * The terminal as commands see it: three streams and nothing else, so that a test can hand in strings. It stands for the
 * process's standard streams.
 *
 * What can go wrong: a reader that goes away (`rtldlab run ... | head`). Its end is not our error: we stop and say nothing.
 */
import { readBounded } from './bounded.js';

export interface Terminal {
  /** Write to standard output; text as it is. */
  out(text: string): void;
  /** Write to standard error. */
  err(text: string): void;
  /** All of standard input, at most `most` bytes; undefined when it is larger. @throws what the system says */
  stdin(most: number): Uint8Array | undefined;
  /** Whether a person watches standard error and may be shown progress. */
  readonly watched: boolean;
}

/** Wait until whatever the streams have to report has been reported; between worlds this is where a closed pipe shows. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A stream of this process whose reader may go away. */
function heard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return stream;
}

/** The streams of this process, each taken up when it is first used: Node.js makes them then. */
export function processTerminal(): Terminal {
  let out: NodeJS.WriteStream | undefined;
  let err: NodeJS.WriteStream | undefined;
  return {
    out: (text) => {
      out ??= heard(process.stdout);
      out.write(text);
    },
    err: (text) => {
      err ??= heard(process.stderr);
      err.write(text);
    },
    stdin: (most) => readBounded(0, most),
    get watched() {
      return process.stderr.isTTY === true;
    },
  };
}
