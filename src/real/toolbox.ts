/**
 * The programs that a workshop starts again and again: compiler, assembler, link editor and tracer, each on standby, and the plans of
 * the driver that says which of them make a file.
 *
 * What can go wrong: a result that depends on how the tool was started. The words are the driver's own, so the files are the same to
 * the byte, and whatever cannot be held on standby is started as usual.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Compile, CompileQueue } from './compile-queue.js';
import { driverPlan, type FileWords, fileWords, type Plan } from './driver-plan.js';
import { Standby } from './standby.js';

/** Starts a program the usual way; rejects when it fails. */
export type Start = (program: string, words: readonly string[], cwd: string, milliseconds: number) => Promise<unknown>;

/** What the tools are run with. */
export interface ToolboxParts {
  /** The compiler driver. */
  readonly driver: string;
  readonly folder: string;
  /** The compiled shim; without it every tool is started as usual. */
  readonly shim?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly start: Start;
}

/** Most files of one run of the compiler: what they wait for each other grows with it, what is saved does not. */
const TOGETHER_MAX = 64;

/** Longest that one tool may take, in milliseconds. */
const TOOL_TIME = 120_000;

export class Toolbox {
  private readonly plans = new Map<string, Promise<Plan | undefined>>();
  private readonly compilations = new Map<Plan, Compile>();
  private readonly queue: CompileQueue;
  private readonly tools = new Map<string, Promise<Standby | undefined>>();
  private closed = false;

  constructor(private readonly parts: ToolboxParts) {
    this.queue = new CompileQueue({
      folder: parts.folder,
      width: Math.max(1, availableParallelism() >> 1),
      most: TOGETHER_MAX,
    });
  }

  /** Make a file from a source, C or assembly, as the driver would with these words, in the folder `cwd`. Rejects when a tool fails. */
  async make(words: readonly string[], cwd: string, source: string): Promise<void> {
    const { driver, start } = this.parts;
    const parted = fileWords(words);
    if (parted === undefined) throw new Error('invariant: a file is made from one source');
    const { name, assembly } = parted;
    const plan = this.parts.shim === undefined ? undefined : await this.planFor(parted);
    // The queue writes what it compiles, alone or with others.
    if (plan === undefined || assembly) writeFileSync(join(cwd, `${name}.${assembly ? 's' : 'c'}`), source);
    if (plan === undefined) return void (await start(driver, words, cwd, TOOL_TIME));
    if (!assembly) await this.queue.add({ cwd, name, source, compile: this.compilationOf(plan) });
    for (const [program, ...rest] of [plan.assemble(name), plan.link(parted)]) await this.run(program, rest, cwd);
  }

  /** Run a tool in the folder `cwd`. Rejects when it fails or takes too long. */
  async run(program: string, words: readonly string[], cwd: string, milliseconds = TOOL_TIME): Promise<void> {
    const standby = await this.standbyOf(program);
    if (standby?.ready === true) return standby.run(cwd, words, milliseconds / 1000);
    await this.parts.start(program, words, cwd, milliseconds);
  }

  /** End every tool that is on standby, and what it runs. */
  close(): void {
    this.closed = true;
    for (const tool of this.tools.values()) void tool.then((standby) => standby?.close());
  }

  private planFor({ driver: options }: FileWords): Promise<Plan | undefined> {
    const { driver, folder, env } = this.parts;
    const key = options.join('\0');
    const plan = this.plans.get(key) ?? driverPlan(driver, options, folder, env);
    this.plans.set(key, plan);
    return plan;
  }

  private compilationOf(plan: Plan): Compile {
    const run = async (cwd: string, name: string): Promise<void> => {
      const [program, ...rest] = plan.compile(name);
      await this.run(program, rest, cwd);
    };
    const compile = this.compilations.get(plan) ?? { run, gcc: plan.compile('')[0].endsWith('cc1') };
    this.compilations.set(plan, compile);
    return compile;
  }

  private standbyOf(program: string): Promise<Standby | undefined> {
    const { shim, folder, env } = this.parts;
    if (shim === undefined || this.closed) return Promise.resolve(undefined);
    const tool = this.tools.get(program) ?? Standby.open(program, shim, folder, env);
    this.tools.set(program, tool);
    return tool;
  }
}
