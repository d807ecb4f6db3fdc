/**
 * The words after an option as values: a libc build, a kernel, a seed, a bound. They stand for what a reviewer calls things.
 *
 * What can go wrong: a number that JavaScript would read and its author did not mean (`1e3`, ` 7`, `0x10`, a seed that is cut to
 * 32 bits in silence). Only plain decimal numbers in range are taken.
 */
import type { Reductions } from '../explore/index.js';
import { type KernelFeatures, kernelFeatures, kernelNames } from '../kernel/index.js';
import { type Build, buildNamed, buildNames } from '../process/builds.js';
import { seedSemantics } from '../rseq/libc-semantics.js';
import { nearestName } from '../scenario/index.js';
import { type Answer, quoted, unknown } from './complaint.js';

/** What a world runs on when neither the command line nor its scenario says. */
export const DEFAULT_LIBC = 'debian-2.36';
export const DEFAULT_KERNEL = '6.18';

/** The libc build of this name; the number of a semantics stands for the build it is named after. */
export function libcNamed(name: string): Answer<Build> {
  const build = buildNamed(name);
  return build === undefined ? { complaint: unknown('C005', 'libc', name, buildNames) } : { value: build };
}

/**
 * The builds of which the seed's question is asked, in the order of the thread: for each semantics the recorded build of its
 * release, where there is one.
 */
export const seedBuilds: readonly Build[] = seedSemantics.flatMap(
  ({ name }) => buildNamed(name.replace(/^glibc-/, 'debian-')) ?? buildNamed(name) ?? [],
);

/** The builds of names with commas between them. */
export function libcsNamed(names: string): Answer<readonly Build[]> {
  const found: Build[] = [];
  for (const name of names.split(',')) {
    const answer = libcNamed(name.trim());
    if ('complaint' in answer) return answer;
    found.push(answer.value);
  }
  return { value: found };
}

/** The kernel of this name: a release, with amendments, or none. */
export function kernelNamed(name: string): Answer<KernelFeatures> {
  const answer = kernelFeatures(name);
  if (answer.ok) return { value: answer.features };
  const near = nearestName(name, kernelNames) ?? answer.error.nearest[0];
  return {
    complaint: {
      code: 'C006',
      message: `unknown kernel ${quoted(name)}`,
      expected: `a release from 4.17 to 7.1, with amendments as ${DEFAULT_KERNEL}+debug, or no-rseq`,
      ...(near === undefined ? {} : { nearest: near }),
    },
  };
}

/** A whole number from `least` to `most`, plainly written. */
export function wholeNumber(option: string, text: string, least: number, most: number): Answer<number> {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return { value };
  const message = `${option} cannot be ${quoted(text)}`;
  return { complaint: { code: 'C004', message, expected: `a whole number from ${least} to ${most}` } };
}

/** Most that a seed can be: the generator has 32 bits of state. */
export const SEED_MAX = 2 ** 32 - 1;

/** The seed of a schedule. */
export function seedOf(text: string): Answer<number> {
  return wholeNumber('--seed', text, 0, SEED_MAX);
}

/** Most states of a search: its numbers are 32 bits wide. */
export const STATES_MAX = 100_000_000;

/** The bound of a search. */
export function statesOf(text: string): Answer<number> {
  return wholeNumber('--max-states', text, 1, STATES_MAX);
}

const MIB = 2 ** 20;

/** The ceiling of a search's states, given in MiB. */
export function memoryOf(text: string): Answer<number> {
  const given = wholeNumber('--memory', text, 1, 1_000_000);
  return 'complaint' in given ? given : { value: given.value * MIB };
}

/** Most threads of a search. */
const WORKERS_MAX = 64;

/** Threads to search with. */
export function workersOf(text: string): Answer<number> {
  return wholeNumber('--workers', text, 1, WORKERS_MAX);
}

const REDUCTIONS = { 'partial-order': { partialOrder: true }, stretches: { stretches: true } } as const;

/** What a search may leave out; the bare option means all of it. */
export function reductionsOf(words: string | true): Answer<Reductions> {
  const names = Object.keys(REDUCTIONS);
  const asked = words === true ? names : words.split(',');
  const wrong = asked.find((name) => !names.includes(name));
  if (wrong !== undefined) return { complaint: unknown('C004', 'reduction', wrong, names) };
  const chosen = Object.entries(REDUCTIONS).filter(([name]) => asked.includes(name));
  return { value: Object.assign({}, ...chosen.map(([, reduction]) => reduction)) as Reductions };
}

/** The bound of one schedule. */
export function stepsOf(text: string): Answer<number> {
  return wholeNumber('--max-steps', text, 1, 1_000_000);
}

/** The number of an event, as `run` prints them, from 1. */
export function eventNumberOf(text: string): Answer<number> {
  return wholeNumber('--why', text, 1, 1_000_000);
}
