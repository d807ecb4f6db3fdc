/**
 * `rtldlab hunt`: generated worlds under one libc, and of each kind of failure the smallest scenario, told and kept.
 *
 * What can go wrong: an hour's hunt lost because its folder cannot be written. The folder is made before anything runs.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type HuntReport, hunt, suspicionIds } from '../hunt/index.js';
import type { Build } from '../process/builds.js';
import { type Answer, unknown } from './complaint.js';
import { EXIT } from './exit.js';
import { columns, counted } from './layout.js';
import { DEFAULT_LIBC, kernelNamed, libcNamed, seedOf, wholeNumber } from './names.js';
import { folderMade } from './out-folder.js';
import { semanticsOfFiles } from './semantics-file.js';
import type { Session } from './session.js';

export interface HuntWords {
  readonly libc?: string;
  /** File of a semantics. */
  readonly semantics?: string;
  /** Ids with commas between them. */
  readonly property?: string;
  readonly kernel?: string;
  readonly seed?: string;
  readonly runs?: string;
  /** Seconds. */
  readonly budget?: string;
  /** Folder for the scenarios. */
  readonly out?: string;
  readonly json?: true;
}

/** Most runs and seconds that are taken for meant. */
const RUNS_MAX = 10_000_000;
const SECONDS_MAX = 1_000_000;

function idsOf(text: string): Answer<readonly string[]> {
  const ids = text.split(',').map((id) => id.trim());
  const strange = ids.find((id) => !suspicionIds.includes(id));
  return strange === undefined ? { value: ids } : { complaint: unknown('C030', 'property', strange, suspicionIds) };
}

interface Asked {
  readonly libc: Build;
  readonly properties: readonly string[] | undefined;
  readonly kernel: string | undefined;
  readonly seed: number | undefined;
  readonly runs: number | undefined;
  readonly seconds: number | undefined;
  readonly out: string | undefined;
}

async function libcOf(session: Session, { libc, semantics }: HuntWords): Promise<Build | undefined> {
  if (libc !== undefined && semantics !== undefined) {
    session.complain({
      code: 'C003',
      message: 'a hunt is under one libc: --libc or --semantics',
      next: 'rtldlab hunt --help',
    });
    return undefined;
  }
  if (semantics !== undefined) return (await semanticsOfFiles(session, [semantics]))[0];
  return session.take(libcNamed(libc ?? DEFAULT_LIBC));
}

/** What the words ask for; undefined after complaining. */
async function askedIn(session: Session, words: HuntWords): Promise<Asked | undefined> {
  if (words.runs !== undefined && words.budget !== undefined) {
    session.complain({ code: 'C003', message: 'either --runs or --budget bounds a hunt', next: 'rtldlab hunt --help' });
  }
  const libc = await libcOf(session, words);
  const kernel = session.takeOption(words.kernel, kernelNamed);
  const asked = {
    properties: session.takeOption(words.property, idsOf),
    kernel: kernel === undefined ? undefined : words.kernel,
    seed: session.takeOption(words.seed, seedOf),
    runs: session.takeOption(words.runs, (text) => wholeNumber('--runs', text, 1, RUNS_MAX)),
    seconds: session.takeOption(words.budget, (text) => wholeNumber('--budget', text, 1, SECONDS_MAX)),
  };
  if (session.code !== EXIT.ok || libc === undefined) return undefined;
  const out = session.takeOption(words.out, folderMade);
  return session.code === EXIT.ok ? { ...asked, libc, out } : undefined;
}

/** Without what is undefined, as optional fields want it. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function hunted(session: Session, { libc, properties, kernel, seed, runs, seconds }: Asked): HuntReport {
  const end = seconds === undefined ? undefined : performance.now() + 1000 * seconds;
  const kinds = new Set<string>();
  let last = 0;
  return hunt({
    libc,
    ...given({ properties, kernel, seed }),
    runs: runs ?? (end === undefined ? 500 : Number.POSITIVE_INFINITY),
    ...(end === undefined ? {} : { stop: () => performance.now() > end }),
    seen(kind, run) {
      kinds.add(kind);
      last = run;
      session.progress(
        `hunting under ${libc.name}: ${counted(kinds.size, 'kind')} of failure, the last in run ${last} of its unit`,
      );
    },
    wrote: ({ kind }) => session.progress(`made small: ${kind}`),
  });
}

/** The file that a finding is kept in. */
function keep(folder: string, report: HuntReport): Map<string, string> {
  const files = new Map<string, string>();
  for (const { kind, name, scenario } of report.findings) {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, scenario);
    files.set(kind, file);
  }
  return files;
}

function told({ libc, seed, runs, worlds, findings }: HuntReport, files: ReadonlyMap<string, string>): string {
  const heading = `${libc}, seed ${seed}: ${counted(runs, 'run')} of ${counted(worlds, 'world')}, ${counted(findings.length, 'kind')} of failure`;
  const rows = findings.map(({ kind, verdict, steps, objects, actions }) => [
    `${counted(objects, 'object')}, ${counted(actions, 'action')}`,
    counted(steps, 'step'),
    verdict,
    files.get(kind) ?? kind,
  ]);
  return findings.length === 0 ? heading : `${heading}\n\n${columns(rows, '  ')}`;
}

function moreAbout({ libc, seed, findings }: HuntReport, words: HuntWords, files: ReadonlyMap<string, string>): string {
  const [first] = findings;
  if (first === undefined) return '';
  const file = files.get(first.kind);
  if (file !== undefined) return `\nHow the first comes about: rtldlab explore ${file} --libc ${libc}`;
  const bound = words.budget === undefined ? `--runs ${words.runs ?? 500}` : `--budget ${words.budget}`;
  const libcWords = words.semantics === undefined ? `--libc ${libc}` : `--semantics ${words.semantics}`;
  return `\nTo keep the scenarios: rtldlab hunt ${libcWords} --seed ${seed} ${bound} --out found`;
}

/** Hunt, tell what was found, keep it where a folder was named. */
export async function huntWith(session: Session, words: HuntWords): Promise<void> {
  const asked = await askedIn(session, words);
  if (asked === undefined) return;
  const report = hunted(session, asked);
  session.progress('');
  const files = asked.out === undefined ? new Map<string, string>() : keep(asked.out, report);
  session.line(
    words.json === true ? JSON.stringify(report) : `${told(report, files)}${moreAbout(report, words, files)}`,
  );
  for (const [i, { promise, scenario }] of report.broken.entries()) {
    const file = asked.out === undefined ? undefined : join(asked.out, `broken-promise-${i + 1}.yaml`);
    if (file !== undefined) writeFileSync(file, scenario);
    session.broken(new Error(promise), file ?? `a world of seed ${report.seed} under ${report.libc}`);
  }
  if (report.findings.length > 0) session.note(EXIT.unexpected);
}
