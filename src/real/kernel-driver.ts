/**
 * The driver at work: compiled once, it plays one script after the other on the running kernel and says what was seen, in the form
 * of the recordings. It stands for the machine on which they were made.
 *
 * What can go wrong: a script that never ends, or a driver that dies. The driver bounds each script itself; if it does not answer
 * long after that it is killed, its scripts with it, and a new one takes the next script.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CaseResult, KernelCase } from '../kernel/script-format.js';
import { driverSource } from './kernel-c-recorder.js';
import { encodeScript } from './kernel-encode.js';
import { runIn } from './private-folder.js';
import type { Workshop } from './workshop.js';

/** What the driver finds where it runs. */
export interface DriverFacts {
  /** glibc's version. */
  readonly libc: string;
  /** libc keeps an area for each thread (glibc since 2.35). */
  readonly libcArea: boolean;
  /** Of the CPUs 0 and 1, whether the scripts may run there. */
  readonly cpus: readonly boolean[];
  /** The scripts run ahead of all ordinary tasks (SCHED_FIFO), so that few runs are disturbed. */
  readonly ahead: boolean;
}

/** One run of a script: what was seen, and whether a context switch came where none was due; or why there is nothing to see. */
export type Played = { readonly saw: CaseResult; readonly disturbed: boolean } | { readonly broken: string };

/** Longest that one script may take, in seconds. */
const SCRIPT_TIME = 5;
/** Longest that the driver may take to say so, in milliseconds: the machine may have other things to do. */
const ANSWER_TIME = 30_000;

const flags = ['-O1', '-w', '-fPIE', '-pie', '-pthread', '-Wl,-z,now'];

/** Compile the driver in a workshop; the path of the program. Rejects with what the compiler said. */
export async function buildDriver(shop: Workshop): Promise<string> {
  const program = join(shop.folder, 'kernel-driver');
  await writeFile(join(shop.folder, 'kernel-driver.c'), driverSource);
  await runIn(shop, shop.compiler, [...flags, '-o', program, 'kernel-driver.c']);
  return program;
}

type Line = { readonly [name: string]: unknown };

/** One process of the driver, and the lines it says. */
class Process {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, shop: Workshop) {
    const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];
    const child = spawn(program, ['record', String(SCRIPT_TIME)], { cwd: shop.folder, stdio, env: {} });
    const kill = () => child.kill('SIGKILL');
    shop.closing.signal.addEventListener('abort', kill, { once: true });
    child.once('exit', () => shop.closing.signal.removeEventListener('abort', kill));
    child.once('error', () => undefined);
    child.stdin.once('error', () => undefined);
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  }

  /** The next line; undefined when there will be none, or none in time. */
  async line(): Promise<Line | undefined> {
    const tooLate = setTimeout(() => this.end(), ANSWER_TIME);
    const next = await this.#lines.next();
    clearTimeout(tooLate);
    return next.done === true ? undefined : (JSON.parse(next.value) as Line);
  }

  say(text: string): void {
    this.#child.stdin?.write(`${text}\n`);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

function playedOf(line: Line | undefined): Played {
  if (line === undefined) return { broken: 'the driver died, or gave no answer' };
  if (line.late === true) return { broken: `it did not end within ${SCRIPT_TIME} seconds` };
  if (typeof line.broken === 'string') return { broken: line.broken };
  const { results, end, segv_handler_runs, disturbed } = line as unknown as CaseResult & { disturbed: number };
  return { saw: { results, end, segv_handler_runs }, disturbed: disturbed > 0 };
}

/** A driver that plays scripts, one at a time. */
export class KernelDriver {
  #process: Process;

  private constructor(
    private readonly program: string,
    private readonly shop: Workshop,
    started: Process,
    readonly facts: DriverFacts,
  ) {
    this.#process = started;
  }

  /** Start a compiled driver; or why it does not start. */
  static async start(program: string, shop: Workshop): Promise<KernelDriver | { readonly broken: string }> {
    const started = new Process(program, shop);
    const line = await started.line();
    if (line === undefined) return { broken: 'the driver does not start' };
    const { libc, libc_area, cpus, ahead } = line as {
      libc: string;
      libc_area: boolean;
      cpus: number[];
      ahead: number;
    };
    const facts = { libc, libcArea: libc_area, cpus: cpus.map((open) => open === 1), ahead: ahead === 1 };
    return new KernelDriver(program, shop, started, facts);
  }

  /** Play a script once. Only for scripts of which `whyNotPlayed` has nothing to say. */
  async play(script: KernelCase): Promise<Played> {
    this.#process.say(encodeScript(script));
    const line = await this.#process.line();
    if (line === undefined) {
      this.#process = new Process(this.program, this.shop);
      await this.#process.line();
    }
    return playedOf(line);
  }

  close(): void {
    this.#process.end();
  }
}
