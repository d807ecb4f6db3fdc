/**
 * `rtldlab run FILE`: one schedule of each world, event by event, in the format of the recordings.
 *
 * What can go wrong: one bad line, or one world that breaks the simulator, costing the others; each is judged by itself.
 */
import type { KernelFeatures } from '../kernel/index.js';
import type { Build } from '../process/builds.js';
import { EXIT } from './exit.js';
import { readText } from './input.js';
import { columns, counted } from './layout.js';
import { DEFAULT_KERNEL, DEFAULT_LIBC, eventNumberOf, kernelNamed, libcNamed, seedOf, stepsOf } from './names.js';
import { semanticsOfFiles } from './semantics-file.js';
import type { Session } from './session.js';
import { breathe } from './terminal.js';
import { type Place, tellWhy } from './why.js';
import { type NamedWorld, type Schedule, type Traced, trace, worldsOf } from './worlds.js';

export interface RunWords {
  readonly libc?: string;
  readonly semantics?: readonly string[];
  readonly kernel?: string;
  readonly seed?: string;
  readonly maxSteps?: string;
  readonly why?: string;
  readonly json?: true;
}

/** Where a world runs, as far as the command line decides it. */
interface Asked {
  readonly libc: Build | undefined;
  readonly kernel: KernelFeatures | undefined;
  readonly schedule: Schedule;
  /** The number of the event to ask about. */
  readonly why: number | undefined;
}

/** What a world runs on: what was asked for, what its scenario says, or the defaults. */
function placeOf(session: Session, named: NamedWorld, asked: Asked): Place | undefined {
  const libc = asked.libc ?? session.take(libcNamed(named.libc[0] ?? DEFAULT_LIBC));
  const kernel = asked.kernel ?? session.take(kernelNamed(named.kernel ?? DEFAULT_KERNEL));
  return libc === undefined || kernel === undefined ? undefined : { libc, kernel };
}

/** The line of a world with `--json`. */
function jsonLine(traced: Traced): string {
  const { id } = traced;
  return JSON.stringify('events' in traced ? { id, events: traced.events } : { id, unsupported: traced.unsupported });
}

/** A world's events as a table. */
function table(traced: Traced, { libc, kernel }: Place): string {
  const title = `${traced.id} under ${libc.name} on Linux ${kernel.name}`;
  if ('unsupported' in traced) return `${columns([[title]])}\n  unsupported: ${columns([[traced.unsupported]])}\n`;
  const rows = traced.events.map(({ t, obj, inst, kind, detail = '', result = '' }, i) => [
    String(i + 1),
    `T${t}`,
    inst === undefined || inst === 1 ? obj : `${obj}#${inst}`,
    kind,
    result,
    detail,
  ]);
  const events = columns([['', 'thread', 'object', 'event', 'result', 'detail'], ...rows], '  ');
  return `${columns([[title]])}\n\n${events}\n\n  ${counted(rows.length, 'event')}, ${counted(traced.steps, 'step')}\n`;
}

function tell(session: Session, named: NamedWorld, asked: Asked, json: boolean): void {
  const place = placeOf(session, named, asked);
  if (place === undefined) return;
  try {
    if (asked.why !== undefined) {
      tellWhy(session, named, place, { number: asked.why, schedule: asked.schedule, json });
      return;
    }
    const traced = trace(named, place.libc, place.kernel, asked.schedule);
    if ('bound' in traced) session.note(EXIT.bound);
    session.line(json ? jsonLine(traced) : table(traced, place));
  } catch (error) {
    session.broken(error, named.id);
    if (json) session.line(JSON.stringify({ id: named.id, broken: error instanceof Error ? error.message : '' }));
  }
}

/** Run every world of a file. */
export async function run(session: Session, file: string, words: RunWords): Promise<void> {
  const [own] = await semanticsOfFiles(session, words.semantics);
  const asked: Asked = {
    libc: own ?? session.takeOption(words.libc, libcNamed),
    kernel: session.takeOption(words.kernel, kernelNamed),
    why: session.takeOption(words.why, eventNumberOf),
    schedule: {
      seed: session.takeOption(words.seed, seedOf),
      maxSteps: session.takeOption(words.maxSteps, stepsOf),
    },
  };
  if (session.code !== 0) return;
  const text = session.take(readText(file, session.terminal));
  if (text === undefined) return;
  const { worlds, diagnostics } = worldsOf(text, file === '-' ? 'standard input' : file);
  session.diagnose(diagnostics);
  for (const named of worlds) {
    tell(session, named, asked, words.json === true);
    await breathe();
  }
}
