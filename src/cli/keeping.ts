/**
 * Searches that are kept in a folder while they run, a file each: whatever kills the process, the same command goes on from the last file. A
 * judgement that is complete is kept as well, so that of many searches only those are done again that were not done. It stands for nothing
 * in glibc or Linux.
 *
 * What can go wrong: going on with a search of something else. A file says which scenario, libc, kernel and version of rtldlab it is of, and
 * one that is of another is refused, never overwritten.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { deserialize, serialize } from 'node:v8';
import { readDurable, writeDurable } from '../campaign/durable-file.js';
import type { Snapshot } from '../explore/snapshot.js';
import type { Judgement } from '../process/verdict.js';
import { type Answer, quoted, systemComplaint } from './complaint.js';
import type { Trial } from './judging.js';
import { version } from './version.js';

type Kept = { readonly snapshot: Snapshot } | { readonly judgement: Judgement };

const SCHEMA = 'rtldlab.search/1';

/** Milliseconds to the first file, between two files at least, and how much longer than to write one it takes to the next. */
const FIRST = 200;
const EVERY = 5_000;
const PATIENCE = 20;

function wordOf(name: string): string {
  return name.replace(/[^\w.+-]+/g, '-').slice(0, 120);
}

/** What a search is of, as one short text. */
function identityOf({ scenario, libc, kernel }: Omit<Trial, 'file'>): string {
  const text = JSON.stringify([version(), scenario, libc, kernel], (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return createHash('sha256').update(text).digest('hex');
}

export class SearchFile {
  readonly #path: string;
  readonly #identity: string;
  #next = performance.now() + FIRST;

  constructor(
    private readonly folder: string,
    trial: Omit<Trial, 'file'>,
  ) {
    this.#path = join(folder, `${wordOf(trial.scenario.name)}.${wordOf(trial.libc.name)}.search`);
    this.#identity = identityOf(trial);
  }

  /** What is kept; undefined when nothing is. */
  read(): Answer<Kept | undefined> {
    const wrong = (message: string, code: 'C080' | 'C081') => ({
      complaint: {
        code,
        message: `${quoted(this.#path)} ${message}`,
        expected: 'a file of this search, or none: move it away',
      },
    });
    try {
      if (!existsSync(this.folder)) mkdirSync(this.folder);
      const file = readDurable(this.#path, SCHEMA);
      if (file.state === 'absent') return { value: undefined };
      if (file.state === 'damaged') return wrong(`is damaged: ${file.why}`, 'C081');
      if (file.state === 'foreign') return wrong('is something else', 'C080');
      const [identity = new Uint8Array(0), kept = new Uint8Array(0)] = file.parts;
      if (Buffer.from(identity).toString() !== this.#identity) {
        return wrong('is of another scenario, libc, kernel or version of rtldlab', 'C080');
      }
      return { value: deserialize(kept) as Kept };
    } catch (error) {
      return { complaint: systemComplaint(this.folder, error, 'C018') };
    }
  }

  /** Keep a snapshot if it is time, or at once. What cannot be written is not kept; the search goes on. */
  keep(snapshot: () => Snapshot, atOnce: boolean): void {
    const now = performance.now();
    if (now < this.#next && !atOnce) return;
    this.#write({ snapshot: snapshot() });
    const end = performance.now();
    this.#next = end + Math.max(EVERY, PATIENCE * (end - now));
  }

  /** Keep a judgement that is complete. */
  done(judgement: Judgement): void {
    if (judgement.complete) this.#write({ judgement });
  }

  #write(kept: Kept): void {
    try {
      writeDurable(this.#path, SCHEMA, [this.#identity, serialize(kept)]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }
}
