/**
 * Linked files that were made before: of two worlds that differ in one object only that one is made again. Stands for ccache.
 *
 * What can go wrong: a file that depends on more than its key. The key is everything the tools are given, the sources and the words;
 * what else they read (the stand-ins, the libc) stays as it is while a workshop is open.
 */
import { createHash } from 'node:crypto';
import { linkSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Most files that are kept; the oldest go first. */
const KEPT_MAX = 4096;

export class KeptFiles {
  /** By key, where the file is kept, once it is made; undefined when it could not be. */
  private readonly kept = new Map<string, Promise<string | undefined>>();
  private opened: Promise<unknown> | undefined;

  constructor(private readonly folder: string) {}

  /** Put the file that `parts` describe at `path`, where `make` makes it if it is not kept. Rejects when it cannot be made. */
  async place(parts: readonly string[], path: string, make: () => Promise<void>): Promise<void> {
    const key = createHash('sha256').update(parts.join('\0')).digest('hex');
    const before = this.kept.get(key);
    const known = before === undefined ? undefined : await before;
    if (known !== undefined && linked(known, path)) return;
    const making = make();
    const keeping = making.then(
      () => this.keep(path, key),
      () => undefined,
    );
    this.kept.set(key, keeping);
    await making;
    // Nothing is under way any more when this is over: whoever closes the workshop removes the folder.
    await keeping;
    await this.forgetOldest();
  }

  private async keep(path: string, key: string): Promise<string | undefined> {
    this.opened ??= mkdir(this.folder, { recursive: true });
    await this.opened;
    const place = join(this.folder, key);
    return linked(path, place) ? place : undefined;
  }

  private async forgetOldest(): Promise<void> {
    const [oldest] = this.kept;
    if (this.kept.size <= KEPT_MAX || oldest === undefined) return;
    this.kept.delete(oldest[0]);
    const place = await oldest[1];
    if (place !== undefined) await rm(place, { force: true });
  }
}

/** Give a file a second name; whether it could be. A program that is built here does not write to its own file. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}
