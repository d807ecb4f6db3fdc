/**
 * Figures: what one question cost, as medians of several rounds, and ratios between two of them. They stand for what may be quoted.
 *
 * What can go wrong: comparing a round from a quiet minute with one from a busy one. Whoever is compared takes turns.
 */
import { fileURLToPath } from 'node:url';
import { cold, median, shellWord } from './cold.js';
import type { Answer, Question } from './question.js';
import { askSpin, type SpinQuestion } from './spin.js';

/** One run of one question. */
export interface Sample {
  readonly states: number;
  readonly transitions: number;
  /** Processor seconds of the search alone. */
  readonly search: number;
  /** Processor seconds from the shell to the verdict. */
  readonly whole: number;
  /** The same by the clock. */
  readonly wall: number;
  readonly bytesPerState: number;
  readonly failed: boolean;
}

/** A question's figures: counts, and the medians of its seconds. */
export interface Figures extends Sample {
  /** The question, and who was asked. */
  readonly what: string;
  readonly by: string;
  readonly rounds: number;
  /** Shortest and longest search. */
  readonly least: number;
  readonly most: number;
}

/** Somebody who can be asked. */
export interface Asker {
  readonly what: string;
  readonly by: string;
  readonly ask: () => Sample;
}

/** A search of ours, in a process of its own. */
export function ours(what: string, by: string, question: Question): Asker {
  const script = fileURLToPath(new URL('./subject.js', import.meta.url));
  const command = [process.execPath, '--max-old-space-size=8192', script, JSON.stringify(question)]
    .map(shellWord)
    .join(' ');
  const ask = (): Sample => {
    const { out, seconds, wall, status } = cold(command);
    if (status !== 0) throw new Error(`invariant: the search of ${what} ended with ${status}`);
    const answer = JSON.parse(out.trim()) as Answer;
    return { ...answer, bytesPerState: answer.bytesPerState ?? Number.NaN, whole: seconds, wall };
  };
  return { what, by, ask };
}

/** SPIN, built anew for each round. */
export function spin(what: string, question: SpinQuestion): Asker {
  const ask = (): Sample => {
    const { errors, ...answer } = askSpin(question);
    return { ...answer, failed: errors > 0 };
  };
  return { what, by: question.reduced ? 'SPIN, partial orders' : 'SPIN', ask };
}

/** The figures of all askers, who take turns; none has a round more than another. */
export function inTurn(askers: readonly Asker[], rounds: number): Figures[] {
  const samples = askers.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    askers.forEach(({ ask }, i) => {
      samples[i]?.push(ask());
    });
  }
  return askers.map(({ what, by }, i) => figuresOf(what, by, samples[i] ?? []));
}

function figuresOf(what: string, by: string, samples: readonly Sample[]): Figures {
  const [first] = samples;
  if (first === undefined) throw new Error('invariant: a figure has at least one round');
  const searches = samples.map(({ search }) => search);
  return {
    ...first,
    what,
    by,
    rounds: samples.length,
    search: median(searches),
    least: Math.min(...searches),
    most: Math.max(...searches),
    whole: median(samples.map(({ whole }) => whole)),
    wall: median(samples.map(({ wall }) => wall)),
  };
}

/** States a processor second. */
export function rateOf({ states, search }: Figures): number {
  return states / search;
}

/** How many times better we are, and how many times were promised. */
export interface Ratio {
  readonly what: string;
  readonly ratio: number;
  readonly promised: number;
}
