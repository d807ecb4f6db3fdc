/**
 * How far a search is, for a person at a terminal: states, states a second, the frontier, the depth, memory, and what is left until the
 * bound. It stands for the line that a patient reader looks at.
 *
 * What can go wrong: a terminal that is kept busier than the search. The line is drawn anew a few times a second, and never where
 * standard error is a file.
 */
import { performance } from 'node:perf_hooks';
import type { Progress } from '../explore/exploration.js';
import { grouped } from './layout.js';
import type { Session } from './session.js';

/** Milliseconds between two drawings. */
const EVERY = 250;

/** `850 ms`, `42 s`, `3 min`. */
function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/**
 * The line.
 *
 * @param seconds since the search began
 * @param most states that the search may visit
 */
export function progressText(name: string, so: Progress, seconds: number, most: number): string {
  const rate = so.states / Math.max(seconds, 0.001);
  const parts = [
    `${grouped(so.states)} states`,
    `${grouped(Math.round(rate))}/s`,
    `frontier ${grouped(so.states - so.expanded)}`,
    `depth ${so.depth}`,
    `${grouped(Math.ceil(so.bytes / 2 ** 20))} MB`,
    `${duration(Math.max(0, most - so.states) / Math.max(rate, 1))} to the bound`,
  ];
  return `${name}: ${parts.join(', ')}`;
}

/** Draws the line of one search; give it to the search as `progress`. */
export function drawnProgress(session: Session, name: string, most: number): (so: Progress) => void {
  const start = performance.now();
  let last = start;
  return (so) => {
    const now = performance.now();
    if (!session.terminal.watched || now - last < EVERY) return;
    last = now;
    session.progress(progressText(name, so, (now - start) / 1000, most));
  };
}
