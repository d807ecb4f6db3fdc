/**
 * A tool on standby: a program that was started once and is forked for each errand, so that building a world costs the work and not
 * the starts. Stands for execve of the same program with the same words.
 *
 * What can go wrong: a program that the shim cannot hold, such as a static one. It does not answer the first errand, and its
 * errands are run by starting it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { HEAD } from './standby-source.js';

/** How an errand ended: the exit status (128 and the signal's number after a signal), and the first words on standard error. */
interface Ended {
  readonly status: number;
  readonly said: string;
}

/** Longest that a first errand may take before the tool is taken for one that cannot be held, in milliseconds. */
const PATIENCE = 5_000;

export class Standby {
  private readonly waiting = new Map<number, (ended: Ended) => void>();
  private heard: Buffer = Buffer.alloc(0);
  private sent = 0;
  private gone = false;

  private constructor(
    readonly tool: string,
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
  ) {
    child.stdout.on('data', (part: Buffer) => this.hear(part));
    child.stdin.on('error', () => this.lose());
    child.once('error', () => this.lose()).once('exit', () => this.lose());
  }

  /** Start a tool with the compiled shim, in a folder where it may leave what it likes; undefined when the shim does not take hold of it. Its end follows this process's end. */
  static async open(tool: string, shim: string, folder: string, env: NodeJS.ProcessEnv): Promise<Standby | undefined> {
    const child = spawn(tool, [], {
      cwd: folder,
      env: { ...env, LD_PRELOAD: shim },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const standby = new Standby(tool, child);
    const late = setTimeout(() => standby.close(), PATIENCE);
    const { status } = await standby.errand(folder, ['--version'], PATIENCE / 1000);
    clearTimeout(late);
    if (status >= 0) return standby;
    standby.close();
    return undefined;
  }

  /** Whether errands may still be sent. */
  get ready(): boolean {
    return !this.gone;
  }

  /** Run the tool in a folder with these words, for so many seconds at most. Rejects with what it says when it fails. */
  async run(cwd: string, words: readonly string[], seconds: number): Promise<void> {
    const { status, said } = await this.errand(cwd, words, seconds);
    if (status !== 0) throw new Error(`Command failed: ${[this.tool, ...words].join(' ')}\n${said}`);
  }

  /** End the tool, and with it what it runs. */
  close(): void {
    this.child.stdin.destroy();
    this.child.kill('SIGKILL');
    this.lose();
  }

  private errand(cwd: string, words: readonly string[], seconds: number): Promise<Ended> {
    if (this.gone) return Promise.resolve({ status: -1, said: 'the tool on standby is gone' });
    const number = this.sent++;
    const text = Buffer.from([cwd, this.tool, ...words].map((word) => `${word}\0`).join(''));
    const head = Buffer.alloc(HEAD);
    head.writeInt32LE(number, 0);
    head.writeInt32LE(text.length, 4);
    head.writeInt32LE(Math.ceil(seconds), 8);
    this.child.stdin.write(Buffer.concat([head, text]));
    return new Promise((resolve) => this.waiting.set(number, resolve));
  }

  private hear(part: Buffer): void {
    this.heard = Buffer.concat([this.heard, part]);
    for (;;) {
      if (this.heard.length < HEAD) return;
      const end = HEAD + this.heard.readInt32LE(8);
      if (this.heard.length < end) return;
      const [number, status] = [this.heard.readInt32LE(0), this.heard.readInt32LE(4)];
      const said = this.heard.toString('utf8', HEAD, end);
      this.heard = this.heard.subarray(end);
      this.waiting.get(number)?.({ status, said });
      this.waiting.delete(number);
    }
  }

  private lose(): void {
    this.gone = true;
    for (const resolve of this.waiting.values()) resolve({ status: -1, said: 'the tool on standby is gone' });
    this.waiting.clear();
  }
}
