/**
 * Properties that no single run can break, because they compare two builds of libc: what one release promises against what the
 * next one does. Each is a check over a pair of judgements of one scenario. Stands for the reviewer who runs a test on both.
 *
 * What can go wrong: comparing two searches of which one met a bound. Then nothing is concluded, and that is said.
 */

/** What is compared: a judgement of one scenario under one build, as far as it matters here. */
export interface Judged {
  readonly scenario: string;
  readonly libc: string;
  readonly kernel: string;
  readonly complete: boolean;
  /** How the final worlds end, and how many so. */
  readonly ends: { readonly [end: string]: number };
  readonly verdicts: readonly {
    readonly word: string;
    readonly outcome: Outcome;
    readonly parts: readonly { readonly text: string; readonly outcome: Outcome }[];
  }[];
}

type Outcome = 'never' | 'sometimes' | 'always';

export interface PairProperty {
  readonly id: string;
  readonly name: string;
  readonly statement: string;
  readonly who: string;
  readonly where: string;
  readonly source: string;
  /** What the two judgements are of, and what breaks the property. */
  readonly observed: string;
  /** What is wrong with the pair, a sentence each; none when the property holds of it. */
  readonly compare: (before: Judged, after: Judged) => readonly string[];
}

const rank: Readonly<Record<Outcome, number>> = { never: 0, sometimes: 1, always: 2 };

function partsOf(judged: Judged, word: string): Map<string, Outcome> {
  const parts = judged.verdicts.filter((verdict) => verdict.word === word).flatMap((verdict) => verdict.parts);
  return new Map(parts.map(({ text, outcome }) => [text, outcome]));
}

/** Parts of an expectation word that hold less often after than before. */
function lost(before: Judged, after: Judged, word: string): string[] {
  const now = partsOf(after, word);
  return [...partsOf(before, word)].flatMap(([text, outcome]) => {
    const then = now.get(text);
    if (then === undefined || rank[then] >= rank[outcome]) return [];
    return [`"${text}" holds ${outcome} with ${before.libc} and ${then} with ${after.libc}`];
  });
}

/** Ways to end that only the later one has. */
function newEnds(before: Judged, after: Judged): string[] {
  return Object.keys(after.ends)
    .filter((end) => !Object.hasOwn(before.ends, end))
    .map((end) => `with ${after.libc} it may end with ${end}, with ${before.libc} never`);
}

/** How ld.so ends a program that it cannot load. */
const notLoaded = 'exit 127';

export const headerIndependence: PairProperty = {
  id: 'P-11',
  name: 'header-independence',
  statement:
    'what a libc does depends on the running kernel and on its release only, not on the headers it was built with',
  who: 'Weimer',
  where: 'seed thread 2019-09-11',
  source: 'ownership-proposals P-11',
  observed:
    'One scenario under two builds of one release that differ in the number they know of the call. Broken when a part of an expectation, or a way to end, differs.',
  compare(before, after) {
    const words = ['forbidden', 'required', 'allowed', 'order'];
    const differ = words.flatMap((word) => [...lost(before, after, word), ...lost(after, before, word)]);
    return [...differ, ...newEnds(before, after), ...newEnds(after, before)];
  },
};

export const loadable: PairProperty = {
  id: 'P-13',
  name: 'loadable',
  statement: 'adding the area never makes a world fail to load that was loaded before',
  who: "O'Donell, Weimer",
  where: 'linux-api 2020-07-02 and 2020-07-03',
  source: 'ownership-proposals P-13',
  observed:
    'One scenario under a build without the area and one with it. Broken when it may end as ld.so ends what it cannot load (exit 127) only with the area.',
  compare: (before, after) =>
    Object.hasOwn(after.ends, notLoaded) && !Object.hasOwn(before.ends, notLoaded)
      ? [`${after.libc} cannot load what ${before.libc} loads`]
      : [],
};

export const mixedUpgrade: PairProperty = {
  id: 'P-26',
  name: 'mixed-upgrade',
  statement: 'a newer libc never takes a feature away from an application that had it with the one before',
  who: 'Desnoyers',
  where: 'linux-api 2020-07-09, the table of 4.18 and 2.31 to 5.8 and 2.33; seed thread 2019-09-13',
  source: 'ownership-proposals P-26',
  observed:
    'One scenario under a release and under a newer one, same kernel. Broken when something required or allowed holds less often with the newer one.',
  compare: (before, after) => ['required', 'allowed'].flatMap((word) => lost(before, after, word)),
};

export const backportSafe: PairProperty = {
  id: 'P-27',
  name: 'backport-safe',
  statement: 'registration added in an update of a release breaks no direct user that has no fallback',
  who: 'Desnoyers, Weimer',
  where: 'linux-api 2021-11-18, question and answer',
  source: 'ownership-proposals P-27',
  observed:
    'One scenario with a direct user under a release and under the same one with registration by libc. Broken when something required holds less often after the update, or when there is a new way to end.',
  compare: (before, after) => [...lost(before, after, 'required'), ...newEnds(before, after)],
};

export const pairProperties: readonly PairProperty[] = [headerIndependence, loadable, mixedUpgrade, backportSafe];

/** What came of a comparison: what is wrong, or that nothing can be concluded and why. */
export type Compared =
  | { readonly id: string; readonly holds: boolean; readonly differences: readonly string[] }
  | { readonly id: string; readonly open: string };

/**
 * Compare two judgements of one scenario by the property of that number; undefined when no property of pairs has it.
 *
 * Both searches must be complete: what a bound cut off could make the difference, or take it away.
 */
export function compareProperty(id: string, before: Judged, after: Judged): Compared | undefined {
  const property = pairProperties.find((each) => each.id === id);
  if (property === undefined) return undefined;
  if (before.scenario !== after.scenario) return { id, open: 'the two judgements are of different scenarios' };
  const bounded = [before, after].filter(({ complete }) => !complete).map(({ libc }) => libc);
  if (bounded.length > 0) return { id, open: `the search with ${bounded.join(' and with ')} met a bound` };
  const differences = property.compare(before, after);
  return { id, holds: differences.length === 0, differences };
}
