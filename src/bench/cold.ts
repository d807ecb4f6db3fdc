/**
 * A command from a cold shell to its end: processor time and time by the clock, whatever the command is. It stands for a reader at a
 * prompt, and it is the same for our searches and for anybody else's.
 *
 * What can go wrong: counting what a process did and not what its children did. The shell's own `times` counts both.
 */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** How a command went. */
export interface Cold {
  /** Processor seconds, user and system, of the command and its children. */
  readonly seconds: number;
  /** Seconds by the clock. */
  readonly wall: number;
  /** What it wrote to standard output. */
  readonly out: string;
  readonly status: number;
}

/** A word as a shell takes it literally. */
export function shellWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Seconds of `0m1.230000s`. */
function secondsOf(text: string): number {
  const [, minutes = '0', seconds = '0'] = /^(\d+)m([\d.]+)s$/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

/** Run a shell command line to its end. A command that cannot be started has a status other than 0. */
export function cold(command: string, cwd?: string): Cold {
  const script = `${command}\nstatus=$?\necho\ntimes\nexit $status`;
  const start = performance.now();
  const { stdout, status } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    cwd,
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const wall = (performance.now() - start) / 1000;
  const lines = stdout.trimEnd().split('\n');
  const times = lines.splice(-2).flatMap((line) => line.trim().split(/\s+/));
  const seconds = times.reduce((sum, time) => sum + secondsOf(time), 0);
  return { seconds, wall, out: lines.join('\n'), status: status ?? 1 };
}

/** The middle of several figures; of an even number the lower of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
