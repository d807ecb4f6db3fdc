/**
 * `rtldlab real S...`: every world of scenarios and recordings built, run on this machine's glibc and kernel, and compared with
 * what the model predicts of them. It stands for litmus7 beside herd7: the same tests on the real thing.
 *
 * What can go wrong: a world that was not run taken for one that agreed. It is told as skipped, with the reason, and where nothing
 * could be run at all the exit code says so.
 */
import { availableParallelism } from 'node:os';
import type { KernelFeatures } from '../kernel/index.js';
import type { Build } from '../process/builds.js';
import {
  type Asked,
  askMachine,
  closeWorkshop,
  inOrder,
  type Machine,
  type RealAnswerer,
  realAnswerer,
  sysrootAt,
  type Told,
  type Toolchain,
  UNDER_WAY,
} from '../real/index.js';
import { scenarioPaths } from './catalogue.js';
import { type Answer, quoted } from './complaint.js';
import { EXIT, type ExitCode } from './exit.js';
import { readText } from './input.js';
import { counted, grouped } from './layout.js';
import { kernelNamed, libcNamed, statesOf, wholeNumber } from './names.js';
import { type GenerateWords, generate, type Plan, planOf } from './real-generate.js';
import { machineText, toldText } from './real-text.js';
import type { Session } from './session.js';
import { type NamedWorld, worldsOf } from './worlds.js';

export interface RealWords extends GenerateWords {
  readonly libc?: string;
  readonly kernel?: string;
  readonly cc?: string;
  readonly sysroot?: string;
  readonly jobs?: string;
  readonly maxStates?: string;
  readonly json?: true;
}

/** A world and what came of it. */
interface Line {
  readonly id: string;
  readonly told: Told;
}

const codeOf: Readonly<Record<Told['outcome'], ExitCode>> = {
  equal: EXIT.ok,
  skipped: EXIT.ok,
  different: EXIT.unexpected,
  unproven: EXIT.bound,
  unsupported: EXIT.unsupported,
};

function toolchainOf({ cc = 'gcc', sysroot }: RealWords): Answer<Toolchain> {
  if (sysroot === undefined) return { value: { compiler: cc } };
  const found = sysrootAt(sysroot);
  if (!('missing' in found)) return { value: { compiler: cc, sysroot: found } };
  const message = `${quoted(sysroot)} is no unpacked libc: ${found.missing} is missing`;
  return { complaint: { code: 'C050', message, expected: 'a folder that `rtldlab sysroot` has filled' } };
}

/** The worlds of files and folders; what is wrong with them is told. */
function worldsBelow(session: Session, paths: readonly string[]): NamedWorld[] {
  return paths.flatMap((path) =>
    (session.take(scenarioPaths(path)) ?? []).flatMap((file) => {
      const text = session.take(readText(file, session.terminal));
      if (text === undefined) return [];
      const { worlds, diagnostics } = worldsOf(text, file === '-' ? 'standard input' : file);
      session.diagnose(diagnostics);
      return worlds;
    }),
  );
}

interface Place {
  readonly libc: Build | undefined;
  readonly kernel: KernelFeatures | undefined;
}

/** The build and the kernel to predict for: those asked for, or the machine's. */
function placeOf(session: Session, words: RealWords, machine: Machine | undefined): Place {
  const kernel = /^\d+\.\d+/.exec(machine?.kernel ?? '')?.[0];
  return {
    libc: session.takeOption(words.libc ?? machine?.build, libcNamed),
    kernel: session.takeOption(words.kernel ?? kernel, kernelNamed),
  };
}

function askedOf(place: Place, machine: Machine, maxStates: number | undefined): Asked | string {
  if (place.libc === undefined) return `no build of the model describes ${machine.libc}; --libc chooses one`;
  if (place.kernel === undefined) return `no kernel of the model describes ${machine.kernel}; --kernel chooses one`;
  return { build: place.libc, kernel: place.kernel, ...(maxStates === undefined ? {} : { maxStates }) };
}

/** What came of one world. */
async function tellOf(answerer: RealAnswerer, asked: Asked | string, named: NamedWorld): Promise<Told> {
  if ('skipped' in answerer) return { outcome: 'skipped', reason: answerer.skipped };
  if (typeof asked === 'string') return { outcome: 'skipped', reason: asked };
  if (named.unsupported !== undefined) return { outcome: 'skipped', reason: `it has no code: ${named.unsupported}` };
  return askMachine(answerer.shop, named.world, asked);
}

function summary(session: Session, lines: readonly Line[], json: boolean): void {
  const count = (outcome: Told['outcome']) => lines.filter(({ told }) => told.outcome === outcome).length;
  const counts = {
    worlds: lines.length,
    equal: count('equal'),
    different: count('different'),
    unproven: count('unproven'),
    unsupported: count('unsupported'),
    skipped: count('skipped'),
  };
  if (lines.length > 0 && counts.equal + counts.different + counts.unproven === 0) session.note(EXIT.unsupported);
  if (json) {
    session.line(JSON.stringify({ schema: 'rtldlab.real-summary/1', ...counts }));
    return;
  }
  const { worlds, equal, ...others } = counts;
  const rest = Object.entries(others).flatMap(([what, n]) => (n > 0 ? [`${grouped(n)} ${what}`] : []));
  session.line(`\n${[`${grouped(equal)} of ${counted(worlds, 'world')} equal`, ...rest].join(', ')}`);
}

/** Put the worlds of files to the machine, and tell what came of each in their order. */
async function putAll(
  session: Session,
  worlds: readonly NamedWorld[],
  answerer: RealAnswerer,
  asked: Asked | string,
  { jobs, json }: { readonly jobs: number; readonly json: boolean },
): Promise<void> {
  const machine = 'machine' in answerer ? answerer.machine : undefined;
  const lines: Line[] = [];
  await inOrder(
    worlds,
    jobs * UNDER_WAY,
    (named) => tellOf(answerer, asked, named),
    ({ id }, told) => {
      lines.push({ id, told });
      session.note(codeOf[told.outcome]);
      if (!json) return session.line(toldText(id, told));
      const on = typeof asked === 'string' ? {} : { libc: asked.build.name, kernel: asked.kernel.name };
      session.line(JSON.stringify({ schema: 'rtldlab.real/1', id, ...on, ...told, machine }));
    },
  );
  summary(session, lines, json);
}

/** The campaign, or the worlds of the files; undefined after complaining. */
function workOf(session: Session, paths: readonly string[], words: RealWords): Plan | NamedWorld[] | undefined {
  if (words.generate === undefined && paths.length === 0) {
    const next = 'rtldlab real scenarios/seed';
    session.complain({ code: 'C003', message: 'real needs a file', expected: 'scenarios, or --generate <n>', next });
    return undefined;
  }
  const plan = words.generate === undefined ? undefined : planOf(session, words);
  if (session.code !== EXIT.ok) return undefined;
  return plan ?? worldsBelow(session, paths);
}

/** Run every world for real and compare. */
export async function real(session: Session, paths: readonly string[], words: RealWords): Promise<void> {
  const tools = session.take(toolchainOf(words));
  const jobs = session.takeOption(words.jobs, (text) => wholeNumber('--jobs', text, 1, 256)) ?? availableParallelism();
  const maxStates = session.takeOption(words.maxStates, statesOf);
  placeOf(session, words, undefined);
  const work = tools === undefined || session.code !== EXIT.ok ? undefined : workOf(session, paths, words);
  if (work === undefined || (Array.isArray(work) && work.length === 0)) return;
  const answerer = await realAnswerer(tools === undefined ? undefined : { ...tools, jobs });
  const machine = 'machine' in answerer ? answerer.machine : undefined;
  const asked = machine === undefined ? '' : askedOf(placeOf(session, words, machine), machine, maxStates);
  const json = words.json === true;
  if (!json && machine !== undefined) session.line(machineText(machine, asked));
  try {
    if (Array.isArray(work)) await putAll(session, work, answerer, asked, { jobs, json });
    else await generate(session, work, answerer, asked, { jobs, json });
  } finally {
    if ('shop' in answerer) closeWorkshop(answerer.shop);
  }
}
