/**
 * `rtldlab sysroot RELEASE`: another release's libc, unpacked beside the system and never into it, for `rtldlab real --sysroot`.
 *
 * What can go wrong: a network that is not there, a mirror that dropped the release, a machine without apt. Each is told with what
 * was tried, and the exit code says that there is no sysroot.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Sysroot, sysrootAt, sysrootReleases, unpackSysroot } from '../real/index.js';
import { type Answer, quoted, unknown } from './complaint.js';
import { EXIT } from './exit.js';
import { columns } from './layout.js';
import type { Session } from './session.js';

export interface SysrootWords {
  readonly cache?: string;
  readonly again?: true;
  readonly json?: true;
}

/** The folder of unpacked releases, as the XDG base directory specification has it. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  const base = XDG_CACHE_HOME?.startsWith('/') === true ? XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'rtldlab', 'sysroots');
}

/** The release of a name: of a suite, of its glibc, or of the model's build. */
function releaseNamed(name: string): Answer<string> {
  const number = name.replace(/^debian-/, '');
  const found = Object.entries(sysrootReleases).find(([suite, glibc]) => suite === name || glibc === number);
  const names = Object.keys(sysrootReleases);
  return found === undefined ? { complaint: unknown('C051', 'release', name, names) } : { value: found[0] };
}

function tell(
  session: Session,
  release: string,
  { folder, archive }: Sysroot,
  packages: readonly string[],
  json: boolean,
) {
  if (json) session.line(JSON.stringify({ schema: 'rtldlab.sysroot/1', release, folder, archive, packages }));
  else {
    const from = packages.length === 0 ? 'it was there already; --again fetches it anew' : packages.join(' ');
    session.line(
      columns([
        [`${release}, glibc ${sysrootReleases[release]}`, folder],
        ['', from],
      ]),
    );
  }
}

/** Unpack a release, unless it is there already. */
export async function sysroot(session: Session, name: string, words: SysrootWords): Promise<void> {
  const release = session.take(releaseNamed(name));
  if (release === undefined) return;
  const cache = words.cache ?? cacheFolder();
  const json = words.json === true;
  const present = sysrootAt(join(cache, release));
  if (!('missing' in present) && words.again !== true) return tell(session, release, present, [], json);
  session.progress(`fetching ${release}`);
  try {
    const unpacked = await unpackSysroot(release, cache);
    session.progress('');
    if ('sysroot' in unpacked) return tell(session, release, unpacked.sysroot, unpacked.packages, json);
    session.note(EXIT.unsupported);
    if (json) session.line(JSON.stringify({ schema: 'rtldlab.sysroot/1', release, ...unpacked }));
    else {
      session.line(columns([[`no sysroot of ${release}, because ${unpacked.impossible}`]]));
      if (unpacked.tried.length > 0)
        session.line(
          columns(
            unpacked.tried.map((each) => ['tried', each]),
            '  ',
          ),
        );
    }
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    session.complain({
      code: 'C052',
      message: `the cache ${quoted(cache)} cannot be written: ${code}`,
      expected: 'a folder that you may write, as with --cache',
    });
  }
}
