/**
 * A file system seen from a root: paths as a program in that root writes them, and the files behind them. Stands for the kernel's
 * walk over a path (fs/namei.c) after chroot, without the privilege that chroot needs.
 *
 * What can go wrong: a symbolic link that leads out. Within another root every link is followed by hand, component by component,
 * and `..` of the root is the root; links are counted as the kernel counts them.
 */
import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { type Bytes, type Unopened, withFile } from './bytes.js';
import { type ElfAnswer, type OpenElf, readElf } from './file.js';

/** Most symbolic links on one path. */
const LINKS_MAX = 40;

/** A file that is there: which one it is on this machine, by device and inode as ld.so compares them. */
export interface Located {
  readonly path: string;
  readonly id: string;
  readonly isFolder: boolean;
}

const errnoOf = (error: unknown): Unopened => {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return { errno: code };
};

/** A root folder; `/` is the machine's own. */
export class Root {
  readonly #folder: string;

  constructor(folder = '/') {
    this.#folder = resolve(folder);
  }

  /** This is the machine's own file system. */
  get own(): boolean {
    return this.#folder === '/';
  }

  /** The path on this machine of a path within the root, links followed. */
  #outside(path: string): string | Unopened {
    if (path.includes('\0')) return { errno: 'ENOENT' };
    if (this.own) return path;
    if (!isAbsolute(path)) return { errno: 'ENOENT' };
    const ahead = path.split('/').reverse();
    let at: string[] = [];
    let links = 0;
    for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at = at.slice(0, -1);
        continue;
      }
      const link = this.#linkAt([...at, part]);
      if (link === undefined) at = [...at, part];
      else {
        if (++links > LINKS_MAX) return { errno: 'ELOOP' };
        if (isAbsolute(link)) at = [];
        ahead.push(...link.split('/').reverse());
      }
    }
    return join(this.#folder, ...at);
  }

  #linkAt(parts: readonly string[]): string | undefined {
    const path = join(this.#folder, ...parts);
    try {
      return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Find a file or folder. */
  locate(path: string): Located | Unopened {
    const outside = this.#outside(path);
    if (typeof outside !== 'string') return outside;
    try {
      const { dev, ino, mode } = statSync(outside, { bigint: true });
      return { path: outside, id: `${dev}:${ino}`, isFolder: (Number(mode) & 0o170000) === 0o040000 };
    } catch (error) {
      return errnoOf(error);
    }
  }

  /** Read the ELF file at a path. */
  elf<T>(path: string, use: (elf: OpenElf) => T): ElfAnswer<T> {
    const outside = this.#outside(path);
    return typeof outside === 'string' ? readElf(outside, use) : outside;
  }

  /** Read any file at a path. */
  bytes<T>(path: string, use: (bytes: Bytes) => T): T | Unopened {
    const outside = this.#outside(path);
    return typeof outside === 'string' ? withFile(outside, use) : outside;
  }
}
