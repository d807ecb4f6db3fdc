/**
 * A question of the record as something one can run: small worlds, what is looked for in each, the builds to look under, and how
 * what was seen becomes the answer. Stands for the reviewer who answers "can it happen" by an example or a search of all schedules.
 *
 * What can go wrong: an answer written down instead of computed. Its sentences are made from the outcomes of the searches, so that
 * a changed model changes the text, and a test fails.
 */
import type { VerdictWord } from '../scenario/schema.js';
import type { Build } from './builds.js';

/** A world and the sights looked for in it. */
export interface Trial {
  /** Short, unique within its question. */
  readonly name: string;
  /** A scenario as YAML; each sight is one of its `allowed`, by name. */
  readonly text: string;
  readonly sights: readonly string[];
  /** Builds, by name or as one that has none, and kernels by name; every pair is searched. */
  readonly on: readonly (string | Build)[];
  readonly kernels: readonly string[];
}

/** One sight in one world under one build and kernel. */
export interface Sighting {
  readonly trial: string;
  readonly sight: string;
  readonly libc: string;
  readonly kernel: string;
  readonly outcome: VerdictWord;
  /** The shortest way there, as it can be pasted into `replay`; null when there is none. */
  readonly witness: string | null;
}

/** What was seen, as an answer asks for it. */
export interface Seen {
  /** How often a sight was seen; `libc` and `kernel` may be left out where there is only one. */
  readonly outcome: (trial: string, sight: string, libc?: string, kernel?: string) => VerdictWord;
  /** The builds under which the sight was ever seen (or, with `never`, not at all), joined by commas; `none` without any. */
  readonly builds: (trial: string, sight: string, how?: 'ever' | 'never', kernel?: string) => string;
  /** The trials in which the sight was ever seen under a build, joined by commas; `none` without any. */
  readonly trials: (sight: string, libc: string, how?: 'ever' | 'never') => string;
}

export interface Question {
  readonly id: string;
  readonly asks: string;
  readonly trials: readonly Trial[];
  readonly answer: (seen: Seen) => string;
  /** What was asked and is not run, with the reason. */
  readonly notRun?: string;
}

/** The kernel that is used unless a question is about kernels. */
export const usualKernel = '6.18';

/** A trial: `sights` are predicates by name. */
export function trial(
  name: string,
  on: readonly (string | Build)[],
  world: string,
  sights: Readonly<Record<string, string>>,
  kernels: readonly string[] = [usualKernel],
): Trial {
  const lines = Object.entries(sights).map(
    ([sight, that]) => `  - {name: ${sight.replaceAll(/\W/g, '_')}, that: ${JSON.stringify(that)}}`,
  );
  const text = `${world.trim()}\nallowed:\n${lines.join('\n')}\n`;
  return { name, text, sights: Object.keys(sights), on, kernels };
}

/** `yes` when it was ever seen. */
export function yesNo(outcome: VerdictWord): 'Yes' | 'No' {
  return outcome === 'never' ? 'No' : 'Yes';
}
