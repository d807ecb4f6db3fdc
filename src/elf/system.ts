/**
 * What an installed glibc was built with: the folders its ld.so searches when nothing else is said, what $LIB stands for, and
 * which release it is. It stands for SYSTEM_DIRS and DL_DST_LIB of elf/dl-load.c and for the banner of csu/version.c, all of which
 * are texts in the files themselves.
 *
 * What can go wrong: distributions differ. Debian searches its multiarch folders, upstream /lib64; so the file is asked, and not
 * the name of the distribution.
 */
import type { Bytes } from './bytes.js';
import type { Root } from './root.js';

/** What an ld.so was built with. */
export interface SystemFolders {
  /** Searched last, each with a slash at its end. */
  readonly folders: readonly string[];
  /** $LIB. */
  readonly lib: string;
}

const multiarch: SystemFolders = {
  folders: ['/lib/x86_64-linux-gnu/', '/usr/lib/x86_64-linux-gnu/', '/lib/', '/usr/lib/'],
  lib: 'lib/x86_64-linux-gnu',
};
const upstream: SystemFolders = { folders: ['/lib64/', '/usr/lib64/'], lib: 'lib64' };

/** Most bytes of a file that are looked through: ld.so has 200 KiB, libc 2 MiB. */
const LOOKED_MAX = 1 << 26;
const CHUNK = 1 << 20;
/** Longer than any text that is looked for. */
const OVERLAP = 512;

/** What `find` makes of the file piece by piece, pieces overlapping; undefined when it found nothing. */
function lookThrough<T>(bytes: Bytes, find: (piece: string) => T | undefined): T | undefined {
  const end = Math.min(bytes.size, LOOKED_MAX);
  for (let at = 0; at < end; at += CHUNK - OVERLAP) {
    const piece = bytes.slice(at, Math.min(CHUNK, end - at), 'the file').toString('latin1');
    const found = find(piece);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The folders that an ld.so searches, as they stand in it; upstream's where it has neither. */
export function systemFolders(root: Root, ldso: string): SystemFolders {
  const text = multiarch.folders.map((folder) => `${folder}\0`).join('');
  const found = root.bytes(ldso, (bytes) =>
    lookThrough(bytes, (piece) => (piece.includes(text) ? multiarch : undefined)),
  );
  return found === undefined || 'errno' in found ? upstream : found;
}

/** A libc's own words about itself. */
export interface LibcBanner {
  /** `2.36`. */
  readonly release: string;
  /** The distribution's, `2.36-9+deb12u14` of Debian; undefined of others. */
  readonly debian: string | undefined;
}

const BANNER = /GNU C Library \(([^)\n]{0,200})\) [a-z]+ release version (2\.\d{1,3})/;

/** The release of a libc.so.6; undefined when it does not say. */
export function libcBanner(root: Root, libc: string): LibcBanner | undefined {
  const found = root.bytes(libc, (bytes) => lookThrough(bytes, (piece) => BANNER.exec(piece) ?? undefined));
  if (found === undefined || 'errno' in found) return undefined;
  const [, vendor = '', release = ''] = found;
  return { release, debian: /^Debian GLIBC (\S+)$/.exec(vendor)?.[1] };
}
